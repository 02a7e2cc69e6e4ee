use proptest::prelude::*;

use super::*;

#[test]
fn durations() {
    let check =
        |text: &str, ns: u64| assert_eq!(parse_duration(text).unwrap(), Duration::from_nanos(ns), "{text}");
    check("10s", 10_000_000_000);
    check("1m30s", 90_000_000_000);
    check("250ms", 250_000_000);
    check("5us", 5_000);
    check("5µs", 5_000);
    check("0", 0);
    check("1.5 h", 5_400_000_000_000);
}

#[test]
fn a_bare_number_is_told_what_to_write() {
    let check = |result: Result<(), UnitError>, text: &str| assert_eq!(result.unwrap_err().to_string(), text);
    check(
        parse_duration("20").map(drop),
        "`20` has no unit; write `20s` for seconds or `20ms` for milliseconds",
    );
    check(parse_rate("300").map(drop), "rate `300` has no unit; write `300/s`");
    check(parse_size("64").map(drop), "size `64` has no unit; write `64B` for bytes or `64KiB`");
    check(parse_duration("").map(drop), "`` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`");
    check(
        parse_duration("10 parsecs").map(drop),
        "`10 parsecs` is not a duration; write `10s`, `250ms`, `1m30s` or `2h`",
    );
}

#[test]
fn rates_and_sizes() {
    assert_eq!(parse_rate("2000/s").unwrap(), 2000.0);
    assert_eq!(parse_rate("1.5k/s").unwrap(), 1500.0);
    assert_eq!(parse_rate("90/m").unwrap(), 1.5);
    assert_eq!(parse_size("64KiB").unwrap(), 65_536);
    assert_eq!(parse_size("10kB").unwrap(), 10_000);
}

#[test]
fn formats() {
    let check = |ns: u64, text: &str| assert_eq!(format_ns(ns), text);
    check(870, "870 ns");
    check(12_345, "12.3 µs");
    check(1_050_000, "1.05 ms");
    check(999_600, "1.00 ms");
    check(2_500_000_000, "2.50 s");
    check(200_000_000_000, "3 m 20 s");
    assert_eq!(format_rate(12_345.4), "12,345/s");
    assert_eq!(format_size(15_000_000), "14.3 MiB");
    assert_eq!(format_share(0.0012), "0.12 %");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,40}") {
        let _ = (parse_duration(&text), parse_rate(&text), parse_size(&text));
    }

    #[test]
    fn written_durations_read_back(ns in 0u64..1_000_000_000_000) {
        let duration = Duration::from_nanos(ns);
        prop_assert_eq!(parse_duration(&write_duration(duration)).unwrap(), duration);
    }
}
