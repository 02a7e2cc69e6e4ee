//! The terminal summary stays within its bounds.

use dyno_model::{AuditCheck, AuditRecord, AuditState, Ledger};

use super::{Style, summary};
use crate::sample;

#[test]
fn fits_the_screen() {
    for (name, record) in sample::standard() {
        for width in [70, 80, 100, 200] {
            let text = summary(&record, Style { colour: false, width });
            let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(widest <= width.min(100), "{name} at {width} is {widest} wide:\n{text}");
            assert!(width < 100 || text.lines().count() <= 40, "{name} is too long:\n{text}");
        }
    }
}

#[test]
fn colour_only_repeats_the_words() {
    let record = sample::failing();
    let plain = summary(&record, Style { colour: false, width: 100 });
    let coloured = summary(&record, Style { colour: true, width: 100 });
    assert!(coloured.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut in_escape = false;
    for c in coloured.chars() {
        match (in_escape, c) {
            (false, '\u{1b}') => in_escape = true,
            (false, _) => stripped.push(c),
            (true, 'm') => in_escape = false,
            (true, _) => {}
        }
    }
    assert_eq!(plain.split_whitespace().collect::<Vec<_>>(), stripped.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_report_for_people_tells_what_the_ledger_tells_differently() {
    let check = |what: &str, agrees: bool| AuditCheck {
        what: what.to_owned(),
        agrees,
        detail: "50 were sent, 43 arrived".to_owned(),
    };
    let checks = vec![check("requests", true), check("rate", false)];
    let mut record = sample::failing();
    assert!(!summary(&record, Style::default()).contains("agrees"));
    record.audit = Some(AuditRecord { state: AuditState::Differs, ledger: Ledger::default(), checks });
    let text = summary(&record, Style::default());
    let (differs, agrees) = (text.find("DIFFERS").unwrap(), text.find("agrees").unwrap());
    assert!(differs < agrees && text.contains("rate: 50 were sent, 43 arrived"), "{text}");
    let markdown = crate::markdown::report(&record);
    assert!(markdown.contains("| **DIFFERS** | `rate` | 50 were sent, 43 arrived |"), "{markdown}");
    let page = crate::html::page(&record);
    assert!(page.contains("DIFFERS: 50 were sent, 43 arrived"), "the page tells nothing of the ledger");
}
