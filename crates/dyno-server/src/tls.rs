//! The certificate and key of a TLS listener, and how they are replaced while it serves.
//!
//! Connections take the configuration that holds when they begin. Makes no certificates; `dyno-target` does that for
//! its self-signed mode. Called by `accept` for each connection and by the tick for files that changed.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, ProducesTickets, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::ServerError;

#[cfg(test)]
mod tests;

/// A certificate chain with its key, ready to serve HTTP/2 and HTTP/1.1 over TLS 1.2 and 1.3.
///
/// Clones share one state: what one of them replaces or reloads, all of them show to new connections.
#[derive(Clone)]
pub struct TlsMaterial {
    state: Arc<State>,
}

struct State {
    files: Option<Files>,
    /// When the files were last changed, as of the last look.
    changed: Mutex<Option<[SystemTime; 2]>>,
    provider: Arc<CryptoProvider>,
    /// Survives a change of certificate, so that clients can still resume.
    ticketer: Arc<dyn ProducesTickets>,
    verifier: Arc<dyn ClientCertVerifier>,
    current: RwLock<Configs>,
}

struct Files {
    chain: PathBuf,
    key: PathBuf,
}

/// The same configuration for listeners with and without HTTP/2.
#[derive(Clone)]
struct Configs {
    with_http2: Arc<ServerConfig>,
    without_http2: Arc<ServerConfig>,
}

/// Whether clients must show a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificates {
    /// Who shows one must show a valid one.
    Optional,
    /// Without a valid one the handshake fails.
    Required,
}

type Chain = Vec<CertificateDer<'static>>;

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
        Self::new(None, chain, key)
    }

    /// Takes PEM files, which a running server looks at once a second: changed ones are loaded, and new connections
    /// get the new certificate. Files that cannot be used leave the old one in place.
    ///
    /// # Errors
    /// When a file cannot be read, or as [`TlsMaterial::from_pem`].
    pub fn from_files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, ServerError> {
        let files = Files { chain: chain.into(), key: key.into() };
        let (chain, key) = files.read()?;
        let changed = files.changed();
        let material = Self::new(Some(files), chain, key)?;
        *material.changed() = changed;
        Ok(material)
    }

    /// Asks clients for certificates that `authorities` (PEM) have issued.
    ///
    /// What a client showed is in [`crate::TlsInfo::client_certificates`].
    ///
    /// # Errors
    /// When `authorities` holds no usable certificate.
    pub fn client_certificates(
        self,
        kind: ClientCertificates,
        authorities: &[u8],
    ) -> Result<Self, ServerError> {
        let mut roots = RootCertStore::empty();
        for authority in CertificateDer::pem_slice_iter(authorities) {
            let authority = authority.map_err(|source| failed("the client authority is no PEM", source))?;
            roots.add(authority).map_err(|source| failed("the client authority was refused", source))?;
        }
        let provider = Arc::clone(&self.state.provider);
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        let verifier = match kind {
            ClientCertificates::Optional => verifier.allow_unauthenticated(),
            ClientCertificates::Required => verifier,
        };
        let verifier =
            verifier.build().map_err(|source| failed("the client authorities were refused", source))?;
        let resolver = Arc::clone(&self.current().with_http2.cert_resolver);
        let state = &*self.state;
        let configs = state.configs(&verifier, |config| Ok(config.with_cert_resolver(resolver)))?;
        Ok(Self {
            state: Arc::new(State {
                files: state.files.as_ref().map(Files::copy),
                changed: Mutex::new(*self.changed()),
                provider: Arc::clone(&state.provider),
                ticketer: Arc::clone(&state.ticketer),
                verifier,
                current: RwLock::new(configs),
            }),
        })
    }

    /// Replaces chain and key (PEM) for all connections that begin from now on.
    ///
    /// # Errors
    /// As [`TlsMaterial::from_pem`]; the old pair then stays.
    pub fn replace_pem(&self, chain: &[u8], key: &[u8]) -> Result<(), ServerError> {
        let (chain, key) = read_pem(chain, key)?;
        self.replace(chain, key)
    }

    /// Reads the files again, changed or not; does nothing for material that does not come from files.
    ///
    /// # Errors
    /// As [`TlsMaterial::from_files`]; the old pair then stays.
    pub fn reload(&self) -> Result<(), ServerError> {
        let Some(files) = &self.state.files else { return Ok(()) };
        *self.changed() = files.changed();
        let (chain, key) = files.read()?;
        self.replace(chain, key)
    }

    /// Reads the files again if their times have changed; what is wrong with them goes to the log.
    pub(crate) fn reload_if_changed(&self) {
        let Some(files) = &self.state.files else { return };
        let changed = files.changed();
        // A file that is missing for a moment, because somebody is replacing it, is no change yet.
        if changed.is_none() || changed == *self.changed() {
            return;
        }
        match self.reload() {
            Ok(()) => tracing::info!(certificate = %files.chain.display(), "certificate loaded anew"),
            Err(error) => {
                let reason = error.source().map(ToString::to_string).unwrap_or_default();
                tracing::error!(certificate = %files.chain.display(), %error, %reason, "the old one stays");
            }
        }
    }

    /// What a connection that begins now is to use.
    pub(crate) fn acceptor(&self, speaks_http2: bool) -> TlsAcceptor {
        let configs = self.current();
        TlsAcceptor::from(if speaks_http2 { configs.with_http2 } else { configs.without_http2 })
    }

    /// The configuration that connections begin with now; HTTP/3 makes its own of it.
    #[cfg(feature = "http3")]
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.current().with_http2
    }

    fn new(files: Option<Files>, chain: Chain, key: PrivateKeyDer<'static>) -> Result<Self, ServerError> {
        let provider = Arc::new(default_provider());
        let ticketer =
            Ticketer::new().map_err(|source| failed("there is no randomness for session tickets", source))?;
        let verifier: Arc<dyn ClientCertVerifier> = Arc::new(NoClientAuth);
        let config = config(&provider, &verifier)?
            .with_single_cert(chain, key)
            .map_err(|source| failed("the pair was refused", source))?;
        let current = RwLock::new(Configs::new(config, &ticketer));
        let changed = Mutex::new(None);
        Ok(Self { state: Arc::new(State { files, changed, provider, ticketer, verifier, current }) })
    }

    fn replace(&self, chain: Chain, key: PrivateKeyDer<'static>) -> Result<(), ServerError> {
        let state = &self.state;
        let configs = state.configs(&state.verifier, |config| config.with_single_cert(chain, key))?;
        *state.current.write().unwrap_or_else(PoisonError::into_inner) = configs;
        Ok(())
    }

    fn current(&self) -> Configs {
        self.state.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn changed(&self) -> std::sync::MutexGuard<'_, Option<[SystemTime; 2]>> {
        self.state.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type ConfigBuilder = rustls::ConfigBuilder<ServerConfig, rustls::server::WantsServerCert>;

impl State {
    fn configs(
        &self,
        verifier: &Arc<dyn ClientCertVerifier>,
        finish: impl FnOnce(ConfigBuilder) -> Result<ServerConfig, rustls::Error>,
    ) -> Result<Configs, ServerError> {
        let config = finish(config(&self.provider, verifier)?)
            .map_err(|source| failed("the pair was refused", source))?;
        Ok(Configs::new(config, &self.ticketer))
    }
}

fn config(
    provider: &Arc<CryptoProvider>,
    verifier: &Arc<dyn ClientCertVerifier>,
) -> Result<ConfigBuilder, ServerError> {
    Ok(ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|source| failed("the provider has no usable version of TLS", source))?
        .with_client_cert_verifier(Arc::clone(verifier)))
}

impl Configs {
    fn new(mut config: ServerConfig, ticketer: &Arc<dyn ProducesTickets>) -> Self {
        config.ticketer = Arc::clone(ticketer);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let without_http2 = Arc::new(config.clone());
        config.alpn_protocols.insert(0, b"h2".to_vec());
        Self { with_http2: Arc::new(config), without_http2 }
    }
}

impl Files {
    fn read(&self) -> Result<(Chain, PrivateKeyDer<'static>), ServerError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| ServerError::TlsFile { path: path.to_owned(), source })
        };
        read_pem(&read(&self.chain)?, &read(&self.key)?)
    }

    fn changed(&self) -> Option<[SystemTime; 2]> {
        let time = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        Some([time(&self.chain)?, time(&self.key)?])
    }

    fn copy(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone() }
    }
}

impl fmt::Debug for TlsMaterial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsMaterial").finish_non_exhaustive()
    }
}

fn read_pem(chain: &[u8], key: &[u8]) -> Result<(Chain, PrivateKeyDer<'static>), ServerError> {
    let chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|source| failed("the certificate is no PEM", source))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|source| failed("the key is no PEM", source))?;
    Ok((chain, key))
}

fn failed(what: &'static str, source: impl Error + Send + Sync + 'static) -> ServerError {
    ServerError::Tls { what, source: Box::new(source) }
}
