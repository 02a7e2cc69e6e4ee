//! TLS over real sockets: certificates that fit, that do not, and ports that speak something else.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use dyno_engine::{Driver as _, DriverError, TargetInfo};
use dyno_model::{FailureKind, RunPlan};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

use super::fixture::{answer, answering, failure_of, http, plan, play, play_with, read_request, server};
use crate::HttpDriver;

/// An authority whose certificate lies in a file.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

/// A certificate with its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    certificate_pem: String,
    key_pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no name is wrong");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let key = KeyPair::generate().expect("there is randomness");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("the parameters are complete");
        let folder = tempfile::tempdir().expect("there is room for a folder");
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("the folder is ours");
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("the name is one");
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        change(&mut params);
        let key = KeyPair::generate().expect("there is randomness");
        let certificate = params.signed_by(&key, &self.issuer).expect("the parameters are complete");
        Identity {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).expect("a key is PKCS 8"),
            certificate_pem: certificate.pem(),
            key_pem: key.serialize_pem(),
        }
    }
}

/// A server that answers `hello` over TLS.
fn tls_server(identity: Identity, client_authority: Option<&Authority>) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider speaks TLS");
    let builder = match client_authority {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.issuer.der().clone()).expect("the authority is one");
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect("there is an authority"))
        }
    };
    let config = builder.with_single_cert(identity.chain, identity.key).expect("the key fits");
    let config = Arc::new(config);
    server(move |stream, _| {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("the configuration is complete");
        let mut stream = StreamOwned::new(connection, stream);
        while read_request(&mut stream).is_some() {
            if stream.write_all(&answer(200, "", "hello")).is_err() {
                return;
            }
        }
    })
}

fn tls_plan(address: SocketAddr, host: &str, authority: Option<&Authority>) -> RunPlan {
    let mut plan = plan(&format!("https://{host}:{}", address.port()), "/");
    http(&mut plan).connection.resolve = vec![(host.to_owned(), address.port(), address.ip())];
    http(&mut plan).connection.tls.ca_file = authority.map(Authority::file);
    plan
}

fn check_of(plan: &RunPlan) -> Result<TargetInfo, DriverError> {
    let driver = HttpDriver::new(plan)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be started").block_on(driver.check())
}

/// The run and the check before it must say the same.
fn check_refusal(plan: &RunPlan, words: &str, hint: &str) {
    let (kind, message) = failure_of(plan);
    assert_eq!(kind, Some(FailureKind::Tls), "{message}");
    assert!(message.contains(words), "`{message}` does not contain `{words}`");
    let error = check_of(plan).expect_err("the certificate is not good");
    assert!(error.reason.contains(words), "`{}` does not contain `{words}`", error.reason);
    let given = error.hint.unwrap_or_default();
    assert!(given.contains(hint), "`{given}` does not contain `{hint}`");
}

#[test]
fn a_call_of_a_library_includes_the_connection_that_it_makes() {
    let authority = Authority::new("one");
    let address = tls_server(authority.issue("good.test", |_| {}), None);
    let mut plan = tls_plan(address, "good.test", Some(&authority));
    plan.limits.arrivals = Some(5);
    http(&mut plan).connection.keep_alive = false;
    let mut driver = HttpDriver::new(&plan).expect("the plan can be played");
    assert!(driver.behave_as_library());
    let played = play_with(&plan, &driver);
    // One more may be made before the loop learns that nothing is left to ask.
    assert!(played.all.ok == 5 && played.tls.count() >= 5, "{:?}", played.specimens);
    let (called_ns, connecting_ns) = (played.all.service_time.mean(), played.connect.mean());
    assert!(called_ns > connecting_ns, "{called_ns} ns of a call hold {connecting_ns} ns of connecting");
}

#[test]
fn a_good_certificate_is_played_both_ways() {
    let authority = Authority::new("one");
    let address = tls_server(authority.issue("good.test", |_| {}), None);
    let mut plan = tls_plan(address, "good.test", Some(&authority));
    plan.limits.arrivals = Some(20);
    let played = play(&plan);
    assert_eq!((played.all.ok, played.connect.count(), played.tls.count()), (20, 1, 1));
    let lean = HttpDriver::new(&plan).expect("the plan can be played");
    assert_eq!(lean.name(), "lean HTTPS/1.1");
    assert_eq!(play_with(&plan, &lean).all.ok, 20);
    let info = check_of(&plan).expect("the certificate is good");
    assert_eq!(info.description, format!("https://good.test:{} (HTTP/1.1, TLS 1.3)", address.port()));
    let shown = crate::debug::exchange(&plan).expect("the server answers").tls.expect("it speaks TLS");
    let certificate = shown.certificate.expect("the certificate can be read");
    assert_eq!((shown.version.as_str(), certificate.subject.as_str()), ("TLS 1.3", "good.test"));
    assert_eq!(certificate.expires, "4096-01-01 00:00:00 UTC");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new("one");
    let address = tls_server(authority.issue("good.test", |_| {}), None);
    let mut plan = tls_plan(address, "other.test", Some(&authority));
    check_refusal(&plan, "the certificate is not for `other.test` but for `good.test`", "--server-name");
    http(&mut plan).connection.tls.server_name = Some("good.test".to_owned());
    assert_eq!(play(&plan).all.ok, 1);
}

#[test]
fn an_expired_certificate_is_refused() {
    let authority = Authority::new("one");
    let expired = |params: &mut CertificateParams| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    };
    let address = tls_server(authority.issue("good.test", expired), None);
    let mut plan = tls_plan(address, "good.test", Some(&authority));
    check_refusal(&plan, "the certificate expired", "-k");
    http(&mut plan).connection.tls.insecure = true;
    assert_eq!(play(&plan).all.ok, 1);
}

#[test]
fn an_unknown_authority_is_refused() {
    let (authority, other) = (Authority::new("one"), Authority::new("other"));
    let address = tls_server(authority.issue("good.test", |_| {}), None);
    let plan = tls_plan(address, "good.test", Some(&other));
    check_refusal(&plan, "from an authority that is not trusted", "--cacert FILE");
    let of_same_name = Authority::new("one");
    let plan = tls_plan(address, "good.test", Some(&of_same_name));
    check_refusal(&plan, "not signed by the authority that it names", "--cacert FILE");
}

#[test]
fn a_client_certificate_is_shown_when_it_is_asked_for() {
    let authority = Authority::new("one");
    let address = tls_server(authority.issue("good.test", |_| {}), Some(&authority));
    let mut plan = tls_plan(address, "good.test", Some(&authority));
    let (kind, message) = failure_of(&plan);
    assert_eq!(kind, Some(FailureKind::Tls), "{message}");
    assert!(message.contains("asks for a client certificate"), "{message}");
    let client = authority.issue("client.test", |_| {});
    let (certificate, key) = (authority.folder.path().join("c.pem"), authority.folder.path().join("k.pem"));
    std::fs::write(&certificate, client.certificate_pem).expect("the folder is ours");
    std::fs::write(&key, client.key_pem).expect("the folder is ours");
    http(&mut plan).connection.tls.certificate_file = Some(certificate);
    http(&mut plan).connection.tls.key_file = Some(key);
    assert_eq!(failure_of(&plan), (None, String::new()));
}

#[test]
fn a_plain_port_is_told_apart() {
    let (address, _) = answering(|_| answer(200, "", ""));
    let early = server(|mut stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = read_request(&mut stream);
    });
    let mut plan = tls_plan(early, "good.test", None);
    http(&mut plan).connection.tls.insecure = true;
    check_refusal(&plan, "the server does not speak TLS on this port", "http://");
    let mut plan = tls_plan(address, "good.test", None);
    http(&mut plan).connection.tls.insecure = true;
    http(&mut plan).connection.connect_timeout = std::time::Duration::from_millis(200);
    let (kind, message) = failure_of(&plan);
    assert_eq!(kind, Some(FailureKind::Timeout));
    assert!(message.contains("no TLS handshake"), "{message}");
}
