//! Names to addresses: what the user said, then the system's resolver.
//!
//! Not a cache and not asynchronous. Called by `endpoint` only.

use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use dyno_engine::DriverError;
use dyno_model::HttpPlan;
use url::Url;

use super::Address;

/// How long a family of addresses has to answer when a name has both.
const FAMILY_TRIAL: Duration = Duration::from_millis(500);

/// Where sockets for `host:port` connect to.
pub(super) fn addresses(host: &str, port: u16, http: &HttpPlan) -> Result<Vec<Address>, DriverError> {
    let connection = &http.connection;
    if let Some(path) = &connection.unix_socket {
        return Ok(vec![Address::Unix(path.clone())]);
    }
    if let Some(proxy) = &connection.proxy {
        let (host, port) = proxy_address(proxy)?;
        return look_up(&host, port, http);
    }
    let is_meant = |(name, wanted): &(String, u16)| {
        (name.is_empty() || name.eq_ignore_ascii_case(host)) && (*wanted == 0 || *wanted == port)
    };
    match connection.connect_to.iter().find(|(from, _)| is_meant(from)) {
        Some((_, (other, other_port))) => {
            let other = if other.is_empty() { host } else { other };
            look_up(other, if *other_port == 0 { port } else { *other_port }, http)
        }
        None => look_up(host, port, http),
    }
}

/// Host and port of a proxy's URL.
fn proxy_address(proxy: &str) -> Result<(String, u16), DriverError> {
    let mistake = |reason: String| DriverError {
        attempt: format!("read the proxy `{}`", super::without_user(proxy)),
        reason,
        hint: Some("write `http://host:port`".to_owned()),
    };
    let url = Url::parse(proxy).map_err(|error| mistake(error.to_string()))?;
    if url.scheme() != "http" {
        return Err(mistake(format!("the scheme `{}` is not `http`", url.scheme())));
    }
    let host = super::host_of(&url).ok_or_else(|| mistake("it has no host".to_owned()))?;
    Ok((host, url.port().unwrap_or(80)))
}

fn look_up(host: &str, port: u16, http: &HttpPlan) -> Result<Vec<Address>, DriverError> {
    let given: Vec<Address> = http
        .connection
        .resolve
        .iter()
        .filter(|(name, wanted, _)| (name == "*" || name.eq_ignore_ascii_case(host)) && *wanted == port)
        .map(|(_, _, address)| Address::Tcp(SocketAddr::new(*address, port)))
        .collect();
    if !given.is_empty() {
        return Ok(given);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![Address::Tcp(SocketAddr::new(address, port))]);
    }
    let failed = |reason: String| DriverError {
        attempt: format!("resolve the name `{host}`"),
        reason,
        hint: Some(format!("check the spelling, or give its address with `--resolve {host}:{port}:ADDRESS`")),
    };
    let found = (host, port).to_socket_addrs().map_err(|error| failed(plain_reason(&error)))?;
    let mut addresses: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Err(failed("the name has no address".to_owned()));
    }
    let usable = one_family(addresses, &http.connection.source_addresses, http.connection.connect_timeout);
    Ok(usable.into_iter().map(Address::Tcp).collect())
}

/// `failed to lookup address information: Name or service not known` → its second half.
fn plain_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once("information: ") {
        Some((_, reason)) => reason.to_owned(),
        None => text,
    }
}

/// Leaves out the family of addresses that nobody answers on, such as `::1` of a server on `127.0.0.1` only.
fn one_family(addresses: Vec<SocketAddr>, sources: &[IpAddr], timeout: Duration) -> Vec<SocketAddr> {
    let is_source = |address: &SocketAddr| {
        sources.is_empty() || sources.iter().any(|source| source.is_ipv4() == address.is_ipv4())
    };
    let addresses: Vec<SocketAddr> = match addresses.iter().any(is_source) {
        true => addresses.into_iter().filter(is_source).collect(),
        false => addresses,
    };
    if addresses.iter().all(|address| address.is_ipv4() == addresses[0].is_ipv4()) {
        return addresses;
    }
    let answers = |ipv4: bool| {
        let first = addresses.iter().find(|address| address.is_ipv4() == ipv4);
        first.is_some_and(|address| TcpStream::connect_timeout(address, timeout.min(FAMILY_TRIAL)).is_ok())
    };
    match (answers(true), answers(false)) {
        (true, false) => addresses.into_iter().filter(SocketAddr::is_ipv4).collect(),
        (false, true) => addresses.into_iter().filter(SocketAddr::is_ipv6).collect(),
        _ => addresses,
    }
}
