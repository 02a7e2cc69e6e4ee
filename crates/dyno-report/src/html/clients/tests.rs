//! The page has its parts in order, needs nothing but itself, and shows what broke.

use dyno_model::{ClientPlayed, ClientsRecord, Validity, ValidityState};

use super::page;
use crate::clients::sample::record;

/// A sweep of three cases.
fn sweep() -> ClientsRecord {
    let one = record();
    let cases = ["1 lane", "8 lanes", "64 <lanes>"].map(|name| ClientPlayed {
        name: name.to_owned(),
        case: one.case.clone(),
        segment_ns: one.segment_ns,
        floor: one.floor.clone(),
        control: one.control.clone(),
        counted_by: dyno_model::CountedBy::Host,
        entries: one.entries.clone(),
        validity: one.validity.clone(),
    });
    ClientsRecord { entries: Vec::new(), control: None, cases: cases.to_vec(), ..one }
}

#[test]
fn sections_stand_in_order() {
    const ORDER: [&str; 9] = [
        "class=\"verdict",
        "NOT A RANKING",
        "id=\"reasons\"",
        "A&#x2f;A control",
        "id=\"clients\"",
        "id=\"spectrum-0\"",
        "id=\"environment\"",
        "id=\"method\"",
        "id=\"reproduce\"",
    ];
    let html = page(&record());
    let body = &html[html.find("<header>").expect("a header")..];
    let places: Vec<_> = ORDER.iter().map(|anchor| body.find(anchor).expect(anchor)).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(!html.contains("id=\"across\""));
}

#[test]
fn a_client_that_broke_is_at_the_top_and_its_stderr_below() {
    let html = page(&record());
    let first = html.find("httpx | async").expect("its label");
    assert!(first < html.find("id=\"clients\"").expect("the table"), "it is among the reasons");
    assert!(html.contains("crashed (SIGABRT) after 8192 samples"));
    assert!(html.contains("one\\u{1b}[31m\nassertion failed"), "control characters are visible");
    assert!(html.contains("the field `accept` is sent twice"));
    assert!(html.contains("its own account of CPU does not hold"));
}

#[test]
fn only_a_ranking_has_good_and_bad() {
    let mut valid = record();
    assert!(!page(&valid).contains("class=\"span good\""));
    valid.validity = Validity { state: ValidityState::Valid, reasons: Vec::new() };
    let html = page(&valid);
    assert!(html.contains("class=\"span good\"") && html.contains("<p class=\"word\">RANKING</p>"));
}

#[test]
fn a_sweep_is_drawn_case_by_case_and_side_by_side() {
    let html = page(&sweep());
    assert!(html.contains("id=\"across\"") && html.contains("64 &lt;lanes&gt;") && !html.contains("<lanes>"));
    assert_eq!(html.matches("<section class=\"block case\"").count(), 3);
    assert_eq!(html.matches("<figure class=\"card\" id=\"spectrum-").count(), 3);
    assert!(html.contains("8 lanes: crashed"), "the case in which it broke is named");
}

#[test]
fn needs_nothing_but_itself_and_has_no_broken_numbers() {
    let mut extreme = sweep();
    for entry in extreme.cases.iter_mut().flat_map(|case| &mut case.entries) {
        if let Some(figures) = &mut entry.figures {
            figures.throughput_per_s.value = 0.0;
            figures.cpu_s_per_1000.high = Some(f64::INFINITY);
            figures.cpu_s_per_1000.value = f64::NAN;
        }
    }
    for record in [record(), sweep(), extreme] {
        let html = page(&record);
        for foreign in ["src=", "@import", "<link", "url(http", "fetch(", "XMLHttpRequest"] {
            assert!(!html.contains(foreign), "{foreign}");
        }
        assert!(html.contains("default-src 'none'"));
        assert!(!html.contains("left:NaN") && !html.contains("left:inf") && !html.contains("width:inf"));
        let start = html.find("id=\"data\">").expect("data") + "id=\"data\">".len();
        let end = start + html[start..].find("</script>").expect("its end");
        serde_json::from_str::<serde_json::Value>(&html[start..end]).expect("JSON");
    }
}

#[test]
fn a_page_of_nothing_still_says_so() {
    let mut nothing = record();
    nothing.entries.clear();
    nothing.control = None;
    assert!(page(&nothing).contains("Nobody was measured."));
}
