//! One measured operation: three clock readings and what came of it.

use serde::{Deserialize, Serialize};

use crate::OperationId;

/// One operation as it was played. All times in nanoseconds since the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Which operation.
    pub operation: OperationId,
    /// The arrival it belongs to.
    pub n: u64,
    /// When the schedule wanted it to start. Equals `actual_start_ns` in a closed loop.
    pub intended_start_ns: u64,
    /// When a worker was free and ready to start it; never before the intended start.
    ///
    /// What lies between this and the actual start is the generator's own slowness, what lies before
    /// it is waiting for the in-flight limit or for a connection.
    pub ready_ns: u64,
    /// When it started: just before its first byte was written.
    pub actual_start_ns: u64,
    /// When the first byte of the answer was there; `end_ns` when there was none.
    pub first_byte_ns: u64,
    /// When its answer was complete, or its failure certain.
    pub end_ns: u64,
    /// What came of it.
    pub status: OutcomeStatus,
    /// Bytes written, with heads, without TLS.
    pub bytes_sent: u64,
    /// Bytes read, with heads, without TLS.
    pub bytes_received: u64,
}

impl Sample {
    /// End − intended start: what a user feels, so waiting for a free worker counts.
    #[must_use]
    pub fn response_time_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.intended_start_ns)
    }

    /// End − actual start: what the target took once it was asked.
    #[must_use]
    pub fn service_time_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.actual_start_ns)
    }

    /// Actual start − ready: the generator's own part of the lateness.
    #[must_use]
    pub fn generator_lateness_ns(&self) -> u64 {
        self.actual_start_ns.saturating_sub(self.ready_ns)
    }

    /// Actual − intended start: what the generator or its in-flight limit added.
    #[must_use]
    pub fn lateness_ns(&self) -> u64 {
        self.actual_start_ns.saturating_sub(self.intended_start_ns)
    }
}

/// What came of an operation. An HTTP 500 is a measurement, not an error of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeStatus {
    /// The answer was the right one; the number is its status code, 0 for protocols without.
    Ok(u16),
    /// The target answered and refused; the number is its status code.
    Rejected(u16),
    /// There was no usable answer.
    Failed(FailureKind),
}

impl OutcomeStatus {
    /// Whether it counts as success.
    #[must_use]
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Ok(_))
    }
}

/// Why there was no usable answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The name could not be resolved.
    Dns,
    /// The connection was refused.
    Refused,
    /// The connection could not be made for another reason.
    Connect,
    /// The TLS handshake or a record failed.
    Tls,
    /// No complete answer within the time limit.
    Timeout,
    /// The connection was reset.
    Reset,
    /// The connection was closed before the answer was complete.
    Closed,
    /// The answer broke the protocol.
    Protocol,
    /// The answer was complete and a check of the plan did not hold.
    WrongAnswer,
    /// Too many redirects.
    Redirect,
    /// The run ended before the answer came.
    Abandoned,
    /// Anything else, such as an exhausted local resource.
    Other,
}

impl FailureKind {
    /// All kinds, in the order of [`Self::index`].
    pub const ALL: [FailureKind; 12] = [
        Self::Dns,
        Self::Refused,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Reset,
        Self::Closed,
        Self::Protocol,
        Self::WrongAnswer,
        Self::Redirect,
        Self::Abandoned,
        Self::Other,
    ];

    /// Its position in [`Self::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its name in records, such as `wrong_answer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Protocol => "protocol",
            Self::WrongAnswer => "wrong_answer",
            Self::Redirect => "redirect",
            Self::Abandoned => "abandoned",
            Self::Other => "other",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Dns => "the name did not resolve",
            Self::Refused => "the connection was refused",
            Self::Connect => "the connection could not be made",
            Self::Tls => "TLS failed",
            Self::Timeout => "no complete answer in time",
            Self::Reset => "the connection was reset",
            Self::Closed => "the connection closed before the answer was complete",
            Self::Protocol => "the answer broke the protocol",
            Self::WrongAnswer => "the answer was not the expected one",
            Self::Redirect => "too many redirects",
            Self::Abandoned => "still in flight when the run ended",
            Self::Other => "a local problem",
        }
    }
}

impl std::fmt::Display for FailureKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
