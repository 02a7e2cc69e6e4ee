//! Cases as data: bytes sent, what must come back, and whether the connection lives on.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::echo;
use crate::report::Suite;
use crate::wire::{Answer, parse_answer, shown};

/// A well-formed request that is sent behind every case: answered only if the connection is to live on.
const PROBE: &[u8] = b"GET /probe HTTP/1.1\r\nHost: probe\r\nConnection: close\r\n\r\n";
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const PROBE_SEEN: &str = "GET /probe probe";
/// Long enough for a loaded machine; a server that waits for bytes that never come fails by it.
const PATIENCE: Duration = Duration::from_secs(10);

/// One demand of an RFC.
pub struct Case {
    /// What must hold, as a sentence without its subject, the server.
    name: &'static str,
    /// The section that demands it.
    reference: &'static str,
    wire: Vec<u8>,
    expected: Expected,
}

/// A case: what is demanded, where, what is sent, and what must follow.
pub fn case(name: &'static str, reference: &'static str, wire: impl AsRef<[u8]>, expected: Expected) -> Case {
    Case { name, reference, wire: wire.as_ref().to_vec(), expected }
}

/// What must follow.
#[derive(Clone)]
pub struct Expected {
    answers: Vec<Wanted>,
    end: End,
    may_continue: bool,
}

#[derive(Clone)]
struct Wanted {
    statuses: Vec<u16>,
    body: Option<String>,
    is_to_head: bool,
    fields: Vec<(&'static str, Option<&'static str>)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The probe is answered.
    Open,
    /// The server closes; the probe is not answered.
    Closed,
    /// The server closes without having said so, as after a tunnel.
    Cut,
    /// The client ends its side instead of sending the probe, and the server closes.
    ClientEnds,
}

/// Nothing is answered; the rest of the chain adds to it.
pub fn nothing() -> Expected {
    Expected { answers: Vec::new(), end: End::Open, may_continue: false }
}

/// The request is seen as `METHOD target host: body`, and the connection lives on.
pub fn seen(echo: &str) -> Expected {
    nothing().then_seen(echo)
}

/// The request gets this status, and the connection lives on.
pub fn answered(status: u16) -> Expected {
    nothing().then(&[status])
}

/// The request is refused with this status, and the connection is closed.
pub fn refused(status: u16) -> Expected {
    refused_by(&[status])
}

/// The request is refused with one of these statuses, and the connection is closed.
pub fn refused_by(statuses: &[u16]) -> Expected {
    nothing().then(statuses).closed()
}

impl Expected {
    /// Another request is seen, see [`seen`].
    pub fn then_seen(mut self, echo: &str) -> Self {
        self = self.then(&[200]);
        self.last().body = Some(echo.to_owned());
        self
    }

    /// Another answer with one of these statuses.
    pub fn then(mut self, statuses: &[u16]) -> Self {
        self.answers.push(Wanted {
            statuses: statuses.to_vec(),
            body: None,
            is_to_head: false,
            fields: Vec::new(),
        });
        self
    }

    /// The last answer has this body.
    pub fn body(mut self, body: &str) -> Self {
        self.last().body = Some(body.to_owned());
        self
    }

    /// The last answer is to `HEAD`.
    pub fn for_head(mut self) -> Self {
        self.last().is_to_head = true;
        self.body("")
    }

    /// The last answer has the field with exactly this value.
    pub fn field(mut self, name: &'static str, value: &'static str) -> Self {
        self.last().fields.push((name, Some(value)));
        self
    }

    /// The last answer lacks the field.
    pub fn without(mut self, name: &'static str) -> Self {
        self.last().fields.push((name, None));
        self
    }

    /// The server closes after the last answer.
    pub fn closed(mut self) -> Self {
        self.end = End::Closed;
        self
    }

    /// The server closes after the last answer and need not say so.
    pub fn cut(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    /// `100 Continue` may come, since the body may be behind its head.
    pub fn may_continue(mut self) -> Self {
        self.may_continue = true;
        self
    }

    /// The client ends its side after what it sent; the server closes.
    pub fn client_ends(mut self) -> Self {
        self.end = End::ClientEnds;
        self
    }

    fn last(&mut self) -> &mut Wanted {
        self.answers.last_mut().unwrap()
    }
}

/// How the bytes of a case reach the server.
#[derive(Debug, Clone, Copy)]
enum Delivery {
    Whole,
    /// Pieces of this many bytes.
    Pieces(usize),
}

/// Runs every case in several deliveries against one server; all of them must hold.
#[track_caller]
pub fn check_all(suite: &'static str, cases: &[Case]) {
    let server = echo::start();
    check_all_on(server.local_addrs()[0], suite, cases);
}

/// The same against a server that was started elsewhere.
#[track_caller]
pub fn check_all_on(address: SocketAddr, suite: &'static str, cases: &[Case]) {
    let mut suite = Suite::new(suite);
    for case in cases {
        let short = if case.wire.len() < 4096 { 1 } else { 1000 };
        let result = [Delivery::Whole, Delivery::Pieces(short), Delivery::Pieces(short * 7)]
            .into_iter()
            .try_for_each(|delivery| {
                let found = exchange(address, case, delivery);
                check(case, &found).map_err(|why| format!("{delivery:?}: {why}\n    came: {}", shown(&found)))
            });
        suite.take(&format!("{} ({})\n    sent: {}", case.name, case.reference, shown(&case.wire)), result);
    }
    suite.finish();
}

/// Sends the case and gives everything that comes back until the server closes.
fn exchange(address: SocketAddr, case: &Case, delivery: Delivery) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut wire = case.wire.clone();
    if case.expected.end != End::ClientEnds {
        wire.extend_from_slice(PROBE);
    }
    let size = match delivery {
        Delivery::Whole => wire.len(),
        Delivery::Pieces(size) => size,
    };
    for piece in wire.chunks(size.max(1)) {
        // A server that has refused may be gone while the rest is still being sent.
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    if case.expected.end == End::ClientEnds {
        // Fails when the server is gone already, which the answer then shows.
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut found = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(count) => found.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A reset is an end like any other; what came before it is judged.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
            Err(error) => {
                found.extend_from_slice(format!("<<{error}>>").as_bytes());
                break;
            }
        }
    }
    found
}

fn check(case: &Case, found: &[u8]) -> Result<(), String> {
    let Expected { mut answers, end, may_continue } = case.expected.clone();
    if end == End::Open {
        answers.push(nothing().then_seen(PROBE_SEEN).answers.remove(0));
    }
    let (mut at, count) = (0, answers.len());
    for (index, wanted) in answers.iter().enumerate() {
        if may_continue && found[at..].starts_with(CONTINUE) {
            at += CONTINUE.len();
        }
        let (answer, length) = parse_answer(&found[at..], wanted.is_to_head)?;
        at += length;
        check_answer(wanted, &answer)?;
        let says_close = answer.field("connection").is_some_and(|options| options == "close");
        let closes = index + 1 == count;
        if closes != says_close && matches!(end, End::Open | End::Closed) {
            return Err(format!(
                "answer {index} should{} say `connection: close`",
                if closes { "" } else { " not" }
            ));
        }
    }
    if at < found.len() {
        return Err(format!("more than {count} answers: {}", shown(&found[at..])));
    }
    Ok(())
}

fn check_answer(wanted: &Wanted, answer: &Answer) -> Result<(), String> {
    let text = String::from_utf8_lossy(&answer.body);
    if !wanted.statuses.contains(&answer.status) {
        return Err(format!("status {} ({text}) instead of {:?}", answer.status, wanted.statuses));
    }
    if let Some(body) = wanted.body.as_ref().filter(|body| **body != text) {
        return Err(format!("the body is {text:?} instead of {body:?}"));
    }
    for (name, value) in &wanted.fields {
        let found = answer.field(name);
        if found.as_deref() != *value {
            return Err(format!("`{name}` is {found:?} instead of {value:?}"));
        }
    }
    Ok(())
}

/// A request of HTTP/1.1 with `Host: a` and these further field lines.
pub fn request(start: &str, fields: &str, body: &str) -> String {
    format!("{start} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

/// `GET /` with these further field lines.
pub fn get(fields: &str) -> String {
    request("GET /", fields, "")
}

/// `POST /` with these further field lines and this body.
pub fn post(fields: &str, body: &str) -> String {
    request("POST /", fields, body)
}
