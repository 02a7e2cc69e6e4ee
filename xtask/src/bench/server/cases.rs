//! What is asked of the servers: which requests, over which protocol, on how many connections.
//!
//! Plain data; plays nothing. Called by `server`.

use super::contenders::{Contender, Form};

/// One situation that all of its servers are put into.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The name on the command line.
    pub name: &'static str,
    /// The title of its table.
    pub title: &'static str,
    /// What the servers speak.
    pub form: Form,
    /// What happens to them.
    pub kind: Kind,
    servers: &'static [Contender],
}

/// What happens to the servers.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Requests as fast as they are answered.
    Load(Load),
    /// Connections that have asked once and then keep silent.
    Idle {
        /// How many.
        connections: u32,
    },
}

/// A closed loop of equal requests.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// `GET`, or `POST` with [`Load::body`].
    pub method: &'static str,
    /// The path asked for.
    pub path: &'static str,
    /// The body; none when empty.
    pub body: &'static str,
    /// How many connections.
    pub connections: u32,
    /// Requests in flight on each connection.
    pub depth: u32,
}

/// A case with the servers that were asked for.
#[derive(Debug)]
pub struct Play {
    /// The situation.
    pub case: Case,
    /// Who is put into it.
    pub servers: Vec<Contender>,
}

/// What small objects look like: 128 bytes.
pub const ECHO_BODY: &str = "{\"id\":123456,\"name\":\"Ada Lovelace\",\"email\":\"ada.king@example.com\",\
    \"tags\":[\"first\",\"second\",\"third\"],\"active\":true,\"score\":0.755}";

const GET: Load = Load { method: "GET", path: "/plaintext", body: "", connections: 64, depth: 1 };
const JSON: Load = Load { path: "/json", ..GET };
const PARAMETERS: Load = Load { path: "/users/123/posts/456", ..GET };
const ECHO: Load = Load { method: "POST", path: "/echo", body: ECHO_BODY, ..GET };
const PIPELINED: Load = Load { depth: 16, ..GET };
const STREAMS: Load = Load { connections: 8, depth: 32, ..GET };

use Contender::{Actix, App, Axum, Dyno, H3, Hyper, Nginx, Raw};

const EVERY: &[Contender] = &[Dyno, App, Axum, Actix, Hyper, Nginx, Raw];
/// Our target has no such route; our framework has.
const WITH_ROUTER: &[Contender] = &[App, Axum, Actix, Hyper, Nginx, Raw];
/// nginx reads no body without a module that Debian does not pack.
const WITH_BODIES: &[Contender] = &[Dyno, App, Axum, Actix, Hyper, Raw];
/// The floor speaks HTTP/1.1 in clear text only.
const REAL: &[Contender] = &[Dyno, App, Axum, Actix, Hyper, Nginx];

const CASES: &[Case] = &[
    http1("plaintext", "GET /plaintext, 64 connections", GET, EVERY),
    http1("json", "GET /json, 64 connections", JSON, EVERY),
    http1("parameters", "GET /users/123/posts/456, 64 connections", PARAMETERS, WITH_ROUTER),
    http1("echo", "POST /echo, 128 bytes, 64 connections", ECHO, WITH_BODIES),
    http1("pipelined", "GET /plaintext, 16 in one write, 64 connections", PIPELINED, EVERY),
    Case {
        name: "tls",
        title: "GET /plaintext over TLS, 64 connections",
        form: Form::Tls,
        kind: Kind::Load(GET),
        servers: REAL,
    },
    Case {
        name: "http2",
        title: "GET /plaintext over HTTP/2 in clear text, 8 connections with 32 streams",
        form: Form::Http2,
        kind: Kind::Load(STREAMS),
        servers: REAL,
    },
    Case {
        name: "http3",
        title: "GET /plaintext over HTTP/3, 8 connections with 32 streams",
        form: Form::Http3,
        kind: Kind::Load(STREAMS),
        servers: &[Dyno, App, H3],
    },
    Case {
        name: "idle",
        title: "connections kept after one request",
        form: Form::Http1,
        kind: Kind::Idle { connections: 10_000 },
        servers: REAL,
    },
];

const fn http1(name: &'static str, title: &'static str, load: Load, servers: &'static [Contender]) -> Case {
    Case { name, title, form: Form::Http1, kind: Kind::Load(load), servers }
}

/// The cases and servers whose name `CASE/SERVER` contains one of `patterns`; all when there is none.
pub fn selected(patterns: &[String]) -> Vec<Play> {
    let is_wanted = |case: &Case, server: Contender| {
        let name = format!("{}/{}", case.name, server.name());
        patterns.is_empty() || patterns.iter().any(|pattern| name.contains(pattern.as_str()))
    };
    CASES
        .iter()
        .map(|case| Play {
            case: *case,
            servers: case.servers.iter().copied().filter(|&server| is_wanted(case, server)).collect(),
        })
        .filter(|play| !play.servers.is_empty())
        .collect()
}

/// The names of all cases.
pub fn all_names() -> Vec<&'static str> {
    CASES.iter().map(|case| case.name).collect()
}
