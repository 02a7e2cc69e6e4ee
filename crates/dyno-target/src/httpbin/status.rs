//! Statuses on request: one, a weighted draw, or a failure now and then.

use dyno_proto::http1::reason_phrase;
use dyno_server::{Action, ResponseWriter};

use crate::call::Call;
use crate::httpbin;
use crate::query::decoded_path;
use crate::random::uniform;

/// `/status/{codes}`: the n-th request for the same target gets the n-th draw.
pub(crate) fn status(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let choices = parse_statuses(&decoded_path(call.parameters[0]))?;
        let status = match choices.as_slice() {
            [(only, _)] => *only,
            several => {
                let n = call.target.state.next_draw(call.request.target());
                pick(several, uniform(call.seed()?, n))
            }
        };
        let mut head = httpbin::start(call, response, status).field("content-type", httpbin::TEXT.as_bytes());
        head = match status {
            300 | 308 => head.field("location", b"/image/jpeg"),
            301 | 302 | 303 | 305 | 307 => head.field("location", b"/redirect/1"),
            401 => head.field("www-authenticate", b"Basic realm=\"dyno\""),
            407 => head.field("proxy-authenticate", b"Basic realm=\"dyno\""),
            429 | 503 => head.field("retry-after", b"1"),
            _ => head,
        };
        head.body(format!("{status} {}\n", reason_phrase(status)).as_bytes());
        Ok(Action::Done)
    })
}

/// `/unstable?failure_rate=`: 500 with that probability, 0.5 when nothing is said.
pub(crate) fn unstable(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    httpbin::or_bad_request(call, response, |response| {
        let rate: f64 = call.query.number("failure_rate", 0.5)?;
        if !(0.0..=1.0).contains(&rate) {
            return Err(format!("`failure_rate={rate}` is not between 0 and 1"));
        }
        let (seed, n) = call.draw()?;
        let status = if uniform(seed, n) <= rate { 500 } else { 200 };
        httpbin::start(call, response, status).field("content-type", httpbin::TEXT.as_bytes()).body(b"");
        Ok(Action::Done)
    })
}

/// Reads `200:0.9,503:0.1`; a code without a weight weighs 1.
fn parse_statuses(codes: &str) -> Result<Vec<(u16, f64)>, String> {
    codes
        .split(',')
        .map(|item| {
            let (code, weight) = item.split_once(':').unwrap_or((item, "1"));
            match (code.parse(), weight.parse::<f64>()) {
                (Ok(code @ 200..=599), Ok(weight)) if weight >= 0.0 && weight.is_finite() => {
                    Ok((code, weight))
                }
                _ => Err(format!(
                    "`{item}` is no status from 200 to 599 with an optional weight, as in 503:0.1"
                )),
            }
        })
        .collect()
}

/// The choice at `share` (above 0, at most 1) of the summed weights.
fn pick(choices: &[(u16, f64)], share: f64) -> u16 {
    let sum: f64 = choices.iter().map(|(_, weight)| weight).sum();
    let mut left = share * sum;
    for &(status, weight) in choices {
        left -= weight;
        if left <= 0.0 && weight > 0.0 {
            return status;
        }
    }
    choices.last().map_or(200, |&(status, _)| status)
}

#[cfg(test)]
mod tests;
