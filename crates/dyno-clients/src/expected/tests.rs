use super::Expected;

fn check(texts: &[&str], accepted: &[u16], refused: &[u16]) {
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let expected = Expected::read(&texts).unwrap();
    for code in accepted {
        assert!(expected.accepts(*code), "{texts:?} {code}");
    }
    for code in refused {
        assert!(!expected.accepts(*code), "{texts:?} {code}");
    }
    assert_eq!(expected.texts(), texts);
}

#[test]
fn codes_and_classes() {
    check(&["200"], &[200], &[199, 201, 404]);
    check(&["2XX", "304"], &[200, 299, 304], &[199, 300, 303]);
    check(&["4xx"], &[400, 499], &[399, 500]);
}

#[test]
fn without_a_wish_everything_below_400_is_a_success() {
    let expected = Expected::default();
    assert!(expected.accepts(200) && expected.accepts(302) && !expected.accepts(400) && !expected.accepts(0));
    assert!(expected.texts().is_empty());
}

#[test]
fn what_is_no_status_is_refused() {
    for text in ["", "default", "20", "600", "9XX", "2X", "XX", "ÄXX"] {
        assert_eq!(Expected::read(&[text.to_owned()]), None, "{text}");
    }
    assert_eq!(Expected::read(&[]), None);
}
