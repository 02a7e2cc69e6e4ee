use dyno_model::{Direction, Unit};

use super::MetricKind;

#[test]
fn names_of_thresholds_have_a_kind() {
    for (name, quantile, is_gated) in [
        ("p50", Some(0.5), true),
        ("p99", Some(0.99), true),
        ("p99.9", Some(0.999), false),
        ("mean", None, true),
        ("max", None, false),
        ("response.p95", Some(0.95), true),
        ("service.p99", Some(0.99), false),
        ("first_byte.p50", Some(0.5), false),
        ("connect.mean", None, false),
    ] {
        let kind = MetricKind::of(name).unwrap_or_else(|| panic!("{name} has no kind"));
        assert_eq!((kind.quantile, kind.is_gated, kind.unit), (quantile, is_gated, Unit::Ns), "{name}");
    }
}

#[test]
fn more_is_better_only_for_what_is_delivered() {
    let higher = |name: &str| MetricKind::of(name).map(|kind| kind.direction) == Some(Direction::Higher);
    assert!(higher("rate") && higher("requests"));
    assert!(!higher("errors") && !higher("rss") && !higher("cpu_per_request") && !higher("p99"));
}

#[test]
fn a_quantile_needs_twenty_samples_beyond_it() {
    let least = |name: &str| MetricKind::of(name).map(|kind| kind.samples_least());
    assert_eq!(least("p50"), Some(40));
    assert_eq!(least("p99"), Some(2_000));
    assert_eq!(least("p99.9"), Some(20_000));
    assert_eq!(least("errors"), Some(1_000));
}

#[test]
fn other_words_have_none() {
    for name in
        ["", "p", "p0", "p100", "pp99", "latency", "service.", "service.rate", "p99.x", "nan", "pnan", "pinf"]
    {
        assert_eq!(MetricKind::of(name), None, "{name}");
    }
}
