use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_model::FailureKind;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{ColumnError, SampleColumns, ScheduleColumns, failure_kind, failure_number, read_schedule};

fn base64_of<const WIDTH: usize>(values: &[[u8; WIDTH]]) -> String {
    STANDARD.encode(values.concat())
}

fn fields(value: Value) -> Map<String, Value> {
    let Value::Object(fields) = value else { panic!("not an object") };
    fields
}

fn two() -> Map<String, Value> {
    fields(json!({
        "t": "samples", "n": 2,
        "seq": base64_of(&[0u32.to_le_bytes(), 1u32.to_le_bytes()]),
        "start": base64_of(&[10u64.to_le_bytes(), 20u64.to_le_bytes()]),
        "dur": base64_of(&[5u64.to_le_bytes(), 6u64.to_le_bytes()]),
        "code": base64_of(&[200u16.to_le_bytes(), 0u16.to_le_bytes()]),
        "err": base64_of(&[[0u8], [3u8]]),
    }))
}

#[test]
fn samples_are_read_column_by_column() {
    let samples = SampleColumns::read(&two()).expect("they are well formed");
    assert_eq!(samples.len(), 2);
    assert_eq!(samples.start_ns, [10, 20]);
    assert_eq!(samples.duration_ns, [5, 6]);
    assert_eq!(samples.code, [200, 0]);
    assert_eq!((samples.failure(0), samples.failure(1)), (None, Some(FailureKind::Timeout)));
    assert_eq!(samples.received, None);
}

#[test]
fn mistakes_name_their_column() {
    let mut without = two();
    without.remove("dur");
    assert_eq!(SampleColumns::read(&without), Err(ColumnError::Missing("dur")));
    let mut short = two();
    short.insert("code".to_owned(), json!(STANDARD.encode([1, 2, 3])));
    let error = SampleColumns::read(&short).expect_err("three bytes are not two numbers");
    assert_eq!(error.to_string(), "the column `code` has 3 bytes, 4 are 2 values of 2 bytes");
    let mut text = two();
    text.insert("rx".to_owned(), json!("***"));
    let error = SampleColumns::read(&text).expect_err("stars are not base64");
    assert!(error.to_string().starts_with("the column `rx` is not base64"), "{error}");
    let mut huge = two();
    huge.insert("n".to_owned(), json!(u64::MAX));
    assert!(matches!(SampleColumns::read(&huge), Err(ColumnError::Length { column: "seq", .. })));
}

#[test]
fn a_failure_without_a_reason_is_some_failure() {
    let mut silent = two();
    silent.remove("err");
    let samples = SampleColumns::read(&silent).expect("the reason is optional");
    assert_eq!(samples.failure(1), Some(FailureKind::Other));
}

#[test]
fn parts_are_joined_and_what_one_lacks_is_unknown() {
    let mut all = SampleColumns::default();
    all.append(SampleColumns::read(&two()).expect("well formed"));
    let mut silent = two();
    silent.remove("err");
    all.append(SampleColumns::read(&silent).expect("well formed"));
    assert_eq!((all.len(), all.error.as_ref()), (4, None));
    assert_eq!(all.code, [200, 0, 200, 0]);
}

proptest! {
    #[test]
    fn any_fields_are_read_without_a_panic(
        n in proptest::option::of(0u64..5),
        columns in proptest::collection::vec(("(seq|start|dur|code|err|rx|ttfb)", "[A-Za-z0-9+/=]{0,24}"), 0..8),
    ) {
        let mut fields = Map::new();
        if let Some(n) = n { fields.insert("n".to_owned(), json!(n)); }
        for (name, text) in columns { fields.insert(name, json!(text)); }
        if let Ok(samples) = SampleColumns::read(&fields) {
            prop_assert_eq!(samples.len(), samples.code.len());
            for index in 0..samples.len() { let _ = samples.failure(index); }
        }
    }

    #[test]
    fn schedules_keep_every_arrival(arrivals in proptest::collection::vec((any::<u64>(), any::<u32>()), 0..50)) {
        let columns = ScheduleColumns::of(&arrivals);
        let at = STANDARD.decode(columns.at).expect("base64");
        let request = STANDARD.decode(columns.request).expect("base64");
        let back: Vec<(u64, u32)> = at
            .as_chunks::<8>().0.iter().map(|c| u64::from_le_bytes(*c))
            .zip(request.as_chunks::<4>().0.iter().map(|c| u32::from_le_bytes(*c)))
            .collect();
        prop_assert_eq!(back, arrivals);
    }
}

proptest! {
    #[test]
    fn what_a_worker_sends_is_what_the_host_reads(
        rows in proptest::collection::vec((any::<u32>(), any::<u64>(), any::<u64>(), any::<u16>(), 0..13_usize), 1..40),
        optional in any::<bool>(),
    ) {
        let mut sent = SampleColumns::default();
        for (seq, start_ns, duration_ns, code, kind) in rows {
            sent.push(seq, start_ns, duration_ns, code, FailureKind::ALL.get(kind).copied());
        }
        if optional {
            sent.received = Some(sent.seq.clone());
            sent.first_byte_ns = Some(sent.duration_ns.clone());
            sent.chunks = Some(sent.seq.iter().rev().copied().collect());
        }
        prop_assert_eq!(SampleColumns::read(&sent.fields()), Ok(sent));
    }

    #[test]
    fn a_schedule_comes_back_as_it_was_cut(arrivals in proptest::collection::vec((any::<u64>(), any::<u32>()), 1..40)) {
        let columns = ScheduleColumns::of(&arrivals);
        prop_assert_eq!(read_schedule(0, &columns.at, &columns.request, 1), Ok(arrivals));
    }
}

#[test]
fn a_schedule_without_requests_takes_them_in_turn_and_a_broken_one_names_its_column() {
    let columns = ScheduleColumns::of(&[(5, 0), (6, 0), (7, 0)]);
    assert_eq!(read_schedule(4, &columns.at, "", 3), Ok(vec![(5, 1), (6, 2), (7, 0)]));
    let short = ScheduleColumns::of(&[(5, 0)]).request;
    assert!(matches!(
        read_schedule(0, &columns.at, &short, 3),
        Err(ColumnError::Length { column: "req", .. })
    ));
    assert!(matches!(read_schedule(0, "AAA=", "", 3), Err(ColumnError::Length { column: "at", .. })));
    assert!(matches!(read_schedule(0, "*", "", 3), Err(ColumnError::NotBase64 { column: "at", .. })));
}

#[test]
fn a_reason_keeps_its_meaning_on_the_way_to_the_host() {
    use FailureKind::{
        Abandoned, Closed, Connect, Dns, Other, Protocol, Redirect, Refused, Reset, Timeout, Tls, WrongAnswer,
    };
    for kind in [Connect, Tls, Timeout, Reset, Protocol, Closed, Redirect, Other] {
        assert_eq!(failure_kind(failure_number(kind)), Some(kind));
    }
    for (kind, read) in [(Dns, Connect), (Refused, Connect), (WrongAnswer, Other), (Abandoned, Other)] {
        assert_eq!(failure_kind(failure_number(kind)), Some(read));
    }
}
