//! Thresholds that end a run as soon as they are lost.

use std::time::Duration;

use dyno_engine::{Observer, RunEvent};
use dyno_model::{OperationTable, RunPlan, Threshold};
use dyno_verdict::{SoFar, violated_for_good};

/// The thresholds with `abort`, and whether one of them is lost.
pub struct AbortRules {
    thresholds: Vec<Threshold>,
    operations: OperationTable,
    asked: u64,
    is_open: bool,
    reason: Option<String>,
}

impl AbortRules {
    /// Those of a plan; often none.
    pub fn of(plan: &RunPlan) -> Self {
        Self {
            thresholds: plan.thresholds.iter().filter(|threshold| threshold.abort).cloned().collect(),
            operations: plan.operations.clone(),
            asked: 0,
            is_open: plan.load.is_open(),
            reason: None,
        }
    }

    /// Why the run should end.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl Observer for AbortRules {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        let RunEvent::Interval { interval, totals } = event else { return };
        if self.thresholds.is_empty() || self.reason.is_some() || !interval.measured {
            return;
        }
        self.asked += interval.asked.unwrap_or(0);
        let elapsed = Duration::from_nanos(totals.elapsed_ns);
        let asked_rate_per_s = self.is_open.then(|| self.asked as f64 / elapsed.as_secs_f64().max(1e-9));
        self.reason = self.thresholds.iter().find_map(|threshold| {
            let tally = match &threshold.operation {
                None => totals.all,
                Some(name) => {
                    let (id, ..) = self.operations.iter().find(|(_, known, _)| known == name)?;
                    &totals.by_operation[id.index()]
                }
            };
            violated_for_good(threshold, &SoFar { tally, connect: None, elapsed, asked_rate_per_s })
        });
    }
}
