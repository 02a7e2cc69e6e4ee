//! Text from outside never breaks an output, whatever it holds.

use dyno_model::{RunRecord, Specimen};
use proptest::prelude::*;

use super::text_of;
use crate::{Format, csv, github, sample, text};

/// The record with hostile text in every place that holds text.
fn poisoned(hostile: &str) -> RunRecord {
    let mut record = sample::suspect();
    record.intervals.truncate(2);
    let text = || hostile.to_owned();
    record.name = text();
    record.id = text();
    record.tags = vec![text()];
    record.started_at = text();
    record.target = text();
    record.tool.version = text();
    record.tool.commit = text();
    record.reproduce = text();
    record.plan = serde_json::json!({ hostile: [hostile] });
    record.load.model = text();
    record.environment.fingerprint = text();
    record.environment.config.insert(text(), text());
    for check in &mut record.verdict.checks {
        (check.threshold, check.detail, check.ok) = (text(), text(), false);
    }
    for reason in &mut record.validity.reasons {
        (reason.code, reason.detail) = (text(), text());
    }
    record.totals.errors_by_kind.insert(text(), 1);
    record.totals.status_codes.insert(text(), 1);
    let mut buy = record.operations["buy"].clone();
    buy.totals.errors_by_kind.insert(text(), 1);
    buy.totals.status_codes.insert(text(), 1);
    record.operations.insert(text(), buy);
    let specimen =
        Specimen { operation: text(), n: 1, at_ns: 1, kind: text(), response_time_ns: 1, message: text() };
    record.specimens = vec![specimen.clone()];
    record.slowest = vec![specimen];
    record
}

/// Pieces that mean something to one of the formats, mixed with anything.
pub(crate) fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("</script><script>alert(1)</script>".to_owned()),
        Just("<!--".to_owned()),
        Just("]]>".to_owned()),
        Just("{{ 7 * 7 }}{% raw %}".to_owned()),
        Just("\" onload=\"x' `|`".to_owned()),
        Just("\r\n::error::x".to_owned()),
        Just("\u{1b}[31m\u{0}\u{7f}\u{85}\u{2028}\u{202e}\u{ffff}".to_owned()),
        Just("=1+1,\";\t".to_owned()),
        Just("\\\n# EOF\n\\".to_owned()),
        any::<String>(),
    ];
    let text = prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat());
    // Sections without text are left out, so that an empty one would not be like a harmless one.
    text.prop_filter("it has to hold something", |text| !text.is_empty())
}

/// Whether the text holds only characters that XML 1.0 allows, and every element is closed.
pub(crate) fn is_well_formed(xml: &str) -> bool {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut depth = 0_i32;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return depth == 0 && xml.chars().all(allowed),
            Ok(quick_xml::events::Event::Start(element)) => {
                depth += 1;
                if element.attributes().any(|attribute| attribute.is_err()) {
                    return false;
                }
            }
            Ok(quick_xml::events::Event::End(_)) => depth -= 1,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// How often each tag name opens: text from a record must not add one.
pub(crate) fn tags(html: &str) -> usize {
    html.split('<').skip(1).filter(|rest| rest.starts_with(|c: char| c.is_alphabetic() || c == '!')).count()
}

pub(crate) fn check_csv(text: &str) {
    let mut reader = ::csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().len();
    for row in reader.records() {
        let row = row.unwrap();
        assert_eq!(row.len(), columns);
        assert!(row.iter().all(|field| !field.starts_with(['=', '+', '@'])), "{row:?}");
    }
}

fn check_open_metrics(text: &str) {
    assert!(text.ends_with("# EOF\n"));
    assert_eq!(text.matches("\n# EOF\n").count(), 1, "{text}");
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        assert!(line.starts_with("dyno_"), "{line:?}");
        assert!(line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{line:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hostile_text_breaks_nothing(hostile in hostile()) {
        let (record, harmless) = (poisoned(&hostile), poisoned("x"));
        prop_assert!(is_well_formed(&text_of(Format::Junit, &record)));
        check_csv(&csv::summary(&record));
        check_open_metrics(&text_of(Format::OpenMetrics, &record));
        prop_assert!(serde_json::from_str::<serde_json::Value>(&text_of(Format::Json, &record)).is_ok());
        let annotations = github::annotations(&record);
        prop_assert_eq!(annotations.lines().count(), github::annotations(&harmless).lines().count());
        prop_assert!(annotations.lines().all(|line| line.starts_with("::")));
        let summary = text::summary(&record, text::Style { colour: false, width: 100 });
        prop_assert!(summary.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", summary);
        let log = text_of(Format::Hlog, &record);
        prop_assert_eq!(log.lines().count(), text_of(Format::Hlog, &harmless).lines().count());
        let markdown = text_of(Format::Markdown, &record);
        let is_foreign = |tag: &str| !["details>", "summary>", "/summary>", "/details>", "code>", "/code>"].iter().any(|own| tag.starts_with(own));
        let outside_of_code: String = markdown.split('`').step_by(2).collect();
        prop_assert!(!outside_of_code.split('<').skip(1).any(is_foreign), "{}", markdown);
        let html = text_of(Format::Html, &record);
        prop_assert_eq!(tags(&html), tags(&text_of(Format::Html, &harmless)));
        prop_assert_eq!(html.matches("</script").count(), 2);
    }
}
