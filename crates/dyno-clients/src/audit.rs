//! What the target sees of a client before it is measured: connections, bytes, header fields, versions, habits.
//!
//! The reference target keeps a ledger of requests tagged by `?run=NAME`, so no header field has to be added. Any other
//! target keeps none, and then nothing is known about the wire; the record says so.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use dyno_model::{Ledger, LedgerTls, WireAudit, WireTls};
use dyno_workers::{Answer, ClientRequest, RunLimits, RunOutcome, Session, SessionError, Setup, Watch};
use url::Url;

/// Requests of an audit of a target that answers quickly.
const REQUESTS: u64 = 200;

/// Lanes of an audit, as many as it has requests at most.
const LANES_MOST: u32 = REQUESTS as u32;

/// Requests of an audit of a slow target; the first ones of any audit, by which its pace is known.
const REQUESTS_LEAST: u64 = 10;

/// About how long the requests of an audit may take, in nanoseconds.
const TIME_NS: u64 = 10_000_000_000;

/// Connections, one after the other, that show whether a client resumes sessions of TLS.
const CONNECTIONS: u64 = 10;

/// A file of the target that it also has compressed.
const COMPRESSIBLE: &str = "/static/app.js";

/// Longest answer that is read.
const ANSWER_MOST: u64 = 4 << 20;

/// How long the target may take for its ledger.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a target says that keeps a ledger and has nothing in it for this tag.
const EMPTY_LEDGER: &str = "no request had this tag";

/// Header fields that every client of HTTP/1.1 has to send, or that hold its name.
const EXPECTED: [&str; 3] = ["host", "user-agent", "accept"];

/// Where a target keeps its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetAccess {
    /// The origin over plain HTTP, such as `http://127.0.0.1:8080`; `None` for targets that keep none.
    pub ledger: Option<Url>,
}

/// Why a ledger cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The target cannot be reached or answers nonsense.
    #[error("cannot read the ledger at `{url}`: {problem}")]
    Exchange {
        /// What was asked.
        url: String,
        /// Why.
        problem: String,
    },
}

impl TargetAccess {
    /// Asks the origin of `url` whether it keeps a ledger, as the reference target does over plain HTTP.
    #[must_use]
    pub fn detect(url: &Url) -> Self {
        let mut origin = url.clone();
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let keeps_one = url.scheme() == "http"
            && get(&origin, "/__truth/nobody-yet", "")
                .is_ok_and(|(_, body)| String::from_utf8_lossy(&body).contains(EMPTY_LEDGER));
        Self { ledger: keeps_one.then_some(origin) }
    }

    /// What the target counted of the requests with this tag.
    fn ledger(&self, run: &str) -> Result<Option<Ledger>, LedgerError> {
        let Some(origin) = &self.ledger else { return Ok(None) };
        let url = format!("{}__truth/{run}", origin.as_str());
        let failed = |problem: String| LedgerError::Exchange { url: url.clone(), problem };
        let (_, body) =
            get(origin, &format!("/__truth/{run}"), "").map_err(|error| failed(error.to_string()))?;
        serde_json::from_slice(&body).map(Some).map_err(|error| failed(error.to_string()))
    }
}

/// One request with a connection of its own; gives the status line and the body as it came.
fn get(origin: &Url, path: &str, fields: &str) -> std::io::Result<(String, Vec<u8>)> {
    let host = origin.host_str().unwrap_or_default();
    let port = origin.port_or_known_default().unwrap_or(80);
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n{fields}\r\n")?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MOST).read_to_end(&mut answer)?;
    let broken = || std::io::Error::new(std::io::ErrorKind::InvalidData, "the answer has no head");
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or_else(broken)?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.lines().next().unwrap_or_default().to_owned();
    Ok((status, answer.split_off(end + 4)))
}

/// Lets a client play a few tagged requests and asks the target what it saw. `setup` is that of the contest.
///
/// # Errors
/// When the worker dies; a ledger that cannot be read is a finding.
pub(crate) fn audit(
    session: &mut Session,
    access: &TargetAccess,
    setup: &Setup,
    tag: &str,
) -> Result<Option<WireAudit>, SessionError> {
    let Some(origin) = &access.ledger else { return Ok(None) };
    // More lanes than requests would only be opened and closed again.
    let lanes = setup.lanes.min(LANES_MOST);
    let setup = &Setup { lanes, pool: setup.pool.map(|_| lanes), ..setup.clone() };
    let mut tagged = setup.clone();
    tagged.requests.iter_mut().for_each(|request| request.url = with_tag(&request.url, tag));
    if session.setup(&tagged)? != Answer::Ready {
        return Ok(None);
    }
    let mut play = |count| session.run(RunLimits::Count(count), &[], true, &mut |_| Watch::Continue);
    let first = play(REQUESTS_LEAST)?;
    let pace_ns = first.done.wall / REQUESTS_LEAST;
    let rest = (TIME_NS / pace_ns.max(1)).clamp(REQUESTS_LEAST, REQUESTS) - REQUESTS_LEAST;
    let played = first.samples.len() + if rest > 0 { play(rest)?.samples.len() } else { 0 };
    let mut wire = match access.ledger(tag) {
        Ok(Some(ledger)) => wire_of(&ledger),
        Ok(None) => return Ok(None),
        Err(error) => WireAudit { findings: vec![error.to_string()], ..WireAudit::default() },
    };
    wire.requests = played as u64;
    wire.follows_redirects = one(session, setup, origin, "/redirect/1")?.and_then(|outcome| {
        let code = *outcome.samples.code.first()?;
        (code != 0).then_some(code == 200)
    });
    wire.decodes = decodes(session, setup, origin, access, tag)?;
    if wire.tls.is_some()
        && let Some(seen) = reconnected(session, setup, access, &format!("{tag}-tls"))?
    {
        wire.tls = Some(seen);
    }
    wire.findings.extend(findings(&wire, setup));
    Ok(Some(wire))
}

fn wire_of(ledger: &Ledger) -> WireAudit {
    let main = ledger.heads.iter().max_by_key(|head| head.requests);
    let mut versions: Vec<String> = ledger.heads.iter().map(|head| head.version.clone()).collect();
    versions.sort();
    versions.dedup();
    WireAudit {
        arrived: ledger.requests,
        connections: ledger.connections,
        request_bytes: ledger.bytes_received as f64 / ledger.requests.max(1) as f64,
        fields: main.map(|head| head.fields.clone()).unwrap_or_default(),
        versions,
        tls: ledger.tls.as_ref().map(wire_tls_of),
        ..WireAudit::default()
    }
}

fn wire_tls_of(tls: &LedgerTls) -> WireTls {
    WireTls {
        handshakes: tls.handshakes,
        resumed: tls.resumed,
        versions: tls.versions.keys().cloned().collect(),
        alpn: tls.alpn.keys().cloned().collect(),
    }
}

/// Connections over TLS one after the other, to see whether sessions are resumed. `None` for a client that cannot be told
/// to open one for each request, as over HTTP/2.
fn reconnected(
    session: &mut Session,
    setup: &Setup,
    access: &TargetAccess,
    tag: &str,
) -> Result<Option<WireTls>, SessionError> {
    let mut closing =
        Setup { keep_alive: Some(false), lanes: 1, pool: setup.pool.map(|_| 1), ..setup.clone() };
    closing.requests.iter_mut().for_each(|request| request.url = with_tag(&request.url, tag));
    if session.setup(&closing)? != Answer::Ready {
        return Ok(None);
    }
    session.run(RunLimits::Count(CONNECTIONS), &[], true, &mut |_| Watch::Continue)?;
    Ok(access.ledger(tag).ok().flatten().and_then(|ledger| ledger.tls.as_ref().map(wire_tls_of)))
}

/// One GET of another path of the same target.
fn one(
    session: &mut Session,
    setup: &Setup,
    origin: &Url,
    path: &str,
) -> Result<Option<RunOutcome>, SessionError> {
    let Some(first) = setup.requests.first() else { return Ok(None) };
    // The contest may be over TLS while the ledger is not, so the origin is that of the contest.
    let url =
        Url::parse(&first.url).ok().and_then(|url| url.join(path).ok()).unwrap_or_else(|| origin.clone());
    let request = ClientRequest {
        method: "GET".to_owned(),
        url: url.to_string(),
        headers: Vec::new(),
        body_b64: String::new(),
    };
    let setup = Setup { requests: vec![request], ..setup.clone() };
    if session.setup(&setup)? != Answer::Ready {
        return Ok(None);
    }
    session.run(RunLimits::Count(1), &[], true, &mut |_| Watch::Continue).map(Some)
}

/// Whether a body that went over the wire compressed came back whole; `None` when it was not asked for compressed.
fn decodes(
    session: &mut Session,
    setup: &Setup,
    origin: &Url,
    access: &TargetAccess,
    tag: &str,
) -> Result<Option<bool>, SessionError> {
    let tag = format!("{tag}-file");
    let Some(outcome) = one(session, setup, origin, &format!("{COMPRESSIBLE}?run={tag}"))? else {
        return Ok(None);
    };
    let received = outcome.samples.received.as_ref().and_then(|bytes| bytes.first().copied());
    let whole = get(origin, COMPRESSIBLE, "").ok().map(|(_, body)| body.len() as u64);
    let sent = access.ledger(&tag).ok().flatten().map(|ledger| ledger.bytes_sent);
    Ok(received
        .zip(whole)
        .zip(sent)
        .and_then(|((received, whole), sent)| has_decoded(received.into(), whole, sent)))
}

/// From the bytes that the client got, those of the file, and those that were sent with the head.
fn has_decoded(received: u64, whole: u64, sent: u64) -> Option<bool> {
    match received == whole {
        true => (sent < whole).then_some(true),
        false => Some(false),
    }
}

/// The URL with a tag for the ledger at the end of its query.
fn with_tag(url: &str, tag: &str) -> String {
    match Url::parse(url) {
        Ok(mut parsed) => {
            parsed.query_pairs_mut().append_pair("run", tag);
            parsed.to_string()
        }
        Err(_) => url.to_owned(),
    }
}

/// What is not as it was asked.
fn findings(wire: &WireAudit, setup: &Setup) -> Vec<String> {
    let mut findings = Vec::new();
    if wire.arrived != wire.requests {
        findings.push(format!("{} requests were reported, {} arrived", wire.requests, wire.arrived));
    }
    let lanes = u64::from(setup.lanes);
    if setup.keep_alive != Some(false) && wire.connections > lanes.max(1) {
        let plural = if lanes == 1 { "" } else { "s" };
        findings.push(format!("{} connections for {lanes} lane{plural}", wire.connections));
    }
    if setup.keep_alive == Some(false) && wire.connections < wire.arrived {
        findings.push(format!(
            "{} connections for {} requests without keep-alive",
            wire.connections, wire.arrived
        ));
    }
    if wire.versions.len() > 1 {
        findings.push(format!("several versions of HTTP: {}", wire.versions.join(", ")));
    }
    if let Some(wanted) = &setup.http
        && wire.versions.iter().any(|version| !version.ends_with(wanted.as_str()))
    {
        findings.push(format!("HTTP/{wanted} was asked for, {} came", wire.versions.join(", ")));
    }
    let mut seen = wire.fields.clone();
    seen.sort();
    if let Some(twice) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
        findings.push(format!("the field `{}` is sent twice", twice[0]));
    }
    if setup.redirects.is_some_and(|most| most == 0) && wire.follows_redirects == Some(true) {
        findings.push("it follows redirects, which was not asked".to_owned());
    }
    if setup.decode == Some(false) && wire.decodes == Some(true) {
        findings.push("it asks for gzip and decodes it, which was not asked".to_owned());
    }
    if setup.decode == Some(true) && wire.decodes == Some(false) {
        findings.push("it does not decode gzip, which was asked".to_owned());
    }
    let added: Vec<String> = setup
        .requests
        .iter()
        .flat_map(|request| &request.headers)
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    if let Some(missing) = added.iter().find(|name| !wire.fields.contains(name)) {
        findings.push(format!("the field `{missing}` was asked for and did not come"));
    }
    if setup.profile == dyno_workers::Profile::Matched {
        let known =
            |name: &&String| EXPECTED.contains(&name.as_str()) || added.contains(*name) || is_framing(name);
        let extra: Vec<&str> = wire.fields.iter().filter(|name| !known(name)).map(String::as_str).collect();
        if !extra.is_empty() {
            findings.push(format!("fields that were not asked for: {}", extra.join(", ")));
        }
    }
    findings
}

/// Fields that follow from the body, the connection and the coding that were asked for.
fn is_framing(name: &str) -> bool {
    ["connection", "content-length", "content-type", "transfer-encoding", "accept-encoding"].contains(&name)
}

#[cfg(test)]
mod tests;
