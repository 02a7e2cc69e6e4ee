use serde_json::json;

use super::{Change, Ending, read};

#[test]
fn what_counts_is_read_from_the_record() {
    let record = json!({
        "rows": [
            { "metric": "p50", "change": { "point": 0.03, "low": 0.01, "high": 0.05 }, "p": 0.2, "verdict": "regressed" },
            { "metric": "p99", "change": null, "verdict": "inconclusive" },
            { "operation": "buy", "metric": "p50", "change": { "point": 0.5 }, "verdict": "regressed" },
        ],
        "contest": { "quads": [8, 12], "discarded_quads": 2, "rounds": [
            { "stage": "screen", "quad": 3, "side": "B", "values": { "rate": 5.5 }, "discarded": "steal" },
        ] },
    });
    let gate = read(&record, "idle", 7, 1);
    assert_eq!((gate.quads, gate.discarded, gate.seed), ((8, 12), 2, 7));
    assert_eq!(gate.regressed, ["p50", "buy/p50"]);
    let p50 = Change { point: 0.03, interval: Some((0.01, 0.05)) };
    assert_eq!(gate.changes.into_iter().collect::<Vec<_>>(), [("p50".to_owned(), p50)]);
    assert_eq!(gate.p.into_iter().collect::<Vec<_>>(), [("p50".to_owned(), 0.2)]);
    let round = &gate.rounds[0];
    assert_eq!((round.stage.as_str(), round.quad, round.side.as_str()), ("screen", 3, "B"));
    assert_eq!((round.rate, round.cpu_per_request, round.is_discarded), (Some(5.5), None, true));
    let empty = read(&json!({}), "idle", 7, 5);
    assert_eq!((empty.changes.len(), empty.regressed.len()), (0, 0));
}

#[test]
fn only_a_failed_gate_is_an_alarm() {
    for (code, ending) in [(0, Ending::Passed), (3, Ending::Passed), (1, Ending::Failed), (5, Ending::Unfit)]
    {
        assert_eq!(read(&json!({}), "", 0, code).ending(), ending, "{code}");
    }
}
