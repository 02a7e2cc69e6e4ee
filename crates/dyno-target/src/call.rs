//! One request on its way to a route: the match of its path, and the answers that many routes give.

use dyno_server::{Action, Request, ResponseWriter};
use serde_json::Value;

use crate::query::Query;
use crate::state::Target;

/// A route's function.
pub(crate) type Answer = fn(&Call<'_>, &mut ResponseWriter<'_>) -> Action;

/// What a route is given.
pub(crate) struct Call<'a> {
    pub(crate) target: &'a Target,
    pub(crate) request: &'a Request<'a>,
    /// What stands in the path for `{…}`, still percent-encoded; empty where the pattern has none.
    pub(crate) parameters: [&'a str; 2],
    pub(crate) query: Query<'a>,
}

impl Call<'_> {
    /// `?seed=`, 0 without one.
    pub(crate) fn seed(&self) -> Result<u64, String> {
        self.query.number("seed", 0)
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

/// Answers 200 with `value`, in one line.
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
