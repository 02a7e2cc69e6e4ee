//! The page has its parts in order, stays small and holds no markup from a record.

use super::page;
use crate::sample;

/// The order of the page, by the anchors of its sections.
const ORDER: [&str; 10] = [
    "class=\"verdict",
    "id=\"validity\"",
    "id=\"thresholds\"",
    "id=\"headline\"",
    "id=\"series\"",
    "id=\"latency\"",
    "id=\"specimens\"",
    "id=\"environment\"",
    "id=\"method\"",
    "id=\"reproduce\"",
];

#[test]
fn sections_stand_in_order() {
    let html = page(&sample::invalid());
    let places: Vec<_> = ORDER.iter().map(|anchor| html.find(anchor).expect(anchor)).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn an_hour_fits_into_half_a_megabyte() {
    let html = page(&sample::hour());
    assert!(html.len() <= 500_000, "{} bytes", html.len());
}

#[test]
fn needs_nothing_but_itself() {
    let html = page(&sample::failing());
    for foreign in ["src=", "@import", "<link", "url(http", "fetch(", "XMLHttpRequest"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn drawings_do_not_need_the_script() {
    let html = page(&sample::failing());
    for chart in ["rate", "response", "lateness", "errors", "cpu", "in-flight", "spectrum", "heat-map"] {
        let start = html.find(&format!("<svg class=\"chart\" data-chart=\"{chart}\"")).expect(chart);
        let end = start + html[start..].find("</svg>").unwrap();
        assert!(html[start..end].matches("<path").count() > 5, "{chart}");
        assert!(!html[start..end].contains("NaN") && !html[start..end].contains("inf"), "{chart}");
    }
}

#[test]
fn data_is_json() {
    for record in [sample::failing(), sample::empty()] {
        let html = page(&record);
        let start = html.find("id=\"data\">").unwrap() + "id=\"data\">".len();
        let end = start + html[start..].find("</script>").unwrap();
        let data: serde_json::Value = serde_json::from_str(&html[start..end]).unwrap();
        for chart in data["charts"].as_array().unwrap() {
            let places = chart.get("places").unwrap_or(&data["times"]).as_array().unwrap().len();
            let series = chart["series"].as_array().unwrap();
            assert!(series.iter().all(|line| line["values"].as_array().unwrap().len() == places));
        }
    }
}

#[test]
fn many_operations_keep_the_page_small() {
    let mut record = sample::passing();
    let operation = record.operations["buy"].clone();
    record.operations.extend((0..2_000).map(|i| (format!("operation {i}"), operation.clone())));
    let html = page(&record);
    assert!(html.len() <= 700_000, "{} bytes", html.len());
    assert!(html.contains("more operations are in the record"));
}

#[test]
fn a_closed_loop_has_no_asked_rate() {
    let mut record = sample::passing();
    record.load.model = "closed".to_owned();
    record.load.asked_rate_per_s = None;
    record.operations.remove("buy");
    record.times.lateness_ns = dyno_model::Headline::from(&dyno_model::Histogram::new());
    for interval in &mut record.intervals {
        (interval.asked, interval.lateness_p99_ns, interval.target) = (None, 0, None);
    }
    let html = page(&record);
    assert!(html.contains("Rate achieved") && html.contains("closed loop"));
    assert!(!html.contains("data-chart=\"lateness\"") && !html.contains("id=\"spectrum-operations\""));
}

#[test]
fn extreme_figures_still_make_a_page() {
    let mut record = sample::suspect();
    record.totals.rejected = u64::MAX;
    record.totals.failed = u64::MAX;
    record.load.measure_start_ns = u64::MAX;
    record.load.asked_rate_per_s = Some(f64::INFINITY);
    record.generator.cpu_share = f64::NAN;
    for (index, interval) in record.intervals.iter_mut().enumerate() {
        interval.at_ns = u64::MAX - index as u64;
        interval.length_ns = [1, u64::MAX, 0][index % 3];
        (interval.requests, interval.failed, interval.asked) = (u64::MAX, u64::MAX, Some(u64::MAX));
        interval.in_flight = u64::MAX;
        interval.lateness_p99_ns = u64::MAX;
        interval.histogram.record_many(u64::MAX, 1_000_000_000_000_000);
        interval.histogram.record(0);
    }
    for format in crate::Format::ALL {
        assert!(!crate::render(format, &record).is_empty());
    }
    let html = page(&record);
    let start = html.find("<svg class").unwrap();
    let end = html.rfind("</svg>").unwrap();
    assert!(!html[start..end].contains("NaN") && !html[start..end].contains("inf "));
}
