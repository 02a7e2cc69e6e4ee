//! The page on a terminal of cells.

use dyno_engine::{IntervalTotals, RunEvent};
use dyno_model::{
    FailureKind, Histogram, IntervalRecord, OperationId, OutcomeStatus, ResourceSample, Sample, Tally,
};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::page;
use super::state::LiveState;

const SECOND_NS: u64 = 1_000_000_000;

fn state() -> LiveState {
    let url = "http://127.0.0.1:8080/items";
    LiveState::new(&crate::tests::resolved(url).plan, &crate::tests::head(url))
}

/// A second of 1,000 requests per second: successes of 1 to 40 ms, and some failures.
fn observe(state: &mut LiveState, tally: &mut Tally, second: u64, cpu_cores: f64) {
    let mut response_time = Histogram::new();
    for n in 0..1000 {
        let start_ns = second * SECOND_NS + n * 1_000_000;
        let end_ns = start_ns + (n % 40 + 1) * 1_000_000;
        let status =
            if n % 50 == 0 { OutcomeStatus::Failed(FailureKind::Timeout) } else { OutcomeStatus::Ok(200) };
        let sample = Sample {
            operation: OperationId(0),
            n,
            intended_start_ns: start_ns,
            ready_ns: start_ns,
            actual_start_ns: start_ns,
            first_byte_ns: end_ns,
            end_ns,
            status,
            bytes_sent: 100,
            bytes_received: 200,
        };
        tally.record(&sample);
        response_time.record(end_ns - start_ns);
    }
    let interval = IntervalRecord {
        at_ns: (second + 1) * SECOND_NS,
        length_ns: SECOND_NS,
        measured: true,
        requests: 1000,
        ok: 980,
        rejected: 0,
        failed: 20,
        in_flight: 17,
        asked: Some(1000),
        bytes_sent: 100_000,
        bytes_received: 200_000,
        lateness_p99_ns: 40_000,
        histogram: response_time,
        generator: Some(ResourceSample { cpu_cores, rss_bytes: 9 << 20, ..ResourceSample::default() }),
        target: Some(ResourceSample { cpu_cores: 0.4, rss_bytes: 30 << 20, ..ResourceSample::default() }),
    };
    let by_operation = [tally.clone()];
    let totals =
        IntervalTotals { all: tally, by_operation: &by_operation, elapsed_ns: (second + 1) * SECOND_NS };
    state.observe(&RunEvent::Interval { interval: &interval, totals });
}

fn drawn(state: &LiveState, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| page::draw(frame, state)).unwrap();
    terminal.backend().to_string()
}

fn after_seconds(seconds: u64, cpu_cores: f64) -> LiveState {
    let (mut state, mut tally) = (state(), Tally::default());
    for second in 0..seconds {
        observe(&mut state, &mut tally, second, cpu_cores);
    }
    state.now_ns = seconds * SECOND_NS;
    state.phase = dyno_engine::Phase::Measure;
    state.window_ns = (Some(0), Some(10 * SECOND_NS));
    state
}

#[test]
fn the_page_says_how_the_run_stands() {
    let page = drawn(&after_seconds(5, 0.3), 120, 40);
    for words in [
        "GET http://127.0.0.1:8080/items",
        "measuring  5.00 s  5 s left",
        "FAIL  p99 < 20ms",
        "FAIL  errors < 1%",
        "rate  achieved 1,000/s  asked 1,000/s",
        "spread of response times",
        "in flight  17 of 50",
        "100  no complete answer in time",
        "target     0.40 cores",
        "q or Ctrl-C ends the run",
    ] {
        assert!(page.contains(words), "no `{words}` in\n{page}");
    }
    assert!(!page.contains("bottleneck"), "{page}");
}

#[test]
fn a_busy_generator_is_named() {
    assert!(drawn(&after_seconds(2, 1.98), 120, 40).contains("the generator is the bottleneck"));
}

#[test]
fn every_size_can_be_drawn_at_any_time() {
    for seconds in [0, 1, 400] {
        let state = after_seconds(seconds, 0.3);
        for (width, height) in [(1, 1), (10, 3), (40, 12), (80, 24), (300, 90)] {
            drawn(&state, width, height);
        }
    }
}

#[test]
fn charts_keep_a_constant_number_of_seconds() {
    assert_eq!(after_seconds(400, 0.3).points.len(), 300);
}
