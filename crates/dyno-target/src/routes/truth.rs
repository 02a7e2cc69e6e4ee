//! Rows about the target itself.

use super::row::route;
use super::{Body, GET, Route};
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
];
