//! What a plan file says, section by section, before flags and defaults are added.
//!
//! The reader of the top level. Values are typed and checked one by one; `resolve` puts them together.

use std::path::PathBuf;
use std::time::Duration;

use dyno_model::{Body, Feeder, Threshold, Warmup, units};

use crate::http::{self, HttpDraft};
use crate::load::{self, LoadDraft};
use crate::problem::{Problem, Span};
use crate::read::{Context, Setting};
use crate::scenario::{self, ScenarioDraft};
use crate::template::{Names, Scope, check_name};
use crate::tree::{Node, Value};

/// The longest automatic warm-up.
const AUTOMATIC_AT_MOST: Duration = Duration::from_secs(30);

/// A plan file, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Draft {
    pub name: Option<Setting<String>>,
    pub target: Option<Setting<Target>>,
    pub load: Option<LoadDraft>,
    pub phases: PhasesDraft,
    pub limits: LimitsDraft,
    pub http: HttpDraft,
    pub names: Names,
    pub feeders: Vec<Feeder>,
    pub scenarios: Vec<ScenarioDraft>,
    /// The plan has the key, so an absent target is a mistake that was reported.
    pub has_target: bool,
    /// The plan has the key, so absent scenarios are a mistake that was reported.
    pub has_scenarios: bool,
    /// Mistakes left out scenarios, so names that are not there may still be right.
    pub lacks_scenarios: bool,
    /// What is sent when there are no scenarios.
    pub request: Request,
    pub thresholds: Vec<Setting<Threshold>>,
    pub outputs: Option<Setting<Vec<PathBuf>>>,
    pub seed: Option<Setting<u64>>,
    pub threads: Option<Setting<u32>>,
}

/// Where the load goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// URLs with their places.
    Http(Vec<(String, Option<Span>)>),
    Embedded,
}

/// The request of a plan without scenarios.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub method: String,
    pub body: Body,
    pub content_type: Option<&'static str>,
}

impl Default for Request {
    fn default() -> Self {
        Self { method: "GET".to_owned(), body: Body::Empty, content_type: None }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct PhasesDraft {
    pub warmup: Option<Setting<Warmup>>,
    pub measure: Option<Setting<Duration>>,
    pub cooldown: Option<Setting<Duration>>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct LimitsDraft {
    pub requests: Option<Setting<u64>>,
    pub timeout: Option<Setting<Duration>>,
    pub drain: Option<Setting<Duration>>,
}

/// `None` when the document is not a map.
pub(crate) fn read(context: &mut Context<'_>, root: &Node) -> Option<Draft> {
    let mut keys = context.keys(root, "")?;
    let name = keys.take("name").and_then(|node| {
        let name = context.text(node, "`name`")?;
        Some(context.setting(node, name))
    });
    let target_node = keys.take("target");
    let target = target_node.and_then(|node| read_target(context, node));
    let load = keys.take("load").and_then(|node| load::read(context, node));
    let phases = keys.take("phases").map(|node| read_phases(context, node)).unwrap_or_default();
    let limits = keys.take("limits").map(|node| read_limits(context, node)).unwrap_or_default();
    let http_node = keys.take("http");
    let variables = keys.take("variables").map(|node| read_variables(context, node)).unwrap_or_default();
    let feeders = keys.take("feeders").map(|node| crate::feeder::read_all(context, node)).unwrap_or_default();
    let scenarios_node = keys.take("scenarios");
    let names = Names {
        variables,
        feeders: feeders.iter().map(|feeder| (feeder.name.clone(), feeder.columns.clone())).collect(),
        extracts: scenarios_node.map(scenario::extracts_of).unwrap_or_default(),
    };
    // Default headers belong to every step, so every extract may be there.
    let everywhere = Scope { names: &names, scenario: usize::MAX, step: 0, after_answer: false };
    let http = http_node.and_then(|node| http::read(context, node, everywhere)).unwrap_or_default();
    let before = context.problems.len();
    let scenarios = scenarios_node.map(|node| scenario::read_all(context, node, &names)).unwrap_or_default();
    let lacks_scenarios = context.problems.len() > before;
    let thresholds = keys.take("thresholds").map(|node| read_thresholds(context, node)).unwrap_or_default();
    let outputs = keys.take("output").and_then(|node| {
        let paths: Option<Vec<PathBuf>> = context
            .one_or_many(node)
            .iter()
            .map(|item| context.text(item, "`output`").map(PathBuf::from))
            .collect();
        Some(context.setting(node, paths?))
    });
    let seed = keys.take("seed").and_then(|node| {
        let seed = context.integer(node, "`seed`", 0, u64::MAX)?;
        Some(context.setting(node, seed))
    });
    let threads = keys.take("threads").and_then(|node| {
        let threads = context.integer_u32(node, "`threads`", 1, 1024)?;
        Some(context.setting(node, threads))
    });
    keys.finish(context);
    Some(Draft {
        name,
        target,
        load,
        phases,
        limits,
        http,
        names,
        feeders,
        scenarios,
        has_target: target_node.is_some(),
        has_scenarios: scenarios_node.is_some(),
        lacks_scenarios,
        request: Request::default(),
        thresholds,
        outputs,
        seed,
        threads,
    })
}

fn read_target(context: &mut Context<'_>, node: &Node) -> Option<Setting<Target>> {
    let mut keys = context.keys(node, "target")?;
    let (http, embedded) = (keys.take("http"), keys.take_even_nothing("embedded"));
    let span = keys.span.clone();
    keys.finish(context);
    match (http, embedded) {
        (Some(http), None) => {
            let urls = context.one_or_many(http).iter();
            let urls: Option<Vec<_>> = urls
                .map(|item| context.text(item, "the URL").map(|url| (url, Some(item.span.clone()))))
                .collect();
            let urls = urls?;
            if urls.is_empty() {
                context.report(Problem::at(&http.span, "the list of URLs is empty"));
                return None;
            }
            Some(context.setting(http, Target::Http(urls)))
        }
        (None, Some(embedded)) => {
            context.keys(embedded, "target.embedded")?.finish(context);
            Some(context.setting(embedded, Target::Embedded))
        }
        _ => {
            let problem = Problem::at(&span, "`target` needs one of `http` and `embedded`");
            context.report(problem.hint("write `target: { http: \"http://127.0.0.1:8080\" }`"));
            None
        }
    }
}

fn read_phases(context: &mut Context<'_>, node: &Node) -> PhasesDraft {
    let Some(mut keys) = context.keys(node, "phases") else { return PhasesDraft::default() };
    let warmup = keys.take("warmup").and_then(|node| {
        let warmup = read_warmup(context, node)?;
        Some(context.setting(node, warmup))
    });
    let measure = keys.take("measure").and_then(|node| {
        let value = context.duration_above_zero(node, "`measure`")?;
        Some(context.setting(node, value))
    });
    let cooldown = keys.take("cooldown").and_then(|node| {
        let value = context.duration(node, "`cooldown`")?;
        Some(context.setting(node, value))
    });
    keys.finish(context);
    PhasesDraft { warmup, measure, cooldown }
}

/// A time, `{ requests: N }` or `auto`.
fn read_warmup(context: &mut Context<'_>, node: &Node) -> Option<Warmup> {
    if matches!(node.value, Value::Map(_)) {
        let mut keys = context.keys(node, "phases.warmup")?;
        let requests =
            keys.take("requests").and_then(|node| context.integer(node, "`requests`", 1, u64::MAX));
        keys.finish(context);
        return requests.map(Warmup::Count);
    }
    context.quantity(node, "`warmup`", parse_warmup)
}

/// A time or `auto`, as flags and the environment give it too.
pub(crate) fn parse_warmup(text: &str) -> Result<Warmup, units::UnitError> {
    if text == "auto" {
        return Ok(Warmup::Automatic { at_most: AUTOMATIC_AT_MOST });
    }
    let time = units::parse_duration(text)?;
    Ok(if time.is_zero() { Warmup::None } else { Warmup::Time(time) })
}

fn read_limits(context: &mut Context<'_>, node: &Node) -> LimitsDraft {
    let Some(mut keys) = context.keys(node, "limits") else { return LimitsDraft::default() };
    let requests = keys.take("requests").and_then(|node| {
        let value = context.integer(node, "`requests`", 1, u64::MAX)?;
        Some(context.setting(node, value))
    });
    let timeout = keys.take("timeout").and_then(|node| {
        let value = context.duration_above_zero(node, "`timeout`")?;
        Some(context.setting(node, value))
    });
    let drain = keys.take("drain").and_then(|node| {
        let value = context.duration(node, "`drain`")?;
        Some(context.setting(node, value))
    });
    keys.finish(context);
    LimitsDraft { requests, timeout, drain }
}

fn read_variables(context: &mut Context<'_>, node: &Node) -> Vec<(String, String)> {
    let Value::Map(entries) = &node.value else {
        let problem = Problem::at(&node.span, format!("`variables` must be a map, this is {}", node.kind()));
        context.report(problem.hint("write `variables: { city: Oslo }`"));
        return Vec::new();
    };
    let mut variables = Vec::new();
    for entry in entries {
        check_name(context, &entry.key, &entry.key_span, "a variable");
        let Some(value) = context.text(&entry.value, "a variable") else { continue };
        let has_hole = context.raw(&entry.value, "a variable").is_some_and(|raw| raw.contains("{{"));
        if has_hole {
            let message = format!("the variable `{}` holds a template", entry.key);
            let problem = Problem::at(&entry.value.span, message);
            context.report(problem.hint("a variable is a fixed text: write the expression where it is used"));
        }
        variables.push((entry.key.clone(), value));
    }
    variables
}

/// Texts, or `{ check: text, abort: true }`.
fn read_thresholds(context: &mut Context<'_>, node: &Node) -> Vec<Setting<Threshold>> {
    let mut thresholds = Vec::new();
    for item in context.one_or_many(node) {
        let mut abort = false;
        let mut text_node = Some(item);
        if matches!(item.value, Value::Map(_)) {
            let Some(mut keys) = context.keys(item, "thresholds[]") else { continue };
            text_node = keys.take("check");
            abort = keys.take("abort").and_then(|node| context.truth(node, "`abort`")).unwrap_or(false);
            keys.finish(context);
        }
        let Some(node) = text_node else {
            let problem = Problem::at(&item.span, "the threshold has no `check`");
            context.report(problem.hint("write `{ check: \"p99 < 20ms\", abort: true }`"));
            continue;
        };
        let Some(text) = context.text(node, "a threshold") else { continue };
        match parse_threshold(&text) {
            Ok(threshold) => thresholds.push(context.setting(node, Threshold { abort, ..threshold })),
            Err((message, hint)) => context.report(Problem::at(&node.span, message).hint(hint)),
        }
    }
    thresholds
}

/// The grammar of thresholds belongs to the judge.
pub(crate) fn parse_threshold(text: &str) -> Result<Threshold, (String, String)> {
    dyno_verdict::parse_threshold(text).map_err(|error| (error.problem, error.hint))
}
