//! Handshakes with real clients: which certificate is shown, which is asked for, what comes after a change.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::*;
use crate::handler::Action;
use crate::request::Request;
use crate::response::ResponseWriter;
use crate::server::{RunningServer, Server};

/// A certificate that signs itself, and so is its own authority.
struct Made {
    chain: String,
    key: String,
    der: CertificateDer<'static>,
}

fn made() -> Made {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    Made {
        chain: made.cert.pem(),
        key: made.signing_key.serialize_pem(),
        der: made.cert.der().clone().into_owned(),
    }
}

impl Made {
    fn material(&self) -> TlsMaterial {
        TlsMaterial::from_pem(self.chain.as_bytes(), self.key.as_bytes()).unwrap()
    }

    fn pair(&self) -> Pair {
        read_pem(self.chain.as_bytes(), self.key.as_bytes()).unwrap()
    }
}

/// Answers with the number of certificates that the client showed.
struct CountShown;

impl crate::handler::Handler for CountShown {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        let shown = request.connection().tls.as_ref().map_or(0, |tls| tls.client_certificates.len());
        response.respond(200, "text/plain", shown.to_string().as_bytes());
        Action::Done
    }
}

fn serve(material: TlsMaterial) -> RunningServer {
    Server::builder().listen_tls("127.0.0.1:0".parse().unwrap(), material).start(|_| CountShown).unwrap()
}

/// One request by a client that trusts `server_cert`, and shows `own` if there is one.
fn ask(server: &RunningServer, server_cert: &Made, own: Option<&Made>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(server_cert.der.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match own {
        None => builder.with_no_client_auth(),
        Some(own) => {
            let (chain, key) = own.pair();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
    };
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(server.tls_addrs()[0])?);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

#[track_caller]
fn check_shown(answer: std::io::Result<String>, count: usize) {
    let answer = answer.unwrap();
    assert!(answer.ends_with(&format!("\r\n\r\n{count}")), "{answer}");
}

#[test]
fn a_certificate_is_replaced_while_the_server_runs() {
    let (old, new) = (made(), made());
    let material = old.material();
    let server = serve(material.clone());
    check_shown(ask(&server, &old, None), 0);
    material.replace_pem(new.chain.as_bytes(), new.key.as_bytes()).unwrap();
    check_shown(ask(&server, &new, None), 0);
    assert!(ask(&server, &old, None).is_err());
}

#[test]
fn a_pair_that_does_not_belong_together_changes_nothing() {
    let (old, other) = (made(), made());
    let material = old.material();
    let server = serve(material.clone());
    let error = material.replace_pem(other.chain.as_bytes(), old.key.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "could not use the TLS certificate and key: the pair was refused");
    assert!(material.replace_pem(b"", old.key.as_bytes()).is_err());
    assert!(material.replace_pem(old.chain.as_bytes(), b"no key").is_err());
    check_shown(ask(&server, &old, None), 0);
}

#[test]
fn changed_files_are_taken_and_broken_ones_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let (chain, key) = (directory.path().join("chain.pem"), directory.path().join("key.pem"));
    let write = |made: &Made| {
        std::fs::write(&chain, &made.chain).unwrap();
        std::fs::write(&key, &made.key).unwrap();
    };
    let (old, new) = (made(), made());
    write(&old);
    let material = TlsMaterial::from_files(&chain, &key).unwrap();
    let server = serve(material.clone());
    let files = material.shared.files.as_ref().unwrap();
    assert!(!files.have_changed());
    std::fs::write(&key, "half a k").unwrap();
    assert!(files.have_changed());
    assert!(server.reload_tls().is_err());
    assert!(!files.have_changed(), "a broken file is complained about once");
    check_shown(ask(&server, &old, None), 0);
    write(&new);
    assert!(files.have_changed());
    material.reload_logged();
    check_shown(ask(&server, &new, None), 0);
    std::fs::remove_file(&chain).unwrap();
    let error = server.reload_tls().unwrap_err();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        chain.display().to_string(),
        "the error names the file"
    );
}

#[test]
fn clients_show_certificates_of_the_authority_only() {
    let (server_cert, client, stranger) = (made(), made(), made());
    let demand =
        |demand| serve(server_cert.material().client_certificates(client.chain.as_bytes(), demand).unwrap());
    let required = demand(ClientCertificates::Required);
    check_shown(ask(&required, &server_cert, Some(&client)), 1);
    assert!(ask(&required, &server_cert, None).is_err());
    assert!(ask(&required, &server_cert, Some(&stranger)).is_err());
    let optional = demand(ClientCertificates::Optional);
    check_shown(ask(&optional, &server_cert, None), 0);
    check_shown(ask(&optional, &server_cert, Some(&client)), 1);
    assert!(ask(&optional, &server_cert, Some(&stranger)).is_err());
}

#[test]
fn an_authority_that_is_none_is_an_error() {
    let material = made().material();
    assert!(material.clone().client_certificates(b"", ClientCertificates::Required).is_err());
    assert!(material.client_certificates(b"garbage", ClientCertificates::Required).is_err());
}
