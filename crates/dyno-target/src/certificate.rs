//! The certificate of the TLS listener: read from files, or self-signed for this machine.

use dyno_server::TlsMaterial;

use crate::error::TargetError;
use crate::target::TargetTls;

/// The names a self-signed certificate is valid for.
const SELF_SIGNED_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// Makes what the server needs, and the certificate as PEM when it was made here.
pub(crate) fn load(tls: &TargetTls) -> Result<(TlsMaterial, Option<String>), TargetError> {
    match tls {
        TargetTls::SelfSigned => {
            let made = rcgen::generate_simple_self_signed(SELF_SIGNED_NAMES.map(str::to_owned).to_vec())
                .map_err(|source| TargetError::SelfSign(Box::new(source)))?;
            let chain = made.cert.pem();
            let material =
                TlsMaterial::from_pem(chain.as_bytes(), made.signing_key.serialize_pem().as_bytes())
                    .map_err(TargetError::Server)?;
            Ok((material, Some(chain)))
        }
        TargetTls::Pem { certificate, key } => {
            let material = TlsMaterial::from_files(certificate, key).map_err(TargetError::Server)?;
            Ok((material, None))
        }
    }
}
