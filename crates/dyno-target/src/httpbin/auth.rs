//! Basic and bearer credentials. Nothing is protected: the expected ones stand in the path.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dyno_server::{Action, ResponseWriter};
use serde_json::json;

use crate::call::Call;
use crate::httpbin;
use crate::query::decoded_path;

/// `/basic-auth/{user}/{password}`.
pub(crate) fn basic(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let (user, is_right) = given_basic(call);
    let value = json!({ "authenticated": is_right, "authorized": is_right, "user": user });
    if is_right {
        return httpbin::json(call, response, 200, &value);
    }
    httpbin::start(call, response, 401)
        .field("www-authenticate", b"Basic realm=\"dyno\"")
        .field("content-type", httpbin::JSON.as_bytes())
        .body(format!("{value}\n").as_bytes());
    Action::Done
}

/// `/hidden-basic-auth/{user}/{password}`: 404 in place of 401.
pub(crate) fn hidden(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let (user, is_right) = given_basic(call);
    if !is_right {
        return httpbin::refuse(call, response, 404, "");
    }
    let value = json!({ "authenticated": true, "authorized": true, "user": user });
    httpbin::json(call, response, 200, &value)
}

pub(crate) fn bearer(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    match credentials(call, "bearer") {
        Some(token) if !token.is_empty() => {
            httpbin::json(call, response, 200, &json!({ "authenticated": true, "token": token }))
        }
        _ => challenge(call, response, "Bearer"),
    }
}

/// 401 with a challenge.
pub(crate) fn challenge(call: &Call<'_>, response: &mut ResponseWriter<'_>, challenge: &str) -> Action {
    httpbin::start(call, response, 401)
        .field("www-authenticate", challenge.as_bytes())
        .field("content-type", httpbin::JSON.as_bytes())
        .body(format!("{}\n", httpbin::error(401, "")).as_bytes());
    Action::Done
}

/// The user that was given, and whether user and password are those of the path.
fn given_basic(call: &Call<'_>) -> (String, bool) {
    let [user, password, ..] = call.parameters.map(decoded_path);
    let given =
        credentials(call, "basic").and_then(|encoded| STANDARD.decode(encoded).ok()).unwrap_or_default();
    let given_user = given.split(|&byte| byte == b':').next().unwrap_or_default();
    let is_right = is_same(&given, format!("{user}:{password}").as_bytes());
    (String::from_utf8_lossy(given_user).into_owned(), is_right)
}

/// What follows `scheme` in the field `Authorization`.
pub(crate) fn credentials<'a>(call: &Call<'a>, scheme: &str) -> Option<&'a str> {
    let (found, credentials) = call.request.header_str("authorization")?.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| credentials.trim())
}

/// Compares in a time that depends on the lengths only.
pub(crate) fn is_same(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len()
        && given.iter().zip(expected).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
