//! Realistic run records for tests and for looking at outputs: computed, never measured.
//!
//! Not part of the library. Called by the tests and, by path, by `examples/sample_report.rs`.

use std::collections::BTreeMap;

use dyno_model::{
    CheckRecord, Environment, Generator, Headline, Histogram, IntervalRecord, LoadRecord, OperationKind,
    OperationRecord, RUN_SCHEMA, Reason, ResourceSample, ResourceSummary, RunRecord, RunState, Specimen,
    TargetKind, TargetResources, Times, ToolInfo, Totals, Validity, ValidityState, VerdictRecord,
    VerdictState,
};

const SECOND_NS: u64 = 1_000_000_000;
const MS_NS: f64 = 1e6;

/// What a made-up run is like.
struct Shape {
    seconds: u64,
    warmup_s: u64,
    rate_per_s: u64,
    /// Name, share of requests, median service time in milliseconds.
    operations: &'static [(&'static str, f64, f64)],
    /// Seconds in which the target answers nothing for half a second.
    frozen_every_s: Option<u64>,
    /// Share of requests that fail from the middle of the run on.
    failing_share: f64,
    /// Lateness of every request on top of the waiting for a freeze, in milliseconds.
    lateness_ms: f64,
    generator_cores: f64,
}

const ORDINARY: Shape = Shape {
    seconds: 60,
    warmup_s: 5,
    rate_per_s: 2_000,
    operations: &[("browse", 0.9, 2.1), ("buy", 0.1, 6.4)],
    frozen_every_s: None,
    failing_share: 0.0,
    lateness_ms: 0.012,
    generator_cores: 0.31,
};

/// A small generator of numbers (xorshift), so that samples are the same everywhere.
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal: mean 0, standard deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}

#[derive(Default)]
struct Counts {
    response: Histogram,
    service: Histogram,
    lateness: Histogram,
    first_byte: Histogram,
    failure: Histogram,
    ok: u64,
    rejected: u64,
    failed: u64,
}

impl Counts {
    fn merge(&mut self, other: &Counts) {
        self.response.merge(&other.response);
        self.service.merge(&other.service);
        self.lateness.merge(&other.lateness);
        self.first_byte.merge(&other.first_byte);
        self.failure.merge(&other.failure);
        self.ok += other.ok;
        self.rejected += other.rejected;
        self.failed += other.failed;
    }

    fn times(&self) -> Times {
        Times {
            response_time_ns: Headline::from(&self.response),
            service_time_ns: Headline::from(&self.service),
            lateness_ns: Headline::from(&self.lateness),
            first_byte_ns: Headline::from(&self.first_byte),
            failure_time_ns: Headline::from(&self.failure),
        }
    }

    fn totals(&self, elapsed_ns: u64) -> Totals {
        let (requests, quarter) = (self.ok + self.rejected + self.failed, self.failed / 4);
        let present = |pairs: &[(&str, u64)]| -> BTreeMap<String, u64> {
            pairs.iter().filter(|(_, n)| *n > 0).map(|(name, n)| ((*name).to_owned(), *n)).collect()
        };
        Totals {
            requests,
            ok: self.ok,
            rejected: self.rejected,
            failed: self.failed,
            bytes_sent: requests * 143,
            bytes_received: self.ok * 1_312 + self.rejected * 160,
            elapsed_ns,
            throughput_per_s: self.ok as f64 / (elapsed_ns as f64 / 1e9).max(1e-9),
            connections: 64,
            errors_by_kind: present(&[("timeout", self.failed - quarter), ("reset", quarter)]),
            status_codes: present(&[("200", self.ok), ("503", self.rejected)]),
        }
    }
}

/// Plays one second of one operation into fresh counts.
fn second_of(shape: &Shape, noise: &mut Noise, second: u64, share: f64, median_ms: f64) -> Counts {
    let mut counts = Counts::default();
    let drawn = 100_u64;
    let each = ((shape.rate_per_s as f64 * share) / drawn as f64).round().max(1.0) as u64;
    let frozen = shape.frozen_every_s.is_some_and(|every| second % every == every - 1);
    let late_half = second > (shape.seconds + shape.warmup_s) / 2;
    let warming =
        if second < shape.warmup_s { 2.5 - second as f64 / shape.warmup_s as f64 * 1.5 } else { 1.0 };
    for _ in 0..drawn {
        let tail = if noise.uniform() < 0.004 { 6.0 } else { 1.0 };
        let service_ms = median_ms * warming * tail * (noise.normal() * 0.22).exp();
        let waited_ms = if frozen { (500.0 - noise.uniform() * 1_000.0).max(0.0) } else { 0.0 };
        let lateness_ms = shape.lateness_ms * (noise.normal() * 0.5).exp() + waited_ms * 0.02;
        let service_ms = service_ms + waited_ms;
        counts.lateness.record_many((lateness_ms * MS_NS) as u64, each);
        let response_ns = ((service_ms + lateness_ms) * MS_NS) as u64;
        let chance = noise.uniform();
        if late_half && chance < shape.failing_share {
            counts.failed += each;
            counts.failure.record_many(SECOND_NS, each);
        } else if late_half && chance < shape.failing_share * 1.8 {
            counts.rejected += each;
            counts.failure.record_many(response_ns, each);
        } else {
            counts.ok += each;
            counts.response.record_many(response_ns, each);
            counts.service.record_many((service_ms * MS_NS) as u64, each);
            counts.first_byte.record_many((service_ms * 0.93 * MS_NS) as u64, each);
        }
    }
    counts
}

fn interval_of(shape: &Shape, noise: &mut Noise, second: u64, all: &Counts) -> IntervalRecord {
    let requests = all.ok + all.rejected + all.failed;
    let used = |cores: f64, rss_bytes: u64| ResourceSample {
        cpu_cores: cores,
        rss_bytes,
        machine_cpu_share: 0.6,
        ..ResourceSample::default()
    };
    IntervalRecord {
        at_ns: (second + 1) * SECOND_NS,
        length_ns: SECOND_NS,
        measured: second >= shape.warmup_s,
        requests,
        ok: all.ok,
        rejected: all.rejected,
        failed: all.failed,
        in_flight: (requests as f64 * 0.003 * (1.0 + 0.2 * noise.normal())).max(0.0) as u64,
        asked: Some(shape.rate_per_s),
        bytes_sent: requests * 143,
        bytes_received: all.ok * 1_312,
        lateness_p99_ns: all.lateness.quantile(0.99),
        histogram: all.response.clone(),
        generator: Some(used(shape.generator_cores * (1.0 + 0.04 * noise.normal()), 9_300_000)),
        target: Some(used(0.72 * (1.0 + 0.05 * noise.normal()), 41_000_000)),
    }
}

/// All of a run: the whole, each operation, each second.
fn play(shape: &Shape, noise: &mut Noise) -> (Counts, BTreeMap<String, Counts>, Vec<IntervalRecord>) {
    let mut per_operation: BTreeMap<String, Counts> = BTreeMap::new();
    let mut whole = Counts::default();
    let mut intervals = Vec::new();
    for second in 0..shape.seconds + shape.warmup_s {
        let mut all = Counts::default();
        for (operation, share, median_ms) in shape.operations {
            let counts = second_of(shape, noise, second, *share, *median_ms);
            if second >= shape.warmup_s {
                per_operation.entry((*operation).to_owned()).or_default().merge(&counts);
            }
            all.merge(&counts);
        }
        if second >= shape.warmup_s {
            whole.merge(&all);
        }
        intervals.push(interval_of(shape, noise, second, &all));
    }
    (whole, per_operation, intervals)
}

fn record_of(name: &str, shape: &Shape) -> RunRecord {
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    let (whole, per_operation, intervals) = play(shape, &mut noise);
    let elapsed_ns = shape.seconds * SECOND_NS;
    let totals = whole.totals(elapsed_ns);
    let recorded = |counts: Counts| OperationRecord {
        kind: OperationKind::Request,
        totals: counts.totals(elapsed_ns),
        times: counts.times(),
    };
    let operations = per_operation.into_iter().map(|(name, counts)| (name, recorded(counts))).collect();
    let connecting = histogram_around(0.19, &mut noise);
    RunRecord {
        schema: RUN_SCHEMA.to_owned(),
        id: "01JD5Y3ZK8WQ7N4T0V6B2X9MRC".to_owned(),
        name: name.to_owned(),
        tags: Vec::new(),
        started_at: "2025-11-20T14:03:07Z".to_owned(),
        state: RunState::Finished,
        tool: tool(),
        target_kind: TargetKind::External,
        target: "http://127.0.0.1:8080".to_owned(),
        plan: plan_of(name, shape),
        environment: environment(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        verdict: VerdictRecord { state: VerdictState::None, checks: Vec::new() },
        load: load_of(shape, &totals, &intervals),
        times: whole.times(),
        connect_ns: Some(Headline::from(&connecting)),
        tls_ns: None,
        operations,
        intervals,
        specimens: Vec::new(),
        slowest: slowest_of(&whole),
        generator: generator_of(shape, &totals),
        target_resources: Some(target_of(shape, &totals)),
        audit: None,
        reproduce: "dyno run checkout.yaml --seed 42 --rate 2000/s -H 'authorization: [redacted]'".to_owned(),
        totals,
    }
}

fn tool() -> ToolInfo {
    let (version, commit, engine) = ("0.1.0".to_owned(), "4f2a91c".to_owned(), "lean http/1.1".to_owned());
    ToolInfo { version, commit, engine }
}

fn load_of(shape: &Shape, totals: &Totals, intervals: &[IntervalRecord]) -> LoadRecord {
    let achieved = totals.requests as f64 / shape.seconds.max(1) as f64;
    LoadRecord {
        model: "open".to_owned(),
        asked_rate_per_s: Some(shape.rate_per_s as f64),
        achieved_rate_per_s: achieved,
        not_started: 0,
        in_flight_at_end: 3,
        in_flight_max: intervals.iter().map(|interval| interval.in_flight).max().unwrap_or(0),
        in_flight_limit: 4_096,
        busy_share: 0.0,
        generator_lateness_p99_ns: (shape.lateness_ms * 3.2 * MS_NS) as u64,
        gap_cv: Some(1.003),
        dispersion_10ms: Some(1.01),
        measure_start_ns: shape.warmup_s * SECOND_NS,
        warmup_requests: shape.warmup_s * shape.rate_per_s,
    }
}

fn plan_of(name: &str, shape: &Shape) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "target": { "http": "http://127.0.0.1:8080" },
        "load": { "open": { "rate": format!("{}/s", shape.rate_per_s), "arrivals": "poisson" } },
        "phases": { "warmup": format!("{}s", shape.warmup_s), "measure": format!("{}s", shape.seconds) },
        "seed": 42,
    })
}

fn histogram_around(median_ms: f64, noise: &mut Noise) -> Histogram {
    let mut histogram = Histogram::new();
    for _ in 0..64 {
        histogram.record((median_ms * MS_NS * (noise.normal() * 0.3).exp()) as u64);
    }
    histogram
}

pub(crate) fn environment() -> Environment {
    let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    Environment {
        fingerprint: "fp1:9c41f07ab2e5d816".to_owned(),
        identity: map(&[
            ("cpu", "AMD EPYC 9B14"),
            ("cores", "2"),
            ("memory", "7.75 GiB"),
            ("virtualisation", "kvm"),
            ("architecture", "x86_64"),
        ]),
        config: map(&[("kernel", "6.12.9"), ("governor", "performance"), ("open files", "65536")]),
        volatile: map(&[("load average", "0.31"), ("free memory", "6.1 GiB")]),
    }
}

fn slowest_of(whole: &Counts) -> Vec<Specimen> {
    if whole.response.is_empty() {
        return Vec::new();
    }
    (0..5_u64)
        .map(|i| Specimen {
            operation: if i % 2 == 0 { "buy" } else { "browse" }.to_owned(),
            n: 61_204 - i * 4_711,
            at_ns: (34 - i * 5) * SECOND_NS + i * 137_000_000,
            kind: "slow".to_owned(),
            response_time_ns: whole.response.max() - i * whole.response.max() / 30,
            message: "POST /orders answered 200".to_owned(),
        })
        .collect()
}

fn generator_of(shape: &Shape, totals: &Totals) -> Generator {
    let cpu_s = shape.generator_cores * (shape.seconds + shape.warmup_s) as f64;
    Generator {
        cpu_user_s: cpu_s * 0.38,
        cpu_system_s: cpu_s * 0.62,
        cpu_share: shape.generator_cores,
        rss_peak_bytes: 9_437_184,
        requests_per_cpu_s: totals.requests as f64 / cpu_s.max(0.001),
        threads: 1,
        resources: summary_of(cpu_s * 0.38, cpu_s * 0.62, 9_437_184),
    }
}

fn summary_of(cpu_user_s: f64, cpu_system_s: f64, rss_peak_bytes: u64) -> ResourceSummary {
    ResourceSummary {
        cpu_user_s,
        cpu_system_s,
        rss_peak_bytes,
        involuntary_switches: 412,
        ..Default::default()
    }
}

fn target_of(shape: &Shape, totals: &Totals) -> TargetResources {
    let cpu_s = 0.72 * (shape.seconds + shape.warmup_s) as f64;
    TargetResources {
        pid: 4_242,
        summary: summary_of(cpu_s * 0.6, cpu_s * 0.4, 42_991_616),
        requests_per_cpu_s: totals.requests as f64 / cpu_s.max(0.001),
    }
}

fn time_check(threshold: &str, value_ns: u64, limit_ms: f64, samples: u64) -> CheckRecord {
    let ok = (value_ns as f64) < limit_ms * MS_NS;
    let word = threshold.split(' ').next().unwrap_or_default();
    let off = (value_ns as f64 / (limit_ms * MS_NS) - 1.0) * 100.0;
    let margin = if ok { format!("{:.1} % below", -off) } else { format!("{off:.1} % over") };
    let value = dyno_model::units::format_ns(value_ns);
    CheckRecord {
        threshold: threshold.to_owned(),
        ok,
        value_ns: Some(value_ns),
        value: None,
        limit: limit_ms * MS_NS,
        samples,
        detail: format!("{word} was {value}, limit {limit_ms} ms ({margin})"),
    }
}

fn errors_check(totals: &Totals) -> CheckRecord {
    let share = (totals.rejected + totals.failed) as f64 / totals.requests.max(1) as f64;
    let ok = totals.requests > 0 && share < 0.001;
    CheckRecord {
        threshold: "errors < 0.1%".to_owned(),
        ok,
        value_ns: None,
        value: Some(share),
        limit: 0.001,
        samples: totals.requests,
        detail: match totals.requests {
            0 => "nothing was measured".to_owned(),
            _ => format!("errors were {}, limit 0.10 %", dyno_model::units::format_share(share)),
        },
    }
}

fn judged(mut record: RunRecord, limit_ms: f64) -> RunRecord {
    let response = &record.times.response_time_ns;
    let browse_p95 = record.operations.get("browse").map_or(0, |o| o.times.response_time_ns.p95);
    let threshold = format!("p99 < {limit_ms}ms");
    let checks = vec![
        time_check(&threshold, response.p99, limit_ms, response.count),
        errors_check(&record.totals),
        time_check("browse.p95 < 10ms", browse_p95, 10.0, response.count),
    ];
    let state = if checks.iter().all(|check| check.ok) { VerdictState::Pass } else { VerdictState::Fail };
    record.verdict = VerdictRecord { state, checks };
    record
}

pub(crate) fn reason(code: &str, state: ValidityState, detail: &str) -> Reason {
    Reason { code: code.to_owned(), state, detail: detail.to_owned() }
}

/// A minute of open loop with two operations that meets its objectives.
pub(crate) fn passing() -> RunRecord {
    judged(record_of("checkout", &ORDINARY), 20.0)
}

/// A target that freezes every twelve seconds and fails from the middle on.
pub(crate) fn failing() -> RunRecord {
    let shape = Shape { frozen_every_s: Some(12), failing_share: 0.02, ..ORDINARY };
    let mut record = judged(record_of("checkout", &shape), 20.0);
    let specimen = |operation: &str, n: u64, at_s: u64, kind: &str, message: &str| Specimen {
        operation: operation.to_owned(),
        n,
        at_ns: at_s * SECOND_NS + 417_000_000,
        kind: kind.to_owned(),
        response_time_ns: SECOND_NS,
        message: message.to_owned(),
    };
    record.specimens = vec![
        specimen("browse", 66_834, 33, "timeout", "GET /items/81 had no complete answer within 1 s"),
        specimen("buy", 66_991, 33, "reset", "POST /orders: connection reset by peer after 0 of 312 bytes"),
        specimen("browse", 67_020, 33, "rejected", "GET /items/7 answered 503 `upstream overloaded`"),
        specimen("browse", 67_111, 34, "timeout", "GET /items/2 had no complete answer within 1 s"),
    ];
    record.load.not_started = 37;
    record
}

/// A run whose machine was disturbed, with too little evidence for a verdict.
pub(crate) fn suspect() -> RunRecord {
    let mut record = judged(record_of("smoke", &Shape { seconds: 8, warmup_s: 2, ..ORDINARY }), 7.5);
    record.verdict.state = VerdictState::Inconclusive;
    record.validity.state = ValidityState::Suspect;
    record.validity.reasons = vec![
        reason(
            "cpu_steal",
            ValidityState::Suspect,
            "the hypervisor took 4.1 % of the machine's time (limit 1 %): use a dedicated machine, or compare interleaved rounds",
        ),
        reason(
            "short_run",
            ValidityState::Valid,
            "8 s give 160 samples above p99: measure 30 s or longer for a stable tail",
        ),
    ];
    record
}

/// A run that measured nothing.
pub(crate) fn empty() -> RunRecord {
    let mut record = judged(record_of("checkout", &Shape { seconds: 0, warmup_s: 0, ..ORDINARY }), 20.0);
    record.validity.state = ValidityState::Invalid;
    record.validity.reasons = vec![reason(
        "nothing_measured",
        ValidityState::Invalid,
        "no request ended in the measured time: check that the target answers with `dyno http URL --debug`",
    )];
    record.state = RunState::Interrupted;
    record.verdict.state = VerdictState::Fail;
    for check in &mut record.verdict.checks {
        check.ok = false;
        check.value_ns = None;
        check.detail = "nothing was measured".to_owned();
    }
    record
}

/// A run in which the generator was the bottleneck.
pub(crate) fn invalid() -> RunRecord {
    let shape = Shape { lateness_ms: 38.0, generator_cores: 0.99, ..ORDINARY };
    let mut record = judged(record_of("checkout", &shape), 80.0);
    record.validity.state = ValidityState::Invalid;
    record.validity.reasons = vec![
        reason(
            "generator_saturated",
            ValidityState::Invalid,
            "the load thread used 99 % of its core: give it more threads with `--threads 2`, or ask for less than 1,400/s",
        ),
        reason(
            "late_starts",
            ValidityState::Invalid,
            "lateness p99 was 121 ms, 57 × the service time p50: these response times are the generator's",
        ),
    ];
    record.load.achieved_rate_per_s *= 0.91;
    record
}

/// The four records that every output has a snapshot of.
pub(crate) fn standard() -> Vec<(&'static str, RunRecord)> {
    vec![("pass", passing()), ("fail", failing()), ("suspect", suspect()), ("empty", empty())]
}

/// An hour with one interval per second.
pub(crate) fn hour() -> RunRecord {
    let shape =
        Shape { seconds: 3_600, warmup_s: 30, frozen_every_s: Some(600), failing_share: 0.001, ..ORDINARY };
    judged(record_of("soak", &shape), 50.0)
}
