//! Why bytes are not a result.

use crate::Format;

/// Why bytes are not a result. Whoever read the file adds its name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It is not UTF-8.
    #[error("it is not text: byte {at} is no UTF-8")]
    NotText {
        /// The first byte that is wrong.
        at: usize,
    },
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is JSON, but cut off or damaged.
    #[error("its JSON {problem}")]
    BrokenJson {
        /// What is wrong and where.
        problem: String,
    },
    /// It is whole, but nothing that is known.
    #[error("it is not a result of any known tool ({looks_like})")]
    Unknown {
        /// What it looks like.
        looks_like: String,
    },
    /// It is of `dyno`, but of a version that this one cannot read.
    #[error("its schema is `{schema}`, and this version reads `{known}`")]
    NewerSchema {
        /// What it says.
        schema: String,
        /// What can be read.
        known: String,
    },
    /// It is of `dyno`, but not a result.
    #[error("it is a {what} (`{schema}`), not a result")]
    NotAResult {
        /// What it is.
        what: String,
        /// What it says.
        schema: String,
    },
    /// It is of a known tool, and something in it is missing or not what it should be.
    #[error("it is a result of {format}, but {problem}")]
    Broken {
        /// The tool.
        format: Format,
        /// What is missing or wrong, with its place.
        problem: String,
    },
}

impl ImportError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotText { .. } | Self::Unknown { .. } | Self::Empty => {
                format!("what can be read: {}", Format::HELP)
            }
            Self::BrokenJson { .. } => "was it written to its end? write or download it again".to_owned(),
            Self::NewerSchema { .. } => {
                "read it with the version of `dyno` that wrote it, or a newer one".to_owned()
            }
            Self::NotAResult { .. } => "give the two results that are to be compared".to_owned(),
            Self::Broken { format, .. } => format!("make it with `{}`", format.command()),
        }
    }
}
