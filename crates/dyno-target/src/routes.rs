//! The table of all routes: the one place that says what the target offers, and finds the route of a request.
//!
//! A row has the path, the methods, what it does, its parameters, a request whose answer is known, and its function. The
//! list at `/`, the OpenAPI document and `dyno serve` are drawn from it. The two paths that load tests ask most are
//! compared first; all others are found in a radix tree. Called by `target` for each request.

use std::fmt;
use std::sync::LazyLock;

use dyno_server::{Action, Request, ResponseWriter};

use crate::call::{Call, PARAMETERS_MAX, text};
use crate::query::Query;
use crate::state::Target;

mod faults;
mod httpbin;
mod load_core;
mod protocol;
mod row;
mod timing;
mod truth;

pub(crate) use row::{Body, Known, Route};
pub use row::{Parameter, RouteDoc};

/// Methods of a route, as `Allow` shows them.
const GET: &str = "GET, HEAD";
const POST: &str = "POST";
/// Every method.
pub(crate) const ANY: &str = "*";

/// What `*` stands for where methods must be counted up.
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Routes that serve one purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Constant and computed answers at the lowest cost.
    LoadCore,
    /// The routes of httpbin by their usual names.
    Httpbin,
    /// Answers that come at a computed time.
    Timing,
    /// Answers that are wrong on purpose.
    Faults,
    /// What the versions of HTTP and WebSockets have beyond requests and answers.
    Protocol,
    /// What the target knows and did.
    Truth,
}

impl Family {
    /// Every family, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::LoadCore, Self::Httpbin, Self::Timing, Self::Faults, Self::Protocol, Self::Truth];

    /// What the family is for, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::LoadCore => "load core: answers at the lowest cost",
            Self::Httpbin => "httpbin: by the usual names",
            Self::Timing => "timing: answers at computed times",
            Self::Faults => "faults: wrong on purpose",
            Self::Protocol => "protocol: what was spoken, pushes, priorities, WebSockets",
            Self::Truth => "truth: what the target knows",
        }
    }

    pub(crate) fn routes(self) -> &'static [Route] {
        match self {
            Self::LoadCore => load_core::ROUTES,
            Self::Httpbin => httpbin::ROUTES,
            Self::Timing => timing::ROUTES,
            Self::Faults => faults::ROUTES,
            Self::Protocol => protocol::ROUTES,
            Self::Truth => truth::ROUTES,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

/// Every route of a family, in the order of the table.
pub fn routes(family: Family) -> impl Iterator<Item = &'static RouteDoc> {
    family.routes().iter().map(|route| &route.doc)
}

static ROUTER: LazyLock<matchit::Router<&'static Route>> = LazyLock::new(|| {
    let mut router = matchit::Router::new();
    for route in Family::ALL.into_iter().flat_map(Family::routes) {
        router
            .insert(route.doc.path, route)
            .expect("invariant: the paths of the table are valid and none shadows another");
    }
    router
});

/// Answers one request.
pub(crate) fn answer(target: &Target, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
    if request.method() == "GET" {
        match request.path() {
            "/plaintext" => {
                response.prepared(&target.plaintext);
                return Action::Done;
            }
            "/json" => {
                response.prepared(&target.json);
                return Action::Done;
            }
            _ => {}
        }
    }
    let Ok(found) = ROUTER.at(request.path()) else {
        return text(response, 404, "no such route; / lists what there is");
    };
    let route = *found.value;
    let mut parameters = [""; PARAMETERS_MAX];
    for (place, (_, value)) in parameters.iter_mut().zip(found.params.iter()) {
        *place = value;
    }
    let doc = &route.doc;
    let is_allowed = doc.methods == ANY || doc.methods.split(", ").any(|method| method == request.method());
    // A browser that asks before it sends is answered for every route, also where OPTIONS itself is one of its methods.
    let is_preflight = request.method() == "OPTIONS"
        && (!is_allowed || request.header("access-control-request-method").is_some());
    if is_preflight {
        return preflight(doc, request, response);
    }
    if !is_allowed {
        return not_allowed(doc, response);
    }
    let call = Call { target, request, parameters, query: Query(request.query()) };
    (route.answer)(&call, response)
}

/// What `Allow` says of a route.
fn allowed(doc: &RouteDoc) -> String {
    if doc.methods == ANY { METHODS.join(", ") } else { format!("{}, OPTIONS", doc.methods) }
}

/// Says what is allowed, to people and to browsers.
fn preflight(doc: &RouteDoc, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let asked_fields = request.header("access-control-request-headers").unwrap_or(b"*");
    response
        .start(204)
        .field("allow", allowed(doc).as_bytes())
        .field("access-control-allow-origin", request.header("origin").unwrap_or(b"*"))
        .field("access-control-allow-credentials", b"true")
        .field("access-control-allow-methods", METHODS.join(", ").as_bytes())
        .field("access-control-allow-headers", asked_fields)
        .field("access-control-max-age", b"3600")
        .body(b"");
    Action::Done
}

fn not_allowed(doc: &RouteDoc, response: &mut ResponseWriter<'_>) -> Action {
    response
        .start(405)
        .field("allow", allowed(doc).as_bytes())
        .field("content-type", b"text/plain; charset=utf-8")
        .body(format!("{} answers {}\n", doc.path, doc.methods).as_bytes());
    Action::Done
}

/// `/`: all routes, as text.
pub(crate) fn list(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let mut lines = String::new();
    for family in Family::ALL {
        lines.push_str(&format!("\n{family}\n"));
        for RouteDoc { path, methods, line, .. } in routes(family) {
            lines.push_str(&format!("  {path:40}  {methods:9}  {line}\n"));
        }
    }
    response.respond(200, "text/plain; charset=utf-8", lines.trim_start().as_bytes());
    Action::Done
}
