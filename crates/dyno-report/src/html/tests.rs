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
