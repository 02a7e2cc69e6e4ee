//! The summary for a terminal: verdict and validity first, then the numbers, at most a screenful.
//!
//! Pastes into a mail or an issue as it is: colour only repeats what the words say.
//! Called at the end of `dyno run` and by `dyno runs show`.

use dyno_model::{RunRecord, ValidityState, VerdictState, units};

use crate::escape::{clip, line};
use crate::words;

pub(crate) mod layout;
mod times;

use layout::{Page, Tone};

/// How the summary is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
    /// Columns of the terminal; 70 to 100 are used.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { colour: false, width: 100 }
    }
}

/// Rows of one block: more are counted in a last line, so that a run with many operations stays readable.
const ROWS_MAX: usize = 8;

/// The summary, with a line end after each line.
#[must_use]
pub fn summary(record: &RunRecord, style: Style) -> String {
    let mut page = Page::new(style);
    push_head(&mut page, record);
    push_thresholds(&mut page, record);
    push_validity(&mut page, record);
    push_audit(&mut page, record);
    page.blank();
    push_load(&mut page, record);
    push_outcome(&mut page, record);
    push_resources(&mut page, record);
    page.blank();
    times::push_table(&mut page, record);
    times::push_connections(&mut page, record);
    times::push_spark_line(&mut page, record);
    push_specimens(&mut page, record);
    page.finish()
}

fn push_head(page: &mut Page, record: &RunRecord) {
    let verdict = words::verdict(record.verdict.state);
    let tone = match record.verdict.state {
        VerdictState::Pass => Tone::Good,
        VerdictState::Fail => Tone::Bad,
        VerdictState::Inconclusive | VerdictState::Incomparable => Tone::Doubtful,
        VerdictState::None => Tone::Strong,
    };
    let validity = words::validity(record.validity.state);
    let mut meaning = words::verdict_meaning(record);
    if let Some(how) = words::ending(record.state) {
        meaning = format!("{meaning} The run is {how}.");
    }
    let head = [page.toned(tone, verdict), page.toned(validity_tone(record.validity.state), validity)];
    page.line(&format!("{}, {}  {meaning}", head[0], head[1]));
    let title = format!("{}  {}", line(&record.name), line(&record.target));
    page.wrapped("run", &format!("{}  {}", clip(&title, 160), line(&record.started_at)));
}

fn validity_tone(state: ValidityState) -> Tone {
    match state {
        ValidityState::Valid => Tone::Good,
        ValidityState::Suspect => Tone::Doubtful,
        ValidityState::Invalid => Tone::Bad,
    }
}

fn push_thresholds(page: &mut Page, record: &RunRecord) {
    let mut checks: Vec<_> = record.verdict.checks.iter().collect();
    checks.sort_by_key(|check| check.ok);
    for check in checks.iter().take(ROWS_MAX) {
        let (tone, word) = if check.ok { (Tone::Good, "ok") } else { (Tone::Bad, "FAILED") };
        let text = format!("{}: {}", line(&check.threshold), line(&check.detail));
        page.labelled(tone, word, &clip(&text, 240));
    }
    page.rest(checks.len(), ROWS_MAX, "thresholds");
}

fn push_validity(page: &mut Page, record: &RunRecord) {
    let mut reasons: Vec<_> = record.validity.reasons.iter().collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.state));
    for reason in reasons.iter().take(ROWS_MAX) {
        let (tone, word) = match reason.state {
            ValidityState::Valid => (Tone::Plain, "note"),
            state => (validity_tone(state), words::validity(state)),
        };
        page.labelled(tone, word, &clip(&format!("{}: {}", line(&reason.code), line(&reason.detail)), 400));
    }
    page.rest(reasons.len(), ROWS_MAX, "reasons");
}

/// Record and ledger side by side, when the ledger was asked.
fn push_audit(page: &mut Page, record: &RunRecord) {
    let Some(audit) = &record.audit else { return };
    let mut checks: Vec<_> = audit.checks.iter().collect();
    checks.sort_by_key(|check| check.agrees);
    for check in checks {
        let (tone, word) = if check.agrees { (Tone::Good, "agrees") } else { (Tone::Bad, "DIFFERS") };
        page.labelled(tone, word, &clip(&format!("{}: {}", line(&check.what), line(&check.detail)), 240));
    }
}

fn push_load(page: &mut Page, record: &RunRecord) {
    let (load, totals) = (&record.load, &record.totals);
    let achieved = units::format_rate(load.achieved_rate_per_s);
    let rate = match load.asked_rate_per_s {
        Some(asked) => format!("asked {}, achieved {achieved}", units::format_rate(asked)),
        None => format!("achieved {achieved}"),
    };
    let mut text = format!(
        "{rate}, {} loop with at most {} in flight, {} measured",
        line(&load.model),
        units::format_count(u64::from(load.in_flight_limit)),
        units::format_ns(totals.elapsed_ns),
    );
    if load.not_started > 0 {
        text.push_str(&format!(", {} never started", units::format_count(load.not_started)));
    }
    if load.in_flight_at_end > 0 {
        text.push_str(&format!(", {} in flight at the end", units::format_count(load.in_flight_at_end)));
    }
    page.wrapped("load", &text);
}

fn push_outcome(page: &mut Page, record: &RunRecord) {
    let totals = &record.totals;
    let count = units::format_count;
    let mut text = format!("{} requests: {} ok", count(totals.requests), count(totals.ok));
    for (name, part) in [("rejected", totals.rejected), ("failed", totals.failed)] {
        text.push_str(&format!(", {} {name}", count(part)));
        if part > 0 {
            text.push_str(&format!(" ({})", words::share(part, totals.requests)));
        }
    }
    let kinds: Vec<String> =
        totals.errors_by_kind.iter().map(|(kind, n)| format!("{} {}", line(kind), count(*n))).collect();
    if !kinds.is_empty() {
        text.push_str(&format!("; {}", kinds.join(", ")));
    }
    page.wrapped("outcome", &clip(&text, 400));
    let codes: Vec<String> = totals
        .status_codes
        .iter()
        .take(ROWS_MAX)
        .map(|(code, n)| format!("{} × {}", line(code), count(*n)))
        .collect();
    if !codes.is_empty() {
        page.wrapped("status", &codes.join(", "));
    }
    page.wrapped(
        "bytes",
        &format!(
            "{} sent, {} received over {} connection{}",
            units::format_size(totals.bytes_sent),
            units::format_size(totals.bytes_received),
            count(totals.connections),
            if totals.connections == 1 { "" } else { "s" },
        ),
    );
}

fn push_resources(page: &mut Page, record: &RunRecord) {
    let generator = &record.generator;
    let threads = if generator.threads == 1 {
        "1 load thread".to_owned()
    } else {
        format!("{} load threads", generator.threads)
    };
    let mut text = format!(
        "CPU {} of {threads} (user {:.1} s, kernel {:.1} s), {} requests per CPU-second, {} memory",
        units::format_share(generator.cpu_share),
        generator.cpu_user_s,
        generator.cpu_system_s,
        units::format_count(generator.requests_per_cpu_s.round() as u64),
        units::format_size(generator.rss_peak_bytes),
    );
    if record.load.generator_lateness_p99_ns > 0 {
        let lateness = units::format_ns(record.load.generator_lateness_p99_ns);
        text.push_str(&format!(", its own lateness p99 {lateness}"));
    }
    page.wrapped("generator", &text);
    if let Some(target) = &record.target_resources {
        page.wrapped(
            "target",
            &format!(
                "user {:.1} s, kernel {:.1} s, {} requests per CPU-second, {} memory",
                target.summary.cpu_user_s,
                target.summary.cpu_system_s,
                units::format_count(target.requests_per_cpu_s.round() as u64),
                units::format_size(target.summary.rss_peak_bytes),
            ),
        );
    }
}

/// The first of each kind; the others of a kind say the same more often than not.
fn push_specimens(page: &mut Page, record: &RunRecord) {
    let mut kinds: Vec<&str> = Vec::new();
    for specimen in &record.specimens {
        if kinds.contains(&specimen.kind.as_str()) || kinds.len() == ROWS_MAX {
            continue;
        }
        kinds.push(&specimen.kind);
        let text = format!(
            "{}, first at {} in {}: {}",
            line(&specimen.kind),
            units::format_ns(specimen.at_ns),
            line(&specimen.operation),
            line(&specimen.message),
        );
        page.labelled(Tone::Bad, "failure", &clip(&text, 240));
    }
}

#[cfg(test)]
mod tests;
