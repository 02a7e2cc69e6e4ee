//! Routes about the protocol itself: what was spoken, early hints, pushes, priorities, bodies that wait for a go-ahead.

use std::sync::Arc;
use std::task::{Context, Poll};

use dyno_server::{Action, BodySource, Filled, Finish, ResponseWriter};
use serde_json::{Value, json};

use crate::call::{self, Call, or_bad_request, text};

pub(crate) mod sockets;

/// Files that are pushed and hinted at, in turn.
const FILES: [(&str, &str); 4] = [
    ("/static/theme.css", "style"),
    ("/static/app.js", "script"),
    ("/static/logo.svg", "image"),
    ("/static/layout.css", "style"),
];
/// Most files of one answer.
const FILES_MAX: usize = 32;

/// `/protocol`: version, transport and encryption of the request.
pub(crate) fn protocol(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let connection = call.request.connection();
    let tls = connection.tls.as_ref().map(|tls| {
        json!({
            "version": tls.version,
            "cipher": tls.cipher,
            "alpn": tls.alpn,
            "resumed": tls.is_resumed,
            "server_name": tls.server_name,
            "client_certificates": tls.client_certificates.len(),
        })
    });
    let value = json!({
        "version": call.request.version().name(),
        "scheme": call.request.scheme(),
        "transport": connection.transport.name(),
        "tls": tls,
        "stream_id": call.request.stream_id(),
        "connection_id": connection.id,
        "peer": connection.peer_addr.map(|peer| peer.to_string()),
    });
    call::json(response, 200, &value)
}

/// The file `index` of an answer with its `link` field.
fn file(index: usize) -> (String, String) {
    let (path, kind) = FILES[index % FILES.len()];
    let path = format!("{path}?n={index}");
    let link = format!("<{path}>; rel=preload; as={kind}");
    (path, link)
}

fn file_count(call: &Call<'_>) -> Result<usize, String> {
    match call.query.number("n", 1)? {
        count @ 0..=FILES_MAX => Ok(count),
        other => Err(format!("`n={other}` is above {FILES_MAX}")),
    }
}

/// `/early-hints?n=1`: 103 with `link` fields in front of the answer.
pub(crate) fn early_hints(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let links: Vec<String> = (0..file_count(call)?).map(|index| file(index).1).collect();
        let was_sent = hint(response, &links);
        Ok(call::json(response, 200, &json!({ "hints": if was_sent { links.len() } else { 0 } })))
    })
}

fn hint(response: &mut ResponseWriter<'_>, links: &[String]) -> bool {
    let fields: Vec<(&str, &[u8])> = links.iter().map(|link| ("link", link.as_bytes())).collect();
    response.informational(103, &fields)
}

/// `/push?n=1`: pushes files where the client takes them, else says by 103 and `link` what it would like to have.
pub(crate) fn push(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let files: Vec<(String, String)> = (0..file_count(call)?).map(file).collect();
        let links: Vec<String> = files
            .iter()
            .filter(|(path, _)| !response.push(path, &[]))
            .map(|(_, link)| link.clone())
            .collect();
        hint(response, &links);
        let value = json!({ "pushed": files.len() - links.len(), "linked": links.len() });
        let mut head = response.start(200).field("content-type", b"application/json");
        for link in &links {
            head = head.field("link", link.as_bytes());
        }
        head.body(format!("{value}\n").as_bytes());
        Ok(Action::Done)
    })
}

/// `/priority?bytes=0`: the priority as it was understood, and the turn that this answer got.
pub(crate) fn priority(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let padding_bytes = call.body_length(&call.query.get("bytes").unwrap_or("0".into()))?;
        let priority = call.request.priority();
        let arrival = call.target.state.next_draw("/priority arrivals");
        let value = json!({
            "urgency": priority.urgency,
            "incremental": priority.incremental,
            "arrival": arrival,
        });
        response.start(200).field("content-type", b"application/json").stream_of_chunks();
        let state = Arc::clone(&call.target.state);
        let turn = Box::new(move || state.next_draw("/priority turns"));
        Ok(Action::Stream(Box::new(Turn { value, turn, padding_bytes })))
    })
}

/// A body that learns its turn when its first bytes are asked for.
struct Turn {
    value: Value,
    turn: Box<dyn Fn() -> u64>,
    padding_bytes: u64,
}

impl BodySource for Turn {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.value["turn"] = json!((self.turn)());
        out.extend_from_slice(format!("{}\n", self.value).as_bytes());
        out.resize(out.len() + self.padding_bytes as usize, b' ');
        Poll::Ready(Filled::End)
    }
}

/// `/continue?refuse=false`: reads the body only when it is wanted, so that `Expect: 100-continue` shows what it is for.
pub(crate) fn go_on(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let expects = call.request.header_str("expect").is_some_and(|it| it.eq_ignore_ascii_case("100-continue"));
    if call.query.get("refuse").is_some_and(|refuse| refuse == "true") {
        response.close_after();
        return text(response, 417, "the body is not wanted");
    }
    let Some(mut body) = call.request.take_body() else {
        return call::json(response, 200, &json!({ "expect_continue": expects, "bytes": 0 }));
    };
    let bytes_max = call.target.state.bounds.body_bytes_max;
    Action::Later(Box::pin(async move {
        let read = body.collect(bytes_max).await;
        let finish: Finish = Box::new(move |response| match read {
            Ok(body) => {
                call::json(response, 200, &json!({ "expect_continue": expects, "bytes": body.len() }))
            }
            Err(error) => text(response, 400, &error.to_string()),
        });
        finish
    }))
}
