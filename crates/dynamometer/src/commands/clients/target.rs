//! The target of a contest: somebody's URL, or the embedded one in plain text and over TLS.

use std::net::TcpStream;
use std::time::Duration;

use dyno_clients::TargetAccess;
use url::Url;

use super::asked;
use super::cases::{Case, Wanted};
use crate::args::clients::{AskedArgs, ClientsCompareArgs};
use crate::error::CommandError;
use crate::play::EmbeddedTarget;

/// What stands for the URL where nobody asks anything.
pub(super) const NOBODY: &str = "none://nobody/";

/// The longest that one address may take to accept a connection.
const REACH_MOST: Duration = Duration::from_secs(10);

/// Bodies up to this size need no word to the embedded target.
const BODY_BYTES_USUAL: u64 = 1 << 20;

/// The target of a contest. An embedded one ends when this is dropped.
#[derive(Debug)]
pub(super) struct Target {
    /// Where it is, without the path of a case: of a URL of the user, the whole of it.
    base: Base,
    /// In words, without credentials.
    pub(super) words: String,
    pub(super) access: TargetAccess,
    pub(super) is_local: bool,
    base_path: String,
}

#[derive(Debug)]
enum Base {
    /// All clients are functions that take no URL.
    Nobody,
    Url(Url),
    Embedded(EmbeddedTarget),
}

impl Target {
    /// Starts the embedded target as the cases need it, or looks at that of the user; neither when nobody asks one.
    ///
    /// # Errors
    /// When the URL is none of HTTP, or the embedded target cannot be started.
    pub(super) fn of(
        args: &ClientsCompareArgs,
        wanted: &Wanted,
        is_asked: bool,
    ) -> Result<Self, CommandError> {
        if !is_asked {
            return Ok(Self {
                base: Base::Nobody,
                words: "no target: the functions take no URL".to_owned(),
                access: TargetAccess { ledger: None },
                is_local: false,
                base_path: String::new(),
            });
        }
        let Some(url) = &args.asked.url else {
            let embedded = EmbeddedTarget::start_with(1, &flags(wanted))?;
            let access = TargetAccess { ledger: Url::parse(embedded.url()).ok() };
            return Ok(Self {
                base: Base::Embedded(embedded),
                words: "the embedded target".to_owned(),
                access,
                is_local: true,
                base_path: wanted.base_path.clone(),
            });
        };
        let parsed = Url::parse(url)
            .map_err(|error| CommandError::usage(format!("`{url}` is not a URL")).because(error))?;
        if !["http", "https"].contains(&parsed.scheme()) {
            return Err(CommandError::usage(format!("`{url}` is not a URL of HTTP"))
                .hint("write http://HOST:PORT/PATH or https://HOST:PORT/PATH"));
        }
        reach(&parsed, args.asked.timeout)?;
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        Ok(Self {
            access: TargetAccess::detect(&parsed),
            words: parsed.origin().ascii_serialization(),
            base: Base::Url(parsed),
            is_local: is_loopback || host == "localhost",
            base_path: String::new(),
        })
    }

    /// What a case asks for. Operations of a description are below the URL, where there is one.
    pub(super) fn url(&self, asked: &AskedArgs, case: &Case) -> String {
        let embedded = match &self.base {
            Base::Nobody => return NOBODY.to_owned(),
            Base::Url(url) => {
                return match &case.call {
                    None => url.to_string(),
                    Some(call) => {
                        let mut below = url.clone();
                        below.set_query(None);
                        below.set_fragment(None);
                        format!("{}{}", below.as_str().trim_end_matches('/'), call.target)
                    }
                };
            }
            Base::Embedded(embedded) => embedded,
        };
        let path = match (&case.call, case.download) {
            (Some(call), _) => format!("{}{}", self.base_path, call.target),
            (None, Some(bytes)) => format!("/bytes/{bytes}"),
            (None, None) if asked::body(asked, case).is_empty() => "/plaintext".to_owned(),
            (None, None) => "/echo".to_owned(),
        };
        let origin = match embedded.tls() {
            Some((tls, _)) if case.is_tls => tls,
            _ => embedded.url(),
        };
        format!("{origin}{path}")
    }

    /// The authority of the embedded target's certificate, PEM.
    pub(super) fn ca_pem(&self) -> Option<&str> {
        match &self.base {
            Base::Embedded(embedded) => embedded.tls().map(|(_, ca_pem)| ca_pem),
            Base::Url(_) | Base::Nobody => None,
        }
    }
}

/// Opens a connection and closes it, so that a target that is not there is said before everybody has failed at it.
fn reach(url: &Url, timeout: Duration) -> Result<(), CommandError> {
    let origin = url.origin().ascii_serialization();
    let failed = |error: std::io::Error| {
        CommandError::target(format!("cannot connect to {origin}"))
            .because(error)
            .hint("is the server running? Check host and port")
    };
    let addresses = url.socket_addrs(|| None).map_err(failed)?;
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&address, timeout.clamp(Duration::from_millis(1), REACH_MOST)) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(failed(last))
}

/// Flags of the embedded target for these cases.
fn flags(wanted: &Wanted) -> Vec<String> {
    let cases = &wanted.cases;
    let mut flags = Vec::new();
    if cases.iter().any(|case| case.is_tls) {
        flags.push("--tls".to_owned());
    }
    if cases.iter().any(|case| case.http.as_deref() == Some("3")) {
        flags.push("--http3".to_owned());
    }
    let largest = cases.iter().filter_map(|case| case.download.max(case.upload)).max().unwrap_or(0);
    if largest > BODY_BYTES_USUAL {
        flags.extend(["--max-body".to_owned(), format!("{largest}B")]);
    }
    flags
}
