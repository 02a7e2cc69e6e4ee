//! Between changes of a value and effects: logarithms, or for shares plain differences, positive for the worse.

use dyno_model::{Direction, Estimate};

use crate::kind::MetricKind;

/// The sign that makes worse positive.
pub(super) fn sign(kind: &MetricKind) -> f64 {
    match kind.direction {
        Direction::Lower => 1.0,
        Direction::Higher => -1.0,
    }
}

/// A value on the scale of effects; `None` when it has no logarithm.
pub(super) fn level(kind: &MetricKind, value: f64) -> Option<f64> {
    if kind.is_difference {
        return value.is_finite().then(|| sign(kind) * value);
    }
    (value > 0.0 && value.is_finite()).then(|| sign(kind) * value.ln())
}

/// The value at a level: what [`level`] started from.
pub(super) fn value_at(kind: &MetricKind, level: f64) -> f64 {
    let signed = sign(kind) * level;
    if kind.is_difference { signed } else { signed.exp() }
}

/// The effect that a change for the worse of this size is.
pub(super) fn effect_of(kind: &MetricKind, worse: f64) -> f64 {
    match (kind.is_difference, kind.direction) {
        (true, _) => worse,
        (false, Direction::Lower) => worse.ln_1p(),
        // Nothing falls by more than all of it.
        (false, Direction::Higher) if worse >= 1.0 => f64::INFINITY,
        (false, Direction::Higher) => -(-worse).ln_1p(),
    }
}

/// The change of the value, positive when it is larger, that an effect is.
pub(super) fn change_of(kind: &MetricKind, effect: f64) -> f64 {
    let larger = sign(kind) * effect;
    if kind.is_difference { larger } else { larger.exp_m1() }
}

/// The size of a change for the worse; never negative for a positive effect.
pub(super) fn worse_of(kind: &MetricKind, effect: f64) -> f64 {
    sign(kind) * change_of(kind, effect)
}

/// The change from one value to another; `None` when there is nothing to take a share of.
pub(super) fn change(kind: &MetricKind, a: &Estimate, b: &Estimate) -> Option<f64> {
    let change = if kind.is_difference { b.value - a.value } else { b.value / a.value - 1.0 };
    change.is_finite().then_some(change)
}
