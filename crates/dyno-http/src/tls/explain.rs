//! Errors of TLS in words, with what to do about them.
//!
//! Called wherever a handshake or a record failed.

use std::io;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};
use rustls_pki_types::UnixTime;

/// Why TLS failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// The reason.
    pub reason: String,
    /// What to do, when that is known.
    pub hint: Option<String>,
}

/// Puts an error of a TLS stream into words; `None` when it has nothing to do with TLS.
pub(crate) fn explain(error: &io::Error) -> Option<Explanation> {
    let tls = error.get_ref()?.downcast_ref::<Error>()?;
    Some(explain_tls(tls))
}

/// Whether bytes look like the start of a TLS record: what a TLS server sends to a plain HTTP request.
pub(crate) fn is_tls_record(start: &[u8]) -> bool {
    matches!(start, [0x14..=0x17, 3, 0..=4, ..])
}

fn explain_tls(error: &Error) -> Explanation {
    let told = |reason: &str, hint: Option<&str>| Explanation {
        reason: reason.to_owned(),
        hint: hint.map(str::to_owned),
    };
    match error {
        Error::InvalidCertificate(error) => explain_certificate(error),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => told(
            "the server does not speak TLS on this port",
            Some("is it plain HTTP? Then write `http://` instead of `https://`"),
        ),
        Error::AlertReceived(AlertDescription::CertificateRequired) => {
            told("the server asks for a client certificate", Some("give one with `--cert FILE --key FILE`"))
        }
        Error::AlertReceived(
            alert @ (AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate),
        ) => told(
            &format!("the server refused the client certificate ({alert:?})"),
            Some("check `--cert` and `--key`"),
        ),
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            told("the server does not know the name asked for", Some("give another with `--server-name`"))
        }
        Error::AlertReceived(alert) => told(&format!("the server refused with the alert {alert:?}"), None),
        Error::NoApplicationProtocol => told("the server does not offer HTTP/1.1", None),
        error => told(&error.to_string(), None),
    }
}

fn explain_certificate(error: &CertificateError) -> Explanation {
    let trust = "trust its authority with `--cacert FILE`, or accept any certificate with `-k`";
    let accept = "accept any certificate with `-k`";
    let (reason, hint) = match error {
        CertificateError::UnknownIssuer => {
            ("the certificate comes from an authority that is not trusted".to_owned(), trust)
        }
        CertificateError::Expired => ("the certificate has expired".to_owned(), accept),
        CertificateError::ExpiredContext { time, not_after } => {
            (format!("the certificate expired {} ago", distance(*not_after, *time)), accept)
        }
        CertificateError::NotValidYet => ("the certificate is not valid yet".to_owned(), accept),
        CertificateError::NotValidYetContext { time, not_before } => {
            (format!("the certificate is not valid for another {}", distance(*time, *not_before)), accept)
        }
        CertificateError::NotValidForName => {
            ("the certificate is for another name".to_owned(), "check the host, or give `--server-name`")
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let names: Vec<String> = presented.iter().map(|name| format!("`{}`", plain_name(name))).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            let reason = format!("the certificate is not for `{}` but for {names}", expected.to_str());
            (reason, "check the host, give `--server-name`, or accept any certificate with `-k`")
        }
        CertificateError::BadSignature => {
            ("the certificate is not signed by the authority that it names".to_owned(), trust)
        }
        CertificateError::Revoked => ("the certificate is revoked".to_owned(), accept),
        // rustls reports an authority's certificate that is shown by a server so.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            ("the server shows the certificate of an authority as its own".to_owned(), accept)
        }
        error => (format!("the certificate cannot be accepted: {error}"), accept),
    };
    Explanation { reason, hint: Some(hint.to_owned()) }
}

/// `DnsName("example.com")`, as rustls shows a name, → `example.com`.
fn plain_name(presented: &str) -> &str {
    let inner = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.map_or(presented, |inner| inner.trim_matches('"'))
}

/// The time between two moments, in the largest unit that fits.
fn distance(from: UnixTime, to: UnixTime) -> String {
    let seconds = to.as_secs().saturating_sub(from.as_secs());
    let (count, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7_199 => (seconds / 60, "minute"),
        7_200..=172_799 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
