//! Rows of the load core.

use super::row::{query, route};
use super::{ANY, Body, GET, POST, Route};
use crate::load_core::{self, items, statics};

const TEXT: &str = "text/plain";
const TEXT_UTF8: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

pub(super) const ROUTES: &[Route] = &[
    route("/plaintext", GET, load_core::plaintext, "`Hello, World!`, from prepared bytes").gives(
        200,
        TEXT,
        Body::Is("Hello, World!"),
    ),
    route("/json", GET, load_core::json, "`{\"message\":\"Hello, World!\"}`, from prepared bytes").gives(
        200,
        JSON,
        Body::Is(r#"{"message":"Hello, World!"}"#),
    ),
    route("/pipeline", GET, load_core::pipeline, "`ok`, the shortest answer").gives(
        200,
        TEXT,
        Body::Is("ok"),
    ),
    route("/health", GET, load_core::health, "`ok` as long as requests are answered").gives(
        200,
        TEXT,
        Body::Is("ok\n"),
    ),
    route("/baseline11", "GET, HEAD, POST", load_core::sum, "the sum of a, b and of the number in the body")
        .query(&[query("a", "integer", "0"), query("b", "integer", "0")])
        .at("/baseline11?a=13&b=42")
        .gives(200, TEXT, Body::Is("55")),
    route(
        "/json/{n}",
        GET,
        items::items,
        "n items of a catalogue, each with price × quantity × m, at most 1000",
    )
    .query(&[query("m", "integer", "1"), query("seed", "integer", "0")])
    .at("/json/3?m=2")
    .gives(200, JSON, Body::Has(r#""count":3"#)),
    route("/items/{id}", GET, items::item, "an item with its price, which depends on the id only")
        .at("/items/7")
        .gives(200, JSON, Body::Has(r#"{"id":"7","price":"#)),
    route("/orders", POST, items::orders, "201 and a new order number").sends("{}").gives(
        201,
        JSON,
        Body::Is("{\"id\":1,\"bytes\":2}\n"),
    ),
    route("/login", POST, items::login, "a token as JSON and as cookie")
        .query(&[query("seed", "integer", "")])
        .at("/login?seed=1")
        .sends("{}")
        .gives(200, JSON, Body::Is("{\"token\":\"910a2dec89025cc1\"}\n")),
    route("/echo", ANY, load_core::echo, "the body back, with its content type")
        .with(&[("content-type", "text/x")])
        .sends("marco")
        .gives(200, "text/x", Body::Is("marco")),
    route("/upload", ANY, load_core::upload, "how many bytes of body came, at most 64 MiB, none kept")
        .sends("12345")
        .gives(200, TEXT_UTF8, Body::Is("5\n")),
    route("/static/{file}", GET, statics::file, "20 files of a site, also compressed: app.js, theme.css, …")
        .at("/static/manifest.json")
        .gives(200, JSON, Body::Has(r#""name":"#)),
    route("/bytes/{n}", "GET, HEAD, POST", load_core::bytes, "n bytes that depend on the seed only")
        .query(&[query("seed", "integer", "0")])
        .at("/bytes/10?seed=1")
        .gives(200, BINARY, Body::Size(10)),
];
