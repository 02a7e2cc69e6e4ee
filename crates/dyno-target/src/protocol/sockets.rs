//! WebSockets: echoes, broadcasts and rooms, and sockets that break the protocol on purpose.

use dyno_server::{
    Action, ResponseWriter, Upgraded, WebSocketConfig, WebSocketConnection, WebSocketMessage,
    WebSocketMessageLimits, WebSocketUpgrade,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::call::{Call, or_bad_request, text};
use crate::query::decoded_path;

/// The room that everybody on `/ws/broadcast` is in; no path can name it.
const EVERYBODY: &str = "/everybody";

/// `/ws`: every message back.
pub(crate) fn echo(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    open(call, response, config_of(call), |socket| async move { echo_all(&socket).await })
}

/// `/websocket/echo?max_fragment_size=&max_message_size=`: every message back, within bounds that the client sets.
///
/// The first bounds the frames of the answers, the second the messages that are accepted.
pub(crate) fn bounded_echo(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let most = call.target.state.bounds.body_bytes_max as usize;
        let fragment: usize = call.query.number("max_fragment_size", most / 2)?;
        let message: usize = call.query.number("max_message_size", most)?;
        for (name, value) in [("max_fragment_size", fragment), ("max_message_size", message)] {
            if !(1..=most).contains(&value) {
                return Err(format!("`{name}={value}` is not between 1 and {most}"));
            }
        }
        if fragment > message {
            return Err("`max_fragment_size` is above `max_message_size`".to_owned());
        }
        let messages =
            WebSocketMessageLimits { message_bytes_max: message, ..WebSocketMessageLimits::default() };
        let config = WebSocketConfig { messages, fragment_bytes_max: Some(fragment), ..config_of(call) };
        Ok(open(call, response, config, |socket| async move { echo_all(&socket).await }))
    })
}

async fn echo_all(socket: &WebSocketConnection) {
    while let Some(message) = socket.receive().await {
        if is_data(&message) && socket.send(&message).await.is_err() {
            return;
        }
    }
}

/// `/ws/broadcast`: every message to everybody.
pub(crate) fn broadcast(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    talk(call, response, EVERYBODY.to_owned())
}

/// `/ws/room/{id}`: every message to everybody in the room.
pub(crate) fn room(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    talk(call, response, format!("room {}", decoded_path(call.parameters[0])))
}

fn talk(call: &Call<'_>, response: &mut ResponseWriter<'_>, room: String) -> Action {
    let registry = call.target.state.sockets.clone();
    open(call, response, config_of(call), |socket| async move {
        let member = registry.join(&socket);
        member.enter(&room);
        while let Some(message) = socket.receive().await {
            if is_data(&message) {
                registry.broadcast_to(&room, message);
            }
        }
    })
}

fn is_data(message: &WebSocketMessage) -> bool {
    message.is_text() || message.is_binary()
}

fn config_of(call: &Call<'_>) -> WebSocketConfig {
    let message_bytes_max = call.target.state.bounds.body_bytes_max as usize;
    let messages = WebSocketMessageLimits { message_bytes_max, ..WebSocketMessageLimits::default() };
    WebSocketConfig { messages, ..WebSocketConfig::default() }
}

fn open<F: Future<Output = ()> + 'static>(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    config: WebSocketConfig,
    handler: impl FnOnce(WebSocketConnection) -> F + 'static,
) -> Action {
    match WebSocketUpgrade::read(call.request) {
        Ok(upgrade) => upgrade.with_config(config).serve(handler).write(response),
        Err(refusal) => refusal.write(response),
    }
}

/// `/ws/fault/{kind}`: opens in good order, then breaks the protocol as the kind says.
pub(crate) fn fault(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    or_bad_request(response, |response| {
        let bytes: Vec<u8> = match call.parameters[0] {
            "close-code" => {
                let code: u16 = call.query.number("code", 1005)?;
                [&[0x88, 2], code.to_be_bytes().as_slice()].concat()
            }
            // A message that begins twice: the second frame had to be a continuation.
            "fragment" => b"\x01\x02he\x81\x02he".to_vec(),
            "bad-utf8" => b"\x81\x02\xff\xfe".to_vec(),
            "no-pong" => Vec::new(),
            other => return Ok(text(response, 404, &format!("`{other}` is no fault of a WebSocket"))),
        };
        let plain = WebSocketConfig { deflate: None, ..config_of(call) };
        let action = open(call, response, plain, |_| async {});
        Ok(match action {
            Action::Upgrade(_) => {
                Action::Upgrade(Box::new(move |stream| Box::pin(break_protocol(stream, bytes))))
            }
            refused => refused,
        })
    })
}

/// Writes `bytes`, then hears and answers nothing until the client goes away.
async fn break_protocol(mut stream: Upgraded, bytes: Vec<u8>) {
    // A client that is gone already has seen enough.
    if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() {
        return;
    }
    let mut scratch = [0_u8; 1024];
    while stream.read(&mut scratch).await.is_ok_and(|count| count > 0) {}
}
