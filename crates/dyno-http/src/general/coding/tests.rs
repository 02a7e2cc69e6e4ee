//! Codings that decode, and ones that do not.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::{BODY_BYTES_KEPT_MAX, decode};

const TEXT: &[u8] = b"hello hello hello";

fn check(coding: &str, coded: &[u8]) {
    let decoded = decode(Some(coding.as_bytes()), coded).expect("the body is good").expect("it is coded");
    assert_eq!((decoded.body.as_slice(), decoded.is_cut), (TEXT, false), "{coding}");
}

#[test]
fn known_codings_decode() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(TEXT).expect("memory takes everything");
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
    zlib.write_all(TEXT).expect("memory takes everything");
    let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
    bare.write_all(TEXT).expect("memory takes everything");
    check(" GZIP", &gzip.finish().expect("memory takes everything"));
    check("deflate", &zlib.finish().expect("memory takes everything"));
    check("deflate", &bare.finish().expect("memory takes everything"));
    assert_eq!(decode(None, TEXT), Ok(None));
    assert_eq!(decode(Some(b"identity"), TEXT), Ok(None));
}

#[test]
fn other_codings_say_which() {
    let error = decode(Some(b"br"), TEXT).expect_err("the coding is not supported");
    assert_eq!(error, "the content coding `br` is not supported");
    let error = decode(Some(b"gzip"), TEXT).expect_err("the body is not coded");
    assert!(error.starts_with("the body cannot be decoded as gzip"), "{error}");
}

#[test]
fn a_bomb_is_cut() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..20 {
        gzip.write_all(&zeros).expect("memory takes everything");
    }
    let coded = gzip.finish().expect("memory takes everything");
    let decoded = decode(Some(b"gzip"), &coded).expect("the body is good").expect("it is coded");
    assert_eq!((decoded.body.len(), decoded.is_cut), (BODY_BYTES_KEPT_MAX, true));
}
