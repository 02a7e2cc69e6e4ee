//! The target: base URLs, and the request that is sent when the plan has no scenarios.

use dyno_model::{Credentials, HttpStep, Secret, Template};

use crate::address::{self, Address};
use crate::draft::{Draft, Target};
use crate::layers::{Layers, Show};
use crate::problem::{Problem, Span};
use crate::read::{Context, Setting};
use crate::scenario::{ScenarioDraft, StepDraft, plain_step};
use crate::template::{self, Scope};

/// The path that the embedded target is asked for when the plan has no scenarios.
const EMBEDDED_PATH: &str = "/plaintext";

/// Where the load goes.
#[derive(Default)]
pub(super) struct Resolution {
    pub base_urls: Vec<String>,
    pub embedded: bool,
    /// User and password of the URLs, by origin.
    credentials: Vec<(String, Credentials)>,
}

impl Resolution {
    /// The credentials for a step's URL: those of the same origin, so that no other host sees them.
    pub fn credentials_of(&self, url: &str) -> Option<&Credentials> {
        if !address::is_absolute(url) {
            return self.credentials.first().map(|(_, credentials)| credentials);
        }
        let is_below = |origin: &str| {
            url.strip_prefix(origin).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        self.credentials.iter().find(|(origin, _)| is_below(origin)).map(|(_, credentials)| credentials)
    }
}

pub(super) fn resolve(context: &mut Context<'_>, layers: &mut Layers<'_>, draft: &mut Draft) -> Resolution {
    let urls = |o: &crate::Overrides| {
        (!o.urls.is_empty()).then(|| Target::Http(o.urls.iter().map(|url| (url.clone(), None)).collect()))
    };
    let on_top = [layers.flags, layers.environment].into_iter().filter_map(urls).flat_map(urls_of);
    let of_file = draft.target.iter().flat_map(|target| urls_of(target.value.clone()));
    for (url, _) in on_top.chain(of_file) {
        if let Some(user) = address::user_in(&url) {
            context.keep_secret(user);
        }
    }
    let Some(target) = layers.pick_optional("target", "target", urls, draft.target.take()) else {
        return without_target(context, draft);
    };
    let Target::Http(urls) = &target.value else {
        if !draft.has_scenarios {
            let paths = [(EMBEDDED_PATH.to_owned(), String::new())];
            draft.scenarios = default_scenarios(context, draft, &paths);
        }
        return Resolution { embedded: true, ..Resolution::default() };
    };
    let addresses: Vec<Address> =
        urls.iter().filter_map(|(url, span)| read_url(context, url, span.as_ref())).collect();
    let Some(first) = addresses.first() else { return Resolution::default() };
    let credentials = addresses.iter().filter_map(|address| credentials_in(context, address)).collect();
    let base_urls = if draft.has_scenarios {
        prefixes(context, &addresses, &target)
    } else if addresses.iter().all(|address| address.path == first.path) {
        draft.scenarios = default_scenarios(context, draft, &[(first.path.clone(), String::new())]);
        addresses.iter().map(|address| address.origin.clone()).collect()
    } else {
        let paths: Vec<_> =
            addresses.iter().map(|address| (address.path.clone(), address.origin.clone())).collect();
        draft.scenarios = default_scenarios(context, draft, &paths);
        vec![first.origin.clone()]
    };
    Resolution { base_urls, embedded: false, credentials }
}

fn credentials_in(context: &mut Context<'_>, address: &Address) -> Option<(String, Credentials)> {
    let user = address.user.as_ref()?;
    context.keep_secret(user);
    if let Some((_, password)) = user.split_once(':') {
        context.keep_secret(password);
    }
    Some((address.origin.clone(), Credentials::Basic(Secret::new(user.as_str()))))
}

fn urls_of(target: Target) -> Vec<(String, Option<Span>)> {
    if let Target::Http(urls) = target { urls } else { Vec::new() }
}

fn read_url(context: &mut Context<'_>, url: &str, span: Option<&Span>) -> Option<Address> {
    match address::split(url) {
        Ok(address) => Some(address),
        Err((message, hint)) => {
            context.report(Problem::at_or_anywhere(span, message).hint(hint));
            None
        }
    }
}

/// Without a target every step must have a whole URL.
fn without_target(context: &mut Context<'_>, draft: &Draft) -> Resolution {
    let steps: Vec<&StepDraft> = draft.scenarios.iter().flat_map(|scenario| &scenario.steps).collect();
    let absolute = steps.iter().find(|step| step.absolute);
    if let Some(step) = absolute.filter(|_| steps.iter().all(|step| step.absolute)) {
        let address = address::split(&template::write(&step.step.url));
        let base_urls = address.map(|address| vec![address.origin]).unwrap_or_default();
        return Resolution { base_urls, ..Resolution::default() };
    }
    if !draft.has_target {
        let hint = "add `target: { http: \"http://127.0.0.1:8080\" }` or `target: { embedded: {} }`";
        context.report(Problem::anywhere("the plan has no target").hint(hint));
    }
    Resolution::default()
}

/// Base URLs of a plan with scenarios: origin and path prefix.
fn prefixes(context: &mut Context<'_>, addresses: &[Address], target: &Setting<Target>) -> Vec<String> {
    let mut base_urls = Vec::new();
    for address in addresses {
        if address.path.contains(['?', '{']) {
            let message =
                format!("the base URL `{}{}` holds a query or a template", address.origin, address.path);
            let problem = Problem::at_or_anywhere(target.span.as_ref(), message);
            context.report(problem.hint("put it into the steps"));
        }
        base_urls.push(format!("{}{}", address.origin, address.path.trim_end_matches('/')));
    }
    base_urls
}

/// One scenario per (path, origin); an empty origin means below the base URL.
fn default_scenarios(
    context: &mut Context<'_>,
    draft: &Draft,
    targets: &[(String, String)],
) -> Vec<ScenarioDraft> {
    let mut scenarios = Vec::new();
    for (path, origin) in targets {
        let scope = Scope { names: &draft.names, scenario: 0, step: 0, after_answer: false };
        let shown = match path.as_str() {
            "" => "/".to_owned(),
            path if path.starts_with('?') => format!("/{path}"),
            path => path.to_owned(),
        };
        let url = template::read_flag(context, "the URL", &format!("{origin}{shown}"), scope);
        let request = &draft.request;
        let mut step = HttpStep { body: request.body.clone(), ..plain_step(&request.method, url) };
        if let Some(content_type) = request.content_type {
            step.headers.push(("Content-Type".to_owned(), Template::literal(content_type)));
        }
        let end = shown.find('?').filter(|at| !shown[..*at].contains("{{")).unwrap_or(shown.len());
        let name = match targets.len() {
            1 => format!("{} {}", request.method, &shown[..end]),
            _ => format!("{} {origin}{shown}", request.method),
        };
        let step = StepDraft { name: None, step, absolute: !origin.is_empty(), span: None };
        scenarios.push(ScenarioDraft { name, weight: 1, steps: vec![step], span: None });
    }
    scenarios
}

impl Show for Target {
    fn show(&self) -> String {
        match self {
            Self::Http(urls) => urls.iter().map(|(url, _)| url.as_str()).collect::<Vec<_>>().join(", "),
            Self::Embedded => "embedded".to_owned(),
        }
    }
}
