//! The rules of others on the rounds that ours gets: equal builds, and how often each says "slower".

use crate::play::seed;
use crate::rivals::{RULES, Trial};
use crate::world::{SETTINGS, Setting};

const TRIALS: u64 = 200;
const QUADS: usize = 12;

/// Per rule the share of trials in which it calls an equal build slower.
pub fn false_alarms(setting: Setting, trials: u64) -> Vec<(&'static str, u64)> {
    let mut alarms: Vec<(&str, u64)> = RULES.iter().map(|(name, _)| (*name, 0)).collect();
    for trial in 0..trials {
        let trial = Trial::of(setting, seed(&trial, setting.name) ^ 5, QUADS, 0.0);
        for ((_, rule), (_, count)) in RULES.iter().zip(&mut alarms) {
            *count += u64::from(rule(&trial));
        }
    }
    alarms
}

#[test]
fn requests_are_no_replicates() {
    for name in ["drift 0.95", "processes", "heavy tails", "everything"] {
        let setting = SETTINGS.into_iter().find(|setting| setting.name == name).unwrap();
        let alarms = false_alarms(setting, TRIALS);
        let of = |word: &str| alarms.iter().find(|(rule, _)| rule.contains(word)).unwrap().1;
        // Both claim one false alarm in a hundred; ten times as many is no accident.
        assert!(of("Welch") >= TRIALS / 10 && of("Mann-Whitney") >= TRIALS / 10, "{name}: {alarms:?}");
        // Two are expected; eight would be four standard deviations more.
        assert!(of("ours") <= 7, "{name}: {alarms:?}");
    }
}
