//! Certificates that change, clients that show some, and what a handler hears of it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::*;

/// An authority with what it can issue.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

struct Pair {
    chain: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    fn issue(&self, name: &str) -> Pair {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        Pair { chain: params.signed_by(&key, &self.issuer).unwrap().pem(), key: key.serialize_pem() }
    }

    fn roots(&self) -> RootCertStore {
        use rustls::pki_types::pem::PemObject;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap()).unwrap();
        roots
    }
}

struct About;

impl Handler for About {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        let tls = request.connection().tls.clone().unwrap_or_default();
        let text = format!(
            "{} {} {:?} {} {:?} {}",
            request.version().name(),
            request.scheme(),
            tls.alpn,
            tls.version,
            tls.server_name,
            tls.client_certificates.len(),
        );
        assert!(!tls.cipher.is_empty() && request.peer_addr().is_some());
        response.respond(200, "text/plain", text.as_bytes());
        Action::Done
    }
}

fn start(material: TlsMaterial) -> RunningServer {
    Server::builder().listen_tls("127.0.0.1:0".parse().unwrap(), material).start(|_| About).unwrap()
}

fn client(authority: &Authority, own: Option<&Pair>, alpn: &[&str]) -> ClientConfig {
    use rustls::pki_types::pem::PemObject;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(authority.roots());
    let mut config = match own {
        None => builder.with_no_client_auth(),
        Some(pair) => {
            let chain = CertificateDer::from_pem_slice(pair.chain.as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![chain], key).unwrap()
        }
    };
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// Asks over HTTP/1.1; the answer, or why there was none.
fn ask(server: &RunningServer, name: &str, config: ClientConfig) -> std::io::Result<String> {
    use std::io::{Read, Write};
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let session = ClientConnection::new(Arc::new(config), name).unwrap();
    let stream = std::net::TcpStream::connect(server.tls_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut stream = rustls::StreamOwned::new(session, stream);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[test]
fn a_handler_hears_of_the_handshake() {
    let authority = Authority::new("ca");
    let pair = authority.issue("one.test");
    let server = start(TlsMaterial::from_pem(pair.chain.as_bytes(), pair.key.as_bytes()).unwrap());
    let answer = ask(&server, "one.test", client(&authority, None, &["http/1.1"])).unwrap();
    assert!(answer.ends_with(r#"HTTP/1.1 https Some("http/1.1") TLSv1.3 Some("one.test") 0"#), "{answer}");
    assert!(ask(&server, "one.test", client(&authority, None, &["spdy/3"])).is_err());
}

#[test]
fn http2_is_chosen_by_alpn() {
    let authority = Authority::new("ca");
    let pair = authority.issue("one.test");
    let server = start(TlsMaterial::from_pem(pair.chain.as_bytes(), pair.key.as_bytes()).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let text = runtime.block_on(async {
        let stream = TcpStream::connect(server.tls_addrs()[0]).await.unwrap();
        let connector =
            tokio_rustls::TlsConnector::from(Arc::new(client(&authority, None, &["h2", "http/1.1"])));
        let stream = connector.connect("one.test".try_into().unwrap(), stream).await.unwrap();
        let (mut send, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let request = http::Request::get("https://one.test/").body(()).unwrap();
        let mut body = send.send_request(request, true).unwrap().0.await.unwrap().into_body();
        body.data().await.unwrap().unwrap()
    });
    assert_eq!(text, r#"HTTP/2 https Some("h2") TLSv1.3 Some("one.test") 0"#);
}

#[test]
fn http2_is_not_offered_where_it_is_off() {
    let authority = Authority::new("ca");
    let pair = authority.issue("one.test");
    let material = TlsMaterial::from_pem(pair.chain.as_bytes(), pair.key.as_bytes()).unwrap();
    let server = Server::builder()
        .listen_tls("127.0.0.1:0".parse().unwrap(), material)
        .tune(|limits| limits.http2.is_enabled = false)
        .start(|_| About)
        .unwrap();
    let answer = ask(&server, "one.test", client(&authority, None, &["h2", "http/1.1"])).unwrap();
    assert!(answer.contains(r#"Some("http/1.1")"#), "{answer}");
}

#[test]
fn client_certificates_are_asked_for() {
    let authority = Authority::new("ca");
    let other = Authority::new("other");
    let pair = authority.issue("one.test");
    let own = authority.issue("client.test");
    let foreign = other.issue("client.test");
    let material = |kind| {
        TlsMaterial::from_pem(pair.chain.as_bytes(), pair.key.as_bytes())
            .unwrap()
            .client_certificates(kind, authority.pem.as_bytes())
            .unwrap()
    };
    let required = start(material(ClientCertificates::Required));
    assert!(ask(&required, "one.test", client(&authority, None, &[])).is_err());
    assert!(ask(&required, "one.test", client(&authority, Some(&foreign), &[])).is_err());
    assert!(ask(&required, "one.test", client(&authority, Some(&own), &[])).unwrap().ends_with(" 1"));
    let optional = start(material(ClientCertificates::Optional));
    assert!(ask(&optional, "one.test", client(&authority, None, &[])).unwrap().ends_with(" 0"));
    assert!(ask(&optional, "one.test", client(&authority, Some(&own), &[])).unwrap().ends_with(" 1"));
    assert!(ask(&optional, "one.test", client(&authority, Some(&foreign), &[])).is_err());
}

/// A folder of one test that goes away with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dyno-server-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes a pair whose files are so many seconds old.
    fn write(&self, pair: &Pair, age_s: u64) -> (PathBuf, PathBuf) {
        let time = SystemTime::now() - Duration::from_secs(age_s);
        let write = |name: &str, text: &str| {
            let path = self.0.join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
            path
        };
        (write("chain.pem", &pair.chain), write("key.pem", &pair.key))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn from_files(paths: &(impl AsRef<Path>, impl AsRef<Path>)) -> Result<TlsMaterial, ServerError> {
    TlsMaterial::from_files(paths.0.as_ref(), paths.1.as_ref())
}

#[test]
fn changed_files_are_served_without_a_restart() {
    let authority = Authority::new("ca");
    let folder = Folder::new("reload");
    let paths = folder.write(&authority.issue("old.test"), 100);
    let server = start(from_files(&paths).unwrap());
    let is_shown = |name: &str| ask(&server, name, client(&authority, None, &[])).is_ok();
    assert!(is_shown("old.test") && !is_shown("new.test"));
    // A key that does not belong to its certificate leaves the old pair in place.
    let broken = Pair { chain: authority.issue("new.test").chain, key: authority.issue("x.test").key };
    folder.write(&broken, 50);
    let error = server.reload_tls().unwrap_err();
    assert!(error.to_string().contains("the pair was refused"), "{error}");
    assert!(is_shown("old.test"));
    // The server looks by itself.
    folder.write(&authority.issue("new.test"), 10);
    while !is_shown("new.test") {}
    assert!(!is_shown("old.test"));
    folder.write(&authority.issue("newest.test"), 10);
    server.reload_tls().unwrap();
    assert!(is_shown("newest.test"));
}

#[test]
fn replaced_pairs_are_shown_to_new_connections() {
    let authority = Authority::new("ca");
    let [old, new] = ["old.test", "new.test"].map(|name| authority.issue(name));
    let material = TlsMaterial::from_pem(old.chain.as_bytes(), old.key.as_bytes()).unwrap();
    let server = start(material.clone());
    assert!(ask(&server, "old.test", client(&authority, None, &[])).is_ok());
    material.replace_pem(new.chain.as_bytes(), new.key.as_bytes()).unwrap();
    assert!(ask(&server, "new.test", client(&authority, None, &[])).is_ok());
    assert!(material.replace_pem(b"no", b"no").is_err());
}

#[test]
fn a_missing_file_is_named() {
    let error = TlsMaterial::from_files("/nowhere/chain.pem", "/nowhere/key.pem").unwrap_err();
    assert_eq!(error.to_string(), "could not read the TLS file /nowhere/chain.pem");
}

#[test]
fn a_slow_handshake_is_cut() {
    let authority = Authority::new("ca");
    let pair = authority.issue("one.test");
    let material = TlsMaterial::from_pem(pair.chain.as_bytes(), pair.key.as_bytes()).unwrap();
    let server = Server::builder()
        .listen_tls("127.0.0.1:0".parse().unwrap(), material)
        .tune(|limits| limits.connections.handshake_time_max = Duration::from_millis(300))
        .start(|_| About)
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let received = runtime.block_on(async {
        let mut stream = TcpStream::connect(server.tls_addrs()[0]).await.unwrap();
        stream.write_all(b"\x16\x03\x01").await.unwrap();
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        read.expect("the server closes").map(|_| rest)
    });
    assert!(received.is_err() || received.is_ok_and(|rest| rest.is_empty()));
}
