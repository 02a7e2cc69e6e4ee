//! Rows about the protocol.

use super::row::{query, route};
use super::{ANY, Body, GET, Parameter, Route};
use crate::protocol::{self, sockets};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
/// An opening of HTTP/1.1, and the extended CONNECT of HTTP/2 and HTTP/3.
const SOCKET: &str = "GET, CONNECT";
const COUNT: &[Parameter] = &[query("n", "integer", "1")];

pub(super) const ROUTES: &[Route] = &[
    route("/protocol", ANY, protocol::protocol, "version, transport, TLS and stream of the request").gives(
        200,
        JSON,
        Body::Has("{\"version\":\"HTTP/1.1\",\"scheme\":\"http\",\"transport\":\"tcp\",\"tls\":null,"),
    ),
    route("/early-hints", GET, protocol::early_hints, "103 with links, then the answer").query(COUNT).gives(
        200,
        JSON,
        Body::Is("{\"hints\":1}\n"),
    ),
    route("/push", GET, protocol::push, "pushes n files over HTTP/2; elsewhere 103 and links")
        .query(COUNT)
        .at("/push?n=2")
        .gives(200, JSON, Body::Is("{\"pushed\":0,\"linked\":2}\n")),
    route(
        "/priority",
        GET,
        protocol::priority,
        "the request's priority (RFC 9218) and the turn its answer got",
    )
    .query(&[query("bytes", "integer", "0")])
    .with(&[("priority", "u=1, i")])
    .gives(200, JSON, Body::Is("{\"urgency\":1,\"incremental\":true,\"arrival\":0,\"turn\":0}\n")),
    route("/continue", "POST, PUT, PATCH", protocol::go_on, "reads the body, or refuses it unread, as told")
        .query(&[query("refuse", "boolean", "false")])
        .sends("marco")
        .gives(200, JSON, Body::Is("{\"expect_continue\":false,\"bytes\":5}\n")),
    route("/ws", SOCKET, sockets::echo, "WebSocket: every message back").gives(
        426,
        TEXT,
        Body::Has("does not name `websocket`"),
    ),
    route("/websocket/echo", SOCKET, sockets::bounded_echo, "WebSocket: every message back, within bounds")
        .query(&[
            query("max_fragment_size", "integer", "524288"),
            query("max_message_size", "integer", "1048576"),
        ])
        .gives(426, TEXT, Body::Has("does not name `websocket`")),
    route("/ws/broadcast", SOCKET, sockets::broadcast, "WebSocket: every message to everybody").gives(
        426,
        TEXT,
        Body::Has("does not name `websocket`"),
    ),
    route("/ws/room/{id}", SOCKET, sockets::room, "WebSocket: every message to everybody in the room")
        .at("/ws/room/7")
        .gives(426, TEXT, Body::Has("does not name `websocket`")),
    route(
        "/ws/fault/{kind}",
        SOCKET,
        sockets::fault,
        "WebSocket that fails: close-code, fragment, bad-utf8, no-pong",
    )
    .query(&[query("code", "integer", "1005")])
    .at("/ws/fault/no-pong")
    .gives(426, TEXT, Body::Has("does not name `websocket`")),
];
