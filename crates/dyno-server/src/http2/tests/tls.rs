//! HTTP/2 over TLS: what ALPN chooses, what a handler hears of the handshake, and handshakes that do not end.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::*;

struct Secured {
    server: RunningServer,
    roots: RootCertStore,
}

fn start_tls(change: impl FnOnce(&mut Limits)) -> Secured {
    let made = rcgen::generate_simple_self_signed(vec!["one.test".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let material = TlsMaterial::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let builder = Server::builder().listen_tls("127.0.0.1:0".parse().unwrap(), material).tune(change);
    Secured { server: builder.start(|_| About).unwrap(), roots }
}

struct About;

impl Handler for About {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        let tls = request.connection().tls.clone().unwrap_or_default();
        assert!(!tls.cipher.is_empty() && request.peer_addr().is_some());
        let TlsInfo { alpn, version, server_name, .. } = tls;
        let (name, scheme) = (request.version().name(), request.scheme());
        let text = format!("{name} {scheme} {alpn:?} {version} {server_name:?}");
        response.respond(200, "text/plain", text.as_bytes());
        Action::Done
    }
}

impl Secured {
    async fn connect(&self, alpn: &[&str]) -> std::io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(self.server.tls_addrs()[0]).await?;
        TlsConnector::from(Arc::new(config)).connect("one.test".try_into().unwrap(), stream).await
    }
}

#[test]
fn http2_is_chosen_by_alpn() {
    let secured = start_tls(|_| {});
    block_on(async {
        let stream = secured.connect(&["h2", "http/1.1"]).await.unwrap();
        let (mut send, connection) = client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::get("https://one.test/").body(()).unwrap();
        let answer = answer_of(send.send_request(request, true).unwrap().0).await.unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        assert_eq!(text, r#"HTTP/2 https Some("h2") TLSv1.3 Some("one.test")"#);
        assert!(secured.connect(&["spdy/3"]).await.is_err());
    });
}

#[test]
fn http2_is_not_offered_where_it_is_off_and_its_preface_not_taken_after_another_choice() {
    let off = start_tls(|limits| limits.http2.is_enabled = false);
    let on = start_tls(|_| {});
    block_on(async {
        let wire = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        for (secured, alpn, wire, expected) in [
            (&off, &["h2", "http/1.1"][..], &wire[..], r#"Some("http/1.1")"#),
            (&on, &["http/1.1"], &wire[..], r#"Some("http/1.1")"#),
            (&on, &[], &wire[..], "None"),
            (&on, &["http/1.1"], &b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], "HTTP/1.1 505 "),
        ] {
            let mut stream = secured.connect(alpn).await.unwrap();
            stream.write_all(wire).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert!(answer.contains(expected), "{answer}");
        }
    });
}

#[test]
fn a_slow_handshake_is_cut() {
    let secured = start_tls(|limits| limits.connections.handshake_time_max = Duration::from_millis(300));
    block_on(async {
        let mut stream = TcpStream::connect(secured.server.tls_addrs()[0]).await.unwrap();
        stream.write_all(b"\x16\x03\x01").await.unwrap();
        let mut rest = Vec::new();
        let end = stream.read_to_end(&mut rest).await;
        assert!(end.is_err() || rest.is_empty(), "{rest:?}");
    });
}
