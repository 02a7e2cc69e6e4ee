//! Rows about the target itself.

use super::row::route;
use super::{Body, GET, POST, Route};
use crate::{openapi, truth};

const JSON: &str = "application/json";

pub(super) const ROUTES: &[Route] = &[
    route("/", GET, super::list, "this list").gives(
        200,
        "text/plain; charset=utf-8",
        Body::Has("/plaintext "),
    ),
    route("/openapi.json", GET, openapi::document, "this list as an OpenAPI 3.1 document").gives(
        200,
        JSON,
        Body::Has(r#""openapi":"3.1.0""#),
    ),
    route("/__clock", GET, truth::clock, "nanoseconds since the start, the scale of the timing routes")
        .gives(200, JSON, Body::Has(r#""now_ns":"#)),
    route(
        "/__truth/{run}",
        GET,
        truth::truth,
        "the ledger of requests with the field x-dyno-run: RUN, or ?run=RUN",
    )
    .at("/__truth/nobody")
    .gives(404, JSON, Body::Has("no request had this tag")),
    route("/__stats", GET, truth::stats, "requests and CPU time of each thread").gives(
        200,
        JSON,
        Body::Has("{\"thread\":0,\"requests\":"),
    ),
    route("/__config", GET, truth::config, "bounds and settings").gives(
        200,
        JSON,
        Body::Has("\"body_bytes_max\":1048576,\"duration_max_ns\":10000000000"),
    ),
    route("/__drain", POST, truth::drain, "asks the target to stop as a signal would").gives(
        202,
        "text/plain; charset=utf-8",
        Body::Is("draining\n"),
    ),
];
