//! The files are what they are said to be, in every target and in every variant.

use std::io::Read;

use super::*;

#[test]
fn every_file_has_its_size_and_its_variants_decode_to_it() {
    for (index, &(name, content_type, bytes)) in FILES.iter().enumerate() {
        let file = make(index);
        assert_eq!(file.plain.len(), bytes, "{name}");
        assert_eq!(file.content_type, content_type, "{name}");
        if let Some(gzip) = &file.gzip {
            let mut decoded = Vec::new();
            flate2::read::GzDecoder::new(gzip.as_slice()).read_to_end(&mut decoded).unwrap();
            assert_eq!(decoded, file.plain, "{name}");
            assert!(gzip.len() < bytes, "{name} did not shrink");
        }
        if let Some(brotli) = &file.brotli {
            let mut decoded = Vec::new();
            brotli::Decompressor::new(brotli.as_slice(), 4096).read_to_end(&mut decoded).unwrap();
            assert_eq!(decoded, file.plain, "{name}");
        }
    }
}

#[test]
fn files_are_the_same_each_time() {
    let (one, other) = (make(19), make(19));
    assert_eq!(
        (one.tag, one.plain, one.gzip, one.brotli),
        (other.tag, other.plain, other.gzip, other.brotli)
    );
    let manifest: serde_json::Value = serde_json::from_slice(&make(19).plain).unwrap();
    assert_eq!(manifest["name"], "made by dyno");
}
