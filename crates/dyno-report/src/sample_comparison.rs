//! Realistic comparisons for tests and for looking at outputs: computed, never measured.
//!
//! Not part of the library. Called by the tests and, by path, by `examples/sample_report.rs`.

use std::collections::BTreeMap;

use dyno_model::{
    Arm, COMPARISON_SCHEMA, CellKey, Certificate, Change, ComparisonKind, ComparisonRecord, ComparisonRow,
    ContestRecord, Creep, Direction, Distribution, Estimate, Evidence, GateRecord, GateState, Histogram,
    HistoryChange, HistoryRecord, HistorySeries, HistorySession, LeftOut, Mismatch, MismatchEffect,
    OnInconclusive, OverrideRecord, RoundMachine, RoundRecord, RowVerdict, SeriesPoint, ShiftPoint, Side,
    Stage, Unit, Validity, ValidityState, VerdictState,
};

use crate::sample::{Noise, environment, reason};

const MS: f64 = 1e6;
const SECOND_NS: u64 = 1_000_000_000;

/// A row before it is judged: values in the unit of the metric, 95 % intervals of the values ±1.2 %.
fn row(operation: &str, metric: &str, a: f64, b: f64, change: (f64, f64, f64)) -> ComparisonRow {
    let (unit, direction) = match metric {
        "rate" => (Unit::PerS, Direction::Higher),
        "errors" => (Unit::Share, Direction::Lower),
        "rss" => (Unit::Bytes, Direction::Lower),
        _ => (Unit::Ns, Direction::Lower),
    };
    let estimate = |value: f64| Estimate {
        value,
        low: Some(value * 0.988),
        high: Some(value * 1.012),
        samples: 240_000,
    };
    ComparisonRow {
        candidate: 1,
        operation: (operation != "all").then(|| operation.to_owned()),
        metric: metric.to_owned(),
        unit,
        direction,
        a: Some(estimate(a)),
        b: Some(estimate(b)),
        change: Some(Change {
            point: change.0,
            low: Some(change.1),
            high: Some(change.2),
            is_difference: metric == "errors",
        }),
        tolerance: Some(if metric == "errors" { 0.001 } else { 0.05 }),
        evidence: Evidence::E4,
        verdict: RowVerdict::Pass,
        is_gated: true,
        p: Some(0.41),
        p_adjusted: None,
        test_interval: None,
        builds: Vec::new(),
        replicates: Some(8),
        detectable: Some(if metric == "errors" { 0.0006 } else { 0.019 }),
        rule: None,
        rule_false_alarms: None,
        detail: "a regression of 5 % is refuted".to_owned(),
    }
}

fn judged(verdict: RowVerdict, detail: &str, row: ComparisonRow) -> ComparisonRow {
    ComparisonRow { verdict, detail: detail.to_owned(), ..row }
}

/// One row of every verdict but `incomparable`.
fn rows_of_a_regression() -> Vec<ComparisonRow> {
    let worse = row("browse", "p99", 12.41 * MS, 13.2 * MS, (0.064, 0.041, 0.089));
    let worse = ComparisonRow {
        p: Some(0.000_07),
        p_adjusted: Some(0.000_2),
        test_interval: Some((0.047, 0.081)),
        replicates: Some(12),
        rule: Some("browse/p99:+5%".to_owned()),
        rule_false_alarms: Some(0.013),
        ..worse
    };
    let small = row("buy", "p50", 6.40 * MS, 6.51 * MS, (0.017, 0.009, 0.025));
    let tail = row("buy", "p99.9", 41.0 * MS, 44.9 * MS, (0.095, -0.06, 0.27));
    vec![
        row("all", "rate", 1_998.0, 1_991.0, (-0.003_5, -0.009, 0.002)),
        row("all", "errors", 0.000_21, 0.000_24, (0.000_03, -0.000_1, 0.000_2)),
        judged(
            RowVerdict::Improved,
            "4.2 % less, and not by chance",
            row("all", "rss", 43.0e6, 41.2e6, (-0.042, -0.05, -0.034)),
        ),
        row("browse", "p50", 3.10 * MS, 3.11 * MS, (0.003, -0.006, 0.012)),
        judged(
            RowVerdict::Regressed,
            "6.4 % slower, tolerance 5 %: p=0.0002 (Holm, 3 cells) over 12 fresh quads",
            worse,
        ),
        judged(RowVerdict::RegressedSmall, "1.7 % slower, below the tolerance of 5 %", small),
        judged(
            RowVerdict::Inconclusive,
            "the interval reaches from -1.2 % to +7.9 %: 9 more quads would decide",
            ComparisonRow {
                p: Some(0.08),
                detectable: Some(0.071),
                ..row("buy", "p95", 11.2 * MS, 11.5 * MS, (0.031, -0.012, 0.079))
            },
        ),
        judged(
            RowVerdict::Info,
            "13 tail samples in a round, 20 are needed to judge",
            ComparisonRow { is_gated: false, tolerance: None, p: None, detectable: None, ..tail },
        ),
    ]
}

fn arms(candidate: &str) -> Vec<Arm> {
    let arm = |letter: &str, label: &str, build: &str| Arm {
        letter: letter.to_owned(),
        label: label.to_owned(),
        run_id: None,
        tool: "dyno 0.1.0".to_owned(),
        started_at: "2025-11-20T14:03:07Z".to_owned(),
        build: Some(build.to_owned()),
    };
    vec![arm("A", "main", "commit 4f2a91c"), arm("B", candidate, "commit 8d03b7e")]
}

fn certificate() -> Certificate {
    Certificate {
        gates: 473,
        false_alarms: 1,
        upper95: 0.01,
        bias_upper: BTreeMap::from([("p99".to_owned(), 0.004)]),
    }
}

fn gate(state: GateState, evidence: Evidence) -> GateRecord {
    GateRecord {
        state,
        reasons: Vec::new(),
        alpha: Some(0.01),
        evidence,
        min_evidence: None,
        on_inconclusive: OnInconclusive::Warn,
        rules: Vec::new(),
        cells: 7,
        confirmed_cells: 0,
        certificate: (evidence == Evidence::E4).then(certificate),
    }
}

/// Response times around a median, slower by `slow` above the 95th percentile.
fn histogram(noise: &mut Noise, median_ms: f64, slow: f64, draws: u64) -> Histogram {
    let mut histogram = Histogram::new();
    for _ in 0..draws {
        let is_tail = noise.uniform() < 0.05;
        let factor = if is_tail { 2.4 * slow * (noise.normal() * 0.35).exp() } else { 1.0 };
        histogram.record_many((median_ms * MS * factor * (noise.normal() * 0.2).exp()) as u64, 40);
    }
    histogram
}

fn distributions(slow: f64) -> BTreeMap<String, Vec<Distribution>> {
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut distributions = BTreeMap::new();
    for (operation, median_ms) in [("all", 3.3), ("browse", 3.1), ("buy", 6.4)] {
        let a = histogram(&mut noise, median_ms, 1.0, 6_000);
        let b = histogram(&mut noise, median_ms, slow, 6_000);
        let shift = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999].map(|q| {
            let (a_ns, b_ns) = (a.quantile(q) as f64, b.quantile(q) as f64);
            let (point, wide) = (b_ns / a_ns - 1.0, 0.008 + 0.02 * q.powi(30));
            ShiftPoint { q, a_ns, b_ns, low: Some(point - wide), high: Some(point + wide) }
        });
        let mut series = |slow: f64| -> Vec<SeriesPoint> {
            (1..=40_u64)
                .map(|second| SeriesPoint {
                    at_ns: second * SECOND_NS,
                    rate: 2_000.0 * (1.0 + 0.01 * noise.normal()),
                    p50_ns: median_ms * MS * (1.0 + 0.01 * noise.normal()),
                    p99_ns: median_ms * 4.0 * MS * slow * (1.0 + 0.03 * noise.normal()),
                })
                .collect()
        };
        let (series_a, series_b) = (series(1.0), series(slow));
        let of = |arm: usize, histogram: Histogram, shift: Vec<ShiftPoint>, series: Vec<SeriesPoint>| {
            Distribution { arm, histogram: Some(histogram), shift, series }
        };
        distributions.insert(
            operation.to_owned(),
            vec![of(0, a, Vec::new(), series_a), of(1, b, shift.to_vec(), series_b)],
        );
    }
    distributions
}

/// Eight quads of screening, one discarded, and twelve of confirmation.
fn contest(slow: f64, confirm_quads: u32) -> ContestRecord {
    let mut noise = Noise(0x1234_5678_9abc_def1);
    let mut rounds = Vec::new();
    for (stage, quads) in [(Stage::Screen, 9), (Stage::Confirm, confirm_quads)] {
        for quad in 0..quads {
            let order = if noise.uniform() < 0.5 { "ABBA" } else { "BAAB" };
            let is_stolen = stage == Stage::Screen && quad == 3;
            for (position, letter) in (0_u8..).zip(order.chars()) {
                let side = if letter == 'A' { Side::A } else { Side::B };
                let factor = if side == Side::B { slow } else { 1.0 };
                let at_ns = rounds.len() as u64 * 2_250_000_000;
                rounds.push(round(&mut noise, (stage, quad, position, side), factor, at_ns, is_stolen));
            }
        }
    }
    ContestRecord {
        seed: 42,
        round_ns: 2 * SECOND_NS,
        gap_ns: (100_000_000, 500_000_000),
        budget_ns: Some(180 * SECOND_NS),
        warmup_ns: vec![5 * SECOND_NS, 6 * SECOND_NS],
        restarted_each_quad: true,
        restarted_to_confirm: true,
        builds: 1,
        rounds,
        discarded_quads: 1,
        quads: (8, u64::from(confirm_quads)),
    }
}

fn round(
    noise: &mut Noise,
    (stage, quad, position, side): (Stage, u32, u8, Side),
    factor: f64,
    at_ns: u64,
    is_stolen: bool,
) -> RoundRecord {
    let near = |noise: &mut Noise, value: f64, scatter: f64| value * (1.0 + scatter * noise.normal());
    let p50 = near(noise, 3.1 * MS, 0.008);
    let p99 = near(noise, 12.4 * MS * factor, 0.02);
    let rate = near(noise, 1_995.0, 0.004);
    let values = BTreeMap::from([
        (CellKey::of("browse", "p50").to_string(), p50),
        (CellKey::of("browse", "p99").to_string(), p99),
        (CellKey::whole("rate").to_string(), rate),
    ]);
    RoundRecord {
        stage,
        quad,
        position,
        side,
        build: 0,
        at_ns,
        length_ns: 2 * SECOND_NS,
        values,
        attempts: 4_000,
        errors: 1,
        histogram: histogram(noise, 3.3, factor, 200),
        machine: RoundMachine {
            steal_share: if is_stolen { 0.031 } else { 0.000_4 },
            generator_cpu_share: 0.31,
            generator_lateness_p99_ns: 38_000,
            arm_cpu_cores: Some(0.72),
            idle_arm_cpu_cores: Some(0.001),
            anchor_arithmetic_ns: (10_020_000, 10_031_000),
            anchor_memory_ns: (10_110_000, 10_098_000),
            other_cpu_cores: 0.02,
            ..RoundMachine::default()
        },
        discarded: is_stolen.then(|| "the hypervisor took 3.1 % of the machine (limit 1 %)".to_owned()),
    }
}

/// A played contest on a certified machine: one row regressed, every other verdict beside it.
pub(crate) fn failing() -> ComparisonRecord {
    let mut gate = gate(GateState::Fail, Evidence::E4);
    gate.confirmed_cells = 3;
    gate.rules = vec!["browse/p99:+5%".to_owned()];
    gate.reasons = vec![reason(
        "regressed",
        ValidityState::Valid,
        "browse p99 got 6.4 % slower, tolerance 5 %: p=0.0002 (Holm, 3 cells) over 12 fresh quads",
    )];
    ComparisonRecord {
        schema: COMPARISON_SCHEMA.to_owned(),
        id: "01JD5Z0A4CN2W8R6T3Y9K7MXQE".to_owned(),
        name: "checkout".to_owned(),
        at: "2025-11-20T14:12:40Z".to_owned(),
        version: "0.1.0".to_owned(),
        kind: ComparisonKind::Played,
        arms: arms("HEAD"),
        gate,
        rows: rows_of_a_regression(),
        mismatches: Vec::new(),
        distributions: distributions(1.09),
        overrides: vec![OverrideRecord {
            source: "DYNO_PERF_OVERRIDE#2".to_owned(),
            text: "checkout@p95~8%".to_owned(),
            target: "checkout buy/p95 tolerance".to_owned(),
            from: "7 %".to_owned(),
            to: "8 %".to_owned(),
            loosens: true,
        }],
        contest: Some(contest(1.064, 12)),
        environment: environment(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        reproduce: "dyno compare --run --a-rev main --b-rev HEAD --seed 42 checkout.yaml".to_owned(),
    }
}

/// A played contest in which nothing changed.
pub(crate) fn passing() -> ComparisonRecord {
    let mut record = failing();
    let kept = ["rate", "errors", "p50"];
    record.rows.retain(|row| row.verdict == RowVerdict::Pass && kept.contains(&row.metric.as_str()));
    for row in &mut record.rows {
        row.evidence = Evidence::E3;
    }
    record.gate = gate(GateState::Pass, Evidence::E3);
    record.gate.cells = 3;
    record.overrides.clear();
    record.distributions = distributions(1.0);
    record.contest = Some(contest(1.0, 0));
    record
}

/// Two stored runs on one machine, with too much noise between sessions to say more.
pub(crate) fn inconclusive() -> ComparisonRecord {
    let mut record = passing();
    record.kind = ComparisonKind::Stored;
    record.contest = None;
    record.gate = gate(GateState::Inconclusive, Evidence::E1);
    record.gate.min_evidence = Some(Evidence::E2);
    record.gate.reasons = vec![reason(
        "min_evidence",
        ValidityState::Suspect,
        "the evidence is E1, E2 was asked for: store four more runs, or play both builds with --run",
    )];
    record.arms[0].run_id = Some("01JD5Y3ZK8WQ7N4T0V6B2X9MRC".to_owned());
    record.arms[1].run_id = Some("01JD5YQ2H1F0Z6C4N8S3V5T7AB".to_owned());
    for row in &mut record.rows {
        row.evidence = Evidence::E1;
        row.verdict = RowVerdict::Inconclusive;
        row.detail = "one run against one run: sessions differ by 4 % when nothing changed".to_owned();
    }
    record.mismatches = vec![mismatch("setting", "kernel", "6.12.9", "6.12.11", MismatchEffect::Weaker)];
    record.reproduce = "dyno compare 01JD5Y3ZK8WQ7N4T0V6B2X9MRC 01JD5YQ2H1F0Z6C4N8S3V5T7AB".to_owned();
    record
}

fn mismatch(code: &str, what: &str, a: &str, b: &str, effect: MismatchEffect) -> Mismatch {
    Mismatch {
        candidate: 1,
        code: code.to_owned(),
        what: what.to_owned(),
        a: a.to_owned(),
        b: b.to_owned(),
        effect,
        advice: "play both on one machine with `dyno compare --run`".to_owned(),
    }
}

/// Runs of two machines and two load models.
pub(crate) fn incomparable() -> ComparisonRecord {
    let mut record = inconclusive();
    record.gate = gate(GateState::Incomparable, Evidence::X);
    record.gate.alpha = None;
    record.mismatches = vec![
        mismatch("machine", "cpu", "AMD EPYC 9B14", "Intel Xeon 8481C", MismatchEffect::Incomparable),
        mismatch(
            "load_model",
            "load model",
            "open, 2,000/s",
            "closed, 64 users",
            MismatchEffect::Incomparable,
        ),
        mismatch("setting", "governor", "performance", "powersave", MismatchEffect::Weaker),
    ];
    record.validity = Validity {
        state: ValidityState::Suspect,
        reasons: vec![reason(
            "cpu_steal",
            ValidityState::Suspect,
            "B: the hypervisor took 4.1 % of the machine",
        )],
    };
    for row in &mut record.rows {
        row.evidence = Evidence::X;
        row.verdict = RowVerdict::Incomparable;
        row.p = None;
        row.detail = "measured on other hardware".to_owned();
    }
    record.rows[1].b = None;
    record.rows[1].change = None;
    record
}

/// Thirty sessions in which the p99 crept up twice and the rate never changed.
pub(crate) fn history() -> HistoryRecord {
    let mut noise = Noise(0x0bad_cafe_f00d_1234);
    let sessions: Vec<HistorySession> = (1..=30)
        .map(|day| HistorySession {
            run_id: format!("01JD5Y3ZK8WQ7N4T0V6B2X{day:04}"),
            started_at: format!("2025-11-{day:02}T03:00:00Z"),
            verdict: if day == 17 { VerdictState::Fail } else { VerdictState::Pass },
            validity: ValidityState::Valid,
            tags: if day == 10 { vec!["main".to_owned()] } else { Vec::new() },
        })
        .collect();
    let mut values = |levels: &dyn Fn(usize) -> f64, scatter: f64| -> Vec<Option<f64>> {
        (0..30).map(|i| (i != 5).then(|| levels(i) * (1.0 + scatter * noise.normal()))).collect()
    };
    let level = |index: usize| [12.0, 12.6, 13.4][(index / 10).min(2)] * MS;
    let change = |at: usize, before: f64, after: f64| HistoryChange {
        at,
        before: before * MS,
        after: after * MS,
        change: after / before - 1.0,
        is_worse: true,
        p: 0.000_2,
    };
    let series = |metric: &str, unit: Unit, values: Vec<Option<f64>>| HistorySeries {
        operation: None,
        metric: metric.to_owned(),
        unit,
        direction: if unit == Unit::PerS { Direction::Higher } else { Direction::Lower },
        is_difference: unit == Unit::Share,
        values,
        changes: Vec::new(),
        tolerance: Some(0.1),
        creep: None,
    };
    let p99 = HistorySeries {
        changes: vec![change(10, 12.0, 12.6), change(20, 12.6, 13.4)],
        creep: Some(Creep { sum: 0.117, steps: 2, is_exceeded: true }),
        ..series("p99", Unit::Ns, values(&level, 0.008))
    };
    HistoryRecord {
        schema: dyno_model::HISTORY_SCHEMA.to_owned(),
        name: "checkout".to_owned(),
        fingerprint: "fp1:9c41f07ab2e5d816".to_owned(),
        sessions,
        left_out: vec![
            LeftOut { run_id: "01JD5Y3ZK8WQ7N4T0V6B2X9990".to_owned(), reason: "another machine".to_owned() },
            LeftOut { run_id: "01JD5Y3ZK8WQ7N4T0V6B2X9991".to_owned(), reason: "another machine".to_owned() },
        ],
        series: vec![
            series("p50", Unit::Ns, values(&|_| 3.1 * MS, 0.004)),
            p99,
            series("rate", Unit::PerS, values(&|_| 1_995.0, 0.003)),
            series("errors", Unit::Share, values(&|_| 0.000_2, 0.1)),
        ],
    }
}

/// The four comparisons that every output has a snapshot of.
pub(crate) fn standard() -> Vec<(&'static str, ComparisonRecord)> {
    vec![
        ("compare_fail", failing()),
        ("compare_pass", passing()),
        ("compare_inconclusive", inconclusive()),
        ("compare_incomparable", incomparable()),
    ]
}
