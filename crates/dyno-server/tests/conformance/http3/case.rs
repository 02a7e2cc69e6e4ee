//! Cases as data: what is sent on which streams, and what must follow.

use std::time::Duration;

use super::raw::{self, Outcome};
use crate::echo;
use crate::report::Suite;

/// Long enough for a loaded machine; a server that never reacts fails by it.
const PATIENCE: Duration = Duration::from_secs(10);

/// One demand of an RFC.
pub struct Case {
    name: &'static str,
    reference: &'static str,
    sent: Vec<Sent>,
    expected: Outcome,
}

/// Bytes on one stream of the client.
pub struct Sent {
    kind: Kind,
    bytes: Vec<u8>,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Request,
    Unidirectional,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Finished,
    Reset,
}

/// Bytes on a request stream, and its end.
pub fn on_request(bytes: impl AsRef<[u8]>) -> Sent {
    Sent { kind: Kind::Request, bytes: bytes.as_ref().to_vec(), end: End::Finished }
}

/// Bytes on the control stream, behind its type and SETTINGS.
pub fn on_control(bytes: impl AsRef<[u8]>) -> Sent {
    on_stream([raw::control_start(), bytes.as_ref().to_vec()].concat())
}

/// Bytes on a unidirectional stream, whose type they begin with.
pub fn on_stream(bytes: impl AsRef<[u8]>) -> Sent {
    Sent { kind: Kind::Unidirectional, bytes: bytes.as_ref().to_vec(), end: End::Open }
}

impl Sent {
    /// The stream ends behind the bytes.
    pub fn finished(self) -> Self {
        Self { end: End::Finished, ..self }
    }

    /// The stream stays open behind the bytes.
    pub fn open(self) -> Self {
        Self { end: End::Open, ..self }
    }

    /// The stream is reset behind the bytes.
    pub fn reset(self) -> Self {
        Self { end: End::Reset, ..self }
    }
}

/// A case: what is demanded, where, what is sent, and what must follow. The first request stream is judged; without
/// one, whether the connection still answers.
pub fn case(
    name: &'static str,
    reference: &'static str,
    sent: impl IntoIterator<Item = Sent>,
    expected: Outcome,
) -> Case {
    Case { name, reference, sent: sent.into_iter().collect(), expected }
}

/// The request is seen as `METHOD target host: body`.
pub fn seen(text: &str) -> Outcome {
    Outcome::Answered(200, text.as_bytes().to_vec())
}

/// The connection goes on as if nothing had been.
pub fn ignored() -> Outcome {
    seen("GET /probe a")
}

/// The request gets this status, with whatever body.
pub fn status(status: u16) -> Outcome {
    Outcome::Answered(status, Vec::new())
}

/// Runs every case on a connection of its own against one server; all of them must hold.
#[track_caller]
pub fn check_all(suite: &'static str, cases: &[Case]) {
    let mut suite = Suite::new(suite);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (server, certificate) = echo::start_quic(|_| {});
    for case in cases {
        let found = runtime.block_on(async {
            let quic = raw::connect(server.quic_addrs()[0], &certificate, |_| {}).await;
            tokio::time::timeout(PATIENCE, run(case, &quic)).await.map_err(|_| "nothing came".to_owned())?
        });
        suite.take(&format!("{} ({})", case.name, case.reference), found);
    }
    suite.finish();
}

async fn run(case: &Case, quic: &quinn::Connection) -> Result<(), String> {
    let mut kept = Vec::new();
    let mut judged = None;
    let has_control =
        case.sent.iter().any(|sent| sent.kind == Kind::Unidirectional && sent.bytes.first() == Some(&0));
    let control = if has_control { None } else { Some(on_control("")) };
    for sent in control.iter().chain(&case.sent) {
        let (mut send, receive) = match sent.kind {
            Kind::Request => match quic.open_bi().await {
                Ok((send, receive)) => (send, Some(receive)),
                Err(_) => break,
            },
            Kind::Unidirectional => match quic.open_uni().await {
                Ok(send) => (send, None),
                Err(_) => break,
            },
        };
        // A server that has refused may be gone while the rest is still being sent.
        let _ = send.write_all(&sent.bytes).await;
        match sent.end {
            End::Open => {}
            End::Finished => drop(send.finish()),
            End::Reset => {
                // What is reset before it was read never was; an answer says that it was.
                probe(quic).await;
                drop(send.reset(0x10c_u32.into()));
            }
        }
        judged = judged.or(receive);
        kept.push(send);
    }
    let found = match (judged, &case.expected) {
        (_, Outcome::Closed(_)) => raw::closed(quic).await,
        (Some(receive), _) => raw::read_answer(quic, receive).await,
        (None, _) => probe(quic).await,
    };
    let is_right = match (&case.expected, &found) {
        (Outcome::Answered(wanted, body), Outcome::Answered(came, _)) if body.is_empty() => wanted == came,
        (wanted, found) => wanted == found,
    };
    if !is_right {
        return Err(format!("{} instead of {}", shown(&found), shown(&case.expected)));
    }
    if !matches!(case.expected, Outcome::Closed(_)) {
        let after = probe(quic).await;
        if after != ignored() {
            return Err(format!("the connection is of no use any more: {}", shown(&after)));
        }
    }
    Ok(())
}

/// Whether a well-formed request is answered.
async fn probe(quic: &quinn::Connection) -> Outcome {
    let head = raw::headers(&raw::request_fields("GET", "/probe", &[]));
    match raw::send_request(quic, &head, true).await {
        Ok((_send, receive)) => raw::read_answer(quic, receive).await,
        Err(_) => raw::closed(quic).await,
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Answered(status, body) => format!("status {status} ({})", body.escape_ascii()),
        Outcome::Reset(code) => format!("a reset with {code:#x}"),
        Outcome::Closed(code) => format!("a close with {code:#x}"),
        Outcome::Odd(what) => what.clone(),
    }
}
