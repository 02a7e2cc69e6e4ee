//! Faults on any route, asked for by the request: `x-chaos: latency=50ms;rate=0.1;status=503`.
//!
//! Only a target that was told to do so looks at the field. Called by `target` before the route.

use dyno_server::{Action, OwnedRequest, Request, ResponseWriter};

use crate::call::text;
use crate::httpbin::form::Parameters;
use crate::query::parse_duration;
use crate::random::uniform;
use crate::state::{Target, TargetState};

/// The field.
pub(crate) const FIELD: &str = "x-chaos";

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chaos {
    /// Probability that it happens.
    rate: f64,
    seed: u64,
    /// How much later the answer comes.
    latency_ns: u64,
    /// What is done in place of the answer.
    instead: Option<Instead>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Instead {
    Status(u16),
    Close,
    Reset,
    NoReply,
}

impl Chaos {
    /// Reads the field; an error says which part is wrong.
    pub(crate) fn parse(text: &str, latency_max_ns: u64) -> Result<Self, String> {
        let mut chaos = Self { rate: 1.0, seed: 0, latency_ns: 0, instead: None };
        for (name, value) in Parameters(text) {
            let wrong = || format!("`{name}={value}` of x-chaos is not understood");
            match &*name.to_ascii_lowercase() {
                "rate" => {
                    chaos.rate =
                        value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate)).ok_or_else(wrong)?;
                }
                "seed" => chaos.seed = value.parse().map_err(|_| wrong())?,
                "latency" => {
                    let latency_ns = parse_duration(&value).map(|latency| latency.as_nanos() as u64);
                    chaos.latency_ns = latency_ns.filter(|ns| *ns <= latency_max_ns).ok_or_else(wrong)?;
                }
                "status" => {
                    let status = value.parse().ok().filter(|status| (200..=599).contains(status));
                    chaos.instead = Some(Instead::Status(status.ok_or_else(wrong)?));
                }
                "fault" => {
                    chaos.instead = Some(match &*value {
                        "empty" => Instead::Close,
                        "reset" => Instead::Reset,
                        "no-reply" => Instead::NoReply,
                        _ => return Err(wrong()),
                    });
                }
                _ => return Err(wrong()),
            }
        }
        Ok(chaos)
    }

    /// Whether it happens to the `n`-th request that asks for the same.
    pub(crate) fn happens(&self, n: u64) -> bool {
        uniform(self.seed, n) <= self.rate
    }

    fn act(&self, response: &mut ResponseWriter<'_>) -> Option<Action> {
        Some(match self.instead? {
            Instead::Status(status) => text(response, status, "chaos, as asked for"),
            Instead::Close => Action::Close,
            Instead::Reset => Action::Reset,
            Instead::NoReply => Action::Stall,
        })
    }
}

/// What the request asks for, if it does and if this one is hit; an error when it cannot be understood.
pub(crate) fn asked(state: &TargetState, request: &Request<'_>) -> Result<Option<Chaos>, String> {
    let Some(text) = request.header_str(FIELD) else { return Ok(None) };
    let latency_max_ns = u64::try_from(state.bounds.duration_max.as_nanos()).unwrap_or(u64::MAX);
    let chaos = Chaos::parse(text, latency_max_ns)?;
    let n = state.next_draw(&format!("{FIELD} {text}"));
    Ok(chaos.happens(n).then_some(chaos))
}

/// Answers late, wrongly, or both; `answer` gives the right answer.
pub(crate) fn answer(
    target: &Target,
    chaos: Chaos,
    request: &Request<'_>,
    response: &mut ResponseWriter<'_>,
    answer: impl FnOnce(&Request<'_>, &mut ResponseWriter<'_>) -> Action + 'static,
) -> Action {
    if chaos.latency_ns == 0 {
        return chaos.act(response).unwrap_or_else(|| answer(request, response));
    }
    let at_ns = target.state.clock.now_ns() + chaos.latency_ns;
    let (timer, request): (_, OwnedRequest) = (target.timer.clone(), request.to_owned());
    Action::Later(Box::pin(async move {
        timer.sleep_until(at_ns).await;
        let finish: dyno_server::Finish = Box::new(move |response| {
            chaos.act(response).unwrap_or_else(|| answer(&request.as_request(), response))
        });
        finish
    }))
}

#[cfg(test)]
mod tests;
