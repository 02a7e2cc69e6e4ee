//! Forms as browsers and curl send them, and as nobody should.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const BODY: &str = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
                    --xyz\r\ncontent-disposition: form-data; name=a\r\n\r\n2\r\n\
                    --xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x \\\"y\\\".txt\"\r\n\
                    Content-Type: text/plain\r\n\r\nline\r\nline\r\n--xyz--\r\n";

#[test]
fn multipart_bodies_are_told_apart_into_fields_and_files() {
    let (fields, files) = multipart(BODY.as_bytes(), " boundary=xyz").unwrap();
    assert_eq!(Value::Object(fields), json!({ "a": ["1", "2"] }));
    assert_eq!(Value::Object(files), json!({ "f": ["line\r\nline"] }));
    let (fields, _) = multipart(format!("preamble\r\n{BODY}").as_bytes(), "boundary=\"xyz\"").unwrap();
    assert_eq!(Value::Object(fields), json!({ "a": ["1", "2"] }));
    assert_eq!(
        urlencoded(b"a=1&a=2&b=x%20y+z\n"),
        json!({ "a": ["1", "2"], "b": ["x y z"] }).as_object().unwrap().clone()
    );
}

#[test]
fn broken_multipart_bodies_are_named() {
    for (body, parameters, part) in [
        (BODY, "", "no boundary"),
        (BODY, "boundary=abc", "does not occur"),
        ("--xyz", "boundary=xyz", "no line end"),
        ("--xyz\r\na: b", "boundary=xyz", "does not end"),
        ("--xyz\r\n\r\nabc", "boundary=xyz", "last part"),
    ] {
        let error = multipart(body.as_bytes(), parameters).unwrap_err();
        assert!(error.contains(part), "{body:?} gave {error}");
    }
}

#[test]
fn parameters_are_read_with_and_without_quotes() {
    let read: Vec<_> = Parameters(" username=\"a\\\"b, c\", qop=auth ,nc=1;word; x=").collect();
    let pairs = [("username", "a\"b, c"), ("qop", "auth"), ("nc", "1"), ("x", "")];
    assert_eq!(read, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC*") {
        let _ = multipart(&body, "boundary=\r");
        let _ = multipart(&[b"--b\r\n", body.as_slice()].concat(), "boundary=b");
        let _ = Parameters(&text).count();
    }
}
