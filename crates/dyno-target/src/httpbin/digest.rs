//! Digest credentials (RFC 7616): MD5 and SHA-256, `auth` and `auth-int`. Keeps no list of nonces.

use dyno_server::{Action, ResponseWriter};
use md5::{Digest, Md5};
use serde_json::json;
use sha2::Sha256;

use crate::call::Call;
use crate::httpbin::{self, auth, form::Parameters};
use crate::query::decoded_path;
use crate::random::bits;

/// The protection space.
const REALM: &str = "dyno";

/// `/digest-auth/{qop}/{user}/{password}`, `…/{algorithm}` and `…/{algorithm}/never`.
pub(crate) fn digest(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let [qop, user, password, algorithm, stale_after] = call.parameters.map(decoded_path);
    // No list of nonces is kept, so none can be used up.
    if !matches!(&*stale_after, "" | "never") {
        return httpbin::refuse(call, response, 400, "nonces go stale `never`");
    }
    let qop = qop.to_ascii_lowercase();
    if !matches!(&*qop, "auth" | "auth-int") {
        return httpbin::refuse(call, response, 400, "the first part is neither `auth` nor `auth-int`");
    }
    let hash: fn(&[&[u8]]) -> String = match &*algorithm.to_ascii_uppercase() {
        "" | "MD5" => hex::<Md5>,
        "SHA-256" => hex::<Sha256>,
        _ => return httpbin::refuse(call, response, 400, "the algorithm is neither MD5 nor SHA-256"),
    };
    let expected = Expected { qop: &qop, user: &user, password: &password, hash };
    if expected.is_met(call) {
        let value = json!({ "authenticated": true, "authorized": true, "user": user });
        return httpbin::json(call, response, 200, &value);
    }
    let entropy = call.target.state.entropy;
    let n = call.target.state.next_draw("/digest-auth");
    let algorithm = if algorithm.is_empty() { "MD5".to_owned() } else { algorithm.to_ascii_uppercase() };
    let challenge = format!(
        "Digest realm=\"{REALM}\", qop=\"{qop}\", algorithm={algorithm}, nonce=\"{}\", opaque=\"{:016x}\"",
        nonce_of(entropy, n),
        bits(entropy, u64::MAX)
    );
    auth::challenge(call, response, &challenge)
}

/// A nonce that can be recognised without having been kept.
fn nonce_of(entropy: u64, n: u64) -> String {
    format!("{n:016x}{:016x}", bits(entropy, n))
}

fn is_own_nonce(entropy: u64, nonce: &str) -> bool {
    nonce
        .get(..16)
        .and_then(|n| u64::from_str_radix(n, 16).ok())
        .is_some_and(|n| nonce_of(entropy, n) == nonce)
}

/// What the credentials must prove.
struct Expected<'a> {
    qop: &'a str,
    user: &'a str,
    password: &'a str,
    hash: fn(&[&[u8]]) -> String,
}

impl Expected<'_> {
    fn is_met(&self, call: &Call<'_>) -> bool {
        let given: Vec<(String, String)> =
            auth::credentials(call, "digest").map(|text| Parameters(text).collect()).unwrap_or_default();
        let get = |name: &str| {
            given.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map_or("", |(_, value)| value)
        };
        let is_ours = get("username") == self.user
            && get("realm") == REALM
            && get("qop").eq_ignore_ascii_case(self.qop)
            && get("uri") == call.request.target()
            && is_own_nonce(call.target.state.entropy, get("nonce"));
        if !is_ours {
            return false;
        }
        let colon: &[u8] = b":";
        let secret =
            (self.hash)(&[self.user.as_bytes(), colon, REALM.as_bytes(), colon, self.password.as_bytes()]);
        let (method, uri) = (call.request.method().as_bytes(), get("uri").as_bytes());
        let what = if self.qop == "auth-int" {
            let body = (self.hash)(&[call.request.body()]);
            (self.hash)(&[method, colon, uri, colon, body.as_bytes()])
        } else {
            (self.hash)(&[method, colon, uri])
        };
        let proof = [&secret, get("nonce"), get("nc"), get("cnonce"), get("qop"), &what].join(":");
        let proof = (self.hash)(&[proof.as_bytes()]);
        auth::is_same(get("response").to_ascii_lowercase().as_bytes(), proof.as_bytes())
    }
}

/// The hash of all parts in a row, in hexadecimal digits.
fn hex<D: Digest>(parts: &[&[u8]]) -> String {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
