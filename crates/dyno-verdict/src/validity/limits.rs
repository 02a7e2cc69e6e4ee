//! Where doubt begins. Every limit has its reason; reports and documentation read them from here.

/// The generator's own lateness p99 may be this share of the response p50 before numbers are suspect:
/// a tenth moves a quantile less than runs differ from each other.
pub const LATENESS_SUSPECT: f64 = 0.10;
/// At half of the response p50 the generator is a visible part of what is called the target's time.
pub const LATENESS_INVALID: f64 = 0.50;
/// Own lateness below 100 µs is what an idle core gives and is never doubted.
pub const LATENESS_FLOOR_NS: u64 = 100_000;
/// From this share of the response time on, waiting for the in-flight limit is worth a note, and lateness
/// and missed arrivals are the target's.
pub const BUSY_SHARE_FELT: f64 = 0.05;
/// A load thread busier than this delays answers that arrive together.
pub const CPU_SUSPECT: f64 = 0.80;
/// A load thread busier than this has no time left: a closed loop measures the generator.
pub const CPU_INVALID: f64 = 0.95;
/// Threads that wait this share of their time for a core add scheduling delays to the tail.
pub const RUN_QUEUE_SUSPECT: f64 = 0.05;
/// Threads that wait half of their time measure the scheduler.
pub const RUN_QUEUE_INVALID: f64 = 0.50;
/// Missing one arrival in a hundred changes the load that the target saw.
pub const RATE_MISSED_SUSPECT: f64 = 0.01;
/// Missing one in twenty is another experiment than the one asked for.
pub const RATE_MISSED_INVALID: f64 = 0.05;
/// One hundredth of the time taken by the hypervisor lies within p99.
pub const STEAL_SUSPECT: f64 = 0.01;
/// A tenth touches every quantile from p90 on.
pub const STEAL_INVALID: f64 = 0.10;
/// The kernel looks at a control group ten times per second; being held back once per second is one period in ten.
pub const THROTTLED_PER_S_INVALID: f64 = 1.0;
/// Waiting for memory in a hundredth of the time lies within p99.
pub const MEMORY_STALL_SUSPECT: f64 = 0.01;
/// Waiting for memory in a tenth of the time touches every quantile from p90 on.
pub const MEMORY_STALL_INVALID: f64 = 0.10;
/// Local failures above this share of the requests make another load than the one asked for.
pub const LOCAL_FAILURES_INVALID: f64 = 0.01;
/// Answers 429 or 503 from this share of the requests on are a pattern and not single refusals.
pub const RATE_LIMITED_SUSPECT: f64 = 0.05;
/// Successes per second that vary less than this, while others are refused, are a plateau set by a limiter.
pub const PLATEAU_VARIATION: f64 = 0.05;
/// A plateau needs this many whole seconds to be seen.
pub const PLATEAU_SECONDS: usize = 5;
/// A target above this share of its cores has nothing left.
pub const TARGET_SATURATED: f64 = 0.95;
/// A target within this distance of exactly one core, second by second, looks single-threaded.
pub const ONE_CORE_TOLERANCE: f64 = 0.05;
/// Ten samples must lie beyond a quantile for it to be more than an anecdote: 1,000 for p99.
pub const SAMPLES_FOR_P99: u64 = 1_000;
/// Ten samples must lie beyond a quantile for it to be more than an anecdote: 10,000 for p99.9.
pub const SAMPLES_FOR_P99_9: u64 = 10_000;
/// Below a second, start-up and timer effects weigh more than the load.
pub const SHORT_S: f64 = 1.0;
/// Intervals shorter than this are the rest of a second, whose counts cannot be compared with others.
pub const WHOLE_SECOND_NS: u64 = 950_000_000;
