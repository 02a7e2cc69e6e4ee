//! The grammar of thresholds, and what is said when a text does not follow it.

use dyno_model::{Comparator, Limit, Metric, OperationKind, OperationTable, Statistic};
use proptest::prelude::*;

use super::{check_applicable, check_operation, parse_threshold};

fn check(text: &str, operation: Option<&str>, metric: Metric, comparator: Comparator, limit: Limit) {
    let threshold = parse_threshold(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(
        (threshold.operation.as_deref(), threshold.metric, threshold.comparator, threshold.limit),
        (operation, metric, comparator, limit),
        "{text}"
    );
    assert_eq!((threshold.text.as_str(), threshold.abort), (text.trim(), false));
}

#[test]
fn reads_every_metric_and_unit() {
    use Comparator::*;
    use Limit::*;
    use Statistic::*;
    let response = |q| Metric::ResponseTime(Quantile(q));
    check("p99 < 20ms", None, response(0.99), Below, TimeNs(20e6));
    check("p99<20ms", None, response(0.99), Below, TimeNs(20e6));
    check(" p99.9 <= 1m30s ", None, response(0.999), AtMost, TimeNs(90e9));
    check("p99.99 < 1s", None, response(0.9999), Below, TimeNs(1e9));
    check("p5 > 0", None, response(0.05), Above, TimeNs(0.0));
    check("mean < 500us", None, Metric::ResponseTime(Mean), Below, TimeNs(500e3));
    check("response.max < 1s", None, Metric::ResponseTime(Max), Below, TimeNs(1e9));
    check("service.min >= 1ms", None, Metric::ServiceTime(Min), AtLeast, TimeNs(1e6));
    check("lateness.p99 < 100us", None, Metric::Lateness(Quantile(0.99)), Below, TimeNs(100e3));
    check("first_byte.p50 < 5ms", None, Metric::FirstByte(Quantile(0.5)), Below, TimeNs(5e6));
    check("connect.p99 < 5ms", None, Metric::Connect(Quantile(0.99)), Below, TimeNs(5e6));
    check("errors < 0.1%", None, Metric::Errors, Below, Share(0.001));
    check("errors == 0", None, Metric::Errors, Equal, Count(0.0));
    check("errors <= 10", None, Metric::Errors, AtMost, Count(10.0));
    check("rate > 1000/s", None, Metric::Rate, Above, RatePerS(1000.0));
    check("rate > 1.5k/s", None, Metric::Rate, Above, RatePerS(1500.0));
    check("rate > 0", None, Metric::Rate, Above, RatePerS(0.0));
    check("rate > 99% of asked", None, Metric::Rate, Above, ShareOfAsked(0.99));
    check("requests >= 10_000", None, Metric::Requests, AtLeast, Count(10_000.0));
}

#[test]
fn reads_operations() {
    use Comparator::Below;
    let p = |q| Metric::ResponseTime(Statistic::Quantile(q));
    let limit = Limit::TimeNs(1e6);
    check("browse.p95 < 1ms", Some("browse"), p(0.95), Below, limit);
    check("browse.p99.9 < 1ms", Some("browse"), p(0.999), Below, limit);
    check("GET /items/{id}.p95 < 1ms", Some("GET /items/{id}"), p(0.95), Below, limit);
    check("\"GET /x\".p99 < 1ms", Some("GET /x"), p(0.99), Below, limit);
    check("\"a < b.p50\".p99 < 1ms", Some("a < b.p50"), p(0.99), Below, limit);
    check("\"service\".p99 < 1ms", Some("service"), p(0.99), Below, limit);
    let service = Metric::ServiceTime(Statistic::Mean);
    check("buy.service.mean < 1ms", Some("buy"), service, Below, limit);
    check("buy.errors < 1%", Some("buy"), Metric::Errors, Below, Limit::Share(0.01));
}

#[test]
fn says_what_to_write() {
    let texts = [
        "",
        "p99 < 20",
        "service.p99.9 < 1.5",
        "p99",
        "p99 = 20ms",
        "p99 <",
        "< 20ms",
        "p99 < 5%",
        "p99 < -1ms",
        "p999 < 1ms",
        "p99_9 < 1ms",
        "p100 < 1ms",
        "p101 < 1ms",
        "avg < 1ms",
        "browse.avg < 1ms",
        "browse.P99 < 1ms",
        "latenes.p99 < 1ms",
        "eror < 1%",
        "colour < 1",
        "errors < 1ms",
        "errors < 0.5",
        "rate > 100",
        "rate > 99%",
        "rate > 5ms",
        "requests > 10/s",
        "browse.connect.p99 < 1ms",
        "browse.rate > 99% of asked",
        "\"GET /x < 1ms",
        "\"GET /x\" < 1ms",
        "p99 < 20ms ms",
        "ümlaut < 3",
    ];
    let said: Vec<String> = texts
        .iter()
        .map(|text| match parse_threshold(text) {
            Ok(threshold) => format!("{text}: accepted as {threshold:?}"),
            Err(error) => format!("{}\n    {}", error.problem, error.hint),
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r##"
    the threshold is empty
        write one such as `p99 < 20ms`
    threshold `p99 < 20` has no unit
        write `p99 < 20ms`
    threshold `service.p99.9 < 1.5` has no unit
        write `service.p99.9 < 1.5ms`
    threshold `p99` has no comparison
        write one of < <= > >= ==, such as `p99 < 20ms`
    threshold `p99 = 20ms` compares with the unknown sign `=`
        write `==`
    threshold `p99 <` has no limit
        write `p99 < 20ms`
    threshold `< 20ms` names no metric
        write one before the comparison, such as `p99 < 20ms`
    threshold `p99 < 5%` compares `p99` with `5%`, which is not a time
        write `p99 < 20ms`
    threshold `p99 < -1ms` compares `p99` with `-1ms`, which is not a time
        write `p99 < 20ms`
    threshold `p999 < 1ms` names the unknown metric `p999`
        write `p99.9`
    threshold `p99_9 < 1ms` names the unknown metric `p99_9`
        write `p99.9`
    threshold `p100 < 1ms` names the unknown metric `p100`
        write `max`
    threshold `p101 < 1ms` names the unknown metric `p101`
        write p50, p99, p99.9, mean, min, max, errors, rate or requests, perhaps after an operation and a dot, or after `service.`, `lateness.`, `first_byte.` or `connect.`
    threshold `avg < 1ms` names the unknown metric `avg`
        write `mean`
    threshold `browse.avg < 1ms` names the unknown metric `browse.avg`
        write `browse.mean`
    threshold `browse.P99 < 1ms` names the unknown metric `browse.P99`
        write `browse.p99`
    latenes.p99 < 1ms: accepted as Threshold { text: "latenes.p99 < 1ms", operation: Some("latenes"), metric: ResponseTime(Quantile(0.99)), comparator: Below, limit: TimeNs(1000000.0), abort: false }
    threshold `eror < 1%` names the unknown metric `eror`
        write `errors`
    threshold `colour < 1` names the unknown metric `colour`
        write p50, p99, p99.9, mean, min, max, errors, rate or requests, perhaps after an operation and a dot, or after `service.`, `lateness.`, `first_byte.` or `connect.`
    threshold `errors < 1ms` compares `errors` with `1ms`, which is not a share or a count
        write `errors < 0.1%`
    threshold `errors < 0.5` has no unit
        write `errors < 0.5%`
    threshold `rate > 100` has no unit
        write `rate > 100/s`
    threshold `rate > 99%` has no unit
        write `rate > 99% of asked`
    threshold `rate > 5ms` compares `rate` with `5ms`, which is not a rate or a share of the asked rate
        write `rate > 1000/s`
    threshold `requests > 10/s` compares `requests` with `10/s`, which is not a count
        write `requests > 10000`
    threshold `browse.connect.p99 < 1ms` cannot be judged: connections are not counted per operation
        write the threshold without the operation
    threshold `browse.rate > 99% of asked` cannot be judged: the asked rate is not known per operation
        write the threshold without the operation
    threshold `"GET /x < 1ms` opens a quote and does not close it
        write `"GET /items".p99 < 20ms`
    threshold `"GET /x" < 1ms` starts with a quote but names no operation and metric
        write `"GET /items".p99 < 20ms`
    threshold `p99 < 20ms ms` compares `p99` with `20ms ms`, which is not a time
        write `p99 < 20ms`
    threshold `ümlaut < 3` names the unknown metric `ümlaut`
        write p50, p99, p99.9, mean, min, max, errors, rate or requests, perhaps after an operation and a dot, or after `service.`, `lateness.`, `first_byte.` or `connect.`
    "##);
}

#[test]
fn unknown_operations_are_named_with_the_nearest() {
    let mut operations = OperationTable::default();
    operations.add("browse", OperationKind::Request);
    operations.add("buy", OperationKind::Journey);
    let said = |text: &str| check_operation(&parse_threshold(text).unwrap(), &operations).map_err(|e| e.hint);
    assert_eq!(said("p99 < 1ms"), Ok(()));
    assert_eq!(said("buy.p99 < 1ms"), Ok(()));
    assert_eq!(said("browze.p99 < 1ms"), Err("did you mean `browse`?".to_owned()));
    assert_eq!(said("lateness_.p99 < 1ms"), Err("the run has `browse`, `buy`".to_owned()));
}

#[test]
fn closed_loops_have_no_asked_rate_and_no_lateness() {
    for (text, closed) in [("rate > 99% of asked", false), ("lateness.p99 < 1ms", false), ("p99 < 1ms", true)]
    {
        let threshold = parse_threshold(text).unwrap();
        assert!(check_applicable(&threshold, true).is_ok());
        assert_eq!(check_applicable(&threshold, false).is_ok(), closed, "{text}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,40}") {
        let _ = parse_threshold(&text);
    }

    #[test]
    fn never_panics_near_the_grammar(text in "[p\".%a-eé0-9 <>=/ms_]{0,24}") {
        let _ = parse_threshold(&text);
    }

    #[test]
    fn any_quoted_operation_survives(name in "[^\"\\p{Cc}]{1,30}") {
        let threshold = parse_threshold(&format!("\"{name}\".p99 < 1ms")).unwrap();
        prop_assert_eq!(threshold.operation.as_deref(), Some(name.as_str()));
    }

    #[test]
    fn the_name_of_a_metric_reads_back(tenths in 1u32..1000) {
        let text = format!("service.p{}", f64::from(tenths) / 10.0);
        let threshold = parse_threshold(&format!("{text} < 1ms")).unwrap();
        prop_assert_eq!(super::metric_name(threshold.metric), text);
    }
}
