//! Redirects: a number of them in a row, relative and absolute, one without end, and one to anywhere.

use dyno_server::{Action, ResponseWriter};

use crate::call::Call;
use crate::httpbin;

/// Most redirects in a row.
const REDIRECTS_MAX: u64 = 1_000;

/// `/redirect/{n}?absolute=true`.
pub(crate) fn redirect(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let is_absolute = call.query.get("absolute").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    step(call, response, is_absolute)
}

pub(crate) fn relative(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    step(call, response, false)
}

pub(crate) fn absolute(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    step(call, response, true)
}

fn step(call: &Call<'_>, response: &mut ResponseWriter<'_>, is_absolute: bool) -> Action {
    let Ok(left @ 1..=REDIRECTS_MAX) = call.parameters[0].parse::<u64>() else {
        return httpbin::refuse(call, response, 400, "no number of redirects from 1 to 1000");
    };
    let name = if is_absolute { "absolute-redirect" } else { "relative-redirect" };
    let path = if left == 1 { "/get".to_owned() } else { format!("/{name}/{}", left - 1) };
    if !is_absolute {
        return httpbin::redirect(call, response, 302, &path);
    }
    let host = call.request.host().unwrap_or("localhost");
    httpbin::redirect(call, response, 302, &format!("{}://{host}{path}", call.scheme()))
}

/// `/redirect-to?url=&status_code=`.
pub(crate) fn to(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let url = call.query.get("url").ok_or("`url` is missing")?;
        if url.is_empty() || url.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err("`url` is no URL".to_owned());
        }
        let status: u16 = call.query.number("status_code", 302)?;
        if !(300..=399).contains(&status) {
            return Err(format!("`status_code={status}` is not between 300 and 399"));
        }
        Ok(httpbin::redirect(call, response, status, &url))
    })
}

/// `/redirect-loop`.
pub(crate) fn endless(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::redirect(call, response, 302, "/redirect-loop")
}
