//! What a timed call costs, beside the bare one: both in turns, in one process.
//!
//!     cargo run --release -p dyno-perf --example overhead

use std::hint::black_box;
use std::io::Write as _;
use std::time::{Duration, Instant};

use dyno_perf::{benchmark, span};

const ROUNDS: usize = 41;
const CALLS: u32 = 200_000;

type Function = fn(u32) -> u32;

#[inline(never)]
fn bare(n: u32) -> u32 {
    black_box(n)
}

#[benchmark(name = "timed")]
#[inline(never)]
fn timed(n: u32) -> u32 {
    black_box(n)
}

#[inline(never)]
fn in_a_span(n: u32) -> u32 {
    let _span = span("spanned");
    black_box(n)
}

/// Two reads of the clock, which nobody who times a call can do without.
#[inline(never)]
fn between_clocks(n: u32) -> u32 {
    let begin = Instant::now();
    let value = black_box(n);
    black_box(begin.elapsed());
    value
}

/// Mean time of a call, in nanoseconds.
fn round(function: Function) -> f64 {
    let begin = Instant::now();
    for n in 0..CALLS {
        black_box(function(n));
    }
    begin.elapsed().div_f64(f64::from(CALLS)).as_nanos_f64()
}

trait Nanoseconds {
    fn as_nanos_f64(&self) -> f64;
}

impl Nanoseconds for Duration {
    fn as_nanos_f64(&self) -> f64 {
        self.as_secs_f64() * 1e9
    }
}

fn main() -> std::io::Result<()> {
    let functions: [(&str, Function); 4] =
        [("bare", bare), ("two clock reads", between_clocks), ("#[benchmark]", timed), ("span", in_a_span)];
    let mut times = vec![Vec::with_capacity(ROUNDS); functions.len()];
    for number in 0..=ROUNDS {
        for (kept, (_, function)) in times.iter_mut().zip(functions) {
            let mean_ns = round(function);
            // The first round warms everything up.
            if number > 0 {
                kept.push(mean_ns);
            }
        }
    }
    let mut out = std::io::stdout();
    for (kept, (name, _)) in times.iter_mut().zip(functions) {
        kept.sort_by(f64::total_cmp);
        let at = |share: f64| kept[(share * (kept.len() - 1) as f64) as usize];
        writeln!(out, "{name:16} {:6.1} ns a call ({:.1}–{:.1})", at(0.5), at(0.1), at(0.9))?;
    }
    Ok(())
}
