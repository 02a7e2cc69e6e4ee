//! TLS of the load side: one configuration per run, and its errors in words.
//!
//! The cryptography is aws-lc-rs, chosen here and nowhere else. Called by `HttpDriver::new`; sessions only share
//! the result.

mod accept_all;
mod explain;

use std::path::Path;
use std::sync::Arc;

use dyno_engine::DriverError;
use dyno_model::TlsOptions;
use rustls::client::WantsClientCert;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

pub(crate) use explain::{explain, is_tls_record};

/// The configuration that all connections of a run share; sessions are resumed.
///
/// # Errors
/// When a file cannot be used, or nothing is there to trust.
pub(crate) fn client_config(options: &TlsOptions) -> Result<Arc<ClientConfig>, DriverError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed("set up TLS".to_owned(), error.to_string(), None))?;
    let builder = match options.insecure {
        true => {
            let verifier = Arc::new(accept_all::AcceptAll::new(&provider));
            builder.dangerous().with_custom_certificate_verifier(verifier)
        }
        false => builder.with_root_certificates(trusted(options.ca_file.as_deref())?),
    };
    let mut config = with_client_certificate(builder, options, &provider)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn trusted(ca_file: Option<&Path>) -> Result<RootCertStore, DriverError> {
    let mut store = RootCertStore::empty();
    if let Some(path) = ca_file {
        for certificate in certificates_of(path, "trust the authorities of")? {
            store.add(certificate).map_err(|error| {
                let attempt = format!("trust the authorities of `{}`", path.display());
                failed(attempt, error.to_string(), None)
            })?;
        }
        return Ok(store);
    }
    let found = rustls_native_certs::load_native_certs();
    // A system's store often holds an old certificate that cannot be read; the others still count.
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        let reason = match found.errors.first() {
            Some(error) => format!("it cannot be read: {error}"),
            None => "it has no certificate".to_owned(),
        };
        let hint = "name the authority with `--cacert FILE`, or accept any certificate with `-k`";
        return Err(failed("use the system's certificate store".to_owned(), reason, Some(hint)));
    }
    Ok(store)
}

fn with_client_certificate(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    options: &TlsOptions,
    provider: &CryptoProvider,
) -> Result<ClientConfig, DriverError> {
    let (certificate_file, key_file) = match (&options.certificate_file, &options.key_file) {
        (None, None) => return Ok(builder.with_no_client_auth()),
        // One PEM file often holds both.
        (Some(certificate), key) => (certificate, key.as_ref().unwrap_or(certificate)),
        (None, Some(key)) => {
            let attempt = format!("use the key `{}`", key.display());
            let reason = "there is no certificate for it".to_owned();
            return Err(failed(attempt, reason, Some("give it with `--cert FILE`")));
        }
    };
    let chain = certificates_of(certificate_file, "use the client certificate")?;
    let key = key_of(key_file)?;
    let attempt = || format!("use the key `{}` with `{}`", key_file.display(), certificate_file.display());
    provider
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|error| failed(attempt(), format!("the key cannot be used: {error}"), None))?;
    builder.with_client_auth_cert(chain, key).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => failed(
            attempt(),
            "the key does not belong to the certificate".to_owned(),
            Some("`--cert` and `--key` must be of one pair"),
        ),
        error => failed(attempt(), error.to_string(), None),
    })
}

fn certificates_of(path: &Path, attempt: &str) -> Result<Vec<CertificateDer<'static>>, DriverError> {
    let attempt = format!("{attempt} `{}`", path.display());
    let text = read(path, &attempt)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let certificates =
        found.map_err(|error| failed(attempt.clone(), format!("it is not PEM: {error}"), None))?;
    if certificates.is_empty() {
        let hint = "a PEM file has a line `-----BEGIN CERTIFICATE-----`";
        return Err(failed(attempt, "the file has no certificate".to_owned(), Some(hint)));
    }
    Ok(certificates)
}

fn key_of(path: &Path) -> Result<PrivateKeyDer<'static>, DriverError> {
    let attempt = format!("use the client key `{}`", path.display());
    let text = read(path, &attempt)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| match error {
        _ if memchr::memmem::find(&text, b"ENCRYPTED").is_some() => failed(
            attempt,
            "the key is encrypted".to_owned(),
            Some("decrypt it first: `openssl pkey -in KEY -out PLAIN_KEY`"),
        ),
        pem::Error::NoItemsFound => failed(
            attempt,
            "the file has no private key".to_owned(),
            Some("a PEM file has a line such as `-----BEGIN PRIVATE KEY-----`"),
        ),
        error => failed(attempt, format!("it is not PEM: {error}"), None),
    })
}

fn read(path: &Path, attempt: &str) -> Result<Vec<u8>, DriverError> {
    std::fs::read(path).map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "the file does not exist".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        failed(attempt.to_owned(), reason, None)
    })
}

fn failed(attempt: String, reason: String, hint: Option<&str>) -> DriverError {
    DriverError { attempt, reason, hint: hint.map(str::to_owned) }
}

#[cfg(test)]
mod tests;
