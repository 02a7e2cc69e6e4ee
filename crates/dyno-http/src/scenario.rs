//! The scenario of the general session: which steps an arrival plays, rendered before its time where possible.
//!
//! Pure in (seed, n), but for `now()`. Called by the engine's `drive`.

use std::rc::Rc;

use dyno_datagen::{WeightedChoice, mix};
use dyno_engine::Scenario;
use dyno_model::{Extract, OperationId};

use crate::general::Shared;
use crate::order::RequestOrder;
use crate::render::{RenderError, RenderedRequest, Values};

/// One step as it is known before the arrival's time.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// The same bytes for every arrival; the session has them.
    Constant,
    /// Rendered for this arrival.
    Rendered(Box<RenderedRequest>),
    /// To be rendered when it is played, since it needs answers or the user.
    Late,
    /// Cannot be sent.
    Refused(RenderError),
}

/// What a session needs to know of one arrival.
#[derive(Debug)]
pub(crate) struct Journey {
    /// The arrival.
    pub n: u64,
    /// Index of the scenario.
    pub scenario: usize,
    /// Its first step.
    pub first: Prepared,
    /// Its other steps; nothing is allocated when there are none.
    pub rest: Vec<Prepared>,
}

/// How a step is prepared, the same for all arrivals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preparation {
    /// Nothing to render.
    Constant,
    /// Before the arrival's time.
    Early,
    /// While it is played.
    Late,
}

/// Weighted scenarios of an HTTP plan.
pub(crate) struct HttpScenario {
    shared: Rc<Shared>,
    choice: WeightedChoice,
    order: RequestOrder,
}

impl HttpScenario {
    pub(crate) fn new(shared: Rc<Shared>, order: RequestOrder) -> Self {
        let choice = crate::choice::weights_of(&shared.plan.http);
        Self { shared, choice, order }
    }

    fn scenario_of(&self, n: u64) -> usize {
        // The same choice as the lean session's, so that both play the same arrivals.
        let weighted = || self.choice.pick(mix(self.shared.plan.seed ^ mix(n)));
        self.order.scenario_of(n, self.shared.plan.http.scenarios.len(), weighted)
    }

    fn prepare(&self, scenario: usize, step: usize, n: u64) -> Prepared {
        match self.shared.plan.steps[scenario][step].preparation {
            Preparation::Constant => Prepared::Constant,
            Preparation::Late => Prepared::Late,
            Preparation::Early => {
                let values = Values { n, user: 0, extracted: &[] };
                match self.shared.renderer().request(scenario, step, values) {
                    Ok(request) => Prepared::Rendered(Box::new(request)),
                    Err(error) => Prepared::Refused(error),
                }
            }
        }
    }
}

impl Scenario for HttpScenario {
    type Operation = Journey;

    fn operation(&self, n: u64) -> (OperationId, Journey) {
        let index = self.scenario_of(n);
        let scenario = &self.shared.plan.http.scenarios[index];
        let first = self.prepare(index, 0, n);
        let rest = (1..scenario.steps.len()).map(|step| self.prepare(index, step, n)).collect();
        let operation = scenario.journey.unwrap_or(scenario.steps[0].operation);
        (operation, Journey { n, scenario: index, first, rest })
    }
}

/// The names that the steps before `step` extract.
pub(crate) fn extracted_before(steps: &[dyno_model::HttpStep], step: usize) -> Vec<&str> {
    let extracts = steps[..step].iter().flat_map(|step| &step.extracts);
    extracts.map(|(name, _): &(String, Extract)| name.as_str()).collect()
}
