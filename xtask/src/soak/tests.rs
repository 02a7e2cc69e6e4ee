use std::time::Duration;

use super::memory::Memory;
use super::outcomes::Outcomes;
use super::slow::Kind;
use super::steady;

fn check_flat(bytes_at: fn(u32) -> u64, expected: bool) {
    let mut memory = Memory::default();
    for second in 0..600 {
        memory.add(Duration::from_secs(u64::from(second)), bytes_at(second));
    }
    assert_eq!(memory.is_flat(), expected, "{memory}");
}

#[test]
fn memory_that_settles_is_flat_and_a_leak_is_not() {
    check_flat(|_| 20_000_000, true);
    check_flat(|second| 20_000_000 + 3_000_000 * u64::from(second.min(100)) / 100, true);
    check_flat(|second| 20_000_000 + 400_000 * u64::from(second % 7), true);
    // A tenth of a byte per request at 100,000 requests per second.
    check_flat(|second| 20_000_000 + 10_000 * u64::from(second), false);
    assert!(!Memory::default().is_flat());
}

#[test]
fn surprises_are_counted_and_doing_nothing_is_not_good() {
    let mut outcomes = Outcomes::new("test");
    assert!(!outcomes.are_good());
    outcomes.add(Ok(()));
    assert!(outcomes.are_good());
    (0..7).for_each(|n| outcomes.add(Err(format!("surprise {n}"))));
    assert!(!outcomes.are_good());
    let text = outcomes.to_string();
    assert!(
        text.contains("1 as expected, 7 not") && text.contains("surprise 4") && !text.contains("surprise 5")
    );
}

#[test]
fn steady_load_allows_no_failure() {
    let check = |record: &str, expected: bool| {
        let mut outcomes = Outcomes::new("test");
        steady::count(record.as_bytes(), &mut outcomes);
        assert_eq!(outcomes.are_good(), expected, "{record}");
    };
    check(r#"{"totals":{"ok":5,"failed":0,"rejected":0}}"#, true);
    check(r#"{"totals":{"ok":5,"failed":1,"rejected":0}}"#, false);
    check(r#"{"totals":{"ok":5,"failed":0,"rejected":1}}"#, false);
    check("error", false);
}

#[test]
fn slow_clients_are_cut_in_time_and_slow_readers_never() {
    let judge = |kind: Kind, seconds: u64, is_cut: bool| {
        kind.judge(Duration::from_secs(seconds), 300_000, is_cut).map(|result| result.is_ok())
    };
    for kind in [Kind::Silent, Kind::Head, Kind::Body] {
        assert_eq!(judge(kind, 1, true), Some(false));
        assert_eq!(judge(kind, 11, true), Some(true));
        assert_eq!(judge(kind, 5, false), None);
        assert_eq!(judge(kind, 40, false), Some(false));
    }
    assert_eq!(judge(Kind::Reader, 1, true), Some(false));
    assert_eq!(judge(Kind::Reader, 1, false), None);
    assert_eq!(judge(Kind::Reader, 9, false), Some(true));
    // An error in place of the large answer is no progress.
    assert!(Kind::Reader.judge(Duration::from_secs(9), 200, false).unwrap().is_err());
}
