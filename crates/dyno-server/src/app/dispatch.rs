//! From a request to its route: path, method, and what is answered when either is missing.
//!
//! Called by `App` for every request.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use http::StatusCode;
use http::header::{ALLOW, LOCATION, UPGRADE};

use crate::app::answer::Answer;
use crate::app::assembly::Assembly;
use crate::app::call::{Call, write_settled};
use crate::app::chain;
use crate::app::endpoint::{AnswerFunction, write_answer};
use crate::app::error::MethodNotAllowed;
use crate::app::method_table::MethodTable;
use crate::app::mounted::Mounted;
use crate::app::pattern::{needs_normalising, normalise};
use crate::app::response::Response;
use crate::app::router::{Found, PathValues};
use crate::handler::{Action, BodyPolicy};
use crate::request::{Request, Version};
use crate::response::ResponseWriter;

/// Answers one request.
pub(crate) fn answer(assembly: &Assembly, request: &Request<'_>, writer: &mut ResponseWriter<'_>) -> Action {
    let path = normal_path(request);
    if path == "*" {
        // `OPTIONS *` asks about the server as a whole, about which there is nothing to say.
        return write_settled(Response::new(StatusCode::NO_CONTENT), writer);
    }
    let mut values = PathValues::default();
    match assembly.router.find(&path, &mut values) {
        Found::Path(table) => match route_for(table, request) {
            Some(route) => run(&assembly.routes[route], &values, request, writer),
            None => answer_other_method(assembly, table, &values, request, writer),
        },
        Found::OtherSlash => {
            let response =
                Response::new(StatusCode::PERMANENT_REDIRECT).with_header(LOCATION, other_slash(request));
            write_settled(response, writer)
        }
        Found::Nothing => match assembly.fallbacks.find(&path, &mut values) {
            Some(route) => run(route, &values, request, writer),
            None => write_settled(Response::text("Not Found").with_status(StatusCode::NOT_FOUND), writer),
        },
    }
}

/// What is to be done with the body of a request that has one.
pub(crate) fn body_policy(assembly: &Assembly, request: &Request<'_>) -> BodyPolicy {
    let path = normal_path(request);
    let mut values = PathValues::default();
    let route = match assembly.router.find(&path, &mut values) {
        Found::Path(table) => route_for(table, request).map(|route| &assembly.routes[route]),
        Found::OtherSlash => None,
        Found::Nothing => assembly.fallbacks.find(&path, &mut values),
    };
    route.map_or(BodyPolicy::Count { bytes_max: 1024 * 1024 }, |route| route.body_policy())
}

/// The path in the form that the router knows; borrowed for almost all requests.
fn normal_path<'a>(request: &Request<'a>) -> Cow<'a, str> {
    let path = request.path();
    if !needs_normalising(path) {
        return Cow::Borrowed(path);
    }
    let mut normal = String::with_capacity(path.len());
    normalise(path, &mut normal);
    Cow::Owned(normal)
}

fn route_for(table: &MethodTable, request: &Request<'_>) -> Option<usize> {
    match table.websocket() {
        Some(route) if is_websocket(request) => Some(route),
        _ => table.find(request.method()),
    }
}

fn is_websocket(request: &Request<'_>) -> bool {
    request.connect_protocol() == Some("websocket")
        || (request.method() == "GET"
            && request.header_str("upgrade").is_some_and(|protocols| {
                protocols.split(',').any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
            }))
}

fn run(
    mounted: &Rc<Mounted>,
    values: &PathValues<'_>,
    request: &Request<'_>,
    writer: &mut ResponseWriter<'_>,
) -> Action {
    let extensions = RefCell::default();
    let call = Call { request, values, mounted, extensions: &extensions };
    if mounted.middleware.is_empty() {
        return mounted.endpoint.write(&call, writer);
    }
    write_answer(&call, chain::run(&call, 0), writer)
}

/// A method that no route of the path has: OPTIONS is answered with what there is, others are refused.
///
/// The middleware of the path sees the request all the same, so that `Cors` can answer a preflight.
fn answer_other_method(
    assembly: &Assembly,
    table: &MethodTable,
    values: &PathValues<'_>,
    request: &Request<'_>,
    writer: &mut ResponseWriter<'_>,
) -> Action {
    let asked = request.header_str("access-control-request-method");
    let route = asked.and_then(|method| table.find(method)).or_else(|| table.first());
    let Some(mounted) = route.map(|route| &assembly.routes[route]) else {
        return write_settled(Response::new(StatusCode::NOT_FOUND), writer);
    };
    let allow = table.allow().to_owned();
    let is_options = request.method() == "OPTIONS";
    let endpoint = AnswerFunction(move |call: &Call<'_>| {
        let response = if is_options {
            Response::new(StatusCode::NO_CONTENT)
        } else if allow.is_empty() {
            handshakes_only(call)
        } else {
            call.mounted.answer_error(MethodNotAllowed { allow: allow.clone() }.into())
        };
        Answer::Now(if allow.is_empty() { response } else { response.with_header(ALLOW, allow.as_str()) })
    });
    let stand_in = Rc::new(Mounted {
        method: mounted.method.clone(),
        pattern: mounted.pattern.clone(),
        name: mounted.name.clone(),
        endpoint: Rc::new(endpoint),
        middleware: mounted.middleware.clone(),
        scope: mounted.scope.clone(),
        body_bytes_max: mounted.body_bytes_max,
    });
    run(&stand_in, values, request, writer)
}

/// A path that has nothing but a WebSocket was asked for something else.
fn handshakes_only(call: &Call<'_>) -> Response {
    let text = "this path answers WebSocket handshakes only";
    match call.version() {
        Version::Http10 | Version::Http11 => {
            Response::text(text).with_status(StatusCode::UPGRADE_REQUIRED).with_header(UPGRADE, "websocket")
        }
        // 426 would need the field `Upgrade`, which later versions do not have.
        Version::Http2 | Version::Http3 => Response::text(text).with_status(StatusCode::BAD_REQUEST),
    }
}

/// The target with its last slash added or taken away.
fn other_slash(request: &Request<'_>) -> String {
    let path = request.path();
    let mut target = match path.strip_suffix('/') {
        Some(path) => path.to_owned(),
        None => format!("{path}/"),
    };
    // `//host` would lead to another server.
    if target.starts_with("//") {
        target = format!("/{}", target.trim_start_matches('/'));
    }
    if let Some(query) = request.query() {
        target.push('?');
        target.push_str(query);
    }
    target
}
