//! The rules of others on the rounds that ours gets: equal builds, and how often each says "slower".

use crate::rivals::false_alarms;
use crate::world::SETTINGS;

const TRIALS: u64 = 200;

#[test]
fn requests_are_no_replicates() {
    for name in ["drift 0.95", "processes", "heavy tails", "everything"] {
        let setting = SETTINGS.into_iter().find(|setting| setting.name == name).unwrap();
        let alarms = false_alarms(setting, TRIALS);
        let of = |word: &str| alarms.iter().find(|(rule, _)| rule.contains(word)).unwrap().1;
        // Both claim one false alarm in a hundred; five times as many is no accident.
        assert!(of("Welch") >= TRIALS / 20 && of("Mann-Whitney") >= TRIALS / 20, "{name}: {alarms:?}");
        // Two are expected; eight would be four standard deviations more.
        assert!(of("ours") <= 7, "{name}: {alarms:?}");
    }
}
