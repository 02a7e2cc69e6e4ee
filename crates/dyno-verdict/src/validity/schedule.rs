//! Rules about the generator: did it send what was asked, when it was asked.

use dyno_model::units::{format_count, format_ns, format_rate, format_share};
use dyno_model::{Reason, ValidityState};

use super::limits::*;
use super::{ValidityInput, grade, reason};

/// The generator's own part of the lateness against the median response time.
pub(super) fn generator_late(input: &ValidityInput) -> Option<Reason> {
    let late = input.generator_lateness_p99_ns;
    if !input.is_open_loop || late < LATENESS_FLOOR_NS || input.response_p50_ns == 0 {
        return None;
    }
    let share = late as f64 / input.response_p50_ns as f64;
    let state = grade(share, LATENESS_SUSPECT, LATENESS_INVALID)?;
    let detail = format!(
        "the generator started requests late by itself: p99 {}, which is {} of the median response time ({}); \
         lower the rate, add `--threads`, or give the generator quiet cores",
        format_ns(late),
        format_share(share),
        format_ns(input.response_p50_ns),
    );
    reason("generator_late", state, detail)
}

/// CPU of the load threads. In an open loop lateness is the better witness, so CPU alone is only suspect there.
pub(super) fn generator_saturated(input: &ValidityInput) -> Option<Reason> {
    let share = input.generator_cpu_share;
    let state = match grade(share, CPU_SUSPECT, CPU_INVALID)? {
        ValidityState::Suspect if input.is_open_loop => return None,
        // When both sides are full, nobody can say which of them sets the pace.
        ValidityState::Invalid if input.is_open_loop || input.target_is_saturated() => ValidityState::Suspect,
        state => state,
    };
    let detail = format!(
        "load threads were busy {} of the time ({} threads), so the generator and not the target may set the \
         pace; add `--threads`, use more machines, or give a rate",
        format_share(share),
        input.threads,
    );
    reason("generator_saturated", state, detail)
}

/// Asked against achieved rate, and arrivals that were never started.
pub(super) fn rate_not_reached(input: &ValidityInput) -> Option<Reason> {
    let asked = input.asked_rate_per_s.filter(|asked| *asked > 0.0)?;
    let missing = (1.0 - input.achieved_rate_per_s / asked).max(0.0);
    let never = input.not_started as f64 / (input.requests + input.not_started) as f64;
    let missed = missing.max(never);
    let graded = grade(missed, RATE_MISSED_SUSPECT, RATE_MISSED_INVALID)?;
    let figures = format!(
        "asked {}, sent {}, {} arrivals never started",
        format_rate(asked),
        format_rate(input.achieved_rate_per_s),
        format_count(input.not_started),
    );
    if input.waited_for_target() {
        let detail = format!(
            "{figures}: all {} allowed requests were in flight, so the target was slower than the asked rate; \
             this is a finding about the target, or raise the in-flight limit (`-c`)",
            format_count(u64::from(input.in_flight_limit)),
        );
        return reason("target_slower_than_asked", ValidityState::Valid, detail);
    }
    let detail = format!(
        "{figures}, although requests in flight were below their limit: the generator was too slow; lower the \
         rate, add `--threads`, or give the generator quiet cores"
    );
    reason("rate_not_reached", graded, detail)
}

/// Waiting for the in-flight limit, as a note about the target.
pub(super) fn in_flight_limit_reached(input: &ValidityInput) -> Option<Reason> {
    if !input.is_open_loop || !input.waited_for_target() {
        return None;
    }
    let detail = format!(
        "arrivals waited for a connection to be free or to open (at most {} requests in flight): {} of the response \
         time, lateness p99 {}; this is the target or the limit, not the generator; with a higher limit (`-c`) its \
         queue shows instead",
        format_count(u64::from(input.in_flight_limit)),
        format_share(input.busy_share),
        format_ns(input.lateness_p99_ns),
    );
    reason("in_flight_limit_reached", ValidityState::Valid, detail)
}
