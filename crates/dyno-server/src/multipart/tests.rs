use proptest::prelude::*;

use super::parser::{Parser, Step};
use super::{MultipartError, PartHead, parse_whole};

const BODY: &str = "preamble\r\n--B \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--B\r\n\
                    content-type: text/plain\r\ncontent-disposition: form-data; name=b; filename=\"x\\\"y\\z.txt\"\r\n\r\n\
                    \r\n--\r\n-B\r\n--B\r\nContent-Disposition: form-data; name=\"c\"\r\n\r\n\r\n--B--\r\nepilogue";

/// Every part as `name filename type: content`, with the body fed in pieces of `size` bytes.
fn read(body: &[u8], size: usize) -> Result<Vec<String>, MultipartError> {
    let mut parser = Parser::new("B");
    let mut pieces = body.chunks(size);
    let (mut parts, mut content) = (Vec::new(), Vec::new());
    loop {
        match parser.step()? {
            Step::NeedMore => match pieces.next() {
                Some(piece) => parser.feed(piece),
                None => return Err(MultipartError::Malformed("cut")),
            },
            Step::Head(head) => parts.push(describe(&head)),
            Step::Data(bytes) => content.extend_from_slice(&bytes),
            Step::PartEnd => {
                let part = parts.last_mut().unwrap();
                *part = format!("{part}: {}", String::from_utf8(std::mem::take(&mut content)).unwrap());
            }
            Step::End => return Ok(parts),
        }
    }
}

fn describe(head: &PartHead) -> String {
    format!("{} {:?} {:?}", head.name(), head.filename(), head.content_type())
}

#[test]
fn every_split_of_a_body_gives_the_same_parts() {
    let expected = [
        "a None None: one",
        "b Some(\"x\\\"y\\\\z.txt\") Some(\"text/plain\"): \r\n--\r\n-B",
        "c None None: ",
    ];
    for size in 1..=BODY.len() {
        assert_eq!(read(BODY.as_bytes(), size).unwrap(), expected, "pieces of {size}");
    }
}

#[test]
fn malformed_bodies_are_refused() {
    let head = "Content-Disposition: form-data; name=\"a\"\r\n\r\n";
    for (body, expected) in [
        (format!("--B\r\n{head}x"), "cut"),
        ("--Bx".to_owned(), "followed by neither"),
        (format!("--B\r\n{}\r\n{head}", "x".repeat(9000)), "too long"),
        ("--B\r\nno colon\r\n\r\n".to_owned(), "no colon"),
        ("--B\r\nContent-Type: text/plain\r\n\r\n\r\n--B--".to_owned(), "no `Content-Disposition`"),
        ("--B\r\nContent-Disposition: form-data\r\n\r\n\r\n--B--".to_owned(), "no name"),
        (format!("--B\r\n{head}\r\n").repeat(1001), "more than 1000 parts"),
    ] {
        let error = read(body.as_bytes(), 1000).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} instead of {expected}");
    }
}

#[test]
fn file_names_of_any_language_arrive() {
    let head = PartHead::parse(
        b"Content-Disposition: form-data; name=f; filename=plain; filename*=UTF-8''na%C3%AFve",
    );
    assert_eq!(head.unwrap().filename(), Some("na\u{ef}ve"));
}

proptest! {
    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1_usize..50) {
        let _ = read(&bytes, size);
        let mut body = b"--B\r\nContent-Disposition: form-data; name=\"".to_vec();
        body.extend_from_slice(&bytes);
        let _ = parse_whole("B", &body);
    }

    #[test]
    fn content_is_kept_byte_for_byte(content in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assume!(!content.windows(5).any(|window| window == b"\r\n--B"));
        let mut body = b"--B\r\nContent-Disposition: form-data; name=a\r\n\r\n".to_vec();
        body.extend_from_slice(&content);
        body.extend_from_slice(b"\r\n--B--");
        let parts = parse_whole("B", &body).unwrap();
        prop_assert_eq!(&parts[0].bytes()[..], &content[..]);
    }
}
