use super::*;

#[test]
fn secrets_vanish_in_every_form() {
    let mut redactor = Redactor::default();
    redactor.add("s3cr&t");
    for text in ["token=s3cr&t;", "?token=s3cr%26t", "Basic czNjciZ0"] {
        let shown = redactor.redact(text);
        assert!(shown.contains("[redacted]"), "{text} → {shown}");
        assert!(!shown.contains("s3cr"), "{text} → {shown}");
    }
}

#[test]
fn longer_secrets_vanish_whole() {
    let mut redactor = Redactor::default();
    redactor.add("abc");
    redactor.add("abcdef");
    assert_eq!(redactor.redact("x abcdef y"), "x [redacted] y");
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
}

#[test]
fn json_is_redacted_in_keys_and_values() {
    let mut redactor = Redactor::default();
    redactor.add("hunter2");
    let mut value = serde_json::json!({"hunter2": ["x hunter2", 1]});
    redactor.redact_json(&mut value);
    assert_eq!(value, serde_json::json!({"[redacted]": ["x [redacted]", 1]}));
}
