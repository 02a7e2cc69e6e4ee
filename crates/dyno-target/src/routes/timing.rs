//! Rows of the timing family.

use super::row::{query, route};
use super::{ANY, Body, Parameter, Route};
use crate::timing::{self, work};

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
    route("/dribble", ANY, timing::dribble, "`bytes` in `chunks` pieces, evenly over `total`")
        .query(&[
            query("chunks", "integer", "10"),
            query("total", "duration", "1s"),
            query("bytes", "integer", "1000"),
            SEED,
        ])
        .at("/dribble?chunks=3&total=2ms&bytes=100")
        .gives(200, "application/octet-stream", Body::Size(100)),
    route(
        "/cpu",
        ANY,
        work::cpu,
        "works for `us` microseconds of CPU time; its thread does nothing else meanwhile",
    )
    .query(&[query("us", "integer", "1000")])
    .at("/cpu?us=50")
    .gives(200, TEXT, Body::Is("worked for 50 us\n")),
    route("/alloc", ANY, work::alloc, "takes memory, writes to all of it, and holds it for a time")
        .query(&[query("bytes", "integer", "1048576"), query("hold", "duration", "0")])
        .at("/alloc?bytes=4096&hold=1ms")
        .gives(200, TEXT, Body::Is("held 4096 bytes\n")),
];
