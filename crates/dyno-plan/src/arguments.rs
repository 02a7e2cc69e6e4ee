//! The one-line load test: a URL and flags instead of a plan file.
//!
//! Builds the same draft as a file would and goes the same way, so both are checked alike.

use std::path::PathBuf;

use dyno_model::{Body, Template};

use crate::draft::{Draft, Request};
use crate::load::{LoadDraft, OpenDraft};
use crate::problem::Problem;
use crate::read::{Context, Setting};
use crate::resolve::{DEFAULT_USERS, Resolved, Surroundings, finish};
use crate::template::{self, Names, Scope};
use crate::{Origin, Overrides, PlanErrors, PlanSource, address, files};

/// What `dyno http` is asked to do. The URLs are those of the overrides.
///
/// A rate makes the load open with as many requests in flight as there are connections (`users`, 50 unless
/// given). Without a duration and a count it measures 10 s. URL, header values and data may hold
/// templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HttpArguments {
    /// `-m`; POST when there is data, else GET.
    pub method: Option<String>,
    /// `--data`: sent as JSON when it is JSON, else as a form, unless a header says otherwise.
    pub data: Option<String>,
    /// `--data-file`: sent as it is.
    pub data_file: Option<PathBuf>,
    /// Everything else.
    pub overrides: Overrides,
}

/// Resolves a command line without a plan file.
///
/// # Errors
/// All mistakes at once.
pub fn resolve_http(
    arguments: &HttpArguments,
    environment: &Overrides,
    surroundings: &Surroundings<'_>,
) -> Result<Resolved, PlanErrors> {
    let source = PlanSource::from_text("command line", "");
    let mut context = Context::new(&source, surroundings);
    let request = read_request(&mut context, arguments);
    if arguments.overrides.urls.is_empty() && environment.urls.is_empty() {
        let problem = Problem::anywhere("there is no URL");
        context.report(problem.hint("write `dyno http http://127.0.0.1:8080/`"));
        return Err(PlanErrors::new(&source, context.problems, &context.secrets, &context.redactor));
    }
    let flags = &arguments.overrides;
    let max_in_flight = Setting { value: DEFAULT_USERS, origin: Origin::Default, span: None };
    let load = flags
        .rate_per_s
        .or(environment.rate_per_s)
        .map(|_| LoadDraft::Open(OpenDraft { max_in_flight: Some(max_in_flight), ..OpenDraft::default() }));
    let url = flags.urls.first().or(environment.urls.first()).cloned().unwrap_or_default();
    let method = request.method.clone();
    let draft = Draft { request, load, ..Draft::default() };
    let name = || match address::split(&url) {
        Ok(address) => format!("{method} {}{}", address.origin, address.path),
        Err(_) => "http".to_owned(),
    };
    finish(context, draft, environment, flags, name)
}

fn read_request(context: &mut Context<'_>, arguments: &HttpArguments) -> Request {
    let mut request = Request::default();
    match (&arguments.data, &arguments.data_file) {
        (Some(_), Some(_)) => {
            let problem = Problem::anywhere("both `--data` and `--data-file` are given");
            context.report(problem.hint("a request has one content"));
        }
        (Some(data), None) => {
            let names = Names::default();
            let scope = Scope { names: &names, scenario: 0, step: 0, after_answer: false };
            let template = template::read_flag(context, "--data", data, scope);
            request.content_type = Some(content_type_of(&template));
            request.body = Body::Text(template);
        }
        (None, Some(path)) => match files::read_bytes(path) {
            Ok(bytes) => {
                request.content_type = Some("application/octet-stream");
                request.body = Body::Bytes(bytes);
            }
            Err((message, _)) => context.report(Problem::anywhere(format!("--data-file: {message}"))),
        },
        (None, None) => {}
    }
    if !matches!(request.body, Body::Empty) {
        request.method = "POST".to_owned();
    }
    if let Some(method) = &arguments.method {
        if method.is_empty() || !method.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            context.report(Problem::anywhere(format!("`{method}` is not an HTTP method")));
        }
        method.clone_into(&mut request.method);
    }
    request
}

fn content_type_of(template: &Template) -> &'static str {
    let is_json = serde_json::from_str::<serde_json::Value>(&template::sample(template)).is_ok();
    if is_json { "application/json" } else { "application/x-www-form-urlencoded" }
}
