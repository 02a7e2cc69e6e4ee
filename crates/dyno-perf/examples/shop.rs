//! A program whose functions are timed in passing. With `DYNO_RECORD=run.json` it leaves a run record:
//!
//!     DYNO_RECORD=run.json cargo run -p dyno-perf --example shop
//!     dyno runs import run.json
//!
//! `exit` and `panic` make it end otherwise than by returning.

use std::num::ParseIntError;

use dyno_perf::{benchmark, span};

#[benchmark(name = "parse", gate = ["p99 < 20ms", "errors < 25%"])]
fn parse(text: &str) -> Result<u64, ParseIntError> {
    text.trim().parse()
}

fn main() {
    let texts = ["1", " 22 ", "333", "four", "55555"];
    for _ in 0..5 {
        let _checkout = span("checkout");
        let sum: u64 = (0..100).filter_map(|n| parse(texts[n % texts.len()]).ok()).sum();
        assert!(sum > 0, "four of five are numbers");
    }
    match std::env::args().nth(1).as_deref() {
        Some("exit") => std::process::exit(3),
        Some("panic") => panic!("as it was told"),
        _ => {}
    }
}
