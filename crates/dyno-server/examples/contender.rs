//! The server that benchmarks compare with those of other frameworks: the same routes as `xtask/contenders` and the
//! scenarios of `cargo xtask bench frameworks`, written as the documentation of this crate shows.
//!
//! Takes `--listen ADDRESS --form http1|tls|http2|http3 [--certificate FILE --key FILE]` and serves until it is killed.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;

use dyno_server::{App, Bytes, Json, Path, Server, State, TlsMaterial, get, post};
use serde::Serialize;

#[derive(Serialize)]
struct Message {
    message: &'static str,
}

#[derive(Serialize)]
struct User {
    user_id: String,
}

/// A hundred keys with long values, made once per thread and encoded for every request.
type Large = &'static BTreeMap<String, String>;

#[get("/")]
fn text() -> &'static str {
    "Hello, World!"
}

#[get("/plaintext")]
fn plaintext() -> &'static str {
    "Hello, World!"
}

#[get("/json")]
fn json() -> Json<Message> {
    Json(Message { message: "Hello, World!" })
}

#[get("/large-json")]
fn large_json(State(large): State<Large>) -> Json<Large> {
    Json(large)
}

#[get("/users/{user}")]
fn user(Path(user_id): Path<String>) -> Json<User> {
    Json(User { user_id })
}

#[get("/users/{user}/posts/{post}")]
fn post_of_user(Path((user, post)): Path<(u64, u64)>) -> String {
    format!("post {post} of user {user}")
}

#[post("/echo")]
fn echo(body: Bytes) -> ([(&'static str, &'static str); 1], Bytes) {
    ([("content-type", "application/json")], body)
}

fn app() -> App {
    let large = (0..100).map(|n| (format!("key_{n}"), format!("value_{n}").repeat(10)));
    // As old as the server, which ends with the process.
    let large: Large = Box::leak(Box::new(large.collect()));
    App::new()
        .state(large)
        .route(text)
        .route(plaintext)
        .route(json)
        .route(large_json)
        .route(user)
        .route(post_of_user)
        .route(echo)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value_of = |flag: &str| {
        arguments.iter().position(|it| it == flag).and_then(|at| arguments.get(at + 1)).map(String::as_str)
    };
    let listen: SocketAddr = value_of("--listen").ok_or("`--listen` has no address")?.parse()?;
    let server = match (value_of("--form"), value_of("--certificate"), value_of("--key")) {
        (Some("http1" | "http2"), ..) => Server::builder().listen(listen),
        (Some("tls" | "http3"), Some(chain), Some(key)) => Server::builder()
            .listen_tls(listen, TlsMaterial::from_pem(&std::fs::read(chain)?, &std::fs::read(key)?)?)
            .http3(value_of("--form") == Some("http3")),
        _ => return Err("`--form` is http1, http2, or with `--certificate` and `--key` tls or http3".into()),
    };
    let _running = server.start(|_thread| app())?;
    loop {
        std::thread::park();
    }
}
