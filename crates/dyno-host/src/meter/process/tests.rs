//! Process names that try to confuse the reader of `stat`.

use super::parse_stat;

#[test]
fn names_may_hold_brackets_and_spaces() {
    let text = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 9000 1000000 10 18446744073709551615";
    let stat = parse_stat(text).unwrap();
    let ticks = super::ticks_per_s() as f64;
    assert_eq!((stat.state, stat.is_zombie(), stat.counters.started_at), ('S', false, 9000));
    assert_eq!((stat.counters.cpu_user_s, stat.counters.cpu_system_s), (250.0 / ticks, 50.0 / ticks));
    assert_eq!(stat.counters.rss_bytes, 10 * super::page_size());
    assert!(parse_stat("42 (a) S 1").is_none() && parse_stat("").is_none());
}
