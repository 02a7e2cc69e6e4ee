use std::io::{BufReader, Cursor};

use super::{LINE_BYTES_MAX, Line, next_line, read_column};

fn lines(bytes: &[u8]) -> Vec<String> {
    let mut input = BufReader::new(Cursor::new(bytes.to_vec()));
    let mut told = Vec::new();
    while let Some(line) = next_line(&mut input) {
        told.push(match line {
            Line::Message(kind, _) => kind,
            Line::Bad(reason) => format!("bad: {reason}"),
        });
    }
    told
}

#[test]
fn bad_lines_are_told_and_the_next_one_is_read() {
    let told = lines(b"{\"t\":\"ping\",\"id\":1}\n\xff\xfe\n[]\n{\"t\":3}\n{\"t\":\"bye\"}");
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!((told[0].as_str(), told[4].as_str()), ("ping", "bye"));
    assert!(told[1].starts_with("bad: a line is not JSON"), "{told:?}");
    assert_eq!(told[2], "bad: a line is no JSON object");
    assert_eq!(told[3], "bad: a line has no text `t`");
}

#[test]
fn a_line_without_end_is_left_out() {
    let mut bytes = vec![b'x'; LINE_BYTES_MAX + 70_000];
    bytes.extend_from_slice(b"\n{\"t\":\"ping\"}\n");
    let told = lines(&bytes);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("longer than"), "{told:?}");
    assert_eq!(told[1], "ping");
}

#[test]
fn columns_of_a_wrong_length_are_refused() {
    assert_eq!(read_column::<4>(&"AQAAAA==".into(), "req"), Ok(vec![[1, 0, 0, 0]]));
    for text in ["AQAA", "*", ""] {
        let read = read_column::<4>(&text.into(), "req");
        assert_eq!(read.is_ok(), text.is_empty(), "{text}: {read:?}");
    }
    assert!(read_column::<4>(&7.into(), "req").is_err());
}
