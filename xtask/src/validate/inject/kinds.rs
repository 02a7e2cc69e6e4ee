//! What is put into one side, by kind: its text for the embedded target, the load, and the metric that must show it.
//!
//! Both sides get the same base, so that a size is a share of something known.

use super::super::gate::Change;

/// A kind of slowness.
pub struct Kind {
    /// One word, as `--kinds` takes it.
    pub name: &'static str,
    /// What is added, for the page.
    pub words: &'static str,
    /// The metric that is made worse.
    pub metric: &'static str,
    /// The rule of the gate: a tolerance so small that it hides nothing.
    pub rule: &'static str,
    /// What is asked, and how much of it.
    pub load: &'static [&'static str],
    /// The slowness of both sides.
    pub baseline: fn() -> String,
    /// The slowness of the candidate when it is so many percent more.
    pub candidate: fn(f64) -> String,
    /// Whether it comes in sizes; otherwise it must never be found.
    pub has_sizes: bool,
    /// Whether a change is a plain difference of shares.
    pub is_difference: bool,
    /// Whether a smaller value is worse.
    pub falls: bool,
}

/// Requests of a slow start; at 4 connections it is over after 62 ms, before anything is measured.
const SLOW_START: &str = "slow-first=50:5ms";

/// Every kind.
pub const KINDS: [Kind; 7] = [
    Kind {
        name: "cpu",
        words: "CPU time of each request, of 1 ms",
        metric: "p50",
        rule: "p50:+1%",
        // One connection: what a request costs is what it takes, without a queue.
        load: &["--path", "/plaintext", "-c", "1"],
        baseline: || busy(0.0),
        candidate: busy,
        has_sizes: true,
        is_difference: false,
        falls: false,
    },
    Kind {
        name: "tail",
        words: "delay of 4 % of the answers, of 3 ms",
        metric: "p99",
        rule: "p99:+1%",
        // Answers that wait, so that many connections cost little: a p99 of short rounds needs many requests.
        load: &["--path", "/delay/2ms", "-c", "64"],
        baseline: || tail(0.0),
        candidate: tail,
        has_sizes: true,
        is_difference: false,
        falls: false,
    },
    Kind {
        name: "lock",
        words: "a lock held by each request, of 100 us",
        metric: "rate",
        rule: "rate:-1%",
        load: &["--path", "/plaintext", "-c", "4"],
        baseline: || lock(0.0),
        candidate: lock,
        has_sizes: true,
        is_difference: false,
        falls: true,
    },
    Kind {
        name: "errors",
        words: "wrong answers, a twentieth of the size",
        metric: "errors",
        rule: "errors:+0.05pp",
        load: &["--path", "/plaintext", "-c", "4"],
        baseline: String::new,
        candidate: |size| if size == 0.0 { String::new() } else { format!("errors={}%", size / 20.0) },
        has_sizes: true,
        is_difference: true,
        falls: false,
    },
    Kind {
        name: "alloc",
        words: "memory that each request touches, of 1 MiB",
        metric: "cpu_per_request",
        rule: "cpu_per_request:+1%",
        load: &["--path", "/plaintext", "-c", "4"],
        baseline: || bytes("alloc", 1, 0.0),
        candidate: |size| bytes("alloc", 1, size),
        has_sizes: true,
        is_difference: false,
        falls: false,
    },
    Kind {
        name: "memory",
        words: "memory that is kept, of 64 MiB",
        metric: "rss",
        rule: "rss:+1%",
        load: &["--path", "/plaintext", "-c", "4"],
        baseline: || bytes("held", 64, 0.0),
        candidate: |size| bytes("held", 64, size),
        has_sizes: true,
        is_difference: false,
        falls: false,
    },
    Kind {
        name: "slow-start",
        words: "the first 50 requests after a start take 5 ms more",
        metric: "p99",
        rule: "p99:+1%",
        load: &["--path", "/plaintext", "-c", "4"],
        baseline: String::new,
        candidate: |_| SLOW_START.to_owned(),
        has_sizes: false,
        is_difference: false,
        falls: false,
    },
];

fn busy(size: f64) -> String {
    format!("busy={:.0}ns", 1e6 * (1.0 + size / 100.0))
}

/// Waiting itself costs CPU, so both sides wait, the baseline for next to nothing.
fn tail(size: f64) -> String {
    // Both sides wait a second time in their tails: the waiting itself costs CPU, which is not what is put in here.
    format!("tail=4%:{:.0}us", 1e3 + size * 30.0)
}

fn lock(size: f64) -> String {
    format!("lock={:.0}ns", 1e5 * (1.0 + size / 100.0))
}

fn bytes(name: &str, mib: u32, size: f64) -> String {
    format!("{name}={:.0}B", f64::from(mib << 20) * (1.0 + size / 100.0))
}

/// The kind of a name.
pub fn named(name: &str) -> Result<&'static Kind, String> {
    let known = || KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| format!("there are {}", known()))
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Kind {
    /// A change with its interval, positive when it is for the worse.
    pub fn words(&self, change: &Change) -> String {
        let (unit, digits) = if self.is_difference { ("pp", 2) } else { ("%", 1) };
        let sign = |value: f64| if self.falls { -value } else { value } * 100.0;
        let point = sign(change.point);
        match change.interval.map(|(low, high)| (sign(low), sign(high))) {
            Some((one, other)) => {
                let (low, high) = (one.min(other), one.max(other));
                format!("{point:+.digits$} {unit} [{low:+.digits$}, {high:+.digits$}]")
            }
            None => format!("{point:+.digits$} {unit}"),
        }
    }

    /// How much worse it is, as a share of the baseline, where it is one.
    pub fn worse(&self, change: &Change) -> f64 {
        if self.falls { -change.point } else { change.point }
    }
}

#[cfg(test)]
mod tests;
