//! The words of rows and reasons, as snapshots.

use super::*;

fn words(judged: &Judged) -> String {
    let mut lines: Vec<String> =
        judged.rows.iter().map(|row| format!("{} {:?}: {}", row.metric, row.verdict, row.detail)).collect();
    lines.push(format!("gate {:?}", judged.gate.state));
    lines.extend(judged.gate.reasons.iter().map(|reason| format!("  {}: {}", reason.code, reason.detail)));
    lines.join("\n")
}

#[test]
fn rows_and_reasons_read_like_this() {
    let cells = [
        ("p50", 1.08),
        ("p90", 1.0),
        ("p95", 1.0),
        ("mean", 0.93),
        ("rate", 0.96),
        ("errors", 0.003),
        ("rss", 1.0),
        ("bytes_per_request", 1.02),
        ("max", 1.0),
    ];
    insta::assert_snapshot!(words(&judged(0.008, &cells)));
}

#[test]
fn doubts_read_like_this() {
    let mut parts = vec![words(&judged(0.15, &[("p50", 1.0), ("rate", 0.9)]))];
    parts.push(words(&judged(0.01, &[("p50", 1.0), ("errors", 0.02)])));
    let policy = GatePolicy {
        certificate: Some(dyno_model::Certificate {
            gates: 100,
            false_alarms: 9,
            upper95: 0.15,
            bias_upper: BTreeMap::new(),
        }),
        min_evidence: Some(dyno_model::Evidence::E4),
        confirm_quads_most: Some(5),
        ..GatePolicy::default()
    };
    parts.push(words(&Player::new(7, 0.01, &[("p50", 1.08)]).play(gate_of(policy, &["p50"]))));
    let mut player = Player::new(7, 0.01, &[("p50", 1.3)]);
    let mut gate = gate_of(GatePolicy::default(), &["p50", "p99"]);
    for _ in 0..8 {
        gate.add(player.quad(Stage::Screen));
    }
    parts.push(words(&gate.judge()));
    insta::assert_snapshot!(parts.join("\n\n"));
}
