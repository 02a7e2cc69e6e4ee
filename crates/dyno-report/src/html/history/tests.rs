//! The page of a history holds its drawings, stays small and escapes what is foreign.

use super::page;
use crate::sample_comparison;
use crate::tests::hostile::tags;

#[test]
fn every_series_is_drawn_with_its_changes() {
    let html = page(&sample_comparison::history());
    assert_eq!(html.matches("<svg class=\"chart\"").count(), 4);
    // What changed comes first, with both windows shaded and its level.
    let first = &html[html.find("data-chart=\"series-0\" viewBox").unwrap()..];
    let first = &first[..first.find("</svg>").unwrap()];
    assert_eq!(first.matches("class=\"warmup\"").count(), 2);
    assert!(first.contains("aria-label=\"all p99\"") && first.contains("series orange"));
    assert_eq!(html.matches(">changed</span>").count(), 2);
    assert!(html.contains("more than the tolerance"));
}

#[test]
fn foreign_text_adds_no_markup() {
    let poisoned = |text: &str| {
        let mut record = sample_comparison::history();
        (record.name, record.fingerprint) = (text.to_owned(), text.to_owned());
        record.left_out[0].reason = text.to_owned();
        for series in &mut record.series {
            (series.operation, series.metric) = (None, text.to_owned());
        }
        for session in &mut record.sessions {
            (session.run_id, session.started_at, session.tags) =
                (text.to_owned(), text.to_owned(), vec![text.to_owned()]);
        }
        page(&record)
    };
    let hostile = poisoned("</script><b onload=\"x\">&{{ 7 * 7 }}");
    assert_eq!(tags(&hostile), tags(&poisoned("x")));
    assert_eq!(hostile.matches("</script").count(), 2);
}

#[test]
fn a_long_history_stays_small() {
    let mut record = sample_comparison::history();
    let (session, series) = (record.sessions[0].clone(), record.series.clone());
    record.sessions = vec![session; 3_000];
    for one in &mut record.series {
        one.values = one.values.iter().copied().cycle().take(3_000).collect();
        one.changes.clear();
    }
    for index in 0..40 {
        let operation = Some(format!("operation {index}"));
        let mut more = series[index % series.len()].clone();
        (more.operation, more.values) = (operation, record.series[0].values.clone());
        record.series.push(more);
    }
    let html = page(&record);
    assert!(html.len() <= 900_000, "{} bytes", html.len());
    let drawings = html.split("<svg").skip(1).map(|rest| &rest[..rest.find("</svg>").unwrap()]);
    assert!(drawings.into_iter().all(|drawing| !drawing.contains("NaN")));
}
