//! Rules about what came back: anything at all, refusals by a limiter, enough for the quantiles.

use dyno_model::units::{format_count, format_share};
use dyno_model::{Reason, ValidityState};

use super::limits::*;
use super::{ValidityInput, reason};

/// Nothing was measured.
pub(super) fn no_samples(input: &ValidityInput) -> Option<Reason> {
    if input.requests > 0 {
        return None;
    }
    let detail = match input.not_started {
        0 => "nothing was measured: no request ended in the measured time; measure longer".to_owned(),
        count => {
            format!("nothing was measured: {} arrivals were due and none was played", format_count(count))
        }
    };
    reason("no_samples", ValidityState::Invalid, detail)
}

/// Nothing succeeded, so there is no latency and no throughput.
pub(super) fn all_failed(input: &ValidityInput) -> Option<Reason> {
    if input.ok > 0 {
        return None;
    }
    let count = format_count(input.requests);
    let detail = format!("none of {count} requests succeeded; play one with `--debug` to see why");
    reason("all_failed", ValidityState::Invalid, detail)
}

/// Refusals that come from a limiter in front of the service.
pub(super) fn rate_limited(input: &ValidityInput) -> Option<Reason> {
    let refused = input.status_429 + input.status_503;
    let share = refused as f64 / input.requests as f64;
    if share < RATE_LIMITED_SUSPECT {
        return None;
    }
    let figures = format!("{} of the answers were 429 or 503", format_share(share));
    let is_plateau = is_plateau(&input.seconds);
    // 503 is often the service's own way to shed load, so only 429 shows that a limiter was measured.
    if is_plateau && input.status_429 > input.status_503 {
        let detail = format!(
            "{figures}, and the successes per second stayed level: a rate limiter was measured and not the \
             service; stay below its limit or lift it for this client"
        );
        return reason("rate_limited", ValidityState::Invalid, detail);
    }
    let shape = if is_plateau { ", and the successes per second stayed level" } else { "" };
    let detail = format!("{figures}{shape}: the target or something before it refuses load; lower the rate");
    reason("rate_limited", ValidityState::Suspect, detail)
}

/// Whether successes per second stay level while others are refused in the same second.
fn is_plateau(seconds: &[(u64, u64)]) -> bool {
    if seconds.len() < PLATEAU_SECONDS || seconds.iter().any(|(ok, rejected)| *ok == 0 || *rejected == 0) {
        return false;
    }
    let counts: Vec<f64> = seconds.iter().map(|(ok, _)| *ok as f64).collect();
    let mean = counts.iter().sum::<f64>() / counts.len() as f64;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / counts.len() as f64;
    variance.sqrt() / mean <= PLATEAU_VARIATION
}

/// Too few samples beyond p99: a note.
pub(super) fn few_for_p99(input: &ValidityInput) -> Option<Reason> {
    few(input, SAMPLES_FOR_P99, "few_samples_for_p99", "p99 and above")
}

/// Too few samples beyond p99.9: a note, unless p99 is short of samples already.
pub(super) fn few_for_p99_9(input: &ValidityInput) -> Option<Reason> {
    if input.ok < SAMPLES_FOR_P99 {
        None
    } else {
        few(input, SAMPLES_FOR_P99_9, "few_samples_for_p99_9", "p99.9 and above")
    }
}

fn few(input: &ValidityInput, need: u64, code: &str, what: &str) -> Option<Reason> {
    if input.ok == 0 || input.ok >= need {
        return None;
    }
    let (have, need) = (format_count(input.ok), format_count(need));
    reason(
        code,
        ValidityState::Valid,
        format!("{what} stand on {have} samples, {need} are needed; measure longer"),
    )
}

/// A very short measurement: a note.
pub(super) fn short(input: &ValidityInput) -> Option<Reason> {
    if input.elapsed_s >= SHORT_S {
        return None;
    }
    let detail = format!(
        "only {:.2} s were measured, so start-up effects weigh much; measure longer",
        input.elapsed_s
    );
    reason("short", ValidityState::Valid, detail)
}
