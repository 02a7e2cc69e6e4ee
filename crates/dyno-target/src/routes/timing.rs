//! Rows of the timing family.

use super::row::{query, route};
use super::{ANY, Body, Parameter, Route};
use crate::timing;

const TEXT: &str = "text/plain; charset=utf-8";
const SEED: Parameter = query("seed", "integer", "0");

pub(super) const ROUTES: &[Route] = &[
    route(
        "/delay",
        ANY,
        timing::delay_drawn,
        "after a drawn delay: dist=fixed|uniform|normal|lognormal|exponential|pareto",
    )
    .query(&[
        query("dist", "string", "fixed"),
        query("mean", "duration", "10ms"),
        query("sd", "duration", "mean/4"),
        query("min", "duration", "0"),
        query("max", "duration", "10s"),
        SEED,
    ])
    .at("/delay?dist=uniform&mean=1ms&sd=100us&seed=7")
    .gives(200, TEXT, Body::Is("delayed\n")),
    route(
        "/pause",
        ANY,
        timing::pause,
        "stands still for `for` in every `every`, and answers after `service`",
    )
    .query(&[
        query("every", "duration", "5s"),
        query("for", "duration", "1s"),
        query("service", "duration", "1ms"),
    ])
    .at("/pause?every=100ms&for=1ms&service=1ms")
    .gives(200, TEXT, Body::Is("served\n")),
    route(
        "/step",
        ANY,
        timing::step,
        "one virtual server of exactly that rate from `at` on; 503 above `queue` waiting",
    )
    .query(&[query("rps", "number", "1000"), query("at", "duration", "0"), query("queue", "integer", "1000")])
    .gives(200, TEXT, Body::Is("served\n")),
    route(
        "/queue",
        ANY,
        timing::queue,
        "virtual servers with exponential service times (M/M/c with Poisson arrivals)",
    )
    .query(&[
        query("servers", "integer", "1"),
        query("service", "duration", "1ms"),
        query("dist", "string", "exponential"),
        query("queue", "integer", "10000"),
        SEED,
    ])
    .gives(200, TEXT, Body::Is("served\n")),
];
