use dyno_datagen::Random;
use dyno_model::{ClientSegment, ClientWord};

use super::{blocks_least, verdicts};

/// Blocks of 1,000 requests at `cpu_ns` each, with 3 % of noise and a drift that both share.
fn segments(cpu_ns: f64, stream: u64) -> Vec<ClientSegment> {
    (0u32..12)
        .map(|block| {
            let noise = Random::for_arrival(7, stream, u64::from(block)).normal() * 0.03;
            let drift = 1.0 + f64::from(block) * 0.05;
            let total = (cpu_ns * 1_000.0 * drift * noise.exp()) as u64;
            ClientSegment {
                block,
                position: 0,
                ok: 1_000,
                rejected: 0,
                failed: std::collections::BTreeMap::new(),
                wall_ns: total * 2,
                cpu_ns: total,
                own_cpu_ns: None,
                lateness_p99_ns: 0,
                doubts: Vec::new(),
            }
        })
        .collect()
}

#[test]
fn words_follow_the_evidence() {
    let reference = segments(100_000.0, 1);
    let (cheap, dear, same) = (segments(60_000.0, 2), segments(170_000.0, 3), segments(100_000.0, 4));
    let found = verdicts(&reference, &[&cheap, &dear, &same], 1);
    let words: Vec<Option<ClientWord>> =
        found.iter().map(|verdict| verdict.as_ref().map(|v| v.word)).collect();
    let expected = [ClientWord::Faster, ClientWord::Slower, ClientWord::NoDifferenceShown].map(Some);
    assert_eq!(words, expected);
    let dear = found[1].as_ref().expect("compared");
    assert!((dear.cpu_ratio.value - 1.7).abs() < 0.1, "{dear:?}");
    assert!(dear.cpu_ratio.low.is_some_and(|low| low > 1.5) && dear.p_adjusted < 0.01);
}

#[test]
fn more_clients_need_more_blocks() {
    assert_eq!([1, 5, 28].map(blocks_least), [10, 12, 15]);
    let reference = segments(100_000.0, 1);
    let cheap = segments(60_000.0, 2);
    let many: Vec<&[ClientSegment]> = vec![&cheap; 28];
    let word = |found: Vec<Option<dyno_model::ClientVerdict>>| found[0].as_ref().map(|verdict| verdict.word);
    assert_eq!(word(verdicts(&reference, &many, 1)), Some(ClientWord::NoDifferenceShown));
    assert_eq!(word(verdicts(&reference, &many[..5], 1)), Some(ClientWord::Faster));
}

#[test]
fn two_blocks_show_nothing() {
    let (reference, cheap) = (segments(100_000.0, 1), segments(60_000.0, 2));
    let found = verdicts(&reference[..2], &[&cheap[..2]], 1);
    assert_eq!(found[0].as_ref().map(|verdict| verdict.word), Some(ClientWord::NoDifferenceShown));
}

#[test]
fn without_a_request_there_is_no_ratio() {
    let reference = segments(100_000.0, 1);
    let mut empty = segments(100_000.0, 2);
    empty.iter_mut().for_each(|segment| segment.ok = 0);
    assert_eq!(verdicts(&reference, &[&empty], 1), [None]);
}
