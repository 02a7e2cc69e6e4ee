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
