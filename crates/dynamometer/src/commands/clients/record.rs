//! The record of a contest of clients: its case, its validity, its secrets hidden.

use std::time::SystemTime;

use dyno_clients::{Contest, Outcome, Segment, blocks_least};
use dyno_model::{
    CLIENTS_SCHEMA, ClientCase, ClientEntry, ClientFigures, ClientMethod, ClientPlayed, ClientSegment,
    ClientState, ClientWord, ClientsRecord, CountedBy, Reason, Redactor, Validity, ValidityState,
};
use url::Url;

use super::cases::Case;
use super::target::NOBODY;
use crate::args::clients::ClientsCompareArgs;
use crate::commands::arguments;
use crate::play::reproduce;

/// Fewer cores than this cannot keep client and target apart and leave one for the rest of the system.
const CORES_LEAST: u32 = 3;

/// The record of a contest of which nothing has been played.
pub(super) fn empty(args: &ClientsCompareArgs, reference: &str, blocks: u32, target: &str) -> ClientsRecord {
    ClientsRecord {
        schema: CLIENTS_SCHEMA.to_owned(),
        id: dyno_store::new_run_id(SystemTime::now()),
        name: args.name.clone(),
        tags: Vec::new(),
        at: jiff::Timestamp::now().to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.to_owned(),
        case: ClientCase::default(),
        seed: args.played.seed,
        blocks,
        segment_ns: 0,
        reference: reference.to_owned(),
        floor: None,
        control: None,
        entries: Vec::new(),
        cases: Vec::new(),
        methods: Vec::new(),
        left_out: Vec::new(),
        counted_by: CountedBy::default(),
        environment: dyno_host::fingerprint(),
        validity: Validity { state: ValidityState::Valid, reasons: Vec::new() },
        reproduce: reproduce::command_line(&arguments()),
    }
}

/// One case that was played.
pub(super) fn played(
    args: &ClientsCompareArgs,
    case: &Case,
    contest: &Contest,
    outcome: Outcome,
    is_local: bool,
) -> ClientPlayed {
    let (asked, setup) = (&args.asked, &contest.setup);
    let request = &setup.requests[0];
    ClientPlayed {
        name: case.name.clone(),
        validity: validity(&outcome, contest, is_local),
        case: ClientCase {
            profile: format!("{:?}", setup.profile).to_lowercase(),
            method: request.method.clone(),
            url: if request.url == NOBODY { String::new() } else { without_credentials(&request.url) },
            fields: request.headers.iter().map(|(name, _)| name.clone()).collect(),
            body_bytes: super::asked::body(asked, case).len() as u64,
            lanes: case.lanes,
            rate_per_s: args.played.rate,
            http: case.http.clone(),
            timeout_ms: setup.timeout_ms,
            retries: asked.retries,
            keep_alive: asked.disable_keepalive.then_some(false),
            download_bytes: case.download,
            tls: case.is_tls,
            operation: case.call.as_ref().map(|call| call.name.clone()),
            expected: contest.expected.texts().to_vec(),
            delay_ns: setup.delay_ns,
            redirects: asked.redirects,
        },
        segment_ns: match contest.segment {
            Segment::Time(time) => u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
            Segment::Count(_) => mean_segment_ns(&outcome),
        },
        floor: outcome.floor,
        control: outcome.control,
        counted_by: outcome.counted_by,
        entries: outcome.entries,
    }
}

/// Completes the record when all cases are played, or those that could be. That of one case has no list of cases.
pub(super) fn complete(mut record: ClientsRecord, asked_for: usize) -> ClientsRecord {
    let reached = record.cases.len();
    if let [_] = record.cases.as_slice()
        && asked_for == 1
    {
        let left_out = std::mem::take(&mut record.left_out);
        return ClientsRecord { left_out, ..record.by_case().remove(0) };
    }
    record.methods = methods(&record);
    if record.cases.iter().all(|played| played.counted_by == CountedBy::Host) && reached > 0 {
        record.counted_by = CountedBy::Host;
    }
    if let Some(first) = record.cases.first() {
        record.case = first.case.clone();
        record.segment_ns = first.segment_ns;
    }
    for played in &record.cases {
        for reason in &played.validity.reasons {
            if !record.validity.reasons.contains(reason) {
                record.validity.reasons.push(reason.clone());
            }
        }
    }
    if reached < asked_for {
        let detail = format!("{reached} of {asked_for} cases were played");
        let state = ValidityState::Suspect;
        record.validity.reasons.push(Reason { code: "interrupted".to_owned(), state, detail });
    }
    record.validity.state =
        record.validity.reasons.iter().map(|reason| reason.state).max().unwrap_or(ValidityState::Valid);
    record
}

/// What the operations of each method came to; nothing when no operations were played.
fn methods(record: &ClientsRecord) -> Vec<ClientMethod> {
    let mut methods: Vec<&str> = Vec::new();
    for played in record.cases.iter().filter(|played| played.case.operation.is_some()) {
        if !methods.contains(&played.case.method.as_str()) {
            methods.push(&played.case.method);
        }
    }
    let labels: Vec<&str> = record
        .cases
        .first()
        .map_or_else(Vec::new, |played| played.entries.iter().map(|entry| entry.label.as_str()).collect());
    let all = methods.iter().flat_map(|method| labels.iter().map(move |label| (*method, *label)));
    all.map(|(method, label)| of_method(record, method, label)).collect()
}

fn of_method(record: &ClientsRecord, method: &str, label: &str) -> ClientMethod {
    let played = record.cases.iter().filter(|played| played.case.method == method);
    let (mut cases, mut errors, mut counted) = (0, 0, Vec::new());
    for played in played {
        let entry = |label: &str| played.entries.iter().find(|entry| entry.label == label);
        let Some(mine) = entry(label) else { continue };
        cases += 1;
        errors +=
            mine.segments.iter().map(|part| part.rejected + part.failed.values().sum::<u64>()).sum::<u64>();
        let ranked = |entry: &ClientEntry| {
            entry.figures.as_ref().filter(|_| entry.state == ClientState::Ranked).cloned()
        };
        if let Some((mine, reference)) = ranked(mine).zip(entry(&record.reference).and_then(ranked)) {
            counted.push((mine, reference.cpu_s_per_1000.value));
        }
    }
    let of = |value: &dyn Fn(&(ClientFigures, f64)) -> f64| geometric_mean(counted.iter().map(value));
    ClientMethod {
        method: method.to_owned(),
        label: label.to_owned(),
        cases,
        ranked: counted.len() as u64,
        cpu_s_per_1000: of(&|(mine, _)| mine.cpu_s_per_1000.value),
        cpu_ratio: of(&|(mine, reference)| mine.cpu_s_per_1000.value / reference),
        throughput_per_s: of(&|(mine, _)| mine.throughput_per_s.value),
        errors,
    }
}

/// `None` without values, or when one of them is not above zero, as CPU too small to be measured is.
fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let logarithms: Vec<f64> = values.map(f64::ln).collect();
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    mean.is_finite().then(|| mean.exp())
}

fn mean_segment_ns(outcome: &Outcome) -> u64 {
    let walls: Vec<u64> =
        outcome.entries.iter().flat_map(|entry| &entry.segments).map(|segment| segment.wall_ns).collect();
    walls.iter().sum::<u64>() / (walls.len() as u64).max(1)
}

fn without_credentials(url: &str) -> String {
    match Url::parse(url) {
        Ok(mut url) => {
            // Refused for URLs that cannot have any.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

/// Whether the numbers are a ranking, and why not.
fn validity(outcome: &Outcome, contest: &Contest, is_local: bool) -> Validity {
    let (reference, blocks) = (&contest.entrants[contest.reference].label, contest.blocks);
    let mut reasons = Vec::new();
    let mut note = |code: &str, state: ValidityState, detail: String| {
        reasons.push(Reason { code: code.to_owned(), state, detail });
    };
    let cores = dyno_host::usable_cores();
    if is_local && cores < CORES_LEAST {
        let detail = format!(
            "client and target share {cores} cores: compare the CPU that clients use, not how fast they are; a \
             ranking needs {CORES_LEAST} cores or a target elsewhere"
        );
        note("cores_shared", ValidityState::Suspect, detail);
    }
    if let Some(control) =
        outcome.control.as_ref().filter(|control| control.word != ClientWord::NoDifferenceShown)
    {
        let detail = format!(
            "{reference} against itself is said to be {}: the differences of this contest cannot be trusted",
            control.word.text()
        );
        note("control_differs", ValidityState::Invalid, detail);
    }
    let is_played =
        outcome.entries.iter().any(|entry| entry.label == *reference && entry.state == ClientState::Ranked);
    if !is_played {
        let detail = format!("the reference {reference} was not measured{}", advice(outcome, reference));
        note("no_reference", ValidityState::Invalid, detail);
    } else if outcome.control.is_none() {
        let detail =
            format!("{reference} was not measured a second time, so nothing says that equals come out equal");
        note("no_control", ValidityState::Suspect, detail);
    }
    let compared = outcome.entries.iter().filter(|entry| entry.verdict.is_some()).count();
    let needed = blocks_least(compared);
    if compared > 0 && blocks < needed {
        let (blocks, clients) = (counted(u64::from(blocks), "block"), counted(compared as u64, "client"));
        let detail = format!("{blocks} cannot show much among {clients}; play {needed} or more");
        note("few_blocks", ValidityState::Suspect, detail);
    }
    if contest.lanes_take_turns {
        let detail = format!(
            "{} lanes of all clients cannot be open at once: each opened them for its own segments, by requests that are \
             not counted",
            contest.setup.lanes
        );
        note("lanes_take_turns", ValidityState::Valid, detail);
    }
    if outcome.was_stopped {
        note("interrupted", ValidityState::Suspect, "the contest was stopped before its end".to_owned());
    }
    let state = reasons.iter().map(|reason| reason.state).max().unwrap_or(ValidityState::Valid);
    Validity { state, reasons }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What to do about a reference of which every request failed over TLS; empty otherwise.
fn advice(outcome: &Outcome, reference: &str) -> &'static str {
    let of_reference = outcome.entries.iter().filter(|entry| entry.label == reference);
    let mut segments = of_reference.flat_map(|entry| &entry.segments).peekable();
    let is_untrusted = |segment: &ClientSegment| {
        segment.ok + segment.rejected == 0 && segment.failed.keys().all(|kind| kind == "tls")
    };
    if segments.peek().is_some() && segments.all(is_untrusted) {
        ", since it does not trust the certificate; name its authority by `--cacert FILE`, or accept any by `-k`"
    } else {
        ""
    }
}

/// Hides every secret in what workers said and what people wrote.
pub(super) fn redact(record: &mut ClientsRecord, redactor: &Redactor) {
    let hide = |text: &mut String| *text = redactor.redact(text);
    hide(&mut record.name);
    hide(&mut record.target);
    hide(&mut record.case.url);
    hide(&mut record.reproduce);
    record.left_out.iter_mut().for_each(|left| hide(&mut left.reason));
}

/// The same for one case.
pub(super) fn redact_played(played: &mut ClientPlayed, redactor: &Redactor) {
    let hide = |text: &mut String| *text = redactor.redact(text);
    hide(&mut played.case.url);
    for entry in &mut played.entries {
        hide(&mut entry.detail);
        hide(&mut entry.stderr);
        entry.account.iter_mut().for_each(&hide);
        entry.segments.iter_mut().flat_map(|segment| &mut segment.doubts).for_each(&hide);
        entry.wire.iter_mut().flat_map(|wire| &mut wire.findings).for_each(&hide);
    }
}

#[cfg(test)]
mod tests;
