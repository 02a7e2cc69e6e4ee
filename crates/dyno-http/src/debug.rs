//! One exchange in full: what was sent, what came back, and how long each part took.
//!
//! For people who want to see what a plan does before they load a server with it. Follows no redirect and makes no
//! check. Called by `--debug`; prints nothing itself.

mod certificate;

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dyno_engine::DriverError;
use dyno_model::{FailureKind, HttpPlan, RunPlan, Workload};
use dyno_proto::http1::ResponseContext;

use crate::driver::tls_of;
use crate::endpoint;
use crate::general::connection::{self, Opened, Transport};
use crate::general::exchange::{Exchanged, Wanted, Wire};
use crate::general::hop::Hop;
use crate::general::{GeneralPlan, Shared};
use crate::render::{Values, assemble};

pub use certificate::CertificateFacts;

/// The most of a body that is shown.
pub const BODY_BYTES_SHOWN_MAX: usize = 64 << 10;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebugExchange {
    /// Scheme, host and port, such as `https://example.com`.
    pub origin: String,
    /// The address that was connected to: an IP address with its port, or the path of a Unix socket.
    pub address: String,
    /// What TLS agreed on; `None` without TLS.
    pub tls: Option<TlsFacts>,
    /// How long each part took.
    pub times: DebugTimes,
    /// Head of the request, with its empty line.
    pub request_head: Vec<u8>,
    /// Content of the request.
    pub request_body: Vec<u8>,
    /// Heads as they came, with interim ones and the empty line; as much as came when it failed.
    pub response_head: Vec<u8>,
    /// Content without framing, at most [`BODY_BYTES_SHOWN_MAX`] bytes, not decoded.
    pub response_body: Vec<u8>,
    /// The size of the whole content, when the answer was complete.
    pub response_body_bytes: Option<u64>,
    /// The status, when the answer was complete.
    pub status: Option<u16>,
    /// Why there is no complete answer.
    pub failure: Option<(FailureKind, String)>,
}

/// What TLS agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// `TLS 1.3` or `TLS 1.2`.
    pub version: String,
    /// The cipher suite.
    pub cipher: String,
    /// The server's certificate, when it could be read.
    pub certificate: Option<CertificateFacts>,
}

/// How long each part of an exchange took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DebugTimes {
    /// Resolving the name.
    pub resolve: Duration,
    /// Connecting, without TLS; with the proxy when there is one.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the start of sending to the first byte of the answer.
    pub first_byte: Option<Duration>,
    /// From the start of sending to the end of the answer, or to its failure.
    pub total: Duration,
}

/// Sends the request that arrival 0 sends first in the first scenario, and gives both sides. Blocks meanwhile.
///
/// Must not be called inside an asynchronous runtime, since it starts one.
///
/// # Errors
/// When there is no connection or the request cannot be built. A failing answer is part of the result.
pub fn exchange(plan: &RunPlan) -> Result<DebugExchange, DriverError> {
    let Workload::Http(http) = &plan.workload;
    let endpoints = endpoint::resolve(http)?;
    let tls = tls_of(http, &endpoints)?;
    let general = Arc::new(GeneralPlan::new(plan, http, endpoints, tls)?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failed("start a runtime", error.to_string()))?;
    runtime.block_on(exchange_once(http, Rc::new(Shared::new(general, 0))))
}

async fn exchange_once(http: &HttpPlan, shared: Rc<Shared>) -> Result<DebugExchange, DriverError> {
    let unsendable = |reason: String| failed("build the request", reason);
    let values = Values { n: 0, user: 0, extracted: &[] };
    let request = shared.renderer().request(0, 0, values).map_err(|error| unsendable(error.to_string()))?;
    let method = &http.scenarios[0].steps[0].method;
    let hop = Hop::first(&shared, 0, method, &request).await;
    let hop = hop.map_err(|failure| unsendable(failure.message))?;
    let mut bytes = Vec::new();
    assemble(&mut bytes, hop.assembly(None), &request).map_err(|error| unsendable(error.to_string()))?;
    let opened = connection::open(&shared, &hop.endpoint).await;
    let mut opened = opened.map_err(|failure| failure.into_driver_error(&hop.endpoint))?;
    let mut wire = Wire::new();
    wire.heads = Some(Vec::new());
    let limit = shared.plan.timeout;
    let wanted = Wanted {
        request: &bytes,
        context: if method == "HEAD" { ResponseContext::Head } else { ResponseContext::Ordinary },
        keep_body: true,
        deadline: tokio::time::Instant::now() + limit,
        limit,
    };
    let started = Instant::now();
    let now_ns = || u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
    let exchanged = wire.exchange(&mut opened.transport, wanted, now_ns).await;
    let body_start = bytes.len() - request.body.len();
    let request_body = bytes.split_off(body_start);
    Ok(shown(&hop, &opened, (bytes, request_body), wire, exchanged))
}

fn shown(
    hop: &Hop,
    opened: &Opened,
    (request_head, request_body): (Vec<u8>, Vec<u8>),
    wire: Wire,
    exchanged: Exchanged,
) -> DebugExchange {
    let tls_time = opened.tls_time.unwrap_or_default();
    let answer = exchanged.result.as_ref().ok();
    let mut response_body = wire.body;
    response_body.truncate(BODY_BYTES_SHOWN_MAX);
    DebugExchange {
        origin: hop.endpoint.origin(),
        address: opened.address.to_string(),
        tls: tls_facts(&opened.transport),
        times: DebugTimes {
            resolve: hop.endpoint.resolve_time,
            connect: opened.connect_time.saturating_sub(tls_time),
            tls: opened.tls_time,
            first_byte: exchanged.first_byte_ns.map(Duration::from_nanos),
            total: Duration::from_nanos(exchanged.end_ns),
        },
        request_head,
        request_body,
        response_head: wire.heads.unwrap_or_default(),
        response_body,
        response_body_bytes: answer.map(|answer| answer.body_bytes),
        status: answer.map(|answer| answer.status),
        failure: exchanged.result.err().map(|failure| {
            let hint = failure.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            (failure.kind, format!("{}{hint}", failure.message))
        }),
    }
}

fn tls_facts(transport: &Transport) -> Option<TlsFacts> {
    let version = transport.tls_version()?.to_owned();
    let Transport::Tls(stream) = transport else { return None };
    let state = stream.get_ref().1;
    let cipher = state.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    let own = state.peer_certificates().and_then(|chain| chain.first());
    Some(TlsFacts {
        version,
        cipher: cipher.unwrap_or_default(),
        certificate: own.and_then(|certificate| CertificateFacts::read(certificate)),
    })
}

fn failed(attempt: &str, reason: String) -> DriverError {
    DriverError { attempt: attempt.to_owned(), reason, hint: None }
}
