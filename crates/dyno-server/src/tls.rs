//! The certificate and key of a TLS listener, turned into what rustls needs.
//!
//! Makes no certificates; `dyno-target` does that for its self-signed mode.

use std::error::Error;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::error::ServerError;

/// A certificate chain with its key, ready to serve HTTP/1.1 over TLS 1.2 and 1.3.
#[derive(Clone)]
pub struct TlsMaterial {
    acceptor: TlsAcceptor,
}

impl TlsMaterial {
    /// Takes a chain (own certificate first) and its private key, both PEM.
    ///
    /// # Errors
    /// When either is unreadable or the key does not belong to the certificate.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, ServerError> {
        let chain = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| failed("the certificate is no PEM", source))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|source| failed("the key is no PEM", source))?;
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
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|source| failed("the provider has no usable version of TLS", source))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(|source| failed("the pair was refused", source))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }
}

fn failed(what: &'static str, source: impl Error + Send + Sync + 'static) -> ServerError {
    ServerError::Tls { what, source: Box::new(source) }
}
