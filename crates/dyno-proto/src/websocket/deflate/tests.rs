//! Compression on its own: inflating undoes deflating, for any windows and any pieces.

use proptest::prelude::*;

use super::*;

const LIMITS: InflateLimits =
    InflateLimits { message_bytes_max: 1 << 20, ratio_max: 2_000, ratio_free_bytes: 64 * 1024 };

/// Messages that repeat themselves and each other, so that windows matter.
fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let message = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..3_000),
        ("[a-d]{1,30}", 0_usize..3_000)
            .prop_map(|(word, count)| word.repeat(count / word.len()).into_bytes()),
    ];
    proptest::collection::vec(message, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn inflating_undoes_deflating(
        messages in messages(),
        window_bits in COMPRESS_WINDOW_BITS_MIN..=WINDOW_BITS_MAX,
        level in 0_u32..=9,
        resets in any::<bool>(),
        cut in 1_usize..500,
    ) {
        let mut deflater = Deflater::new(window_bits, level, resets);
        let mut inflater = Inflater::new(window_bits, resets);
        for message in messages {
            let mut wire = Vec::new();
            deflater.deflate(&message, &mut wire);
            let mut found = Vec::new();
            for piece in wire.chunks(cut) {
                inflater.inflate(piece, &mut found, &LIMITS).expect("our own compression");
            }
            inflater.finish(&mut found, &LIMITS).expect("our own compression");
            prop_assert_eq!(found, message);
        }
    }

    #[test]
    fn any_bytes_inflate_within_the_limits(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..8)) {
        let limits = InflateLimits { message_bytes_max: 10_000, ratio_max: 10, ratio_free_bytes: 100 };
        let mut inflater = Inflater::new(15, false);
        for piece in pieces {
            let mut message = Vec::new();
            let ended = inflater.inflate(&piece, &mut message, &limits).and_then(|()| inflater.finish(&mut message, &limits));
            if ended.is_err() {
                break;
            }
            prop_assert!(message.len() <= limits.message_bytes_max);
        }
    }
}

#[test]
fn a_window_that_is_kept_makes_the_second_message_smaller() {
    let text = b"{\"kind\":\"tick\",\"value\":12345,\"unit\":\"milliseconds\"}";
    let sizes = |resets| {
        let mut deflater = Deflater::new(15, 6, resets);
        [0, 1].map(|_| {
            let mut wire = Vec::new();
            deflater.deflate(text, &mut wire);
            wire.len()
        })
    };
    let [first, second] = sizes(false);
    assert!(second < first / 4, "{second} of {first} bytes");
    let [first, second] = sizes(true);
    assert_eq!(first, second);
}
