//! How long finding one of a thousand routes takes: one line of JSON per kind of path.
//!
//! `cargo xtask bench router` runs it on a core of its own. The argument is the milliseconds for each kind.
#![expect(clippy::print_stdout, reason = "its lines are its result")]

use std::hint::black_box;
use std::time::Duration;

use dyno_server::benchmark::RouterProbe;
use rustix::time::{ClockId, clock_gettime};

/// Four routes each.
const RESOURCES: usize = 250;
/// Lookups between two looks at the clock.
const BATCH: usize = 10_000;

fn main() {
    let milliseconds = std::env::args().nth(1).and_then(|it| it.parse().ok()).unwrap_or(500);
    let patterns: Vec<String> = (0..RESOURCES).flat_map(patterns_of).collect();
    let router = RouterProbe::new(&patterns);
    for (kind, path, expected) in [
        ("literal", "/api/v1/resource-{}", Some(0)),
        ("one parameter", "/api/v1/resource-{}/12345", Some(1)),
        ("one parameter, then a literal", "/api/v1/resource-{}/12345/items", Some(1)),
        ("two parameters", "/api/v1/resource-{}/12345/items/67890", Some(2)),
        ("no such route", "/api/v1/resource-{}/12345/things", None),
    ] {
        // Every resource in turn, so that no path stays in the caches of the processor by itself.
        let paths: Vec<String> =
            (0..RESOURCES).map(|n| path.replace("{}", &shuffled(n).to_string())).collect();
        for path in &paths {
            let parameters = router.find("GET", path).map(|(_, parameters)| parameters);
            assert_eq!(parameters, expected, "{path}");
        }
        let nanoseconds = measure(&router, &paths, Duration::from_millis(milliseconds));
        println!(
            "{{\"kind\":\"{kind}\",\"routes\":{},\"nanoseconds_per_lookup\":{nanoseconds:.2}}}",
            patterns.len()
        );
    }
}

fn patterns_of(n: usize) -> [String; 4] {
    ["", "/{id}", "/{id}/items", "/{id}/items/{item}"].map(|rest| format!("/api/v1/resource-{n}{rest}"))
}

/// Another order of the same numbers, so that neighbours in time are not neighbours in the tree.
fn shuffled(n: usize) -> usize {
    n * 97 % RESOURCES
}

fn measure(router: &RouterProbe, paths: &[String], time: Duration) -> f64 {
    let (started, mut lookups) = (cpu_time(), 0_u32);
    while cpu_time() - started < time {
        for path in paths.iter().cycle().take(BATCH) {
            black_box(router.find(black_box("GET"), black_box(path)));
        }
        lookups += u32::try_from(BATCH).unwrap_or(0);
    }
    (cpu_time() - started).as_secs_f64() * 1e9 / f64::from(lookups)
}

/// What this thread has used: a core that is shared makes a lookup later, not longer.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
