//! Endpoints: where connections go, found once per run from the plan's URLs.
//!
//! Resolves names and applies `--resolve`, `--connect-to`, proxy and Unix socket; opens no connection that load is
//! played on. Called by `HttpDriver::new`, and by the general session for URLs that only an answer names.

mod lookup;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use dyno_engine::DriverError;
use dyno_model::{HttpPlan, Secret};
use rustls_pki_types::ServerName;
use url::{Host, Url};

/// One base URL, with the addresses that serve it.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// Whether connections speak TLS.
    pub tls: bool,
    /// The host of the URL; IPv6 addresses without brackets.
    pub host: String,
    /// The port of the URL.
    pub port: u16,
    /// The `Host` field: host, and the port when it is not the usual one.
    pub authority: String,
    /// What stands before every path of the plan; empty or starting with `/`, never ending with it.
    pub path_prefix: String,
    /// Where sockets connect to, in turn; the proxy's addresses when there is one. Never empty.
    pub addresses: Vec<Address>,
    /// The name sent and verified in TLS; there whenever `tls` is set.
    pub server_name: Option<ServerName<'static>>,
    /// `user:password` of the URL.
    pub user_info: Option<Secret>,
    /// How long it took to find the addresses.
    pub resolve_time: Duration,
}

/// Where a socket connects to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    /// A TCP address.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

impl Endpoint {
    /// `https://host:port`, with the port only when it is not the usual one.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", if self.tls { "https" } else { "http" }, self.authority)
    }

    /// Whether a URL has the same scheme, host and port.
    pub(crate) fn is_origin_of(&self, url: &Url) -> bool {
        (url.scheme() == "https") == self.tls
            && url.port_or_known_default() == Some(self.port)
            && host_of(url).is_some_and(|host| host == self.host)
    }
}

/// Finds the endpoints of all base URLs. Blocks while names are resolved.
///
/// # Errors
/// When a URL cannot be read or a name does not resolve.
pub(crate) fn resolve(http: &HttpPlan) -> Result<Vec<Endpoint>, DriverError> {
    if http.base_urls.is_empty() {
        return Err(DriverError {
            attempt: "find the target".to_owned(),
            reason: "the plan names no URL".to_owned(),
            hint: Some("give one, such as `http://127.0.0.1:8080`".to_owned()),
        });
    }
    http.base_urls
        .iter()
        .map(|text| {
            let url = Url::parse(text).map_err(|error| DriverError {
                attempt: format!("read the URL `{}`", without_user(text)),
                reason: error.to_string(),
                hint: Some("write `http://host:port`".to_owned()),
            })?;
            resolve_url(&url, http)
        })
        .collect()
}

/// Finds the endpoint of one URL. Blocks while names are resolved.
///
/// # Errors
/// When the scheme is not one of HTTP or the name does not resolve.
pub(crate) fn resolve_url(url: &Url, http: &HttpPlan) -> Result<Endpoint, DriverError> {
    let started = Instant::now();
    let shown = without_user(url.as_str());
    let refused = |reason: String, hint: &str| DriverError {
        attempt: format!("read the URL `{shown}`"),
        reason,
        hint: Some(hint.to_owned()),
    };
    let tls = match url.scheme() {
        "http" => false,
        "https" => true,
        scheme => {
            return Err(refused(
                format!("the scheme `{scheme}` is not supported"),
                "write `http://` or `https://`",
            ));
        }
    };
    let host =
        host_of(url).ok_or_else(|| refused("it has no host".to_owned(), "write `http://host:port`"))?;
    let port = url.port_or_known_default().expect("invariant: http and https have a default port");
    let server_name = match tls {
        true => Some(server_name(&host, http)?),
        false => None,
    };
    let shown_host = url.host_str().unwrap_or_default();
    let authority = match url.port() {
        Some(port) => format!("{shown_host}:{port}"),
        None => shown_host.to_owned(),
    };
    let addresses = lookup::addresses(&host, port, http)?;
    Ok(Endpoint {
        tls,
        host,
        port,
        authority,
        path_prefix: url.path().trim_end_matches('/').to_owned(),
        addresses,
        server_name,
        user_info: user_info(url),
        resolve_time: started.elapsed(),
    })
}

/// The host as names are looked up: punycode, IPv6 without brackets.
fn host_of(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => Some(name.to_owned()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

fn server_name(host: &str, http: &HttpPlan) -> Result<ServerName<'static>, DriverError> {
    let name = http.connection.tls.server_name.as_deref().unwrap_or(host);
    ServerName::try_from(name.to_owned()).map_err(|_| DriverError {
        attempt: format!("use `{name}` as the server name of TLS"),
        reason: "it is neither a DNS name nor an IP address".to_owned(),
        hint: Some("give another one with `--server-name`".to_owned()),
    })
}

fn user_info(url: &Url) -> Option<Secret> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text: &str| {
        // A form decoder gives these a meaning that they do not have in the user of a URL.
        let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
        url::form_urlencoded::parse(text.as_bytes())
            .next()
            .map(|(key, _)| key.into_owned())
            .unwrap_or_default()
    };
    let (user, password) = (decoded(url.username()), decoded(url.password().unwrap_or_default()));
    Some(Secret::new(format!("{user}:{password}")))
}

/// A URL for messages.
pub(crate) fn without_user(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((user, _)) => format!("{scheme}://{}", &rest[user.len() + 1..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
