//! From frames that pass by to the code of the GOAWAY behind them.

use super::*;

const GOAWAY: [u8; 17] = [0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1];

fn seen(kind: u8, flags: u8, payload: &[u8]) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    if matches!(kind, kind::HEADERS | kind::CONTINUATION) {
        diagnosis.take_block(payload);
    }
    diagnosis.see(Frame { kind, flags, stream_id: 1, length: payload.len(), payload });
    diagnosis
}

#[track_caller]
fn check(diagnosis: &Diagnosis, code: Option<u8>) {
    let renamed = diagnosis.renamed(&[&[1, 2, 3][..], &GOAWAY].concat());
    assert_eq!(renamed.map(|bytes| (bytes.len(), bytes[19])), code.map(|code| (20, code)));
}

#[test]
fn faults_get_their_codes() {
    check(&seen(kind::PING, 0, &[0; 7]), Some(6));
    check(&seen(kind::SETTINGS, 0, &[0, 4, 0x80, 0, 0, 0]), Some(3));
    check(&seen(kind::SETTINGS, ACK, &[0; 6]), Some(6));
    check(&seen(kind::HEADERS, END_HEADERS, &[0x80]), Some(9));
    check(&seen(kind::HEADERS, END_HEADERS | PADDED | PRIORITY, &[1, 0, 0, 0, 0, 9, 0x80, 0]), Some(9));
    check(&seen(kind::HEADERS, END_HEADERS, &[0x82]), None);
    check(&seen(kind::DATA, 0, &[0; 7]), None);
}

#[test]
fn only_a_vague_goaway_is_renamed() {
    let diagnosis = seen(kind::PING, 0, &[0; 7]);
    let mut calm = GOAWAY;
    calm[16] = 11;
    assert_eq!(diagnosis.renamed(&calm), None);
    assert_eq!(diagnosis.renamed(&GOAWAY[1..]), None);
}

#[test]
fn blocks_are_forgotten_once_they_were_read() {
    let mut diagnosis = seen(kind::HEADERS, END_HEADERS, &[0x80]);
    diagnosis.start_read();
    check(&diagnosis, None);
    diagnosis.take_block(&[0x80]);
    diagnosis.see(Frame { kind: kind::HEADERS, flags: 0, stream_id: 3, length: 1, payload: &[] });
    diagnosis.start_read();
    diagnosis.see(Frame {
        kind: kind::CONTINUATION,
        flags: END_HEADERS,
        stream_id: 3,
        length: 0,
        payload: &[],
    });
    check(&diagnosis, Some(9));
}

#[test]
fn pseudo_fields_of_trailers_are_found() {
    for (block, expected) in [
        (&[0x82][..], true),
        (b"\x00\x01:\x01y", true),
        (&[0x00, 0x81, 0xb9, 1, b'y'], true),
        (b"\x00\x01x\x01y", false),
    ] {
        let mut diagnosis = seen(kind::HEADERS, END_HEADERS, &[0x82]);
        diagnosis.take_block(block);
        let frame = Frame { kind: kind::HEADERS, flags: END_HEADERS, stream_id: 1, length: 1, payload: &[] };
        assert_eq!(diagnosis.see(frame), expected, "{block:02x?}");
    }
}

#[test]
fn what_comes_behind_the_end_of_a_stream_is_late() {
    let mut diagnosis = seen(kind::HEADERS, END_HEADERS | END_STREAM, &[0x82]);
    check(&diagnosis, None);
    diagnosis.see(Frame { kind: kind::DATA, flags: 0, stream_id: 1, length: 1, payload: &[] });
    check(&diagnosis, Some(5));
}

#[test]
fn a_block_that_is_interrupted_is_no_broken_block() {
    let mut diagnosis = seen(kind::HEADERS, 0, &[0x00]);
    diagnosis.take_block(&[0x82]);
    diagnosis.see(Frame { kind: kind::HEADERS, flags: END_HEADERS, stream_id: 3, length: 1, payload: &[] });
    check(&diagnosis, Some(1));
}
