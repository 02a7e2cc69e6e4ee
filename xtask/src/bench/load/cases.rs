//! What is played: which tools, against which target, with how many connections.
//!
//! Plain data; plays nothing. Called by `bench`.

use super::targets::TargetKind;
use super::tools::Tool;

/// One situation that all of its tools are put into.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The name on the command line.
    pub name: &'static str,
    /// The title of its table.
    pub title: &'static str,
    /// What is loaded.
    pub target: TargetKind,
    /// How many connections.
    pub connections: u32,
    /// When requests are sent.
    pub pace: Pace,
    /// Never more rounds than this.
    pub rounds_max: u32,
    tools: &'static [Tool],
}

/// When a tool sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// The next request follows the answer.
    Closed,
    /// A fixed rate: half of what the closed loop reaches on the same target.
    HalfOfMaximum,
}

/// A case with the tools that were asked for.
#[derive(Debug)]
pub struct Play {
    /// The situation.
    pub case: Case,
    /// Who plays it.
    pub tools: Vec<Tool>,
}

const EVERY: &[Tool] = &[Tool::Dyno, Tool::Wrk, Tool::Oha, Tool::H2load, Tool::Hey];
const WITH_RATE: &[Tool] = &[Tool::Dyno, Tool::Oha, Tool::H2load, Tool::Hey];
/// The others take seconds to open so many connections, and their memory is not what is asked.
const WITH_MANY_CONNECTIONS: &[Tool] = &[Tool::Dyno, Tool::Wrk];

const BASE: Case = Case {
    name: "",
    title: "",
    target: TargetKind::Raw,
    connections: 64,
    pace: Pace::Closed,
    rounds_max: u32::MAX,
    tools: EVERY,
};

const CASES: &[Case] = &[
    Case { name: "raw-c64", title: "raw responder, 64 connections, closed loop", ..BASE },
    Case { name: "raw-c1", title: "raw responder, 1 connection, closed loop", connections: 1, ..BASE },
    Case {
        name: "raw-c1000",
        title: "raw responder, 1,000 connections, closed loop",
        connections: 1000,
        ..BASE
    },
    Case {
        name: "nginx-c64",
        title: "nginx, 64 connections, closed loop",
        target: TargetKind::Nginx,
        ..BASE
    },
    Case {
        name: "dyno-c64",
        title: "`dyno serve`, 64 connections, closed loop",
        target: TargetKind::Dyno,
        ..BASE
    },
    Case {
        name: "tls-c64",
        title: "nginx with TLS, 64 connections, closed loop",
        target: TargetKind::NginxTls,
        ..BASE
    },
    Case {
        name: "rate-c64",
        title: "nginx, 64 connections, fixed rate: half of the closed-loop maximum",
        target: TargetKind::Nginx,
        pace: Pace::HalfOfMaximum,
        tools: WITH_RATE,
        ..BASE
    },
    Case {
        name: "raw-c10000",
        title: "raw responder, 10,000 connections, closed loop (memory)",
        connections: 10_000,
        rounds_max: 3,
        tools: WITH_MANY_CONNECTIONS,
        ..BASE
    },
];

/// The cases and tools whose name `CASE/TOOL` contains one of `patterns`; all when there is none.
pub fn selected(patterns: &[String]) -> Vec<Play> {
    let is_wanted = |case: &Case, tool: Tool| {
        let name = format!("{}/{}", case.name, tool.name());
        // The slash ends a case's name, so that `raw-c1/` is not `raw-c1000`.
        patterns.is_empty() || patterns.iter().any(|pattern| name.contains(pattern.as_str()))
    };
    CASES
        .iter()
        .map(|case| Play {
            case: *case,
            tools: case.tools.iter().copied().filter(|&tool| is_wanted(case, tool)).collect(),
        })
        .filter(|play| !play.tools.is_empty())
        .collect()
}

/// The names of all cases.
pub fn all_names() -> Vec<&'static str> {
    CASES.iter().map(|case| case.name).collect()
}
