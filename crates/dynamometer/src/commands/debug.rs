//! `--debug`: one request and its answer, as they went over the wire.

use std::time::Duration;

use dyno_http::debug::{DebugExchange, DebugTimes, TlsFacts, exchange};
use dyno_model::{Redactor, units};
use dyno_plan::Resolved;
use serde_json::{Value, json};

use crate::commands::pretty;
use crate::console;
use crate::error::CommandError;
use crate::exit::Exit;

/// Sends the first request of a plan and prints both sides; secrets are hidden.
///
/// # Errors
/// When the target cannot be reached or the output cannot be written.
pub fn show(resolved: &Resolved, as_json: bool) -> Result<Exit, CommandError> {
    let exchange = exchange(&resolved.plan)?;
    let redactor = &resolved.redactor;
    if as_json {
        console::data(&pretty(&in_json(&exchange, redactor)))?;
    } else {
        console::data(in_words(&exchange, redactor).as_bytes())?;
    }
    Ok(match (&exchange.failure, exchange.status) {
        (None, Some(_)) => Exit::Passed,
        _ => Exit::Unreachable,
    })
}

/// Facts with a star, what was sent with `>`, what came with `<`, as curl does.
fn in_words(exchange: &DebugExchange, redactor: &Redactor) -> String {
    let mut text = format!("* connected to {} for {}\n", exchange.address, exchange.origin);
    if let Some(tls) = &exchange.tls {
        text.push_str(&format!("* {}\n", tls_in_words(tls)));
    }
    push_lines(&mut text, "> ", &redactor.redact(&readable(&exchange.request_head)));
    push_body(&mut text, "> ", &exchange.request_body, redactor);
    push_lines(&mut text, "< ", &redactor.redact(&readable(&exchange.response_head)));
    push_body(&mut text, "< ", &exchange.response_body, redactor);
    if let Some(whole) =
        exchange.response_body_bytes.filter(|whole| *whole > exchange.response_body.len() as u64)
    {
        text.push_str(&format!("* {} of the body are shown\n", cut_in_words(exchange, whole)));
    }
    if let Some((kind, message)) = &exchange.failure {
        text.push_str(&format!("* failed, {kind}: {}\n", redactor.redact(message)));
    }
    text.push_str(&format!("* {}\n", times_in_words(&exchange.times)));
    text
}

fn cut_in_words(exchange: &DebugExchange, whole: u64) -> String {
    let shown = exchange.response_body.len() as u64;
    format!("{} of {}", units::format_size(shown), units::format_size(whole))
}

fn tls_in_words(tls: &TlsFacts) -> String {
    let mut text = format!("{}, {}", tls.version, tls.cipher);
    if let Some(certificate) = &tls.certificate {
        let (subject, expires) = (&certificate.subject, &certificate.expires);
        text.push_str(&format!(", certificate of `{subject}` until {expires}"));
    }
    text
}

fn times_in_words(times: &DebugTimes) -> String {
    let mut parts = vec![("resolve", Some(times.resolve)), ("connect", Some(times.connect))];
    parts.extend([("TLS", times.tls), ("first byte", times.first_byte), ("total", Some(times.total))]);
    let words = parts
        .into_iter()
        .filter_map(|(name, time)| Some(format!("{name} {}", units::format_duration(time?))));
    words.collect::<Vec<_>>().join(", ")
}

fn push_lines(text: &mut String, mark: &str, lines: &str) {
    for line in lines.lines() {
        text.push_str(&format!("{mark}{line}\n"));
    }
}

/// A text is shown, anything else is counted: a terminal would be upset.
fn push_body(text: &mut String, mark: &str, body: &[u8], redactor: &Redactor) {
    match std::str::from_utf8(body) {
        Ok("") => {}
        Ok(body) => push_lines(text, mark, &redactor.redact(&readable(body.as_bytes()))),
        Err(_) => {
            let size = units::format_size(body.len() as u64);
            text.push_str(&format!("{mark}({size} that are no text)\n"));
        }
    }
}

/// Text for a terminal; the line ends of HTTP are ours.
fn readable(bytes: &[u8]) -> String {
    console::harmless(&String::from_utf8_lossy(bytes).replace('\r', ""))
}

fn in_json(exchange: &DebugExchange, redactor: &Redactor) -> Value {
    let text = |bytes: &[u8]| redactor.redact(&String::from_utf8_lossy(bytes));
    let ns = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let times = &exchange.times;
    json!({
        "origin": exchange.origin,
        "address": exchange.address,
        "tls": exchange.tls.as_ref().map(|tls| json!({ "version": tls.version, "cipher": tls.cipher })),
        "status": exchange.status,
        "failure": exchange.failure.as_ref().map(|(kind, message)| {
            json!({ "kind": kind.name(), "message": redactor.redact(message) })
        }),
        "request": { "head": text(&exchange.request_head), "body": text(&exchange.request_body) },
        "response": {
            "head": text(&exchange.response_head),
            "body": text(&exchange.response_body),
            "body_bytes": exchange.response_body_bytes,
        },
        "resolve_ns": ns(times.resolve),
        "connect_ns": ns(times.connect),
        "tls_ns": times.tls.map(ns),
        "first_byte_ns": times.first_byte.map(ns),
        "total_ns": ns(times.total),
    })
}

#[cfg(test)]
mod tests;
