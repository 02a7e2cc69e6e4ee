//! What the contenders have in common: their command line, their answers, their limits, their certificate.
//!
//! No server itself. Every program in `bin` is one server written as its documentation shows it, with one thread.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use serde::Serialize;

/// The answer of `/plaintext`.
pub const PLAINTEXT: &str = "Hello, World!";
/// Largest body of a request, as in our server.
pub const BODY_BYTES_MAX: usize = 1 << 20;
/// Time for a whole head, as in our server.
pub const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// Time between requests, as in our server.
pub const KEEP_ALIVE_TIME_MAX: Duration = Duration::from_secs(75);
/// Streams that a peer may have open on one connection of HTTP/2, as in our server.
pub const STREAMS_MAX: u32 = 128;
/// Window of a stream of HTTP/2, as in our server.
pub const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
/// Window of a connection of HTTP/2, as in our server.
pub const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
const BACKLOG: i32 = 4096;

/// The answer of `/json`, made into text for every request.
#[derive(Debug, Serialize)]
pub struct Message {
    message: &'static str,
}

/// The answer of `/json`.
pub const MESSAGE: Message = Message { message: PLAINTEXT };

/// The answer of `/users/{user}/posts/{post}`.
pub fn post_of_user(user: u64, post: u64) -> String {
    format!("post {post} of user {user}")
}

/// Which protocol a contender is to speak.
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

/// `--listen ADDRESS --form FORM [--certificate FILE --key FILE]`.
#[derive(Debug)]
pub struct Arguments {
    /// Where to listen.
    pub listen: SocketAddr,
    /// What to speak there.
    pub form: Form,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Arguments {
    /// Reads the command line; ends the process with a message when it makes no sense.
    pub fn from_command_line() -> Self {
        match Self::parse(std::env::args().skip(1)) {
            Ok(arguments) => arguments,
            Err(why) => {
                eprintln!("error: {why}");
                eprintln!("usage: --listen ADDRESS --form http1|tls|http2|http3 [--certificate FILE --key FILE]");
                std::process::exit(2)
            }
        }
    }

    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut listen, mut form, mut certificate, mut key) = (None, None, None, None);
        while let Some(flag) = words.next() {
            let value = words.next().ok_or_else(|| format!("`{flag}` has no value"))?;
            match flag.as_str() {
                "--listen" => listen = value.parse().ok(),
                "--form" => form = form_named(&value),
                "--certificate" => certificate = Some(value.into()),
                "--key" => key = Some(value.into()),
                _ => return Err(format!("`{flag}` is no flag")),
            }
        }
        let listen = listen.ok_or("`--listen` has no address")?;
        let form = form.ok_or("`--form` names no protocol")?;
        Ok(Self { listen, form, certificate, key })
    }

    /// A non-blocking listener with a backlog for ten thousand connections at once.
    pub fn bind(&self) -> io::Result<TcpListener> {
        let listener = TcpListener::bind(self.listen)?;
        socket2::SockRef::from(&listener).listen(BACKLOG)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    }

    /// What rustls needs to serve with the certificate, offering `protocols` by ALPN.
    pub fn tls_config(&self, protocols: &[&[u8]]) -> io::Result<rustls::ServerConfig> {
        let missing = || io::Error::other("TLS needs `--certificate` and `--key`");
        let certificate = self.certificate.as_ref().ok_or_else(missing)?;
        let key = self.key.as_ref().ok_or_else(missing)?;
        let chain = CertificateDer::pem_file_iter(certificate)
            .map_err(io::Error::other)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(config)
    }
}

fn form_named(name: &str) -> Option<Form> {
    match name {
        "http1" => Some(Form::Http1),
        "tls" => Some(Form::Tls),
        "http2" => Some(Form::Http2),
        "http3" => Some(Form::Http3),
        _ => None,
    }
}
