//! The tests, with the formulas for what they should give.

use crate::self_test::{Expected, Reading, Test};

/// Requests in flight that the freeze needs: one second of arrivals, and room.
pub const IN_FLIGHT_MAX: u32 = 2048;

/// A fixed delay, in milliseconds.
const DELAY_MS: f64 = 10.0;

/// The freeze: length of a period and of the frozen part of it, and service time, in milliseconds.
const PERIOD_MS: f64 = 5000.0;
const FROZEN_MS: f64 = 1000.0;
const SERVICE_MS: f64 = 1.0;

/// The capacity of the virtual server, and what is asked of it, per second.
const CAPACITY_PER_S: f64 = 2000.0;
const ASKED_PER_S: f64 = 4000.0;

/// All tests, in the order in which they are played.
pub fn all() -> Vec<Test> {
    vec![fixed_delay(), freeze(), capacity()]
}

fn time(what: &'static str, q: f64, computed: f64) -> Expected {
    Expected { what, read: Reading::ResponseTime(q), computed, unit: "ms" }
}

/// Every answer takes the same time, so all quantiles are that time.
fn fixed_delay() -> Test {
    Test {
        name: "fixed delay",
        path: "/delay/10ms",
        load: "load: { open: { rate: 500/s } }\nphases: { warmup: 1s, measure: 4s }".to_owned(),
        seconds: 5,
        expected: vec![time("p50", 0.5, DELAY_MS), time("p90", 0.9, DELAY_MS), time("p99", 0.99, DELAY_MS)],
    }
}

/// The server stands still for a second in every five.
///
/// The measured time is a whole number of periods, so that it holds the same share of frozen arrivals wherever it
/// begins; the warm-up holds the first freeze, for which connections must be made.
fn freeze() -> Test {
    let quantile = |what, q| time(what, q, freeze_quantile_ms(q));
    Test {
        name: "freeze",
        path: "/pause?every=5s&for=1s&service=1ms",
        load: format!(
            "load: {{ open: {{ rate: 1000/s, arrivals: even, max_in_flight: {IN_FLIGHT_MAX} }} }}\n\
             phases: {{ warmup: 5s, measure: 20s }}"
        ),
        seconds: 26,
        expected: vec![
            quantile("p50", 0.5),
            quantile("p90", 0.9),
            quantile("p99", 0.99),
            quantile("p99.9", 0.999),
            quantile("max", 1.0),
        ],
    }
}

/// Arrivals come evenly, so the share FROZEN / PERIOD of them meets the frozen server, and of these the one that
/// comes x after the freeze began waits FROZEN − x. A share (FROZEN − w) / PERIOD waits longer than w; therefore the
/// q-quantile of the wait is FROZEN − (1 − q) · PERIOD, or 0 where that is negative. The service time comes on top.
pub fn freeze_quantile_ms(q: f64) -> f64 {
    SERVICE_MS + (FROZEN_MS - (1.0 - q) * PERIOD_MS).max(0.0)
}

/// Twice as much is asked as the server can do: it does what it can, and refuses the rest.
fn capacity() -> Test {
    Test {
        name: "capacity",
        path: "/step?rps=2000&queue=20",
        load: format!("load: {{ open: {{ rate: {ASKED_PER_S}/s }} }}\nphases: {{ warmup: 1s, measure: 4s }}"),
        seconds: 5,
        expected: vec![
            Expected {
                what: "ok rate",
                read: Reading::SuccessesPerS,
                computed: CAPACITY_PER_S.min(ASKED_PER_S),
                unit: "/s",
            },
            Expected {
                what: "refused",
                read: Reading::RefusedPercent,
                computed: (1.0 - CAPACITY_PER_S / ASKED_PER_S) * 100.0,
                unit: "%",
            },
        ],
    }
}
