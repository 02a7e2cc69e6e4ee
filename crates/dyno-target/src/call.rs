//! One request on its way to a route: the match of its path, and the answers that many routes give.

use std::borrow::Cow;

use dyno_server::{Action, Request, ResponseWriter};
use serde_json::Value;

use crate::query::{Query, parse_duration};
use crate::state::Target;

/// A route's function.
pub(crate) type Answer = fn(&Call<'_>, &mut ResponseWriter<'_>) -> Action;

/// Most parameters in a path.
pub(crate) const PARAMETERS_MAX: usize = 5;

/// What a route is given.
pub(crate) struct Call<'a> {
    pub(crate) target: &'a Target,
    pub(crate) request: &'a Request<'a>,
    /// What stands in the path for `{…}`, still percent-encoded; empty where the pattern has none.
    pub(crate) parameters: [&'a str; PARAMETERS_MAX],
    pub(crate) query: Query<'a>,
}

impl<'a> Call<'a> {
    /// `?seed=`, 0 without one.
    pub(crate) fn seed(&self) -> Result<u64, String> {
        self.query.number("seed", 0)
    }

    /// The seed for what must differ without `?seed=`, and the number of this draw in the sequence of the target.
    pub(crate) fn draw(&self) -> Result<(u64, u64), String> {
        let seed = self.query.number("seed", self.target.state.entropy)?;
        Ok((seed, self.target.state.next_draw(self.request.target())))
    }

    /// A number of bytes within the target's bound.
    pub(crate) fn body_length(&self, text: &str) -> Result<u64, String> {
        let max = self.target.state.bounds.body_bytes_max;
        match text.parse() {
            Ok(length) if length <= max => Ok(length),
            _ => Err(format!("`{text}` is no number of bytes up to {max}")),
        }
    }

    /// A duration within the target's bound: seconds as a number, or with a unit. In nanoseconds.
    pub(crate) fn bounded_ns(&self, text: &str) -> Result<u64, String> {
        let max = self.target.state.bounds.duration_max;
        match parse_duration(text) {
            Some(duration) if duration <= max => Ok(duration.as_nanos() as u64),
            Some(_) => Err(format!("`{text}` is above the limit of {} s", max.as_secs_f64())),
            None => Err(format!("`{text}` is no duration, write `10ms`, `250us` or `1.5` for seconds")),
        }
    }

    /// The address the request comes from: what a proxy says, or else the peer of the connection.
    pub(crate) fn origin(&self) -> Cow<'a, str> {
        match self.request.header_str("x-forwarded-for").and_then(|list| list.split(',').next()) {
            Some(first) if !first.trim().is_empty() => Cow::Borrowed(first.trim()),
            _ => match self.request.peer_addr() {
                Some(peer) => Cow::Owned(peer.ip().to_string()),
                None => Cow::Borrowed("unix"),
            },
        }
    }

    /// `http` or `https`, as the client sees it.
    pub(crate) fn scheme(&self) -> &'a str {
        self.request.header_str("x-forwarded-proto").unwrap_or_else(|| self.request.scheme())
    }

    /// The whole URL of the request.
    pub(crate) fn url(&self) -> String {
        let target = self.request.target();
        if target.starts_with('/') {
            format!("{}://{}{target}", self.scheme(), self.request.host().unwrap_or("localhost"))
        } else {
            target.to_owned()
        }
    }

    /// Answers `respond` when the target's clock shows `at_ns`.
    pub(crate) fn answer_at(
        &self,
        at_ns: u64,
        respond: impl FnOnce(&mut ResponseWriter<'_>) + 'static,
    ) -> Action {
        let timer = self.target.timer.clone();
        Action::Later(Box::pin(async move {
            timer.sleep_until(at_ns).await;
            let finish: dyno_server::Finish = Box::new(|response| {
                respond(response);
                Action::Done
            });
            finish
        }))
    }
}

/// Answers with `value`, in one line.
pub(crate) fn json(response: &mut ResponseWriter<'_>, status: u16, value: &Value) -> Action {
    let mut text = value.to_string();
    text.push('\n');
    response.respond(status, "application/json", text.as_bytes());
    Action::Done
}

/// Answers with a line of plain text.
pub(crate) fn text(response: &mut ResponseWriter<'_>, status: u16, text: &str) -> Action {
    response.respond(status, "text/plain; charset=utf-8", format!("{text}\n").as_bytes());
    Action::Done
}

/// Gives the answer, or 400 with what was wrong with the request.
pub(crate) fn or_bad_request(
    response: &mut ResponseWriter<'_>,
    answer: impl FnOnce(&mut ResponseWriter<'_>) -> Result<Action, String>,
) -> Action {
    answer(response).unwrap_or_else(|reason| text(response, 400, &reason))
}
