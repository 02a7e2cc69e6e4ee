//! Who may ask: names of the host against DNS rebinding, a token, and no requests from pages of other sites.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_server::middleware::{Middleware, Step};
use dyno_server::{Call, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// Who may ask.
#[derive(Clone, Default)]
pub struct Access {
    /// Digest of the token; of equal length for all, so that comparing tells nothing of it.
    token: Option<[u8; 32]>,
    /// Names of this host beside `localhost` and addresses, in lower case.
    names: Vec<String>,
}

impl Access {
    /// Everybody who can reach the address.
    #[must_use]
    pub fn open() -> Self {
        Self::default()
    }

    /// Who knows the token: `Authorization: Bearer TOKEN`, or Basic with it as password, which browsers ask for.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(Sha256::digest(token).into());
        self
    }

    /// Lets the host be called by this name too.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Self {
        self.names.push(name.trim_end_matches('.').to_ascii_lowercase());
        self
    }

    /// Whether a `Host` field names this host. A page of a foreign name whose address was changed to ours does not.
    fn knows_host(&self, host: &str) -> bool {
        let name = name_of(host).trim_end_matches('.').to_ascii_lowercase();
        let is_address = name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        is_address || name == "localhost" || name.ends_with(".localhost") || self.names.contains(&name)
    }

    fn knows_token(&self, authorization: Option<&str>) -> bool {
        let Some(expected) = &self.token else { return true };
        let given = authorization.and_then(token_of).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(given).into();
        bool::from(digest.ct_eq(expected))
    }

    /// The answer to who may not ask.
    fn refusal(&self, call: &Call<'_>) -> Option<Response> {
        let host = call.host().unwrap_or_default();
        if !self.knows_host(host) {
            let message = "the Host field names another host than this one; ask by address or `localhost`, or start \
                           `dyno monitor` with `--host-name NAME`";
            return Some(Problem::new(403, "foreign_host", message).response());
        }
        let origin = call.header_str("origin");
        let is_reading = matches!(call.method(), "GET" | "HEAD" | "OPTIONS");
        if !is_reading && origin.is_some_and(|origin| !is_same_origin(origin, host)) {
            let message = "a page of another origin asked; only this server's own page may change something";
            return Some(Problem::new(403, "foreign_origin", message).response());
        }
        if !self.knows_token(call.header_str("authorization")) {
            let message =
                "a token is needed; send `Authorization: Bearer TOKEN`, or Basic with it as the password";
            let response = Problem::new(401, "token", message).response();
            return Some(
                response.with_header("www-authenticate", "Basic realm=\"dyno monitor\", charset=\"UTF-8\""),
            );
        }
        None
    }
}

impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Access(token: {}, names: {:?})", self.token.is_some(), self.names)
    }
}

impl Middleware for Access {
    fn handle(&self, call: &Call<'_>) -> Step {
        self.refusal(call).map_or(Step::Continue, Step::answer)
    }
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// The token of an `Authorization` field.
fn token_of(field: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = field.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.as_bytes().to_vec());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(rest).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(pair[colon + 1..].to_vec())
}

/// Whether an `Origin` field is that of pages from `host`.
fn is_same_origin(origin: &str, host: &str) -> bool {
    origin.split_once("://").is_some_and(|(_, of_page)| of_page.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests;
