//! The page of `dyno monitor`, as its readers have it: wide and narrow, light and dark, with much and with nothing.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::monitor::Monitor;
use crate::support::{Dyno, Target, skip, until};

/// Texts of the page whose contrast is less than WCAG 2 asks for at level AA, 4.5 to 1.
const PALE: &str = r##"(() => {
  const canvas = document.createElement("canvas").getContext("2d");
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const over = ([r, g, b, a], below) => [r, g, b].map((c, i) => (c * a + below[i] * (255 - a)) / 255);
  const behind = (node) => node === null ? rgba(getComputedStyle(document.body).backgroundColor).slice(0, 3)
    : over(rgba(getComputedStyle(node).backgroundColor), behind(node.parentElement));
  const light = (rgb) => rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const pale = [];
  for (const node of document.querySelectorAll("h1, h2, h3, p, a, td, th, label, span")) {
    if (!node.textContent.trim() || !node.checkVisibility()) continue;
    const back = behind(node), front = over(rgba(getComputedStyle(node).color), back);
    const [low, high] = [light(front), light(back)].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) pale.push(`${node.textContent.trim().slice(0, 40)}: ${contrast.toFixed(1)}`);
  }
  return pale;
})()"##;

const IS_UP_TO_DATE: &str = r##"document.getElementById("state")?.textContent === "up to date""##;

/// What is wrong with the page at a width, in a scheme.
fn check_looks(browser: &mut Browser, width: u32, scheme: &str) {
    browser.look(width, scheme);
    let is_dark = format!(r##"matchMedia("(prefers-color-scheme: {scheme})").matches"##);
    assert_eq!(browser.value(&is_dark), true);
    let beyond = browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert_eq!(beyond, 0, "{width} {scheme}: it does not fit");
    assert_eq!(browser.value(PALE), json!([]), "{width} {scheme}");
}

fn text(browser: &mut Browser, id: &str) -> String {
    let text = browser.value(&format!(r##"document.getElementById("{id}").innerText"##));
    text.as_str().unwrap_or_default().to_owned()
}

fn wait_until(browser: &mut Browser, expression: &str) {
    until(expression, || browser.value(expression) == Value::Bool(true));
}

#[test]
fn the_page_shows_what_is_stored_and_compares_results() {
    let mut browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skip("monitor", &why),
    };
    let (dyno, target) = (Dyno::new(), Target::start());
    dyno.http(&target, &["-n", "20", "-c", "1", "-w", "0", "--quiet", "--name", "stored run"], "/plaintext");
    let wishes = ["clients", "compare", "stdlib", "--no-floor", "--name", "stored contest", "--quiet"];
    dyno.run(&[wishes.as_slice(), &["--blocks", "2", "--segment", "60ms", "-w", "60ms"]].concat());
    let monitor = Monitor::start(&dyno, &[]);
    let long = "a-name-without-an-end-".repeat(9);
    let ask = |name: &str, path: &str| {
        monitor.play(&json!({ "name": name, "target_url": target.url(path), "total_requests": 5,
            "headers": { "X-Of-The-Test": "kept" }, "concurrency": 2 }))
    };
    let (quick, slow) = (ask("<b>quick</b>", "/plaintext"), ask(&long, "/delay/20ms"));
    assert_eq!(
        (monitor.done(&quick)["status"].clone(), monitor.done(&slow)["status"].clone()),
        (json!("COMPLETED"), json!("COMPLETED"))
    );
    let endless = monitor
        .play(&json!({ "name": "endless", "target_url": target.url("/plaintext"), "concurrency": 1,
        "duration_seconds": 3000 }));
    monitor.wait_for_requests(&endless);
    browser.go(&format!("http://{}/", monitor.address));
    wait_until(&mut browser, IS_UP_TO_DATE);
    assert!(text(&mut browser, "results").contains("<b>quick</b>"), "foreign text is text");
    assert!(text(&mut browser, "runs").contains("stored run"));
    assert!(text(&mut browser, "contests").contains("stored contest"));
    assert!(text(&mut browser, "now").contains("endless"));
    // Two results side by side.
    browser.value(
        r##"document.querySelectorAll("#results input:not(:disabled)").forEach((box) => box.click())"##,
    );
    browser.value(r##"document.getElementById("compare").click()"##);
    wait_until(&mut browser, r##"document.querySelectorAll("#comparison td.best").length >= 3"##);
    let best = browser.value(
        r##"[...document.querySelectorAll("#comparison tbody tr")]
            .map((row) => [row.cells[0].textContent, row.querySelectorAll(".best").length])
            .find(([, count]) => count >= 2)[0]"##,
    );
    assert_eq!(best, "<b>quick</b>", "{}", text(&mut browser, "comparison"));
    // A result with its configuration.
    browser.value(&format!(r##"location.hash = "#{quick}""##));
    wait_until(
        &mut browser,
        r##"document.getElementById("configuration").innerText.includes("X-Of-The-Test: kept")"##,
    );
    assert!(text(&mut browser, "figures").contains("requests count"));
    for (width, scheme) in [(1280, "light"), (1280, "dark"), (500, "light"), (500, "dark")] {
        check_looks(&mut browser, width, scheme);
    }
    // A filter asks the API, and what is played is cancelled.
    let failed = r##"const it = document.querySelector("select[name=status]"); it.value = "FAILED";
        it.dispatchEvent(new Event("input", { bubbles: true }))"##;
    browser.value(&format!("(() => {{ {failed} }})()"));
    wait_until(&mut browser, r##"document.getElementById("results").innerText === "no results like these""##);
    browser.value(r##"document.querySelector("#now button").click()"##);
    assert_eq!(monitor.done(&endless)["error"], "it was cancelled");
    wait_until(&mut browser, r##"document.getElementById("results").innerText.includes("endless")"##);
    assert_eq!(browser.errors(), [] as [String; 0]);
}

#[test]
fn an_empty_page_says_what_would_fill_it() {
    let mut browser = match Browser::start() {
        Ok(browser) => browser,
        Err(why) => return skip("monitor", &why),
    };
    let dyno = Dyno::new();
    let monitor = Monitor::start(&dyno, &[]);
    browser.go(&format!("http://{}/", monitor.address));
    wait_until(&mut browser, IS_UP_TO_DATE);
    for (id, words) in [
        ("now", "nothing is played"),
        ("results", "no results yet"),
        ("contests", "dyno clients compare"),
        ("runs", "dyno run"),
        ("comparisons", "dyno compare"),
    ] {
        assert!(text(&mut browser, id).contains(words), "{id}");
    }
    check_looks(&mut browser, 500, "dark");
    assert_eq!(browser.errors(), [] as [String; 0]);
}
