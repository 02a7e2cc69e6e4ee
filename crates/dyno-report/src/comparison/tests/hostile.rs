//! Text from outside never breaks an output of a comparison, whatever it holds.

use dyno_model::ComparisonRecord;
use proptest::prelude::*;

use super::text_of;
use crate::comparison::{annotations, explanation, summary};
use crate::tests::hostile::{check_csv, hostile, is_well_formed, tags};
use crate::text::Style;
use crate::{Format, sample_comparison};

/// The record with hostile text in every place that holds text.
fn poisoned(hostile: &str) -> ComparisonRecord {
    let mut record = sample_comparison::failing();
    record.mismatches = sample_comparison::incomparable().mismatches;
    record.validity = sample_comparison::incomparable().validity;
    let text = || hostile.to_owned();
    for place in
        [&mut record.id, &mut record.name, &mut record.at, &mut record.version, &mut record.reproduce]
    {
        *place = text();
    }
    for arm in &mut record.arms {
        (arm.letter, arm.label, arm.tool, arm.started_at) = (text(), text(), text(), text());
        (arm.build, arm.run_id) = (Some(text()), Some(text()));
    }
    for row in &mut record.rows {
        (row.operation, row.metric, row.detail) = (Some(text()), text(), text());
        (row.rule, row.rule_false_alarms) = (Some(text()), Some(0.5));
    }
    for reason in record.gate.reasons.iter_mut().chain(&mut record.validity.reasons) {
        (reason.code, reason.detail) = (text(), text());
    }
    record.gate.rules = vec![text()];
    for mismatch in &mut record.mismatches {
        (mismatch.code, mismatch.what, mismatch.advice) = (text(), text(), text());
        (mismatch.a, mismatch.b) = (text(), text());
    }
    for entry in &mut record.overrides {
        (entry.source, entry.text, entry.target) = (text(), text(), text());
        (entry.from, entry.to) = (text(), text());
    }
    let drawn = record.distributions.remove("buy").unwrap();
    record.distributions.insert(text(), drawn);
    let contest = record.contest.as_mut().unwrap();
    contest.rounds.truncate(20);
    for round in &mut contest.rounds {
        round.discarded = round.discarded.as_ref().map(|_| text());
        round.values.insert(format!("{hostile}/{hostile}"), 1e6);
    }
    record.environment.fingerprint = text();
    record.environment.config.insert(text(), text());
    record
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hostile_text_breaks_nothing(hostile in hostile()) {
        let (record, harmless) = (poisoned(&hostile), poisoned("x"));
        prop_assert!(is_well_formed(&text_of(Format::Junit, &record)));
        check_csv(&text_of(Format::Csv, &record));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text_of(Format::Json, &record)).is_ok());
        let lines = annotations(&record);
        prop_assert_eq!(lines.lines().count(), annotations(&harmless).lines().count());
        prop_assert!(lines.lines().all(|line| line.starts_with("::")));
        let style = Style { colour: false, width: 100 };
        for text in [summary(&record, style), explanation(&record, style)] {
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", text);
        }
        let markdown = text_of(Format::Markdown, &record);
        let is_foreign = |tag: &str| {
            let own = ["details>", "summary>", "/summary>", "/details>", "code>", "/code>"];
            !own.iter().any(|own| tag.starts_with(own))
        };
        let outside_of_code: String = markdown.split('`').step_by(2).collect();
        prop_assert!(!outside_of_code.split('<').skip(1).any(is_foreign), "{}", markdown);
        let html = text_of(Format::Html, &record);
        prop_assert_eq!(tags(&html), tags(&text_of(Format::Html, &harmless)));
        prop_assert_eq!(html.matches("</script").count(), 2);
    }
}

#[test]
fn markdown_stays_below_the_limit_of_comments() {
    let mut record = sample_comparison::failing();
    let row = record.rows[4].clone();
    for index in 0..2_000 {
        let operation = Some(format!("{index}{}", "<|`".repeat(400)));
        record.rows.push(dyno_model::ComparisonRow {
            operation,
            detail: "*|`<".repeat(5_000),
            ..row.clone()
        });
    }
    let markdown = text_of(Format::Markdown, &record);
    assert!(markdown.len() <= 60_000, "{}", markdown.len());
    assert_eq!(markdown.matches("<details>").count(), markdown.matches("</details>").count());
}
