//! WebSocket against what others wrote: Autobahn's suite in both directions, and clients in Python and JavaScript.
//!
//! The MUSTs of RFC 6455 and 7692 are named tests of `dyno-proto` (`websocket::must`, `websocket::handshake`).

mod autobahn;
#[cfg(feature = "http3")]
mod http3;
mod peers;

use dyno_proto::websocket::MessageLimits;
use dyno_server::{
    Action, Handler, Request, ResponseWriter, RunningServer, Server, WebSocketConfig, WebSocketUpgrade,
};

/// Sends every message back. Autobahn's largest have 16 MiB, and some are nothing but repetition.
const LIMITS: MessageLimits = MessageLimits {
    message_bytes_max: 64 << 20,
    empty_fragments_max: 100,
    inflate_ratio_max: 2_000,
    inflate_free_bytes: 64 * 1024,
};

struct Echo;

impl Handler for Echo {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        let config = WebSocketConfig {
            messages: LIMITS,
            protocols: vec!["chat".to_owned()],
            ..WebSocketConfig::default()
        };
        let upgrade = match WebSocketUpgrade::read(request) {
            Ok(upgrade) => upgrade.with_config(config),
            Err(refusal) => return refusal.write(response),
        };
        upgrade
            .serve(|socket| async move {
                while let Some(message) = socket.receive().await {
                    let is_data = message.is_text() || message.is_binary();
                    if is_data && socket.send(&message).await.is_err() {
                        return;
                    }
                }
            })
            .write(response)
    }
}

fn start_echo() -> RunningServer {
    Server::builder().listen("127.0.0.1:0".parse().unwrap()).start(|_| Echo).unwrap()
}
