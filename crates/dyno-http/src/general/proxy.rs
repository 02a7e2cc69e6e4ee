//! Tunnels through an HTTP proxy with `CONNECT`.
//!
//! Works on a socket that is already connected to the proxy. Called by `connection` only.

use dyno_model::{FailureKind, Secret};
use dyno_proto::http1::{HeadLimits, ResponseContext, ResponseDecoder, ResponseEvent, encode_request_head};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connection::Socket;
use super::failure::{Failure, is_end};
use crate::endpoint::Endpoint;
use crate::render::{USER_AGENT, basic};

/// Asks the proxy for a tunnel to the endpoint.
pub(super) async fn tunnel(
    socket: &mut Socket,
    endpoint: &Endpoint,
    credentials: Option<&Secret>,
) -> Result<(), Failure> {
    let host =
        if endpoint.host.contains(':') { format!("[{}]", endpoint.host) } else { endpoint.host.clone() };
    let target = format!("{host}:{}", endpoint.port);
    let authorization = credentials.map(|user| basic(user.expose()));
    let usual = [("Host", target.as_bytes()), ("User-Agent", USER_AGENT.as_bytes())];
    let login = authorization.iter().map(|value| ("Proxy-Authorization", value.as_bytes()));
    let mut head = Vec::new();
    encode_request_head(&mut head, "CONNECT", &target, usual.into_iter().chain(login))
        .map_err(|error| Failure::new(FailureKind::Connect, format!("cannot ask the proxy: {error}")))?;
    let lost =
        |error: &std::io::Error| Failure::new(FailureKind::Connect, format!("the proxy failed: {error}"));
    socket.write_all(&head).await.map_err(|error| lost(&error))?;
    let mut decoder = ResponseDecoder::new(ResponseContext::Connect, HeadLimits::CLIENT);
    let mut input = Vec::with_capacity(1024);
    loop {
        // Byte by byte: what follows the head belongs to the tunnel.
        let byte = socket.read_u8().await.map_err(|error| match is_end(&error) {
            true => Failure::new(FailureKind::Connect, "the proxy closed the connection without an answer"),
            false => lost(&error),
        })?;
        input.push(byte);
        if byte != b'\n' {
            continue;
        }
        let (used, event) = decoder.decode(&input).map_err(|error| {
            Failure::new(FailureKind::Connect, format!("the proxy's answer is not HTTP: {error}"))
        })?;
        if let ResponseEvent::Head(head) = event {
            return accepted(head.status, &target);
        }
        input.drain(..used);
    }
}

fn accepted(status: u16, target: &str) -> Result<(), Failure> {
    let hint = match status {
        200..=299 => return Ok(()),
        407 => Some("give credentials for the proxy: `-x http://user:password@host:port`".to_owned()),
        _ => None,
    };
    let message = format!("the proxy answered {status} to `CONNECT {target}`");
    Err(Failure { hint, ..Failure::new(FailureKind::Connect, message) })
}
