use super::*;
use crate::{Reason, ValidityState};

/// A record as an older version wrote it: without any field of sweeps.
const OLD: &str = r#"{"schema": "dyno-clients/1", "id": "1", "at": "", "version": "0.1.0", "target": "t",
    "case": {"profile": "matched", "method": "GET", "url": "http://h/", "body_bytes": 0, "lanes": 1, "timeout_ms": 5},
    "seed": 1, "blocks": 2, "segment_ns": 3, "reference": "a", "entries": [],
    "environment": {}, "validity": {"state": "valid", "reasons": []}}"#;

fn record() -> ClientsRecord {
    let mut text: serde_json::Value = serde_json::from_str(OLD).unwrap();
    text["environment"] = serde_json::to_value(Environment::default()).unwrap();
    serde_json::from_value(text).unwrap()
}

fn played(lanes: u32, state: ValidityState) -> ClientPlayed {
    let reasons = vec![Reason { code: "x".to_owned(), state, detail: format!("{lanes}") }];
    ClientPlayed {
        name: format!("{lanes} lanes"),
        case: ClientCase { lanes, ..record().case },
        segment_ns: u64::from(lanes),
        floor: Some("raw sync".to_owned()),
        control: None,
        counted_by: Default::default(),
        entries: Vec::new(),
        validity: Validity { state, reasons },
    }
}

#[test]
fn a_record_of_one_case_is_its_only_case() {
    let record = record();
    assert_eq!(record.by_case(), std::slice::from_ref(&record));
}

#[test]
fn each_case_of_a_sweep_stands_for_itself() {
    let mut sweep = record();
    sweep.cases = vec![played(1, ValidityState::Valid), played(8, ValidityState::Suspect)];
    let cases = sweep.by_case();
    assert_eq!(cases.iter().map(|case| case.case.lanes).collect::<Vec<_>>(), [1, 8]);
    assert_eq!(
        cases.iter().map(|case| case.validity.state).collect::<Vec<_>>(),
        [ValidityState::Valid, ValidityState::Suspect]
    );
    for case in cases {
        assert!(case.cases.is_empty() && case.id == sweep.id, "{case:?}");
        assert_eq!(case.by_case(), std::slice::from_ref(&case), "a case has one case");
    }
}
