//! The table of all routes, and finding the one for a request.
//!
//! The two paths that load tests ask most are compared first; the rest is a scan of the table.

use dyno_server::{Action, Request, ResponseWriter};

use crate::call::{Answer, Call, text};
use crate::query::Query;
use crate::state::Target;
use crate::{faults, httpbin, load_core, timing, truth};

/// What a route offers, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteDoc {
    /// The path, with `{…}` for its parameters.
    pub path: &'static str,
    /// The methods as `Allow` shows them; `*` is any.
    pub methods: &'static str,
    /// What it does, in one line.
    pub line: &'static str,
}

const GET: &str = "GET, HEAD";
const POST: &str = "POST";
const ANY: &str = "*";

macro_rules! route_table {
    ($($path:literal $methods:ident $answer:path, $line:literal;)*) => {
        const DOCS: &[RouteDoc] = &[$(RouteDoc { path: $path, methods: $methods, line: $line }),*];
        const ANSWERS: &[Answer] = &[$($answer),*];
    };
}

route_table! {
    "/plaintext" GET load_core::plaintext, "`Hello, World!`, from prepared bytes";
    "/json" GET load_core::json, "`{\"message\":\"Hello, World!\"}`, from prepared bytes";
    "/bytes/{n}" GET load_core::bytes, "n bytes that depend on ?seed= only, at most 64 MiB";
    "/items/{id}" GET load_core::item, "an item with its price, as JSON";
    "/orders" POST load_core::orders, "201 and a new order number, as JSON";
    "/login" POST load_core::login, "a token as JSON and as cookie";
    "/echo" ANY load_core::echo, "the body back, with its content type, at most 1 MiB";
    "/upload" ANY load_core::upload, "how many bytes of body came, at most 64 MiB";
    "/health" GET load_core::health, "`ok`";
    "/status/{codes}" ANY load_core::status, "that status, or a weighted draw: 200:0.9,503:0.1";
    "/delay/{d}" ANY timing::delay, "an answer after d: 1.5 (seconds), 10ms, 250us; at most 10 s";
    "/delay" ANY timing::delay_drawn, "after a drawn delay: ?dist=fixed|uniform|normal|lognormal|exponential|pareto&mean=&sd=&min=&max=&seed=";
    "/pause" ANY timing::pause, "?every=5s&for=1s&service=1ms: frozen for 1 s in every 5 s of the target's clock";
    "/step" ANY timing::step, "?rps=1000&at=0s&queue=1000: one virtual server of exactly that rate";
    "/queue" ANY timing::queue, "?servers=1&service=1ms&seed=: virtual servers with exponential service times";
    "/__clock" GET truth::clock, "nanoseconds since the start, the scale of the timing routes";
    "/__truth/{run}" GET truth::truth, "what came in with the field x-dyno-run: RUN, or ?run=RUN";
    "/stream/{n}" GET httpbin::stream, "n lines of JSON, in chunks, at most 100000";
    "/headers" GET httpbin::headers, "the request's fields, as JSON";
    "/anything" ANY httpbin::anything, "the whole request, as JSON";
    "/anything/{*}" ANY httpbin::anything, "the same under any path";
    "/redirect/{n}" GET httpbin::redirect, "n redirects, then /anything";
    "/redirect-loop" GET httpbin::redirect_loop, "a redirect to itself";
    "/cookies" GET httpbin::cookies, "the request's cookies, as JSON";
    "/cookies/set" GET httpbin::cookies_set, "?name=value sets cookies, then redirects to /cookies";
    "/basic-auth/{user}/{password}" GET httpbin::basic_auth, "401 unless asked with that user and password";
    "/bearer" GET httpbin::bearer, "401 unless asked with a bearer token";
    "/fault/empty" ANY faults::empty, "closes without a byte";
    "/fault/reset" ANY faults::reset, "resets the connection (RST)";
    "/fault/truncate" ANY faults::truncate, "1000 bytes promised, ?at=500 sent, then closed";
    "/fault/garbage" ANY faults::garbage, "bytes that are no HTTP, then closed";
    "/fault/no-reply" ANY faults::no_reply, "never answers";
    "/fault/bad-length" ANY faults::bad_length, "a content length that is no number";
    "/fault/malformed-chunk" ANY faults::malformed_chunk, "a chunk size that is no number, after a good chunk";
    "/fault/endless-head" ANY faults::endless_head, "a head that never ends";
    "/fault/over-long" ANY faults::over_long, "more bytes than the content length says";
    "/" GET list, "this list";
}

/// Every route, in the order of the table.
#[must_use]
pub fn routes() -> &'static [RouteDoc] {
    DOCS
}

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
    let found = DOCS
        .iter()
        .zip(ANSWERS)
        .find_map(|(doc, answer)| parameters_of(doc.path, request.path()).map(|found| (doc, answer, found)));
    let Some((doc, answer, parameters)) = found else {
        return text(response, 404, "no such route; / lists what there is");
    };
    if doc.methods != ANY && !doc.methods.split(", ").any(|method| method == request.method()) {
        response
            .start(405)
            .field("allow", doc.methods.as_bytes())
            .field("content-type", b"text/plain; charset=utf-8")
            .body(format!("{} answers {}\n", doc.path, doc.methods).as_bytes());
        return Action::Done;
    }
    let call = Call { target, request, parameters, query: Query(request.query()) };
    answer(&call, response)
}

/// What stands for the parameters of `pattern` in `path`; `None` when it does not match.
fn parameters_of<'a>(pattern: &str, path: &'a str) -> Option<[&'a str; 2]> {
    let mut parameters = [""; 2];
    let mut count = 0;
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        if expected == "{*}" {
            return Some(parameters);
        }
        let segment = segments.next()?;
        if expected.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            parameters[count] = segment;
            count += 1;
        } else if expected != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(parameters)
}

/// `/`: all routes, as text.
fn list(_: &Call<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let width = DOCS.iter().map(|doc| doc.path.len()).max().unwrap_or(0);
    let mut lines = String::new();
    for RouteDoc { path, methods, line } in DOCS {
        lines.push_str(&format!("{path:width$}  {methods:9}  {line}\n"));
    }
    response.respond(200, "text/plain; charset=utf-8", lines.as_bytes());
    Action::Done
}
