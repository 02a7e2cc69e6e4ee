//! What is redacted of a record.

use dyno_model::{Redactor, Specimen};

use super::redact;

#[test]
fn no_text_of_a_record_keeps_a_secret() {
    let mut record = crate::tests::head("http://127.0.0.1:1/");
    let secret = "hunter2";
    record.name = format!("run {secret}");
    record.target = format!("http://me:{secret}@host/");
    record.reproduce = format!("dyno http http://me:{secret}@host/");
    record.plan = serde_json::json!({ secret: [secret] });
    record.specimens.push(Specimen {
        operation: format!("GET /{secret}"),
        n: 0,
        at_ns: 0,
        kind: "reset".to_owned(),
        response_time_ns: 0,
        message: format!("sent {secret}"),
    });
    let mut redactor = Redactor::default();
    redactor.add(secret);
    redact(&mut record, &redactor);
    let text = serde_json::to_string(&record).unwrap();
    assert!(!text.contains(secret), "{text}");
}
