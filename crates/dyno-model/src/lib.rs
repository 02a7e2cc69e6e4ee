//! The vocabulary that all rooms of Dynamometer share.
//!
//! A *run* is a [`RunPlan`] played against a target: arrivals become samples, samples become
//! [`Tally`]s of [`Histogram`]s, tallies become a [`RunRecord`], and the record gets a verdict.
//! Here are only the words: no I/O, no clock, no async. Everything else depends on this crate.

mod asked;
mod audit;
mod benchmark;
mod clients;
mod comparison;
mod contest;
mod environment;
mod histogram;
mod history;
mod http;
mod load;
mod measured;
mod operation;
mod plan;
mod profile;
mod record;
mod redact;
mod sample;
mod tally;
mod template;
mod threshold;
pub mod units;
mod verdict;

pub use asked::{is_same_scenario, scenario_of};
pub use audit::{AuditCheck, AuditRecord, AuditState, Ledger, LedgerHead, LedgerTimes, LedgerTls};
pub use benchmark::{
    BENCHMARK_METHODS, BenchmarkConfiguration, BenchmarkFigures, BenchmarkResult, BenchmarkSettings,
    BenchmarkStatus, BenchmarkTimes, ConfigurationStatus, MemoryUnit, SECRET_HEADERS, SettingError,
    is_secret_name, redactor_of,
};
pub use clients::{
    CLIENTS_SCHEMA, ClientCase, ClientEntry, ClientFigures, ClientMethod, ClientPlayed, ClientSegment,
    ClientState, ClientVerdict, ClientWord, ClientsRecord, CountedBy, OperationLeftOut, WireAudit, WireTls,
};
pub use comparison::{
    Arm, COMPARISON_SCHEMA, Change, ComparisonKind, ComparisonRecord, ComparisonRow, Direction, Distribution,
    Estimate, Evidence, GateRecord, GateState, Mismatch, MismatchEffect, OnInconclusive, OverrideRecord,
    RowVerdict, SeriesPoint, ShiftPoint, Unit,
};
pub use contest::{CellKey, ContestRecord, RoundMachine, RoundRecord, Side, Stage};
pub use environment::{Environment, ResourceSample, ResourceSummary};
pub use histogram::{Histogram, HistogramError, ONE_HOUR_NS};
pub use history::{
    Creep, HISTORY_SCHEMA, HistoryChange, HistoryRecord, HistorySeries, HistorySession, LeftOut,
};
pub use http::{
    Body, Check, Connection, Credentials, Extract, Feeder, FeederOrder, HttpPlan, HttpStep, HttpVersion,
    Scenario, TlsOptions,
};
pub use load::{Arrivals, LoadModel, ScheduleSpec, Segment, Shape};
pub use measured::{
    CLIENTS_TOOL, ErrorCount, Measured, MeasuredInterval, MeasuredOperation, PlanGroup, PlanPart,
};
pub use operation::{OperationId, OperationKind, OperationTable};
pub use plan::{Limits, Phases, RunPlan, Share, TargetKind, Warmup, Workload};
pub use profile::{Certificate, GateMode, Noise, PROFILE_SCHEMA};
pub use record::{
    Generator, Headline, IntervalRecord, LoadRecord, OperationRecord, RUN_SCHEMA, RunRecord, RunState,
    Specimen, TargetResources, Times, ToolInfo, Totals,
};
pub use redact::{Redactor, Secret};
pub use sample::{FailureKind, OutcomeStatus, Sample};
pub use tally::{SlowSample, Tally};
pub use template::{Expression, Part, Template};
pub use threshold::{Comparator, Limit, Metric, Statistic, Threshold};
pub use verdict::{CheckRecord, Reason, Validity, ValidityState, VerdictRecord, VerdictState};
