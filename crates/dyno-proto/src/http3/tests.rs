//! The codec against the examples of the RFCs, and against itself with cut input.

use proptest::prelude::*;

use super::*;

const LIMITS: FieldSectionLimits = FieldSectionLimits { section_bytes_max: 4096, field_count_max: 8 };

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn fields_of(section: &[u8]) -> Result<Vec<(String, String)>, FieldSectionError> {
    let mut fields = Vec::new();
    decode_field_section(section, LIMITS, |name, value| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        fields.push((text(name), text(value)));
    })?;
    Ok(fields)
}

fn check_fields(section: &str, expected: &[(&str, &str)]) {
    let fields = fields_of(&bytes(section)).unwrap();
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(fields, expected);
}

fn check_undecodable(section: &str) {
    let result = fields_of(&bytes(section));
    let error = result.expect_err("must not decode").ends_connection().expect("must end the connection");
    assert_eq!(error.code, ErrorCode::QPACK_DECOMPRESSION_FAILED);
}

#[test]
fn varints_are_those_of_rfc_9000() {
    let cases = [
        ("c2197c5eff14e88c", 151_288_809_941_952_652),
        ("9d7f3e7d", 494_878_333),
        ("7bbd", 15_293),
        ("25", 37),
    ];
    for (hex, value) in cases {
        let encoded = bytes(hex);
        assert_eq!(decode_varint(&encoded), Some((value, encoded.len())));
        assert_eq!(decode_varint(&encoded[..encoded.len() - 1]), None);
        let mut out = Vec::new();
        encode_varint(&mut out, value);
        assert_eq!(out, encoded);
    }
}

#[test]
fn field_lines_of_every_static_form_decode() {
    // RFC 9204, appendix B.1.
    check_fields("0000 510b 2f69 6e64 6578 2e68 746d 6c", &[(":path", "/index.html")]);
    check_fields("0000 d1 c1", &[(":method", "GET"), (":path", "/")]);
    // RFC 7541, appendix C.4: compressed strings, here with a literal name.
    check_fields(
        "0000 50 8c f1e3c2e5f23a6ba0ab90f4ff  2f01 25a849e95ba97d7f 89 25a849e95bb8e8b4bf",
        &[(":authority", "www.example.com"), ("custom-key", "custom-value")],
    );
}

#[test]
fn field_sections_that_need_a_dynamic_table_or_are_cut_are_refused() {
    for section in ["", "00", "0200", "0080 d1", "0000 80", "0000 40 00", "0000 10", "0000 00 00"] {
        check_undecodable(section);
    }
    // An index beyond the table, an endless integer, a string longer than the rest.
    check_undecodable("0000 ff24");
    check_undecodable("0000 ffffffffffffffffffffffff");
    check_undecodable("0000 51 0b 2f");
    // Compressed text that is padded with a whole byte, with zeros, or has the end of string in it.
    check_undecodable("0000 51 82 07ff");
    check_undecodable("0000 51 81 00");
    check_undecodable("0000 51 84 ffffffff");
}

#[test]
fn field_sections_have_limits_of_size_and_count() {
    let section = |count: usize, value: &str| {
        let mut out = Vec::new();
        encode_field_section_prefix(&mut out);
        encode_field(&mut out, b":method", b"GET");
        for _ in 0..count {
            encode_field(&mut out, b"cookie", value.as_bytes());
        }
        out
    };
    assert_eq!(fields_of(&section(8, "a=b")).unwrap().len(), 9);
    assert_eq!(fields_of(&section(9, "a=b")), Err(FieldSectionError::TooMany));
    assert_eq!(fields_of(&section(1, &"x".repeat(4096))), Err(FieldSectionError::TooLarge));
}

/// Every part of `input`, fed in pieces of `piece_bytes`, and whether the end is a good one.
fn frames_in(input: &[u8], piece_bytes: usize) -> Result<Vec<(FrameKind, Vec<u8>)>, Http3Error> {
    let mut decoder = FrameDecoder::new(64);
    let mut frames: Vec<(FrameKind, Vec<u8>)> = Vec::new();
    for piece in input.chunks(piece_bytes) {
        let mut used = 0;
        loop {
            let (count, part) = decoder.decode(&piece[used..])?;
            used += count;
            match part {
                FramePart::NeedMore => break,
                FramePart::Frame(kind, payload) => frames.push((kind, payload.to_vec())),
                FramePart::HeadersTooLong => frames.push((FrameKind::Headers, b"too long".to_vec())),
                FramePart::Data(data) => match frames.last_mut() {
                    Some((FrameKind::Data, before)) => before.extend_from_slice(data),
                    _ => frames.push((FrameKind::Data, data.to_vec())),
                },
            }
        }
        assert_eq!(used, piece.len());
    }
    decoder.finish()?;
    Ok(frames)
}

fn frame(kind: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode_varint(&mut out, kind);
    encode_varint(&mut out, payload.len() as u64);
    out.extend_from_slice(payload);
    out
}

#[test]
fn unknown_frames_are_skipped_and_long_heads_are_told() {
    let input = [
        frame(0x21, &[7; 500]),
        frame(0x1, b"head"),
        frame(0x0, &[1; 300]),
        frame(0x1f * 9 + 0x21, b""),
        frame(0x1, &[2; 65]),
        frame(0x0, b"z"),
    ]
    .concat();
    for piece_bytes in [1, 2, 3, 7, 100, 10_000] {
        let frames = frames_in(&input, piece_bytes).unwrap();
        let expected = [
            (FrameKind::Headers, b"head".to_vec()),
            (FrameKind::Data, vec![1; 300]),
            (FrameKind::Headers, b"too long".to_vec()),
            (FrameKind::Data, b"z".to_vec()),
        ];
        assert_eq!(frames, expected, "in pieces of {piece_bytes}");
    }
}

#[test]
fn bad_frames_end_the_connection() {
    let code = |input: &[u8]| frames_in(input, 5).expect_err("must fail").code;
    for h2_type in [0x2, 0x6, 0x8, 0x9] {
        assert_eq!(code(&frame(h2_type, b"")), ErrorCode::FRAME_UNEXPECTED);
    }
    assert_eq!(code(&frame(0x0, b"12345")[..4]), ErrorCode::FRAME_ERROR);
    assert_eq!(code(&[0x40]), ErrorCode::FRAME_ERROR);
    assert_eq!(code(&frame(0x4, &[0; 65])), ErrorCode::EXCESSIVE_LOAD);
    assert_eq!(code(&frame(0x0, b"").repeat(1_001)), ErrorCode::EXCESSIVE_LOAD);
}

fn check_control(frames: &[Vec<u8>], expected: Result<usize, ErrorCode>) {
    let mut reader = ControlReader::default();
    let mut count = 0;
    let input = frames.concat();
    let mut used = 0;
    let result = loop {
        match reader.read(&input[used..]) {
            Ok((taken, Some(_))) => {
                used += taken;
                count += 1;
            }
            Ok((_, None)) => break Ok(count),
            Err(error) => break Err(error.code),
        }
    };
    assert_eq!(result, expected, "{frames:02x?}");
}

#[test]
fn control_streams_keep_their_rules() {
    let settings = || frame(0x4, &[0x06, 0x40, 0x64, 0x08, 0x01, 0x21, 0x00]);
    check_control(&[settings()], Ok(1));
    check_control(&[frame(0x21, b"?"), settings(), frame(0x21, b"?")], Ok(1));
    check_control(&[frame(0x7, &[0])], Err(ErrorCode::MISSING_SETTINGS));
    check_control(&[settings(), settings()], Err(ErrorCode::FRAME_UNEXPECTED));
    for kind in [0x0, 0x1, 0x5] {
        check_control(&[settings(), frame(kind, &[0])], Err(ErrorCode::FRAME_UNEXPECTED));
    }
    check_control(&[settings(), frame(0x7, &[8]), frame(0x7, &[4])], Ok(3));
    check_control(&[settings(), frame(0x7, &[4]), frame(0x7, &[8])], Err(ErrorCode::ID_ERROR));
    check_control(&[settings(), frame(0xd, &[8]), frame(0xd, &[9])], Ok(1));
    check_control(&[settings(), frame(0xd, &[8]), frame(0xd, &[7])], Err(ErrorCode::ID_ERROR));
    check_control(&[settings(), frame(0x3, &[0])], Err(ErrorCode::ID_ERROR));
    check_control(&[settings(), frame(0x7, &[0, 0])], Err(ErrorCode::FRAME_ERROR));
    check_control(&[settings(), frame(0x7, &[])], Err(ErrorCode::FRAME_ERROR));
    check_control(&[settings(), frame(0xf0700, b"\x04u=1")], Ok(2));
    check_control(&[settings(), frame(0xf0700, b"\x02u=1")], Err(ErrorCode::ID_ERROR));
    check_control(&[settings(), frame(0xf0701, b"\x00u=1")], Err(ErrorCode::ID_ERROR));
    check_control(&[frame(0x4, &[0x06, 1, 0x06, 1])], Err(ErrorCode::SETTINGS_ERROR));
    check_control(&[frame(0x4, &[0x06])], Err(ErrorCode::FRAME_ERROR));
    check_control(&[frame(0x4, &[0x08, 2])], Err(ErrorCode::SETTINGS_ERROR));
    for reserved in [0x0, 0x2, 0x3, 0x4, 0x5] {
        check_control(&[frame(0x4, &[reserved, 0])], Err(ErrorCode::SETTINGS_ERROR));
    }
}

#[test]
fn settings_say_what_they_said() {
    let settings = Settings {
        field_section_bytes_max: Some(32 * 1024),
        takes_connect_protocol: true,
        ..Settings::default()
    };
    let mut encoded = Vec::new();
    settings.encode(&mut encoded);
    let frames = frames_in(&encoded, 3).unwrap();
    assert_eq!(frames[0].0, FrameKind::Settings);
    assert_eq!(Settings::decode(&frames[0].1), Ok(settings));
}

#[test]
fn qpack_streams_take_only_what_needs_no_dynamic_table() {
    let encoder = |input: &[u8]| EncoderStreamReader::default().read(input).map_err(|error| error.code);
    assert_eq!(encoder(&[0x20, 0x20]), Ok(()));
    for instruction in [&[0x21][..], &[0x3f, 0xe1, 0x1f], &[0xc0, 0x00], &[0x40], &[0x00]] {
        assert_eq!(encoder(instruction), Err(ErrorCode::QPACK_ENCODER_STREAM_ERROR));
    }
    let decoder = |input: &[u8]| DecoderStreamReader::default().read(input).map_err(|error| error.code);
    assert_eq!(decoder(&[0x44, 0x7f, 0x80, 0x01, 0x48]), Ok(()));
    for instruction in [&[0x80][..], &[0x00], &[0x01], &[0x7f, 0x80, 0x01, 0x80]] {
        assert_eq!(decoder(instruction), Err(ErrorCode::QPACK_DECODER_STREAM_ERROR));
    }
}

proptest! {
    #[test]
    fn fields_survive_the_way(fields in proptest::collection::vec(("[a-z:-]{1,40}", "[ -~]{0,300}"), 0..6)) {
        let mut section = Vec::new();
        encode_field_section_prefix(&mut section);
        for (name, value) in &fields {
            encode_field(&mut section, name.as_bytes(), value.as_bytes());
        }
        prop_assert_eq!(fields_of(&section), Ok(fields));
    }

    #[test]
    fn foreign_bytes_never_panic(input in proptest::collection::vec(any::<u8>(), 0..200), piece_bytes in 1_usize..50) {
        let _ = fields_of(&input);
        let _ = frames_in(&input, piece_bytes);
        let _ = ControlReader::default().read(&input);
        let _ = DecoderStreamReader::default().read(&input);
    }
}
