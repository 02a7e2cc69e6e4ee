//! The fields of a request: the plan's, and the usual ones where the plan has none of its own.
//!
//! Not `Host` and not cookies, which belong to the connection. Called by `render` only.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_model::{Body, Credentials, HttpPlan, HttpStep};
use dyno_proto::http1::{EncodeError, encode_field};

/// What every request says about its sender unless the plan says otherwise.
pub(crate) const USER_AGENT: &str = concat!("dyno/", env!("CARGO_PKG_VERSION"));

/// Usual fields that the plan may replace.
#[derive(Debug, Default, Clone, Copy)]
struct Given {
    user_agent: bool,
    accept: bool,
    accept_encoding: bool,
    authorization: bool,
    connection: bool,
    content_type: bool,
}

/// Fields on their way into bytes.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub bytes: Vec<u8>,
    pub host: Option<String>,
    given: Given,
}

impl Fields {
    /// Takes one field of the plan.
    pub(super) fn push(&mut self, name: &str, value: &[u8]) -> Result<(), EncodeError> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("host") {
            // Encoded here only to refuse what would break the head.
            encode_field(&mut Vec::new(), name, value)?;
            self.host = Some(String::from_utf8_lossy(value).into_owned());
            return Ok(());
        }
        let given = &mut self.given;
        given.user_agent |= is("user-agent");
        given.accept |= is("accept");
        given.accept_encoding |= is("accept-encoding");
        given.authorization |= is("authorization");
        given.connection |= is("connection");
        given.content_type |= is("content-type");
        encode_field(&mut self.bytes, name, value)
    }

    /// Adds the usual fields that the plan does not give itself.
    pub(super) fn complete(
        &mut self,
        step: &HttpStep,
        http: &HttpPlan,
        body_bytes: usize,
    ) -> Result<(), EncodeError> {
        let given = self.given;
        if !given.user_agent {
            self.add("User-Agent", USER_AGENT)?;
        }
        if !given.accept {
            self.add("Accept", "*/*")?;
        }
        if http.compressed && !given.accept_encoding {
            self.add("Accept-Encoding", "gzip")?;
        }
        if let Some(credentials) = step.credentials.as_ref().filter(|_| !given.authorization) {
            self.add("Authorization", &authorization(credentials))?;
        }
        if !http.connection.keep_alive && !given.connection {
            self.add("Connection", "close")?;
        }
        if matches!(step.body, Body::Form(_)) && !given.content_type {
            self.add("Content-Type", "application/x-www-form-urlencoded")?;
        }
        // RFC 9110 section 8.6: methods that are expected to have content say so even when it is empty.
        let expects_content = matches!(step.method.as_str(), "POST" | "PUT" | "PATCH");
        if expects_content || body_bytes > 0 || !matches!(step.body, Body::Empty) {
            self.add("Content-Length", &body_bytes.to_string())?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), EncodeError> {
        encode_field(&mut self.bytes, name, value.as_bytes())
    }
}

fn authorization(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Basic(user) => basic(user.expose()),
        Credentials::Bearer(token) => format!("Bearer {}", token.expose()),
    }
}

/// `user:password` as `Basic …`.
pub(crate) fn basic(user: &str) -> String {
    format!("Basic {}", STANDARD.encode(user))
}
