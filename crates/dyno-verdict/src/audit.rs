//! Does the target's ledger confirm our record of a run? Two accounts in, the comparison out.
//!
//! The record counts the measured time, the ledger everything with the run's tag; where they can be made equal, they
//! are compared exactly, else with a stated allowance. Called by the binary after a run with `--audit`.

use dyno_model::{AuditCheck, AuditRecord, AuditState, IntervalRecord, Ledger, RunRecord, units};

/// Share by which means and rates may differ when they are not over the same requests.
const MEAN_ALLOWANCE: f64 = 0.05;
/// What histograms of both sides may add to a quantile.
const QUANTILE_ALLOWANCE: f64 = 0.02;
/// What reading a clock may add to a time.
const CLOCK_ALLOWANCE_NS: f64 = 20_000.0;
/// By how much the coefficients of variation of the gaps may differ when nothing waits on the way.
const GAP_CV_ALLOWANCE: f64 = 0.5;
/// Framing of a chunk, at most, as a share of what it frames.
const FRAMING_SHARE: f64 = 0.02;
/// Framing of an answer in chunks, per answer, in bytes.
const FRAMING_BYTES: f64 = 64.0;

/// What is compared.
#[derive(Debug, Clone, Copy)]
pub struct AuditInput<'a> {
    /// Our record, whole.
    pub record: &'a RunRecord,
    /// The target's account.
    pub ledger: &'a Ledger,
    /// Whether one operation may have sent several requests, as redirects make it.
    pub has_hidden_requests: bool,
    /// Whether load went on after the measured time.
    pub has_cooldown: bool,
}

/// Compares our record with the target's ledger.
#[must_use]
pub fn audit(input: AuditInput<'_>) -> AuditRecord {
    let evidence = Evidence::of(input);
    let rules: [fn(&Evidence<'_>) -> Option<AuditCheck>; 8] =
        [requests, statuses, bytes_sent, bytes_received, connections, rate, gaps, service_time];
    let checks: Vec<AuditCheck> = rules.iter().filter_map(|rule| rule(&evidence)).collect();
    let agrees = checks.iter().all(|check| check.agrees);
    let state = if agrees { AuditState::Agrees } else { AuditState::Differs };
    AuditRecord { state, ledger: input.ledger.clone(), checks }
}

/// Both accounts, with our sums over the whole run.
struct Evidence<'a> {
    record: &'a RunRecord,
    ledger: &'a Ledger,
    has_hidden_requests: bool,
    has_cooldown: bool,
    /// Operations of all phases.
    requests: u64,
    /// Failures of all phases: they may have reached the target or not.
    failed: u64,
}

impl<'a> Evidence<'a> {
    fn of(input: AuditInput<'a>) -> Self {
        let sum = |count: fn(&IntervalRecord) -> u64| input.record.intervals.iter().map(count).sum();
        Self {
            record: input.record,
            ledger: input.ledger,
            has_hidden_requests: input.has_hidden_requests,
            has_cooldown: input.has_cooldown,
            requests: sum(|interval| interval.requests),
            failed: sum(|interval| interval.failed),
        }
    }

    /// Whether record and ledger are about the same requests, one to one.
    fn is_exact(&self) -> bool {
        self.record.load.warmup_requests == 0 && self.failed == 0 && !self.has_hidden_requests
    }
}

fn check(what: &str, agrees: bool, detail: String) -> Option<AuditCheck> {
    Some(AuditCheck { what: what.to_owned(), agrees, detail })
}

/// Everything that was sent arrived, once. A failure may have happened before anything was sent.
fn requests(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let (own, failed, target) = (evidence.requests, evidence.failed, evidence.ledger.requests);
    let most = if evidence.has_hidden_requests { u64::MAX } else { own };
    let agrees = (own - failed..=most).contains(&target);
    let mut detail = format!("{own} were sent, {target} arrived");
    if failed > 0 {
        detail.push_str(&format!("; {failed} failed, and may have arrived or not"));
    }
    if evidence.has_hidden_requests {
        detail.push_str("; redirects count as requests of their own only there");
    }
    check("requests", agrees, detail)
}

/// No status was seen more often here than it was given there; without a warm-up, exactly as often.
fn statuses(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let (own, target) = (&evidence.record.totals.status_codes, &evidence.ledger.status_codes);
    let given = |status: &String| target.get(status).copied().unwrap_or(0);
    let agrees = if evidence.is_exact() {
        own == target
    } else {
        own.iter().all(|(status, count)| *count <= given(status))
    };
    let words = |counts: &std::collections::BTreeMap<String, u64>| {
        let words: Vec<String> = counts.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    };
    let scope = if evidence.is_exact() { "seen" } else { "seen in the measured time" };
    check("status_codes", agrees, format!("{scope} {}, given {}", words(own), words(target)))
}

/// Bytes of requests: equal, or of equal size when a warm-up is not in the record.
fn bytes_sent(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let totals = &evidence.record.totals;
    let (own, target) = (totals.bytes_sent, evidence.ledger.bytes_received);
    if totals.requests == 0 || evidence.ledger.requests == 0 {
        return None;
    }
    if evidence.is_exact() {
        return check("bytes_sent", own == target, format!("{own} were sent, {target} arrived"));
    }
    let own = own as f64 / totals.requests as f64;
    let target = target as f64 / evidence.ledger.requests as f64;
    let agrees = (own / target - 1.0).abs() <= MEAN_ALLOWANCE || evidence.has_hidden_requests;
    check("bytes_sent", agrees, format!("{own:.1} per request were sent, {target:.1} arrived (within 5 %)"))
}

/// Bytes of answers: what arrived is what was sent, and perhaps the framing of chunks.
fn bytes_received(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let totals = &evidence.record.totals;
    let answered = totals.ok + totals.rejected;
    if answered == 0 || evidence.ledger.answered == 0 || evidence.has_hidden_requests {
        return None;
    }
    let own = totals.bytes_received as f64 / answered as f64;
    let target = evidence.ledger.bytes_sent as f64 / evidence.ledger.answered as f64;
    let most = target * (1.0 + FRAMING_SHARE) + FRAMING_BYTES;
    let slack = if evidence.is_exact() { 0.0 } else { MEAN_ALLOWANCE };
    let agrees = own >= target * (1.0 - slack) && own <= most * (1.0 + slack);
    let detail = format!("{own:.1} per answer arrived, {target:.1} were sent without framing of chunks");
    check("bytes_received", agrees, detail)
}

/// A connection that brought a request was opened here; some that were opened may not have been needed.
fn connections(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let (own, target) = (evidence.record.totals.connections, evidence.ledger.connections);
    if own == 0 {
        return None;
    }
    let unused_max = u64::from(evidence.record.load.in_flight_limit) + evidence.failed;
    let agrees = target <= own && own - target <= unused_max;
    check("connections", agrees, format!("{own} were opened, {target} brought a request"))
}

/// The mean rate over the run, from its first arrival to its last.
fn rate(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let (record, ledger) = (evidence.record, evidence.ledger);
    let own_s = (record.load.measure_start_ns + record.totals.elapsed_ns) as f64 / 1e9;
    let target_s = ledger.last_arrival_ns.saturating_sub(ledger.first_arrival_ns) as f64 / 1e9;
    // Shorter stretches say more about their borders than about the rate.
    if evidence.has_cooldown || evidence.has_hidden_requests || own_s < 1.0 || ledger.requests < 100 {
        return None;
    }
    let own = evidence.requests as f64 / own_s;
    let target = (ledger.requests - 1) as f64 / target_s.max(1e-9);
    // Here the stretch ends with the last answer and begins before the first connection.
    let borders_ns =
        record.times.service_time_ns.max + record.connect_ns.as_ref().map_or(0, |times| times.p99);
    let allowance = MEAN_ALLOWANCE + borders_ns as f64 / 1e9 / own_s;
    let agrees = (own / target - 1.0).abs() <= allowance;
    let detail = format!(
        "{} were sent, {} arrived (within {})",
        units::format_rate(own),
        units::format_rate(target),
        units::format_share(allowance)
    );
    check("rate", agrees, detail)
}

/// The spacing of an open loop, as it left here and as it arrived.
fn gaps(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let (own, gaps) = (evidence.record.load.gap_cv?, &evidence.ledger.gaps_ns);
    if evidence.record.load.model != "open" || gaps.count < 100 || gaps.mean <= 0.0 {
        return None;
    }
    let target = gaps.deviation / gaps.mean;
    // What waits on its way, be it to be sent or to be read, arrives together with what came after it.
    let times = &evidence.record.times;
    let on_the_way_ns = times.service_time_ns.p99.saturating_sub(evidence.ledger.service_time_ns.p99);
    let moved_ns = on_the_way_ns + evidence.record.load.generator_lateness_p99_ns;
    let allowance = GAP_CV_ALLOWANCE + moved_ns as f64 / gaps.mean;
    let agrees = (own - target).abs() <= allowance;
    let detail = format!(
        "the gaps vary by {own:.2} of their mean as sent, by {target:.2} as arrived (within {allowance:.2})"
    );
    check("gaps", agrees, detail)
}

/// A request cannot have been served longer there than it took here.
fn service_time(evidence: &Evidence<'_>) -> Option<AuditCheck> {
    let (own, target) = (&evidence.record.times.service_time_ns, &evidence.ledger.service_time_ns);
    let totals = &evidence.record.totals;
    // Times here are those of successes, times there of all.
    if own.count == 0 || totals.ok < totals.requests || evidence.failed > 0 || evidence.has_hidden_requests {
        return None;
    }
    let fits = |own: u64, target: u64, allowance: f64| {
        target as f64 <= own as f64 * (1.0 + allowance) + CLOCK_ALLOWANCE_NS
    };
    let agrees = if evidence.is_exact() {
        fits(own.p50, target.p50, QUANTILE_ALLOWANCE) && fits(own.p99, target.p99, QUANTILE_ALLOWANCE)
    } else {
        fits(own.p50, target.p50, MEAN_ALLOWANCE)
    };
    let detail = format!(
        "p50 {} here, {} there; p99 {} here, {} there",
        units::format_ns(own.p50),
        units::format_ns(target.p50),
        units::format_ns(own.p99),
        units::format_ns(target.p99)
    );
    check("service_time", agrees, detail)
}

#[cfg(test)]
mod tests;
