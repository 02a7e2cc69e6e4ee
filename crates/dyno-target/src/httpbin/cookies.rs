//! Cookies: shown, set and deleted.

use std::borrow::Cow;

use dyno_server::{Action, ResponseWriter};
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::httpbin;
use crate::query::decoded_path;

pub(crate) fn shown(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let fields = call.request.headers().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    let mut cookies: Map<String, Value> = Map::new();
    for (_, field) in fields {
        for pair in String::from_utf8_lossy(field).split(';') {
            if let Some((name, value)) = pair.trim().split_once('=') {
                cookies.insert(name.to_owned(), json!(value));
            }
        }
    }
    httpbin::json(call, response, 200, &json!({ "cookies": cookies }))
}

/// `/cookies/set?name=value`.
pub(crate) fn set(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    write(call, response, |name, value| format!("{name}={value}; Path=/; HttpOnly"))
}

/// `/cookies/delete?name`.
pub(crate) fn delete(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    write(call, response, |name, _| {
        format!("{name}=; Path=/; HttpOnly; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
    })
}

/// `/cookies/set/{name}/{value}`.
pub(crate) fn set_one(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let pair = (decoded_path(call.parameters[0]), decoded_path(call.parameters[1]));
    redirect(call, response, &[pair], |name, value| format!("{name}={value}; Path=/; HttpOnly"))
}

fn write(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    cookie: impl Fn(&str, &str) -> String,
) -> Action {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        call.query.pairs().filter(|(name, _)| name != "run" && name != "seed").collect();
    redirect(call, response, &pairs, cookie)
}

fn redirect(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    pairs: &[(Cow<'_, str>, Cow<'_, str>)],
    cookie: impl Fn(&str, &str) -> String,
) -> Action {
    if let Some((name, _)) = pairs.iter().find(|(name, value)| !is_cookie(name, value)) {
        return httpbin::refuse(call, response, 400, &format!("`{name}` and its value are no cookie"));
    }
    let mut head = httpbin::start(call, response, 302).field("location", b"/cookies");
    for (name, value) in pairs {
        head = head.field("set-cookie", cookie(name, value).as_bytes());
    }
    head.body(b"");
    Action::Done
}

/// Whether a name is a token, and a value has nothing that ends a cookie.
fn is_cookie(name: &str, value: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_value = |byte: u8| byte > b' ' && byte != 0x7f && !b"\";,\\".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token) && value.bytes().all(is_value)
}
