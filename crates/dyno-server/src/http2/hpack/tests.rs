//! Blocks of RFC 7541 appendix C, and what no decoder can read.

use super::*;

#[track_caller]
fn check(block: &[u8], expected: Result<usize, Undecodable>) {
    let mut count = 0;
    let result = walk(block, |_| count += 1);
    assert_eq!(result.map(|()| count), expected, "{block:02x?}");
}

#[test]
fn examples_of_the_rfc_are_decodable() {
    check(b"\x40\x0acustom-key\x0dcustom-header", Ok(1));
    check(b"\x04\x0c/sample/path", Ok(1));
    check(b"\x10\x08password\x06secret", Ok(1));
    check(b"\x82\x86\x84\x41\x0fwww.example.com", Ok(4));
    check(
        &[
            0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2, 0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4,
            0xff,
        ],
        Ok(4),
    );
    check(&[0x3f, 0xe1, 0x1f, 0x20, 0x82], Ok(1));
    check(&[], Ok(0));
}

#[test]
fn what_cannot_be_read_is_told() {
    for block in [
        &[0x80][..],
        &[0xff, 0x50],
        &[0x7f, 0xc8, 0x01, 1, b'y'],
        &[0x82, 0x20],
        &[0x3f, 0xe2, 0x1f],
        &[0x00, 1, b'x', 10, b'y'],
        &[0x00, 0x7f],
        &[0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0x00, 1, b'x', 0x82, 0xf3, 0xff],
        &[0x00, 1, b'x', 0x81, 0xf2],
        &[0x00, 1, b'x', 0x84, 0xff, 0xff, 0xff, 0xff],
    ] {
        check(block, Err(Undecodable));
    }
}

#[test]
fn every_symbol_of_one_byte_is_known() {
    // `0` to `2` have five bits, so three ones fill the byte up.
    assert!(is_huffman(&[0x07]) && is_huffman(&[0x0f]) && is_huffman(&[0x17]));
    assert!(!is_huffman(&[0x06]));
    assert!(is_huffman(&[]));
}

#[test]
fn names_are_shown() {
    let mut names = Vec::new();
    walk(b"\x00\x01x\x01y\x84\x00\x81\xf3\x01y", |name| names.push(name)).unwrap();
    assert_eq!(names, [Name::Plain(b"x"), Name::Indexed(4), Name::Huffman(&[0xf3])]);
}
