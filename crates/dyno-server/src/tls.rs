//! What a TLS listener shows and asks for: certificate, key, protocols, client certificates.
//!
//! Makes no certificates; `dyno-target` does that for its self-signed mode. A certificate can be replaced while the
//! server runs: handshakes ask `resolver` for the current one, established connections keep theirs.

mod files;
mod resolver;

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::ServerError;
use files::PemFiles;
use resolver::CurrentCertificate;

/// How often files are looked at for a change.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

/// A certificate chain with its key, ready to serve over TLS 1.2 and 1.3.
///
/// Clones are the same material: replacing the certificate of one replaces it for all listeners that use it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
/// # let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
/// use dyno_server::{ClientCertificates, TlsMaterial};
///
/// let material = TlsMaterial::from_pem(chain.as_bytes(), key.as_bytes())?
///     .client_certificates(chain.as_bytes(), ClientCertificates::Optional)?;
/// // Later, without a restart:
/// material.replace_pem(chain.as_bytes(), key.as_bytes())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TlsMaterial {
    shared: Arc<Shared>,
}

struct Shared {
    certificate: Arc<CurrentCertificate>,
    files: Option<PemFiles>,
    http1_only: TlsAcceptor,
    with_http2: TlsAcceptor,
}

/// Whether clients must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// The handshake fails without one.
    Required,
    /// A client may show none; a bad one fails the handshake all the same.
    Optional,
}

impl TlsMaterial {
    /// Takes a chain (own certificate first) and its private key, both PEM.
    ///
    /// # Errors
    /// When either is unreadable or the key does not belong to the certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, ServerError> {
        let (chain, key) = read_pem(chain, key)?;
        Self::from_der(chain, key)
    }

    /// Takes a chain (own certificate first) and its private key, both DER.
    ///
    /// # Errors
    /// When the key does not belong to the certificate, or is of an unknown kind.
    pub fn from_der(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, ServerError> {
        let certificate = Arc::new(CurrentCertificate::new(chain, key)?);
        Self::build(certificate, WebPkiClientVerifier::no_client_auth(), None)
    }

    /// Takes PEM files, and takes them again whenever one of them changes while a server runs.
    ///
    /// The files are looked at once a second. A pair that cannot be used is logged and changes nothing.
    ///
    /// # Errors
    /// When a file cannot be read, is no PEM, or the key does not belong to the certificate.
    pub fn from_files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, ServerError> {
        let files = PemFiles::new(chain.into(), key.into());
        let (chain, key) = files.read()?;
        let certificate = Arc::new(CurrentCertificate::new(chain, key)?);
        Self::build(certificate, WebPkiClientVerifier::no_client_auth(), Some(files))
    }

    /// Asks clients for a certificate that one of the `authorities` (PEM) has signed.
    ///
    /// What was shown and verified is in [`crate::TlsInfo::client_certificates`].
    ///
    /// # Errors
    /// When the authorities are unreadable, or there is none.
    pub fn client_certificates(
        self,
        authorities: &[u8],
        demand: ClientCertificates,
    ) -> Result<Self, ServerError> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authorities) {
            let authority = authority.map_err(|source| failed("the client authority is no PEM", source))?;
            roots.add(authority).map_err(|source| failed("the client authority was refused", source))?;
        }
        let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider());
        let builder = match demand {
            ClientCertificates::Required => builder,
            ClientCertificates::Optional => builder.allow_unauthenticated(),
        };
        let verifier =
            builder.build().map_err(|source| failed("the client authority was refused", source))?;
        Self::build(Arc::clone(&self.shared.certificate), verifier, self.shared.files.clone())
    }

    /// Shows another certificate from the next handshake on.
    ///
    /// # Errors
    /// As [`TlsMaterial::from_pem`]; the old certificate stays then.
    pub fn replace_pem(&self, chain: &[u8], key: &[u8]) -> Result<(), ServerError> {
        let (chain, key) = read_pem(chain, key)?;
        self.shared.certificate.replace(chain, key)
    }

    /// Reads the files again, changed or not; nothing happens to material that came from memory.
    ///
    /// # Errors
    /// As [`TlsMaterial::from_files`]; the old certificate stays then.
    pub fn reload(&self) -> Result<(), ServerError> {
        let Some(files) = &self.shared.files else { return Ok(()) };
        let (chain, key) = files.read()?;
        self.shared.certificate.replace(chain, key)
    }

    /// Takes changed files for as long as it is polled; ends at once for material that came from memory.
    pub(crate) async fn watch(self) {
        let Some(files) = &self.shared.files else { return };
        let mut looks = tokio::time::interval(WATCH_INTERVAL);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            if files.have_changed() {
                self.reload_logged();
            }
        }
    }

    fn reload_logged(&self) {
        match self.reload() {
            Ok(()) => tracing::info!("a new TLS certificate is in use"),
            Err(error) => tracing::error!(
                error = &error as &dyn Error,
                "the TLS certificate has changed and cannot be used; the old one stays"
            ),
        }
    }

    /// Makes the server's side of a handshake; with HTTP/2, ALPN offers it first.
    pub(crate) fn acceptor(&self, with_http2: bool) -> TlsAcceptor {
        if with_http2 { self.shared.with_http2.clone() } else { self.shared.http1_only.clone() }
    }

    fn build(
        certificate: Arc<CurrentCertificate>,
        verifier: Arc<dyn ClientCertVerifier>,
        files: Option<PemFiles>,
    ) -> Result<Self, ServerError> {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|source| failed("the provider has no usable version of TLS", source))?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&certificate) as _);
        config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new()
            .map_err(|source| failed("no keys for session tickets could be made", source))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let http1_only = TlsAcceptor::from(Arc::new(config.clone()));
        config.alpn_protocols.insert(0, b"h2".to_vec());
        let with_http2 = TlsAcceptor::from(Arc::new(config));
        Ok(Self { shared: Arc::new(Shared { certificate, files, http1_only, with_http2 }) })
    }
}

impl fmt::Debug for TlsMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsMaterial").field("files", &self.shared.files).finish_non_exhaustive()
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

type Pair = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn read_pem(chain: &[u8], key: &[u8]) -> Result<Pair, ServerError> {
    let chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| failed("the certificate is no PEM", source))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|source| failed("the key is no PEM", source))?;
    Ok((chain, key))
}

fn failed(what: &'static str, source: impl Error + Send + Sync + 'static) -> ServerError {
    ServerError::Tls { what, source: Box::new(source) }
}
