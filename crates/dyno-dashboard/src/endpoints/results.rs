//! `/api/results`.

use dyno_model::{BenchmarkResult, BenchmarkStatus};
use dyno_report::benchmarks;
use dyno_server::{Call, Response};
use dyno_store::BenchmarkFilter;
use serde_json::{Map, Value, json};

use super::{Asked, object};
use crate::answer;
use crate::problem::{Mistake, Problem};
use crate::shared::Shared;

/// Results that can be compared at once.
pub(crate) const COMPARED_MOST: usize = 100;

pub(super) fn list(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let asked = Asked::of(call)?;
    let filter = BenchmarkFilter {
        name: asked.text("name"),
        client_library: asked.text("client_library"),
        http_method: asked.text("http_method"),
        status: asked.text("status").and_then(|word| status_of(&word)),
        limit: u32::try_from(asked.whole("limit")).ok(),
        offset: asked.whole("offset"),
    };
    let page = shared.open()?.benchmarks(&filter)?;
    if wants_table(call) {
        return Ok(Response::with_content("text/csv; charset=utf-8", benchmarks::rows(&page.results))
            .with_header("content-disposition", "attachment; filename=\"results.csv\"")
            .with_header("vary", "accept"));
    }
    let rows: Vec<Value> = page.results.iter().map(answer::row).collect();
    let answer = Response::json(&json!({ "results": rows, "total_count": page.total }));
    Ok(answer.with_header("vary", "accept"))
}

pub(super) fn compare(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let ids = read_ids(&object(call)?)?;
    let mut store = shared.open()?;
    let mut results: Vec<BenchmarkResult> = Vec::new();
    for id in &ids {
        let result = store.benchmark(id)?.ok_or_else(|| Problem::unknown("result", id))?;
        if result.status != BenchmarkStatus::Completed {
            let word = result.status.name();
            return Err(Problem::conflict(format!(
                "result `{id}` is {word}; only completed ones can be compared"
            )));
        }
        results.push(result);
    }
    Ok(Response::json(&answer::comparison(&results)))
}

/// By the query, or by the first kind of the two that `Accept` names.
fn wants_table(call: &Call<'_>) -> bool {
    if let Some((_, format)) = call.query_params().find(|(name, _)| name == "format") {
        return format == "csv";
    }
    let accepted = call.header_str("accept").unwrap_or_default();
    let kinds = accepted.split(',').filter_map(|kind| kind.split(';').next().map(str::trim));
    let first = kinds.into_iter().find(|kind| ["text/csv", "application/json"].contains(kind));
    first == Some("text/csv")
}

/// `None` is all of them.
fn status_of(word: &str) -> Option<BenchmarkStatus> {
    [BenchmarkStatus::Running, BenchmarkStatus::Completed, BenchmarkStatus::Failed]
        .into_iter()
        .find(|status| status.name() == word)
}

fn read_ids(given: &Map<String, Value>) -> Result<Vec<String>, Problem> {
    let mut mistakes = Vec::new();
    for key in given.keys().filter(|key| *key != "result_ids") {
        mistakes.push(Mistake::new(key, &Value::Null, "is not known; known is result_ids"));
    }
    let list = given.get("result_ids");
    let ids: Option<Vec<String>> = list
        .and_then(Value::as_array)
        .and_then(|items| items.iter().map(|id| id.as_str().map(str::to_owned)).collect());
    let fine = ids.filter(|ids| (1..=COMPARED_MOST).contains(&ids.len()));
    if fine.is_none() {
        let problem = format!("must be a list of 1 to {COMPARED_MOST} ids of results");
        mistakes.push(Mistake::new("result_ids", list.unwrap_or(&Value::Null), problem));
    }
    match fine {
        Some(ids) if mistakes.is_empty() => Ok(ids),
        _ => Err(Problem::invalid(mistakes)),
    }
}
