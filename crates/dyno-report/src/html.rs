//! The self-contained page of a run: one file without network, light and dark, readable without script.
//!
//! The template escapes all text; only drawings and data made here are inserted as they are.
//! Called for `.html` files and by `dyno run` without a plan.

use dyno_model::RunRecord;
use minijinja::{Environment, Value, context};
use serde::Serialize;

mod axis;
mod buckets;
mod chart;
pub(crate) mod clients;
pub(crate) mod comparison;
mod facts;
mod heat_map;
pub(crate) mod history;
mod series;
mod spectrum;
mod tables;

use chart::{Chart, ChartData, Stroke};
use heat_map::{HeatMap, HeatMapData};

const TEMPLATE: &str = include_str!("../assets/report.html");
/// Used by the templates of all pages.
const PARTS: [(&str, &str); 3] = [
    ("head.html", include_str!("../assets/head.html")),
    ("parts.html", include_str!("../assets/parts.html")),
    ("foot.html", include_str!("../assets/foot.html")),
];
const STYLE: &str = include_str!("../assets/report.css");
const SCRIPT: &str = include_str!("../assets/report.js");

/// The page. At most 500 KB for an hour of intervals.
#[must_use]
pub fn page(record: &RunRecord) -> String {
    let series = series::charts(record);
    let spectra = spectrum::charts(record);
    let heat_map = HeatMap::of(record);
    let data = PageData {
        times: series.first().map(|chart| chart.places.iter().map(|at| chart::round_to(*at, 1e3)).collect()),
        charts: series.iter().map(|c| c.data(true)).chain(spectra.iter().map(|c| c.data(false))).collect(),
        heat_map: heat_map.as_ref().map(HeatMap::data),
    };
    let values = context! {
        style => safe(STYLE.to_owned()),
        script => safe(SCRIPT.to_owned()),
        data => safe(embedded(&data)),
        head => shown(&facts::head(record)),
        tiles => shown(&facts::tiles(record)),
        checks => shown(&tables::checks(record)),
        reasons => shown(&tables::reasons(record)),
        series => shown(&figures(&series)),
        spectra => shown(&figures(&spectra)),
        heat_map => heat_map.as_ref().map(|map| safe(map.svg())),
        operations => shown(&tables::operations(record)),
        operations_left_out => shown(&tables::operations_left_out(record)),
        parts => shown(&tables::parts(record)),
        outcomes => shown(&tables::outcomes(record)),
        slowest => shown(&tables::specimens(&record.slowest)),
        specimens => shown(&tables::specimens(&record.specimens)),
        facts => shown(&facts::sections(record)),
        plan => shown(&facts::plan(record)),
        is_open => record.load.model == "open",
        reproduce => shown(&facts::visible(&record.reproduce)),
    };
    rendered("report.html", TEMPLATE, values)
}

/// A page from its template and the parts that all pages share.
fn rendered(name: &'static str, template: &'static str, values: Value) -> String {
    let mut environment = Environment::new();
    for (name, source) in PARTS.into_iter().chain([(name, template)]) {
        environment.add_template(name, source).expect("invariant: the built-in template has no mistakes");
    }
    let page = environment.get_template(name).and_then(|template| template.render(values));
    page.expect("invariant: the built-in template renders every record")
}

/// Text that was made for the page here, and so is not to be escaped again.
fn safe(text: String) -> Value {
    Value::from_safe_string(text)
}

/// A value for the template, which escapes all text in it.
fn shown(value: &impl Serialize) -> Value {
    Value::from(minijinja::value::Serde(value))
}

#[derive(Serialize)]
struct PageData {
    /// Places of all time charts in seconds.
    times: Option<Vec<f64>>,
    charts: Vec<ChartData>,
    heat_map: Option<HeatMapData>,
}

/// JSON inside of a script element. Without any `<`, nothing in it can end the element.
fn embedded(data: &PageData) -> String {
    let json = serde_json::to_string(data).expect("invariant: the data has only string keys");
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[derive(Serialize)]
struct Figure {
    id: String,
    title: String,
    note: String,
    svg: Value,
    keys: Vec<Key>,
    is_shaded: bool,
}

/// A legend entry.
#[derive(Serialize)]
struct Key {
    name: String,
    colour: &'static str,
    dashed: bool,
    dots: bool,
}

fn figures(charts: &[Chart]) -> Vec<Figure> {
    let figure = |chart: &Chart| Figure {
        id: chart.id.clone(),
        title: chart.title.clone(),
        note: chart.note.clone(),
        svg: safe(chart.svg()),
        keys: chart
            .series
            .iter()
            .map(|line| Key {
                name: facts::visible(&line.name),
                colour: line.colour,
                dashed: line.stroke == Stroke::Dashed,
                dots: line.stroke == Stroke::Dots,
            })
            .collect(),
        is_shaded: !chart.shaded.is_empty(),
    };
    charts.iter().map(figure).collect()
}

#[cfg(test)]
mod tests;
