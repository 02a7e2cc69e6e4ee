//! The exit codes of `dyno`, all of them, and how a run gets its own.

use std::process::ExitCode;

use dyno_model::{
    ComparisonRecord, GateState, OnInconclusive, RunRecord, RunState, ValidityState, VerdictState,
};

/// What the exit code of `dyno` says. Stable from the first release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: everything holds, or there was nothing to judge.
    Passed,
    /// 1: a threshold is violated, or a comparison found a regression.
    Failed,
    /// 2: the command line, the plan or a setting is wrong; nothing was played.
    Usage,
    /// 3: the numbers say more about the generator or the machine than about the target, or are not enough.
    Invalid,
    /// 4: the records cannot be compared.
    Incomparable,
    /// 5: the target is unreachable, nothing was measured, or the environment is unfit.
    Unreachable,
    /// 70: `dyno` itself failed, or could not write what it was asked to.
    Internal,
    /// 130: stopped by the user or a signal.
    Interrupted,
}

/// A doubt that comes from the target's own answers. It does not excuse a violated threshold.
const DOUBT_ABOUT_TARGET: &str = "rate_limited";

impl Exit {
    /// Every code with its meaning, in ascending order; for the help and the tests.
    pub const ALL: [(Exit, &str); 8] = [
        (Self::Passed, "passed, or nothing to judge"),
        (Self::Failed, "a threshold is violated, or a comparison found a regression"),
        (Self::Usage, "wrong command line, plan or setting"),
        (Self::Invalid, "invalid or inconclusive: the numbers say little about the target"),
        (Self::Incomparable, "the records cannot be compared"),
        (Self::Unreachable, "target unreachable, nothing measured, or environment unfit"),
        (Self::Internal, "internal error, or an output could not be written"),
        (Self::Interrupted, "interrupted"),
    ];

    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Invalid => 3,
            Self::Incomparable => 4,
            Self::Unreachable => 5,
            Self::Internal => 70,
            Self::Interrupted => 130,
        }
    }

    /// The code of a judged run. The first that applies:
    ///
    /// 1. interrupted by the user: 130;
    /// 2. no request ended in the measured time: 5;
    /// 3. a threshold is violated, and no doubt about generator or machine excuses it: 1;
    /// 4. not one answer came: 5;
    /// 5. the measurement is invalid, or the evidence is not enough: 3;
    /// 6. incomparable: 4;
    /// 7. everything holds, or no threshold was set: 0.
    #[must_use]
    pub fn of(record: &RunRecord) -> Self {
        let is_invalid = record.validity.state == ValidityState::Invalid;
        // Without a single success it does not matter how well the generator kept time.
        let is_excused =
            record.totals.ok > 0
                && record.validity.reasons.iter().any(|reason| {
                    reason.state == ValidityState::Invalid && reason.code != DOUBT_ABOUT_TARGET
                });
        let verdict = record.verdict.state;
        if record.state == RunState::Interrupted {
            Self::Interrupted
        } else if record.totals.requests == 0 {
            Self::Unreachable
        } else if verdict == VerdictState::Fail && !is_excused {
            Self::Failed
        } else if record.totals.ok + record.totals.rejected == 0 {
            Self::Unreachable
        } else if is_invalid || verdict == VerdictState::Inconclusive {
            Self::Invalid
        } else if verdict == VerdictState::Incomparable {
            Self::Incomparable
        } else {
            Self::Passed
        }
    }

    /// The code of a comparison. The first that applies:
    ///
    /// 1. the gate has the reason `interrupted`: 130;
    /// 2. it has the reason `unfit`: 5, for the machine could not play what was asked;
    /// 3. a row regressed or a rule is violated: 1;
    /// 4. the arms cannot be compared, and the user did not ask to see them all the same: 4;
    /// 5. a run that was compared is invalid: 3, for its numbers say little about the target, whatever is done when
    ///    only the evidence is not enough;
    /// 6. the evidence is not enough, and that is to fail: 3;
    /// 7. nothing got worse, or there is only a warning: 0.
    #[must_use]
    pub fn of_comparison(record: &ComparisonRecord, allows_incomparable: bool) -> Self {
        let gate = &record.gate;
        let has = |code: &str| gate.reasons.iter().any(|reason| reason.code == code);
        if has("interrupted") {
            return Self::Interrupted;
        }
        if has("unfit") {
            return Self::Unreachable;
        }
        match gate.state {
            GateState::Fail => Self::Failed,
            GateState::Incomparable if !allows_incomparable => Self::Incomparable,
            GateState::Pass | GateState::Inconclusive if record.validity.state == ValidityState::Invalid => {
                Self::Invalid
            }
            GateState::Inconclusive if gate.on_inconclusive == OnInconclusive::Fail => Self::Invalid,
            GateState::Pass | GateState::Inconclusive | GateState::Incomparable => Self::Passed,
        }
    }

    /// The graver of two codes, for a run that was also compared: what was not measured outweighs what was judged,
    /// and a failure outweighs a doubt.
    #[must_use]
    pub fn graver(self, other: Self) -> Self {
        let gravity = |exit: Self| match exit {
            Self::Interrupted => 7,
            Self::Internal => 6,
            Self::Usage => 5,
            Self::Unreachable => 4,
            Self::Failed => 3,
            Self::Invalid => 2,
            Self::Incomparable => 1,
            Self::Passed => 0,
        };
        if gravity(other) > gravity(self) { other } else { self }
    }

    /// The code when outputs could not be written: a pass is not one any more, everything else stays.
    #[must_use]
    pub fn after_failed_output(self) -> Self {
        if self == Self::Passed { Self::Internal } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests;
