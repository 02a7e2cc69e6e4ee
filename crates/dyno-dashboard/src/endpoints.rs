//! The table of endpoints: what is served, what it is called, what it takes and gives, and the function that answers.
//!
//! The app, the OpenAPI document and the tests are all made from it. Paths of the monitoring API of other tools (`/metrics`,
//! `/api/status`, `/ws/metrics`) are free.

use std::sync::Arc;

use dyno_server::middleware::SecureHeaders;
use dyno_server::{App, Call, MethodNotAllowed, NotFound, Rejection, Response, Route};
use serde_json::{Map, Value};

use crate::problem::{Mistake, Problem};
use crate::request_log::RequestLog;
use crate::shared::Shared;

mod benchmarks;
mod configurations;
mod page;
mod records;
mod results;

pub(crate) use results::COMPARED_MOST;

/// What answers.
type Answer = fn(&Call<'_>, &Shared) -> Result<Response, Problem>;

/// One row of the table.
pub(crate) struct Endpoint {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    /// Its name in the OpenAPI document; empty for what is for people alone.
    pub(crate) operation: &'static str,
    /// What it does, in a sentence.
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [Parameter],
    /// The schema of the body that it takes; empty for none.
    pub(crate) takes: &'static str,
    /// Status and schema of what it gives when all is well.
    pub(crate) gives: (u16, &'static str),
    /// The statuses of problems that it may answer, beside those of access and store.
    pub(crate) problems: &'static [u16],
    answer: Answer,
}

/// A parameter of the query.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) kind: Kind,
}

/// What a parameter may be.
pub(crate) enum Kind {
    Text,
    /// A whole number within bounds, with its default.
    Whole {
        least: u64,
        most: u64,
        default: u64,
    },
    /// One of some words; the first is the default.
    Word(&'static [&'static str]),
}

const LIMIT: Parameter = Parameter {
    name: "limit",
    meaning: "at most so many, the newest",
    kind: Kind::Whole { least: 1, most: 1_000, default: 10 },
};

const OFFSET: Parameter = Parameter {
    name: "offset",
    meaning: "how many of the newest are left out",
    kind: Kind::Whole { least: 0, most: 1_000_000_000, default: 0 },
};

const fn text(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, meaning, kind: Kind::Text }
}

/// All endpoints, in the order of the documents.
pub(crate) static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "POST",
        path: "/api/configurations",
        operation: "createConfiguration",
        summary: "Stores a configuration. Its secrets stay in the memory of this process alone.",
        query: &[],
        takes: "NewConfiguration",
        gives: (201, "Configuration"),
        problems: &[400, 413, 415, 422],
        answer: configurations::create,
    },
    Endpoint {
        method: "GET",
        path: "/api/configurations/{id}",
        operation: "readConfiguration",
        summary: "A configuration, its secrets redacted.",
        query: &[],
        takes: "",
        gives: (200, "Configuration"),
        problems: &[404],
        answer: configurations::read,
    },
    Endpoint {
        method: "PATCH",
        path: "/api/configurations/{id}",
        operation: "changeConfiguration",
        summary: "Makes a configuration DRAFT, ACTIVE or ARCHIVED; only an active one can be played.",
        query: &[],
        takes: "ConfigurationChange",
        gives: (200, "Configuration"),
        problems: &[400, 404, 413, 415, 422],
        answer: configurations::change,
    },
    Endpoint {
        method: "POST",
        path: "/api/benchmarks/run",
        operation: "runBenchmark",
        summary: "Plays a configuration as soon as the benchmarks before it are done.",
        query: &[],
        takes: "RunRequest",
        gives: (202, "Accepted"),
        problems: &[400, 404, 409, 413, 415, 422, 429],
        answer: benchmarks::run,
    },
    Endpoint {
        method: "GET",
        path: "/api/benchmarks/{id}",
        operation: "readBenchmark",
        summary: "A benchmark and its result. All its times are milliseconds.",
        query: &[],
        takes: "",
        gives: (200, "Benchmark"),
        problems: &[404],
        answer: benchmarks::read,
    },
    Endpoint {
        method: "POST",
        path: "/api/benchmarks/{id}/cancel",
        operation: "cancelBenchmark",
        summary: "Ends a benchmark that is played, or takes one out that waits. What was measured is kept; it has FAILED.",
        query: &[],
        takes: "",
        gives: (202, "Benchmark"),
        problems: &[404, 409],
        answer: benchmarks::cancel,
    },
    Endpoint {
        method: "GET",
        path: "/api/results",
        operation: "listResults",
        summary: "Results, newest first. All times are milliseconds.",
        query: &[
            text("client_library", "only results of this library"),
            text("http_method", "only results with this method"),
            text("name", "only results of this name"),
            Parameter {
                name: "status",
                meaning: "only results that are so far",
                kind: Kind::Word(&["COMPLETED", "RUNNING", "FAILED", "ALL"]),
            },
            LIMIT,
            OFFSET,
            Parameter {
                name: "format",
                meaning: "json, or all fields as a table; without it, what `Accept` asks for",
                kind: Kind::Word(&["json", "csv"]),
            },
        ],
        takes: "",
        gives: (200, "Results"),
        problems: &[422],
        answer: results::list,
    },
    Endpoint {
        method: "POST",
        path: "/api/results/compare",
        operation: "compareResults",
        summary: "Figures of completed results side by side. Says nothing of chance: for that, `dyno clients compare`.",
        query: &[],
        takes: "CompareRequest",
        gives: (200, "Comparison"),
        problems: &[400, 404, 409, 413, 415, 422],
        answer: results::compare,
    },
    Endpoint {
        method: "GET",
        path: "/api/runs",
        operation: "listRuns",
        summary: "Stored runs of load tests, newest first. Times are nanoseconds, as in `dyno runs list --json`.",
        query: &[text("name", "only runs of this name"), LIMIT],
        takes: "",
        gives: (200, "Runs"),
        problems: &[422],
        answer: records::runs,
    },
    Endpoint {
        method: "GET",
        path: "/api/comparisons",
        operation: "listComparisons",
        summary: "Stored comparisons, newest first, as in `dyno runs list --comparisons --json`.",
        query: &[text("name", "only comparisons of this name"), LIMIT],
        takes: "",
        gives: (200, "Comparisons"),
        problems: &[422],
        answer: records::comparisons,
    },
    Endpoint {
        method: "GET",
        path: "/api/contests",
        operation: "listContests",
        summary: "Stored contests of client libraries, newest first, as in `dyno runs list --clients --json`.",
        query: &[text("name", "only contests of this name"), LIMIT],
        takes: "",
        gives: (200, "Contests"),
        problems: &[422],
        answer: records::contests,
    },
    Endpoint {
        method: "GET",
        path: "/api/openapi.json",
        operation: "readOpenApi",
        summary: "This description.",
        query: &[],
        takes: "",
        gives: (200, "OpenApi"),
        problems: &[],
        answer: openapi,
    },
    for_people("/", "What is stored and what is played now, as a page.", page::page),
    for_people("/monitor.css", "The looks of the page.", page::style),
    for_people("/monitor.js", "The script of the page.", page::script),
    for_people("/table.js", "What the script draws tables with.", page::tables),
    for_people("/runs/{id}", "The report of a run.", records::run_report),
    for_people("/comparisons/{id}", "The report of a comparison.", records::comparison_report),
    for_people("/contests/{id}", "The report of a contest of clients.", records::contest_report),
];

const fn for_people(path: &'static str, summary: &'static str, answer: Answer) -> Endpoint {
    Endpoint {
        method: "GET",
        path,
        operation: "",
        summary,
        query: &[],
        takes: "",
        gives: (200, ""),
        problems: &[],
        answer,
    }
}

/// The app of one thread.
pub(crate) fn app(shared: &Arc<Shared>) -> App {
    let mut app = App::new()
        .with(RequestLog)
        // Outside of all that answers: whoever may not ask learns nothing of what is here.
        .with(shared.access.clone())
        .with(SecureHeaders::new())
        .on_error(|_: NotFound| {
            Problem::new(404, "not_found", "there is nothing at this path; see /api/openapi.json").response()
        })
        .on_error(|error: MethodNotAllowed| {
            let message = format!("this path answers {} only", error.allow);
            Problem::new(405, "method", message).response()
        })
        .on_error(|error: Rejection| {
            Problem::new(error.status().as_u16(), "request", error.to_string()).response()
        });
    for endpoint in ENDPOINTS {
        let shared = Arc::clone(shared);
        let answer = endpoint.answer;
        let route = Route::method(endpoint.method, endpoint.path, move |call: &Call<'_>| {
            answer(call, &shared).unwrap_or_else(|problem| problem.response())
        });
        app = app.route(route);
    }
    app
}

fn openapi(_: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    Ok(Response::json(&crate::openapi::document(shared)))
}

/// The id in the path.
fn id_of(call: &Call<'_>) -> String {
    call.path_param("id").unwrap_or_default().into_owned()
}

/// The body as a JSON object.
fn object(call: &Call<'_>) -> Result<Map<String, Value>, Problem> {
    let media = call.header_str("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Problem::new(
            415,
            "media_type",
            "the body must be JSON; send `Content-Type: application/json`",
        ));
    }
    let json = serde_json::from_slice(call.body())
        .map_err(|error| Problem::new(400, "json", format!("the body is not JSON: {error}")))?;
    match json {
        Value::Object(map) => Ok(map),
        other => Err(Problem::invalid(vec![Mistake::new("body", &other, "must be an object")])),
    }
}

/// The query, read by the table: texts and numbers by name. What the table does not know is a mistake.
struct Asked {
    texts: Map<String, Value>,
}

impl Asked {
    fn of(call: &Call<'_>) -> Result<Self, Problem> {
        let endpoint = ENDPOINTS.iter().find(|it| it.path == call.pattern() && it.method == "GET");
        let known = endpoint.map_or(&[] as &[Parameter], |endpoint| endpoint.query);
        let (mut texts, mut mistakes) = (Map::new(), Vec::new());
        for (name, value) in call.query_params() {
            let given = Value::String(value.clone().into_owned());
            let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
                let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
                mistakes.push(Mistake::new(
                    &name,
                    &given,
                    format!("is not known; known are {}", names.join(", ")),
                ));
                continue;
            };
            match parameter.kind.read(&value) {
                _ if texts.contains_key(parameter.name) => {
                    mistakes.push(Mistake::new(&name, &given, "stands more than once; write it once"));
                }
                Ok(value) => drop(texts.insert(parameter.name.to_owned(), value)),
                Err(problem) => mistakes.push(Mistake::new(&name, &given, problem)),
            }
        }
        for parameter in
            known.iter().filter(|parameter| !texts.contains_key(parameter.name)).collect::<Vec<_>>()
        {
            texts.extend(parameter.kind.default().map(|value| (parameter.name.to_owned(), value)));
        }
        if mistakes.is_empty() { Ok(Self { texts }) } else { Err(Problem::invalid(mistakes)) }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.texts.get(name)?.as_str().map(str::to_owned)
    }

    fn whole(&self, name: &str) -> u64 {
        self.texts.get(name).and_then(Value::as_u64).unwrap_or(0)
    }
}

impl Kind {
    fn read(&self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text => Ok(text.into()),
            Self::Whole { least, most, .. } => {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let number =
                    text.parse::<u64>().ok().filter(|number| digits && (least..=most).contains(&number));
                number
                    .map(Value::from)
                    .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
            }
            Self::Word(words) if words.contains(&text) => Ok(text.into()),
            Self::Word(words) => Err(format!("must be one of {}", words.join(", "))),
        }
    }

    pub(crate) fn default(&self) -> Option<Value> {
        match self {
            Self::Text => None,
            Self::Whole { default, .. } => Some((*default).into()),
            Self::Word(words) => Some(words[0].into()),
        }
    }
}
