use super::{Level, MemoryGuard, level_of};

#[test]
fn a_process_near_its_budget_takes_less() {
    for (used_bytes, expected) in [
        (0, Level::Relaxed),
        (899, Level::Relaxed),
        (900, Level::Tight),
        (949, Level::Tight),
        (950, Level::Full),
    ] {
        assert_eq!(level_of(used_bytes, 1000), expected, "{used_bytes} of 1000 bytes");
    }
}

#[test]
fn the_guard_looks_at_this_process() {
    let refuses = |budget_bytes| {
        let guard = MemoryGuard::new(budget_bytes);
        (guard.refuses_connections(), guard.refuses_requests())
    };
    assert_eq!(refuses(Some(1)), (true, true));
    assert_eq!(refuses(Some(u64::MAX)), (false, false));
    assert_eq!(refuses(None), (false, false));
}
