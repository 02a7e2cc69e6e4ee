//! What the tests of several modules share.

use dyno_model::RunRecord;
use dyno_plan::{HttpArguments, Overrides, Resolved, Surroundings, resolve_http};

/// The plan of `dyno http URL` with two objectives.
pub fn resolved(url: &str) -> Resolved {
    let overrides = Overrides {
        urls: vec![url.to_owned()],
        rate_per_s: Some(1000.0),
        thresholds: vec!["p99 < 20ms".to_owned(), "errors < 1%".to_owned()],
        ..Overrides::default()
    };
    let arguments = HttpArguments { overrides, ..HttpArguments::default() };
    let surroundings = Surroundings { lookup: &|_| None, available_threads: 2 };
    resolve_http(&arguments, &Overrides::default(), &surroundings).unwrap()
}

/// The head of a record of that plan.
pub fn head(url: &str) -> RunRecord {
    crate::play::record::head(&resolved(url), "lean HTTP/1.1".to_owned(), url, "dyno http")
}
