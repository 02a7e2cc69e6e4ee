//! Why a setup or an order is not followed.

use dyno_workers::ToHost;

/// Why a setup is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The engine cannot do this.
    Skipped(String),
    /// It could, and something is wrong.
    Failed(String),
}

impl Refusal {
    /// The engine cannot honour `field`.
    pub(crate) fn skip(field: &str, reason: &str) -> Self {
        Self::Skipped(format!("{field}: {reason}"))
    }

    /// The value of `field` cannot be used.
    pub(crate) fn fail(field: &str, reason: impl std::fmt::Display) -> Self {
        Self::Failed(format!("{field}: {reason}"))
    }

    /// The answer to the setup.
    pub(crate) fn answer(self) -> ToHost {
        match self {
            Self::Skipped(reason) => ToHost::Skipped { reason },
            Self::Failed(msg) => ToHost::Error { place: "setup".to_owned(), msg },
        }
    }
}
