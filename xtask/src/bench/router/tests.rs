use super::{Kind, read, text};

#[test]
fn lines_are_read_and_others_refused() {
    let lines = read("{\"kind\":\"literal\",\"routes\":1000,\"nanoseconds_per_lookup\":61.50}\n").unwrap();
    assert_eq!(
        (lines[0].kind.as_str(), lines[0].routes, lines[0].nanoseconds_per_lookup),
        ("literal", 1000, 61.5)
    );
    assert!(read("thread 'main' panicked").is_err());
    assert!(read("").is_err());
}

#[test]
fn the_slowest_kind_can_miss_the_bar_alone() {
    let kind =
        |name: &str, nanoseconds: [f64; 3]| Kind { name: name.to_owned(), nanoseconds: nanoseconds.to_vec() };
    let text =
        text(&[kind("literal", [60.0, 50.0, 70.0]), kind("two parameters", [200.0, 160.0, 140.0])], 1000, 3);
    for row in [
        "| literal | 60.0 (50.0–70.0) |",
        "| literal: ns per lookup | ≤ 150 | 60.00 | ok |",
        "| two parameters: ns per lookup | ≤ 150 | 160.00 | **missed** |",
    ] {
        assert!(text.contains(row), "{row} is not in\n{text}");
    }
}
