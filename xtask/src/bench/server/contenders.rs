//! The servers that are compared, and how each is started for a protocol.
//!
//! Starts nothing itself. Called by `rounds` and `idle`.

use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

use super::super::certificate::Certificate;
use super::super::nginx;
use super::super::start::Transport;
use super::programs::Programs;

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Contender {
    /// `dyno serve`, the reference target.
    Dyno,
    /// Our framework, with the routes that the others have too.
    App,
    /// axum on hyper.
    Axum,
    /// actix-web.
    Actix,
    /// hyper without a framework.
    Hyper,
    /// h3 on quinn without a framework.
    H3,
    /// nginx, which answers from its configuration.
    Nginx,
    /// What reads nothing of a request but its end: the floor.
    Raw,
}

/// What a server is to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// HTTP/1.1, clear text.
    Http1,
    /// HTTP/1.1 over TLS.
    Tls,
    /// HTTP/2, clear text, by prior knowledge.
    Http2,
    /// HTTP/3.
    Http3,
}

impl Form {
    /// The word for it on the command line of the contenders.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Tls => "tls",
            Self::Http2 => "http2",
            Self::Http3 => "http3",
        }
    }

    /// The scheme of its URLs.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Http1 | Self::Http2 => "http",
            Self::Tls | Self::Http3 => "https",
        }
    }

    /// What its servers listen on.
    pub fn transport(self) -> Transport {
        if self == Self::Http3 { Transport::Udp } else { Transport::Tcp }
    }

    /// Whether its servers need a certificate.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Tls | Self::Http3)
    }
}

/// What nginx answers from its configuration.
const NGINX_ANSWERS: &str = "\n    location = /plaintext { return 200 \"Hello, World!\"; }\n    \
    location = /json { default_type application/json; return 200 '{\"message\":\"Hello, World!\"}'; }\n    \
    location ~ ^/users/([0-9]+)/posts/([0-9]+)$ { return 200 \"post $2 of user $1\"; }";

impl Contender {
    /// All servers, ours first.
    pub const ALL: [Self; 8] =
        [Self::Dyno, Self::App, Self::Axum, Self::Actix, Self::Hyper, Self::H3, Self::Nginx, Self::Raw];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dyno => "dyno",
            Self::App => "dyno-app",
            Self::Axum => "axum",
            Self::Actix => "actix-web",
            Self::Hyper => "hyper",
            Self::H3 => "h3",
            Self::Nginx => "nginx",
            Self::Raw => "floor",
        }
    }

    /// The program in `xtask/contenders`, for those that are built there.
    pub fn contender_program(self) -> Option<&'static str> {
        match self {
            Self::Axum => Some("axum"),
            Self::Actix => Some("actix"),
            Self::Hyper => Some("hyper"),
            Self::H3 => Some("h3"),
            Self::Dyno | Self::App | Self::Nginx | Self::Raw => None,
        }
    }

    /// The command line to serve `form` on `port`; `None` when its program is missing.
    pub fn command(
        self,
        form: Form,
        port: u16,
        certificate: Option<&Certificate>,
        programs: &Programs,
        folder: &Path,
    ) -> Result<Option<Command>, Failure> {
        let address = format!("127.0.0.1:{port}");
        if self == Self::Nginx {
            let listen = match (form, certificate) {
                (Form::Tls, Some(certificate)) => nginx::listen_tls(&address, certificate),
                (Form::Http2, _) => format!("listen {address} http2 backlog=4096;"),
                _ => format!("listen {address} backlog=4096;"),
            };
            return nginx::command(folder, form.name(), &format!("{listen}{NGINX_ANSWERS}"));
        }
        let Some(program) = programs.server(self) else { return Ok(None) };
        let mut command = Command::new(program);
        match self {
            Self::Dyno => dyno_arguments(&mut command, form, &address, certificate),
            Self::Raw => {
                command.args(["raw-responder", "--listen", &address]);
            }
            _ => {
                command.args(["--listen", &address, "--form", form.name()]);
                if let Some(certificate) = certificate {
                    command.arg("--certificate").arg(&certificate.chain).arg("--key").arg(&certificate.key);
                }
            }
        }
        Ok(Some(command))
    }
}

fn dyno_arguments(command: &mut Command, form: Form, address: &str, certificate: Option<&Certificate>) {
    let listen = if form.is_encrypted() { "--listen-tls" } else { "--listen" };
    command.args(["serve", listen, address, "--threads", "1"]);
    if form == Form::Http3 {
        command.arg("--http3");
    }
    if let Some(certificate) = certificate {
        command.arg("--cert").arg(&certificate.chain).arg("--key").arg(&certificate.key);
    }
}
