//! The server under test: it answers with what it saw, so that a case can compare requests and not only statuses.

use dyno_server::{
    Action, Handler, Limits, Request, ResponseWriter, RunningServer, Server, ThreadContext, TlsMaterial,
};

/// Answers `METHOD target host` and, after a colon, the body.
struct Echo;

impl Handler for Echo {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        match request.path() {
            "/204" => response.start(204).body(b"never sent"),
            "/304" => response.start(304).field("etag", b"\"x\"").body(b"never sent"),
            "/404" => response.respond(404, "text/plain", b"nothing here"),
            "/large" => response.respond(200, "text/plain", &vec![b'x'; 6 << 20]),
            "/push" => {
                let is_pushed = response.push("/pushed", &[]);
                response.respond(200, "text/plain", format!("pushed: {is_pushed}").as_bytes());
            }
            "/split" => response.start(200).field("a", b"b\r\nSet-Cookie: c").body(b"x"),
            "/panic" => panic!("on purpose"),
            path if path.starts_with("/show/") => {
                let shown: Vec<_> = request
                    .headers()
                    .filter(|(name, _)| name.eq_ignore_ascii_case(&path[6..]))
                    .map(|(_, value)| value.escape_ascii().to_string())
                    .collect();
                response.respond(200, "text/plain", shown.join("|").as_bytes());
            }
            _ => response.respond(200, "text/plain", seen(request).as_bytes()),
        }
        Action::Done
    }
}

fn seen(request: &Request<'_>) -> String {
    let start = format!("{} {} {}", request.method(), request.target(), request.host().unwrap_or("-"));
    match request.body() {
        [] => start,
        body => format!("{start}: {}", body.escape_ascii()),
    }
}

/// Starts the server on a port of the system's choice.
pub fn start() -> RunningServer {
    start_with(|_| {})
}

/// Starts the server with other limits.
pub fn start_with(tune: impl FnOnce(&mut Limits)) -> RunningServer {
    let builder = Server::builder().listen("127.0.0.1:0".parse().unwrap()).tune(tune);
    builder.start(|_: ThreadContext| Echo).unwrap()
}

/// Starts the server on a port without TLS and one with it.
pub fn start_tls() -> RunningServer {
    let address = "127.0.0.1:0".parse().unwrap();
    let builder = Server::builder().listen(address).listen_tls(address, self_signed().0);
    builder.start(|_: ThreadContext| Echo).unwrap()
}

fn self_signed() -> (TlsMaterial, rustls_pki_types::CertificateDer<'static>) {
    let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (chain, key) = (pair.cert.pem(), pair.signing_key.serialize_pem());
    (TlsMaterial::from_pem(chain.as_bytes(), key.as_bytes()).unwrap(), pair.cert.der().clone())
}

/// Starts the server on a UDP port of the system's choice, for HTTP/3 alone; also gives its certificate.
#[cfg(feature = "http3")]
pub fn start_quic(
    tune: impl FnOnce(&mut dyno_server::Limits),
) -> (RunningServer, rustls_pki_types::CertificateDer<'static>) {
    let (material, certificate) = self_signed();
    let builder = Server::builder().listen_quic("127.0.0.1:0".parse().unwrap(), material).tune(tune);
    (builder.start(|_: ThreadContext| Echo).unwrap(), certificate)
}
