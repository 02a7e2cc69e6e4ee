//! The rows of a contest, as words: shared by the terminal and Markdown.

use dyno_model::{
    ClientEntry, ClientState, ClientsRecord, CountedBy, Estimate, ValidityState, WireTls, units,
};

/// Titles of the columns.
pub(crate) const TITLES: [&str; 9] =
    ["client", "CPU s/1,000", "above floor", "against reference", "", "ok rate", "p50", "p99", "memory"];

/// Lines of a broken client's stderr.
pub(crate) const STDERR_LINES: usize = 6;

/// Whether the numbers of this contest may be read as a ranking.
pub(crate) fn is_ranking(record: &ClientsRecord) -> bool {
    record.validity.state == ValidityState::Valid
}

/// Entries with figures, cheapest first; then those that are not ranked.
pub(crate) fn measured(record: &ClientsRecord) -> Vec<&ClientEntry> {
    let cpu =
        |entry: &ClientEntry| entry.figures.as_ref().map_or(f64::MAX, |figures| figures.cpu_s_per_1000.value);
    let mut entries: Vec<&ClientEntry> =
        record.entries.iter().filter(|entry| entry.figures.is_some()).collect();
    entries.sort_by(|a, b| {
        let is_last = |entry: &ClientEntry| entry.state != ClientState::Ranked;
        is_last(a).cmp(&is_last(b)).then(cpu(a).total_cmp(&cpu(b)))
    });
    entries
}

/// Entries that are not in the ranking, with the reason.
pub(crate) fn left_out(record: &ClientsRecord) -> Vec<(&ClientEntry, &'static str)> {
    let word = |state| match state {
        ClientState::Ranked => None,
        ClientState::Unranked => Some("not ranked"),
        ClientState::Skipped => Some("skipped"),
        ClientState::NotInstalled => Some("not installed"),
        ClientState::Broken => Some("broken"),
    };
    record.entries.iter().filter_map(|entry| Some((entry, word(entry.state)?))).collect()
}

/// What the audit has to say of a client: what the target saw, and where its own account does not hold.
pub(crate) fn findings(entry: &ClientEntry) -> Vec<&str> {
    let seen = entry.wire.iter().flat_map(|wire| &wire.findings);
    let note = Some(&entry.wire_note).filter(|note| entry.wire.is_none() && !note.is_empty());
    seen.chain(note).chain(&entry.account).map(String::as_str).collect()
}

/// The cells of one entry.
pub(crate) fn cells(record: &ClientsRecord, entry: &ClientEntry) -> Vec<String> {
    let Some(figures) = &entry.figures else { return Vec::new() };
    let (against, word) = against(record, entry);
    vec![
        entry.label.clone(),
        cpu(figures.cpu_s_per_1000.value),
        figures.cpu_s_per_1000_above_floor.map_or_else(|| "–".to_owned(), cpu),
        against,
        word.to_owned(),
        units::format_rate(figures.throughput_per_s.value),
        units::format_ns(figures.service_time_ns.p50),
        units::format_ns(figures.service_time_ns.p99),
        figures.rss_peak_bytes.map_or_else(|| "–".to_owned(), units::format_size),
    ]
}

/// The ratio to the reference, and what is said of it.
pub(crate) fn against(record: &ClientsRecord, entry: &ClientEntry) -> (String, &'static str) {
    match &entry.verdict {
        _ if entry.label == record.reference => ("reference".to_owned(), ""),
        Some(verdict) => (ratio(&verdict.cpu_ratio), verdict.word.text()),
        None => ("–".to_owned(), "not ranked"),
    }
}

/// Whether numbers are a ranking, in a word.
pub(crate) fn validity(state: ValidityState) -> &'static str {
    match state {
        ValidityState::Valid => "ranking",
        ValidityState::Suspect => "not a ranking",
        ValidityState::Invalid => "invalid",
    }
}

/// `1.70 ×`.
pub(crate) fn times(ratio: f64) -> String {
    format!("{ratio:.2} ×")
}

pub(crate) fn cpu(seconds: f64) -> String {
    format!("{seconds:.4}")
}

/// `1.70 × (1.66–1.75)`.
fn ratio(estimate: &Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{:.2} × ({low:.2}–{high:.2})", estimate.value),
        _ => format!("{:.2} ×", estimate.value),
    }
}

/// What was asked, in one line.
pub(crate) fn case(record: &ClientsRecord) -> String {
    let case = &record.case;
    let asked = if case.url.is_empty() {
        "calls of functions that take no URL".to_owned()
    } else {
        format!("{} {}", case.method, case.url)
    };
    let mut parts = vec![asked, format!("profile {}", case.profile)];
    parts.push(match case.lanes {
        1 => "1 lane".to_owned(),
        lanes => format!("{lanes} lanes"),
    });
    if case.body_bytes > 0 {
        parts.push(format!("body of {}", units::format_size(case.body_bytes)));
    }
    parts.extend(case.http.as_ref().map(|version| format!("HTTP/{version}")));
    if case.tls {
        parts.push("TLS".to_owned());
    }
    if !case.expected.is_empty() {
        parts.push(format!("status {} expected", case.expected.join(" or ")));
    }
    parts.extend(case.rate_per_s.map(|rate| format!("{} asked", units::format_rate(rate))));
    if case.keep_alive == Some(false) {
        parts.push("without keep-alive".to_owned());
    }
    parts.join(", ")
}

/// How it was played, in one line.
pub(crate) fn method(record: &ClientsRecord) -> String {
    format!(
        "{} blocks of {} per client in balanced random order, seed {}; CPU is {}, per 1,000 successes",
        record.blocks,
        units::format_ns(record.segment_ns),
        record.seed,
        match record.counted_by {
            CountedBy::Host => "what the host counted of the client's processes",
            CountedBy::Worker => "by the client's own word, of its process",
        }
    )
}

/// What the reference against itself came to.
pub(crate) fn control(record: &ClientsRecord) -> Option<String> {
    let control = record.control.as_ref()?;
    Some(format!(
        "{} against itself: {}, {}",
        record.reference,
        ratio(&control.cpu_ratio),
        control.word.text()
    ))
}

/// Client and what a request took besides time, for those whose runtime tells: allocations, chunks of a streamed body.
pub(super) fn per_request(record: &ClientsRecord) -> Vec<(String, String)> {
    let told = |entry: &ClientEntry| {
        let figures = entry.figures.as_ref()?;
        let allocations = figures.allocations_per_request.map(|count| format!("{count:.1} allocations"));
        let chunks = figures.chunks_per_request.map(|count| format!("{count:.1} chunks"));
        let words: Vec<String> = allocations.into_iter().chain(chunks).collect();
        (!words.is_empty()).then(|| (entry.label.clone(), words.join(", ")))
    };
    record.entries.iter().filter_map(told).collect()
}

/// What the column *above floor* is above.
pub(crate) fn floor(record: &ClientsRecord) -> Option<String> {
    record.floor.as_ref().map(|label| format!("{label}, the cheapest way of asking that was played"))
}

/// Client and what was seen of its connections over TLS, for those of whom anything is known.
pub(super) fn tls(record: &ClientsRecord) -> Vec<(String, String)> {
    let habit = |entry: &ClientEntry| {
        let tls = entry.wire.as_ref()?.tls.as_ref()?;
        Some((entry.label.clone(), tls_habit(tls)))
    };
    record.entries.iter().filter_map(habit).collect()
}

/// `resumes 9 of 10 sessions, TLSv1.3, ALPN h2`.
pub(super) fn tls_habit(tls: &WireTls) -> String {
    let resumes = match tls.resumed {
        0 => format!("resumes none of {} sessions", tls.handshakes),
        resumed => format!("resumes {resumed} of {} sessions", tls.handshakes),
    };
    format!("{resumes}, {}, ALPN {}", tls.versions.join(" and "), tls.alpn.join(" and "))
}
