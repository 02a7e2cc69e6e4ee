//! Files that cannot be used, each with its reason.

use std::path::{Path, PathBuf};

use dyno_model::TlsOptions;
use rcgen::{CertificateParams, KeyPair};

use super::{client_config, is_tls_record};

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the folder is ours");
    path
}

fn check(options: &TlsOptions, attempt: &str, reason: &str) {
    let error = client_config(options).expect_err("the file cannot be used");
    assert!(error.attempt.contains(attempt), "`{}` does not contain `{attempt}`", error.attempt);
    assert!(error.reason.contains(reason), "`{}` does not contain `{reason}`", error.reason);
}

#[test]
fn authorities_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let missing = folder.path().join("missing.pem");
    let empty = write(folder.path(), "empty.pem", "nothing here\n");
    for (path, reason) in [(missing, "does not exist"), (empty, "has no certificate")] {
        let attempt = format!("trust the authorities of `{}`", path.display());
        check(&TlsOptions { ca_file: Some(path), ..TlsOptions::default() }, &attempt, reason);
    }
}

#[test]
fn client_certificates_that_cannot_be_used_say_why() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (key, other) = (KeyPair::generate().expect("randomness"), KeyPair::generate().expect("randomness"));
    let params = CertificateParams::new(vec!["client.test".to_owned()]).expect("the name is one");
    let certificate = params.self_signed(&key).expect("the parameters are complete");
    let pem = write(folder.path(), "certificate.pem", &certificate.pem());
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let options = |key: PathBuf| TlsOptions {
        insecure: true,
        certificate_file: Some(pem.clone()),
        key_file: Some(key),
        ..TlsOptions::default()
    };
    for (name, text, reason) in [
        ("other.pem", other.serialize_pem(), "does not belong to the certificate"),
        ("encrypted.pem", encrypted.to_owned(), "the key is encrypted"),
        ("no-key.pem", certificate.pem(), "the file has no private key"),
    ] {
        check(&options(write(folder.path(), name, &text)), name, reason);
    }
    let good = client_config(&options(write(folder.path(), "key.pem", &key.serialize_pem())));
    assert_eq!(good.expect("key and certificate fit").alpn_protocols, [b"http/1.1".to_vec()]);
}

#[test]
fn tls_records_are_recognised() {
    assert!(is_tls_record(b"\x15\x03\x03\x00\x02"));
    assert!(!is_tls_record(b"HTTP/1.1"));
}
