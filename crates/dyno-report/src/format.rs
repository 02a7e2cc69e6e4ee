//! The outputs that have a file extension, and the one function that renders any of them.
//!
//! Knows no file system: a path is read for its name only. Called by `dyno run -o` and `dyno report -o`.

use std::path::Path;

use dyno_model::RunRecord;

use crate::{csv, hgrm, hlog, html, json, junit, markdown, openmetrics};

/// A kind of output file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The record itself, indented.
    Json,
    /// The self-contained page with charts.
    Html,
    /// Tables for pull requests and job summaries.
    Markdown,
    /// One row per operation.
    Csv,
    /// One row per interval.
    CsvIntervals,
    /// One test case per threshold.
    Junit,
    /// HdrHistogram percentile distribution of the response time of all operations.
    Hgrm,
    /// HdrHistogram interval log of the response time.
    Hlog,
    /// OpenMetrics text.
    OpenMetrics,
}

/// Why an output cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A path names none.
    #[error(
        "cannot tell the kind of output from `{path}`: {problem}; the known extensions are {}",
        known_extensions()
    )]
    UnknownExtension {
        /// The path as given.
        path: String,
        /// What is wrong with its extension.
        problem: String,
    },
    /// A history has no such output.
    #[error("a history has no output of kind {format}; write .html or .json")]
    NoHistory {
        /// The name of the kind.
        format: &'static str,
    },
    /// A comparison has no such output.
    #[error(
        "a comparison has no output of kind {format}, which shows one run; \
         write .json, .html, .md, .csv or .xml"
    )]
    RunsOnly {
        /// The name of the kind.
        format: &'static str,
    },
    /// A contest of clients has no such output.
    #[error("a contest of clients has no output of kind {format}; write .json, .html, .md or .csv")]
    NotOfClients {
        /// The name of the kind.
        format: &'static str,
    },
}

/// Extensions with what they stand for; longer ones first, because `.intervals.csv` also ends in `.csv`.
const EXTENSIONS: [(&str, Format); 12] = [
    (".intervals.csv", Format::CsvIntervals),
    (".json", Format::Json),
    (".html", Format::Html),
    (".htm", Format::Html),
    (".md", Format::Markdown),
    (".csv", Format::Csv),
    (".xml", Format::Junit),
    (".hgrm", Format::Hgrm),
    (".hlog", Format::Hlog),
    (".prom", Format::OpenMetrics),
    (".om", Format::OpenMetrics),
    (".txt", Format::OpenMetrics),
];

fn known_extensions() -> String {
    EXTENSIONS.map(|(extension, format)| format!("{extension} ({})", format.name())).join(", ")
}

impl Format {
    /// Every kind of output, in the order of the documentation.
    pub const ALL: [Format; 9] = [
        Self::Json,
        Self::Html,
        Self::Markdown,
        Self::Csv,
        Self::CsvIntervals,
        Self::Junit,
        Self::Hgrm,
        Self::Hlog,
        Self::OpenMetrics,
    ];

    /// The kind that a file name asks for by its extension, in any case of letters.
    ///
    /// # Errors
    /// When there is no extension, or none of the known ones.
    pub fn from_path(path: &Path) -> Result<Self, FormatError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let known = EXTENSIONS.into_iter().find(|(extension, _)| name.ends_with(extension));
        if let Some((_, format)) = known {
            return Ok(format);
        }
        let problem = match path.extension() {
            Some(extension) => format!("`.{}` is not a known extension", extension.to_string_lossy()),
            None => "it has no extension".to_owned(),
        };
        Err(FormatError::UnknownExtension { path: path.display().to_string(), problem })
    }

    /// Refuses the kinds that show one run and no comparison.
    ///
    /// # Errors
    /// For seconds, percentiles, histogram logs and OpenMetrics.
    pub fn check_comparison(self) -> Result<(), FormatError> {
        match self {
            Self::Json | Self::Html | Self::Markdown | Self::Csv | Self::Junit => Ok(()),
            Self::CsvIntervals | Self::Hgrm | Self::Hlog | Self::OpenMetrics => {
                Err(FormatError::RunsOnly { format: self.name() })
            }
        }
    }

    /// The extension that files of this kind usually have, with its dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        let known = EXTENSIONS.into_iter().find(|(_, format)| *format == self);
        known.map(|(extension, _)| extension).expect("invariant: every format has an extension")
    }

    /// Its name for people, such as `JUnit`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Html => "HTML",
            Self::Markdown => "Markdown",
            Self::Csv => "CSV, one row per operation",
            Self::CsvIntervals => "CSV, one row per second",
            Self::Junit => "JUnit",
            Self::Hgrm => "HdrHistogram percentiles",
            Self::Hlog => "HdrHistogram log",
            Self::OpenMetrics => "OpenMetrics",
        }
    }
}

/// The bytes of a file of the given kind.
#[must_use]
pub fn render(format: Format, record: &RunRecord) -> Vec<u8> {
    let text = match format {
        Format::Json => json::report(record),
        Format::Html => html::page(record),
        Format::Markdown => markdown::report(record),
        Format::Csv => csv::summary(record),
        Format::CsvIntervals => csv::intervals(record),
        Format::Junit => junit::report(record),
        Format::Hgrm => hgrm::report(record),
        Format::Hlog => hlog::report(record),
        Format::OpenMetrics => openmetrics::report(record),
    };
    text.into_bytes()
}
