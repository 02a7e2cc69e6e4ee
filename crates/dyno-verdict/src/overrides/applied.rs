//! One change of an override: which cells it is about and what it does to them.

use dyno_model::{CellKey, Direction, GateMode};

use super::{Action, Pattern};
use crate::profile::CellSettings;

/// Stands for every metric of every operation.
const EVERY: &str = "*";

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Applied {
    pub(super) source: String,
    pub(super) text: String,
    pub(super) plan: Pattern,
    pub(super) operation: Option<Pattern>,
    pub(super) metric: String,
    pub(super) action: Action,
}

impl Applied {
    pub(super) fn scale(source: &str, text: &str, scale: f64) -> Self {
        let (plan, action) = (Pattern::any(), Action::ScaleTolerance(scale));
        let (source, text) = (source.to_owned(), text.to_owned());
        Self { source, text, plan, operation: None, metric: EVERY.to_owned(), action }
    }

    /// The variable, with the number of the entry.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// As written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Which property it changes.
    pub(crate) fn property(&self) -> &'static str {
        match self.action {
            Action::Limit(_) | Action::Move(_) | Action::Scale(_) => "limit",
            Action::Mode(_) => "gate",
            Action::Tolerance { .. } | Action::AutoTolerance | Action::ScaleTolerance(_) => "tolerance",
        }
    }

    /// Whether the change is about this cell. A metric without an operation is that of the whole run, `*` is all of all.
    pub(crate) fn concerns(&self, plan: &str, key: &CellKey) -> bool {
        let is_operation = match (&self.operation, &key.operation) {
            (Some(pattern), Some(operation)) => pattern.matches(operation),
            (None, None) => true,
            (None, Some(_)) => self.metric == EVERY,
            (Some(_), None) => false,
        };
        is_operation && (self.metric == EVERY || self.metric == key.metric) && self.plan.matches(plan)
    }

    /// Whether the tolerance has to be worked out anew.
    pub(crate) fn makes_auto(&self) -> bool {
        self.action == Action::AutoTolerance
    }

    /// Changes a cell.
    pub(crate) fn change(&self, settings: &mut CellSettings) {
        let scale_limit = |settings: &mut CellSettings, factor: f64| {
            if let Some(limit) = &mut settings.limit {
                limit.value *= factor;
            }
        };
        match self.action {
            Action::Limit(value) => {
                settings.limit = Some(crate::profile::ProfileLimit { value });
                // A limit that is set is meant to be judged.
                settings.mode = match settings.mode {
                    GateMode::Regression => GateMode::Both,
                    GateMode::Info => GateMode::Limit,
                    mode => mode,
                };
            }
            Action::Move(factor) => {
                scale_limit(settings, factor);
                settings.value = settings.value.map(|value| value * factor);
            }
            Action::Scale(factor) => scale_limit(settings, factor),
            Action::Mode(mode) => settings.mode = mode,
            Action::Tolerance { relative, absolute } => {
                settings.is_auto &= relative.is_none();
                settings.tolerance.relative = relative.unwrap_or(settings.tolerance.relative);
                settings.tolerance.absolute = absolute.unwrap_or(settings.tolerance.absolute);
            }
            Action::AutoTolerance => settings.is_auto = true,
            Action::ScaleTolerance(scale) => {
                settings.tolerance.relative *= scale;
                settings.tolerance.absolute *= scale;
            }
        }
    }

    /// The changed property in words.
    pub(super) fn said(&self, settings: &CellSettings) -> String {
        match self.action {
            Action::Limit(_) | Action::Scale(_) => settings.limit_words(),
            Action::Move(_) => match settings.value {
                Some(_) => format!("{}, value {}", settings.limit_words(), settings.value_words()),
                None => settings.limit_words(),
            },
            Action::Mode(_) => settings.mode_words().to_owned(),
            _ => settings.tolerance_words(),
        }
    }

    /// Whether there is anything that it could change.
    pub(super) fn has_object(&self, settings: &CellSettings) -> bool {
        match self.action {
            Action::Move(_) => settings.limit.is_some() || settings.value.is_some(),
            Action::Scale(_) => settings.limit.is_some(),
            _ => true,
        }
    }
}

/// Whether a cell became more lenient.
pub(super) fn loosens(before: &CellSettings, after: &CellSettings) -> bool {
    let drops = (before.is_gated() && !after.is_gated()) || (before.is_limited() && !after.is_limited());
    let (was, is) = (before.tolerance, after.tolerance);
    let grows = is.relative > was.relative || is.absolute > was.absolute;
    let is_laxer = |was: Option<f64>, is: Option<f64>| match (was, is, after.kind.direction) {
        (Some(was), Some(is), Direction::Lower) => is > was,
        (Some(was), Some(is), Direction::Higher) => is < was,
        _ => false,
    };
    let limit = |settings: &CellSettings| settings.limit.map(|limit| limit.value);
    drops || grows || is_laxer(limit(before), limit(after)) || is_laxer(before.value, after.value)
}
