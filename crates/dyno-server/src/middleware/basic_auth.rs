//! Basic authentication (RFC 7617): a name and a password with every request.
//!
//! Passwords go over the wire as they are, so use it on encrypted connections. Comparing takes the same time
//! whatever is wrong.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;
use subtle::{Choice, ConstantTimeEq};

use super::{Middleware, Step};
use crate::app::call::Call;
use crate::app::response::Response;

/// Longest name or password in bytes; longer ones match nothing.
const TEXT_BYTES_MAX: usize = 255;

/// Answers 401 unless the request names one of the users with their password.
///
/// The route finds the name as `Extension<AuthenticatedUser>`.
///
/// ```
/// use dyno_server::middleware::{AuthenticatedUser, BasicAuth};
/// use dyno_server::{App, Extension, get};
///
/// #[get("/me")]
/// fn me(Extension(user): Extension<AuthenticatedUser>) -> String { user.0 }
///
/// let users = || BasicAuth::new("club").user("ada", "lovelace");
/// let server = dyno_server::TestServer::start(move |_| App::new().route(me).with(users()));
/// let refused = server.get("/me").send();
/// assert_eq!(refused.header("www-authenticate"), Some("Basic realm=\"club\", charset=\"UTF-8\""));
/// assert_eq!(server.get("/me").basic_auth("ada", "lovelace").send().text(), "ada");
/// ```
#[derive(Clone)]
pub struct BasicAuth {
    challenge: String,
    users: Vec<(Padded, Padded, AuthenticatedUser)>,
}

/// The user whose password was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatedUser(pub String);

impl BasicAuth {
    /// Nobody is let in yet; `realm` is what browsers show when they ask for the password.
    #[must_use]
    pub fn new(realm: &str) -> Self {
        let realm: String = realm.chars().filter(|it| !it.is_control() && !"\"\\".contains(*it)).collect();
        Self { challenge: format!("Basic realm=\"{realm}\", charset=\"UTF-8\""), users: Vec::new() }
    }

    /// Lets in one more user.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str) -> Self {
        if let (Some(padded_name), Some(password)) = (Padded::new(name), Padded::new(password)) {
            self.users.push((padded_name, password, AuthenticatedUser(name.to_owned())));
        }
        self
    }

    fn authenticate(&self, call: &Call<'_>) -> Option<&AuthenticatedUser> {
        let (scheme, credentials) = call.header_str("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = STANDARD.decode(credentials.trim()).ok()?;
        let (name, password) = str::from_utf8(&decoded).ok()?.split_once(':')?;
        let (name, password) = (Padded::new(name)?, Padded::new(password)?);
        // All users are compared, so that the time does not tell which of them exists.
        self.users.iter().fold(None, |found, (known_name, known_password, user)| {
            let is_equal = known_name.equals(&name) & known_password.equals(&password);
            if bool::from(is_equal) { Some(user) } else { found }
        })
    }
}

impl Middleware for BasicAuth {
    fn handle(&self, call: &Call<'_>) -> Step {
        if let Some(user) = self.authenticate(call) {
            call.insert_extension(user.clone());
            return Step::Continue;
        }
        let response = Response::text("Unauthorized").with_status(StatusCode::UNAUTHORIZED);
        Step::answer(response.with_header(WWW_AUTHENTICATE, self.challenge.as_str()))
    }
}

/// A text in a block of fixed size with its length at the end, so that lengths take no time to compare either.
#[derive(Clone)]
struct Padded([u8; TEXT_BYTES_MAX + 1]);

impl Padded {
    fn new(text: &str) -> Option<Self> {
        let mut block = [0; TEXT_BYTES_MAX + 1];
        block
            .get_mut(..text.len())
            .filter(|_| text.len() <= TEXT_BYTES_MAX)?
            .copy_from_slice(text.as_bytes());
        block[TEXT_BYTES_MAX] = text.len() as u8;
        Some(Self(block))
    }

    fn equals(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}
