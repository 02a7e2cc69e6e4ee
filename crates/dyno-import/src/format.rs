//! Which tool wrote it: told by what only that tool writes, never by the name of the file.

use serde_json::Value;

use crate::ImportError;

/// The tools whose results can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A run record of `dyno`, or a bundle of them.
    DynoRun,
    /// The report of a document database benchmark.
    Docdb,
    /// The text of wrk.
    Wrk,
    /// The JSON of oha.
    Oha,
    /// The end-of-test summary of k6.
    K6,
    /// The text or CSV of hey.
    Hey,
    /// The JSON report or the encoded results of vegeta.
    Vegeta,
    /// `estimates.json` or `sample.json` of criterion.
    Criterion,
    /// The JSON of hyperfine.
    Hyperfine,
}

impl Format {
    /// What can be read, in one line.
    pub const HELP: &'static str = "records of `dyno`, text of wrk, JSON of oha, text or CSV of hey, the JSON report \
         or JSON results of vegeta, the summary of k6, `estimates.json` or `sample.json` of criterion, JSON of \
         hyperfine, reports of the document database benchmark";

    /// A command that writes a result that can be read.
    #[must_use]
    pub fn command(self) -> &'static str {
        match self {
            Self::DynoRun => "dyno runs export RUN -o FILE",
            Self::Docdb => "syntrix-benchmark run --output FILE",
            Self::Wrk => "wrk --latency URL > FILE",
            Self::Oha => "oha --no-tui --output-format json URL > FILE",
            Self::K6 => "k6 run --summary-export FILE script.js",
            Self::Hey => "hey -o csv URL > FILE",
            Self::Vegeta => "vegeta report -type=json results.bin > FILE",
            Self::Criterion => "cargo bench",
            Self::Hyperfine => "hyperfine --export-json FILE COMMAND",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::DynoRun => "dyno",
            Self::Docdb => "the document database benchmark",
            Self::Wrk => "wrk",
            Self::Oha => "oha",
            Self::K6 => "k6",
            Self::Hey => "hey",
            Self::Vegeta => "vegeta",
            Self::Criterion => "criterion",
            Self::Hyperfine => "hyperfine",
        })
    }
}

/// A text, read as far as it took to know what it is.
#[derive(Debug)]
pub(crate) enum Content<'a> {
    Json(Value),
    Text(&'a str),
}

/// Characters of a foreign text that an error shows.
const SHOWN: usize = 40;

/// Says which tool wrote the text.
pub(crate) fn detect(text: &str) -> Result<(Format, Content<'_>), ImportError> {
    let start = text.trim_start();
    if start.is_empty() {
        return Err(ImportError::Empty);
    }
    if start.starts_with('{') || start.starts_with('[') {
        return match serde_json::from_str::<Value>(text) {
            Ok(value) => Ok((of_json(&value)?, Content::Json(value))),
            Err(_) if is_vegeta_result(start) => Ok((Format::Vegeta, Content::Text(text))),
            Err(error) => Err(ImportError::BrokenJson { problem: problem_of(text, &error) }),
        };
    }
    if start.starts_with("response-time,DNS+dialup") {
        return Ok((Format::Hey, Content::Text(text)));
    }
    let has = |line: &str| text.lines().any(|found| found.trim_start().starts_with(line));
    if has("Running ") && has("Thread Stats") {
        return Ok((Format::Wrk, Content::Text(text)));
    }
    if has("Summary:") && has("Response time histogram:") && has("Details (average, fastest, slowest)") {
        return Ok((Format::Hey, Content::Text(text)));
    }
    let first: String = start.lines().next().unwrap_or_default().chars().take(SHOWN).collect();
    Err(ImportError::Unknown { looks_like: format!("a text that starts with `{first}`") })
}

/// Where JSON ends or breaks, in words.
fn problem_of(text: &str, error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    if error.is_eof() {
        return format!("is cut off at {place}");
    }
    match no_number_at(text, error) {
        Some(word) => format!("has `{word}` at {place}, which is no number that can be compared"),
        None => format!("is broken at {place}"),
    }
}

/// What stands at the place of an error, when it is what some languages write for a number that is none.
fn no_number_at(text: &str, error: &serde_json::Error) -> Option<&'static str> {
    let line = text.lines().nth(error.line().checked_sub(1)?)?;
    let before = line.get(..error.column().checked_sub(1)?)?;
    let is_of_word = |c: char| c.is_ascii_alphabetic() || c == '-' || c == '+';
    let start = before.trim_end_matches(is_of_word).len();
    let word = line[start..].trim_start_matches(['-', '+']);
    ["NaN", "nan", "Infinity", "Inf", "inf"].into_iter().find(|none| word.starts_with(none))
}

/// One result per line, as `vegeta encode -to json` writes them.
fn is_vegeta_result(start: &str) -> bool {
    let first = start.lines().next().unwrap_or_default();
    serde_json::from_str::<Value>(first).is_ok_and(|value| is_vegeta_line(&value))
}

fn is_vegeta_line(value: &Value) -> bool {
    ["seq", "code", "timestamp", "latency"].iter().all(|key| value.get(key).is_some())
}

fn of_json(value: &Value) -> Result<Format, ImportError> {
    if let Some(schema) =
        value.get("schema").and_then(Value::as_str).filter(|schema| schema.starts_with("dyno-"))
    {
        return crate::dyno::accepts(schema).map(|()| Format::DynoRun);
    }
    let has = |pointer: &str| value.pointer(pointer).is_some();
    let found = if has("/latencyPercentiles") && has("/summary") {
        Format::Oha
    } else if has("/metrics")
        && (has("/metrics/http_reqs") || has("/metrics/iterations") || has("/root_group"))
    {
        Format::K6
    } else if has("/latencies") && has("/status_codes") {
        Format::Vegeta
    } else if has("/results/0/command") {
        Format::Hyperfine
    } else if (has("/iters") && has("/times")) || has("/mean/point_estimate") {
        Format::Criterion
    } else if has("/summary/total_operations") {
        Format::Docdb
    } else if is_vegeta_line(value) {
        // A single line of results is a whole JSON text; the reader wants the text, but one result says nothing.
        let looks_like = "one single result of vegeta; give all of them, or its JSON report".to_owned();
        return Err(ImportError::Unknown { looks_like });
    } else {
        return Err(ImportError::Unknown { looks_like: looks_like(value) });
    };
    Ok(found)
}

fn looks_like(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "an empty JSON object".to_owned(),
        Value::Object(map) => {
            let keys: Vec<String> =
                map.keys().take(4).map(|key| format!("`{}`", crate::json::clip(key))).collect();
            format!("a JSON object with {}", keys.join(", "))
        }
        Value::Array(items) => format!("a JSON list of {} items", items.len()),
        _ => "a JSON value".to_owned(),
    }
}
