//! Routes whose answers come at a computed time: delays, freezes, limited capacity.
//!
//! When an answer comes is a pure function of when the request arrived and what came before; `distribution` and
//! `queue` hold those functions, the routes here only read the query and wait. All times on the target's clock.

use std::time::Duration;

use dyno_server::{Action, ResponseWriter};

use crate::call::{Call, or_bad_request, text};
use crate::httpbin::{self, inspect};
use crate::paced::source;
use crate::random::append_body;
use distribution::Distribution;
use schedule::{Spacing, border, spaced};

mod distribution;
mod freeze;
mod queue;
pub(crate) mod schedule;
pub(crate) mod work;

#[cfg(test)]
mod tests;

pub use freeze::pause_answer_at;
pub(crate) use queue::VirtualQueue;

/// `/delay/{d}`: what `/post` shows, after that time.
pub(crate) fn delay(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    httpbin::or_bad_request(call, response, |_| {
        let delay_ns = call.bounded_ns(call.parameters[0])?;
        // Built before the wait, so that the answer leaves on time.
        let body = format!("{}\n", inspect::shown_with_body(call)?);
        Ok(call.answer_at(arrival_ns + delay_ns, move |response| {
            let timing = format!("initial_delay;dur={:.3};desc=\"initial delay\"", delay_ns as f64 / 1e6);
            response
                .start(200)
                .field("content-type", httpbin::JSON.as_bytes())
                .field("server-timing", timing.as_bytes())
                .body(body.as_bytes());
        }))
    })
}

/// `/delay?dist=…`: the n-th request for the same target gets the n-th draw.
pub(crate) fn delay_drawn(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |_| {
        let distribution = Distribution::from_query(call.query, call.target.state.bounds.duration_max)?;
        let seed = call.seed()?;
        let n = call.target.state.next_draw(call.request.target());
        let delay_ns = distribution.draw_ns(seed, n);
        Ok(call.answer_at(arrival_ns + delay_ns, |response| {
            text(response, 200, "delayed");
        }))
    })
}

/// `/pause?every=5s&for=1s&service=1ms`: see [`pause_answer_at`].
pub(crate) fn pause(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |_| {
        let every = call.query.duration("every")?.unwrap_or(Duration::from_secs(5));
        let frozen = call.query.duration("for")?.unwrap_or(Duration::from_secs(1));
        let service = call.query.duration("service")?.unwrap_or(Duration::from_millis(1));
        let longest = call.target.state.bounds.duration_max;
        if frozen + Duration::from_millis(1) > every || service > longest {
            return Err(format!(
                "`for` must be shorter than `every` by 1ms at least, and `service` at most {} s",
                longest.as_secs_f64()
            ));
        }
        let (every_ns, frozen_ns) = (nanoseconds(every), nanoseconds(frozen));
        let answer_ns = pause_answer_at(arrival_ns, every_ns, frozen_ns, nanoseconds(service));
        Ok(call.answer_at(answer_ns, move |response| {
            // So that a client can align itself, and check the answer's time against the rule.
            response
                .start(200)
                .field("content-type", b"text/plain; charset=utf-8")
                .field("x-freeze-arrival-ns", arrival_ns.to_string().as_bytes())
                .field("x-freeze-answer-ns", answer_ns.to_string().as_bytes())
                .body(b"served\n");
        }))
    })
}

/// `/step?rps=&at=&queue=`: one virtual server that takes exactly 1/rps per request.
///
/// Before `at` on the target's clock there is no limit. Above `queue` waiting requests the answer is 503.
pub(crate) fn step(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |response| {
        let rate_per_s: f64 = call.query.number("rps", 1000.0)?;
        if !(0.001..=1e9).contains(&rate_per_s) {
            return Err(format!("`rps={rate_per_s}` is not between 0.001 and 1000000000"));
        }
        let waiting_max: u64 = call.query.number("queue", 1000)?;
        let starts_ns = nanoseconds(call.query.duration("at")?.unwrap_or_default());
        if arrival_ns < starts_ns {
            return Ok(text(response, 200, "served"));
        }
        let service_ns = ((1e9 / rate_per_s) as u64).max(1);
        Ok(queued(call, response, |queue| queue.admit(arrival_ns, 1, service_ns, service_ns, waiting_max)))
    })
}

/// `/queue?servers=&service=&dist=&queue=`: c virtual servers; service times are exponential unless said otherwise.
pub(crate) fn queue(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |response| {
        let servers: usize = call.query.number("servers", 1)?;
        if !(1..=1024).contains(&servers) {
            return Err(format!("`servers={servers}` is not between 1 and 1024"));
        }
        let mean = call.query.duration("service")?.unwrap_or(Duration::from_millis(1));
        let longest = call.target.state.bounds.duration_max;
        let mean = mean.min(longest);
        let distribution = match call.query.get("dist").as_deref() {
            None | Some("exponential") => Distribution::exponential(mean, longest),
            Some("fixed") => Distribution::fixed(mean),
            Some(other) => return Err(format!("`dist={other}` is neither `exponential` nor `fixed`")),
        };
        let waiting_max: u64 = call.query.number("queue", 10_000)?;
        let n = call.target.state.next_draw(call.request.target());
        let service_ns = distribution.draw_ns(call.seed()?, n);
        let mean_ns = nanoseconds(mean).max(1);
        Ok(queued(call, response, |queue| queue.admit(arrival_ns, servers, service_ns, mean_ns, waiting_max)))
    })
}

/// Answers when the virtual queue of this target is done, or refuses.
fn queued(
    call: &Call<'_>,
    response: &mut ResponseWriter<'_>,
    admit: impl FnOnce(&mut VirtualQueue) -> Option<u64>,
) -> Action {
    match call.target.state.with_queue(call.request.target(), admit) {
        Some(Some(done_ns)) => call.answer_at(done_ns, |response| {
            text(response, 200, "served");
        }),
        Some(None) => text(response, 503, "the queue is full"),
        None => text(response, 503, "there are too many different queues"),
    }
}

/// `/dribble?chunks=10&total=1s&bytes=1000`: a body whose pieces come evenly over a time, the first at once.
pub(crate) fn dribble(call: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let arrival_ns = call.target.state.clock.now_ns();
    or_bad_request(response, |response| {
        let bytes = call.body_length(&call.query.get("bytes").unwrap_or("1000".into()))?;
        let chunks: u64 = call.query.number("chunks", 10)?;
        if chunks == 0 || chunks > bytes {
            return Err(format!("`chunks={chunks}` is not between 1 and `bytes={bytes}`"));
        }
        let total_ns = call.bounded_ns(&call.query.get("total").unwrap_or("1s".into()))?;
        let seed = call.seed()?;
        let spacing = Spacing::new(arrival_ns, chunks, total_ns);
        let body = spaced(spacing, move |index, out| {
            append_body(out, seed, border(bytes, index, chunks), border(bytes, index + 1, chunks));
        });
        response.start(200).field("content-type", b"application/octet-stream").stream_of_length(bytes);
        Ok(Action::Stream(source(call, body)))
    })
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX / 4)
}
