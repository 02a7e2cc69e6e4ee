//! The page of a comparison has its parts in order, stays small and holds no markup from a record.

use dyno_model::ComparisonRecord;

use super::page;
use crate::sample_comparison;

/// The order of the page, by the anchors of its sections.
const ORDER: [&str; 9] = [
    "class=\"verdict",
    "class=\"arms\"",
    "id=\"reasons\"",
    "id=\"deltas\"",
    "id=\"latency\"",
    "id=\"series\"",
    "id=\"evidence\"",
    "id=\"environment\"",
    "id=\"method\"",
];

#[test]
fn sections_stand_in_order() {
    for (name, record) in sample_comparison::standard() {
        let html = page(&record);
        let anchors = ORDER.iter().filter(|anchor| name != "compare_pass" || !anchor.contains("reasons"));
        let places: Vec<_> = anchors.map(|anchor| html.find(anchor).expect(anchor)).collect();
        assert!(places.is_sorted(), "{name}: {places:?}");
        assert!(html.rfind("id=\"reproduce\"") > html.rfind("id=\"method\""));
    }
}

#[test]
fn needs_nothing_but_itself() {
    let html = page(&sample_comparison::failing());
    for foreign in ["src=", "@import", "<link", "url(http", "fetch(", "XMLHttpRequest"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("default-src 'none'"));
    assert_eq!(html.matches("</script").count(), 2);
}

/// A contest of many rounds and operations with many rows.
fn large() -> ComparisonRecord {
    let mut record = sample_comparison::failing();
    let (row, distributions) = (record.rows[4].clone(), record.distributions["browse"].clone());
    for index in 0..300 {
        let operation = format!("operation {index}");
        record.rows.push(dyno_model::ComparisonRow { operation: Some(operation.clone()), ..row.clone() });
        record.distributions.insert(operation, distributions.clone());
    }
    let contest = record.contest.as_mut().unwrap();
    let rounds = contest.rounds.clone();
    for _ in 0..30 {
        contest.rounds.extend(rounds.clone());
    }
    record
}

#[test]
fn a_large_comparison_fits_into_half_a_megabyte() {
    let html = page(&large());
    assert!(html.len() <= 500_000, "{} bytes", html.len());
    assert!(html.contains("more rows are in the record"));
}

#[test]
fn drawings_hold_finite_numbers_and_their_data_fits() {
    for (name, record) in sample_comparison::standard() {
        let html = page(&record);
        let start = html.find("id=\"data\">").unwrap() + "id=\"data\">".len();
        let end = start + html[start..].find("</script>").unwrap();
        let data: serde_json::Value = serde_json::from_str(&html[start..end]).unwrap();
        let charts = data["charts"].as_array().unwrap();
        assert!(charts.len() >= 6, "{name}: {}", charts.len());
        for chart in charts {
            let id = chart["id"].as_str().unwrap();
            let places = chart["places"].as_array().unwrap().len();
            let series = chart["series"].as_array().unwrap();
            assert!(series.iter().all(|line| line["values"].as_array().unwrap().len() == places), "{id}");
            let from = html.find(&format!("<svg class=\"chart\" data-chart=\"{id}\"")).expect(id);
            let drawing = &html[from..from + html[from..].find("</svg>").unwrap()];
            assert!(drawing.matches("<path").count() > 5, "{id}");
            assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{id}");
        }
    }
}

#[test]
fn every_verdict_is_drawn_where_it_lies() {
    let html = page(&sample_comparison::failing());
    assert_eq!(html.matches("<svg class=\"forest\" viewBox=\"0 0 225 26\"").count(), 8);
    // Two axes: changes, and differences of shares.
    assert_eq!(html.matches("better to the left, worse to the right").count(), 2);
    for word in ["REGRESSED", "small loss", "improved", "inconclusive", "pass", "info"] {
        assert!(html.contains(&format!("{word}</span>")), "{word}");
    }
}

#[test]
fn what_leaves_the_axis_is_an_arrow() {
    let mut record = sample_comparison::failing();
    record.rows.truncate(1);
    record.rows[0].change =
        Some(dyno_model::Change { point: -9.0, low: None, high: None, is_difference: false });
    let html = page(&record);
    let start = html.find("<svg class=\"forest\" viewBox=\"0 0 225 26\"").unwrap();
    let drawing = &html[start..start + html[start..].find("</svg>").unwrap()];
    assert!(drawing.contains("class=\"arrow\"") && !drawing.contains("<circle"), "{drawing}");
}

#[test]
fn extreme_figures_still_make_a_page() {
    let mut record = sample_comparison::failing();
    for (index, row) in record.rows.iter_mut().enumerate() {
        let odd = [f64::NAN, f64::INFINITY, 1e300, 0.0, -1e300][index % 5];
        row.change = Some(dyno_model::Change {
            point: odd,
            low: Some(odd),
            high: Some(-odd),
            is_difference: index % 2 == 0,
        });
        row.tolerance = Some(odd);
        row.detectable = Some(odd);
        row.a = row.a.map(|estimate| dyno_model::Estimate { value: odd, ..estimate });
        row.candidate = index * 1_000;
    }
    for distribution in record.distributions.values_mut().flatten() {
        for point in &mut distribution.shift {
            (point.a_ns, point.low, point.q) = (0.0, Some(f64::NAN), 1.0);
        }
        distribution.arm += 97;
    }
    for round in &mut record.contest.as_mut().unwrap().rounds {
        (round.at_ns, round.length_ns) = (u64::MAX, u64::MAX);
        round.values.values_mut().for_each(|value| *value = f64::INFINITY);
    }
    record.arms.truncate(1);
    let html = page(&record);
    for drawing in html.split("<svg").skip(1) {
        let drawing = &drawing[..drawing.find("</svg>").unwrap()];
        assert!(
            !drawing.contains("NaN") && !drawing.contains("inf\"") && !drawing.contains("inf "),
            "{drawing}"
        );
    }
}
