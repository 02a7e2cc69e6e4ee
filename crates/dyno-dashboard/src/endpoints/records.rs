//! Stored runs, comparisons and contests of clients: lists for programs, reports for people.

use dyno_report::{Format, clients, render, render_comparison};
use dyno_server::{Call, Response};
use dyno_store::{ClientsFilter, ComparisonFilter, RunFilter};
use serde_json::json;

use super::{Asked, id_of};
use crate::problem::Problem;
use crate::shared::Shared;

/// A report brings its own script and style, and is given nothing else: neither the network nor this server's origin.
const REPORT_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; sandbox allow-scripts";

pub(super) fn runs(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let asked = Asked::of(call)?;
    let limit = u32::try_from(asked.whole("limit")).ok();
    let runs = shared.open()?.list(&RunFilter { name: asked.text("name"), tag: None, limit })?;
    Ok(Response::json(&json!({ "runs": runs })))
}

pub(super) fn comparisons(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let asked = Asked::of(call)?;
    let limit = u32::try_from(asked.whole("limit")).ok();
    let filter = ComparisonFilter { name: asked.text("name"), limit };
    Ok(Response::json(&json!({ "comparisons": shared.open()?.list_comparisons(&filter)? })))
}

pub(super) fn contests(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let asked = Asked::of(call)?;
    let limit = u32::try_from(asked.whole("limit")).ok();
    let filter = ClientsFilter { name: asked.text("name"), tag: None, limit };
    Ok(Response::json(&json!({ "contests": shared.open()?.list_clients(&filter)? })))
}

pub(super) fn run_report(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let record = shared.open()?.load(&id_of(call))?;
    Ok(report(render(Format::Html, &record)))
}

pub(super) fn comparison_report(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let record = shared.open()?.load_comparison(&id_of(call))?;
    let page = render_comparison(Format::Html, &record)
        .map_err(|error| Problem::new(500, "report", error.to_string()))?;
    Ok(report(page))
}

pub(super) fn contest_report(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let record = shared.open()?.load_clients(&id_of(call))?;
    Ok(report(clients::render(Format::Html, &record)))
}

fn report(page: Vec<u8>) -> Response {
    Response::with_content("text/html; charset=utf-8", page)
        .with_header("content-security-policy", REPORT_POLICY)
}
