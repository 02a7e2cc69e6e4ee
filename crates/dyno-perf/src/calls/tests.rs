use std::sync::Arc;

use dyno_model::OperationKind;
use proptest::prelude::*;

use super::{Calls, Counted, FAILURES_MOST, INTERVALS_MOST};

const SECOND_NS: u64 = 1_000_000_000;

fn of(calls: &[(u64, u64, bool)]) -> Counted {
    let mut counted = Counted::default();
    for (begin_ns, spent_ns, has_failed) in calls {
        counted.add(*begin_ns, begin_ns + spent_ns, has_failed.then_some("broken"));
    }
    counted
}

fn in_intervals(counted: &Counted) -> u64 {
    counted.intervals.values().map(|(failed, times)| failed + times.count()).sum()
}

proptest! {
    #[test]
    fn nothing_is_lost_however_it_is_split(
        calls in prop::collection::vec((0..100_000 * SECOND_NS, 0..SECOND_NS, any::<bool>()), 1..40),
        at in any::<prop::sample::Index>(),
    ) {
        let whole = of(&calls);
        let (left, right) = calls.split_at(at.index(calls.len()));
        let mut merged = of(left);
        merged.merge(&of(right));
        prop_assert_eq!(whole.calls(), calls.len() as u64);
        prop_assert_eq!(&merged.times, &whole.times);
        prop_assert_eq!(&merged.failure_times, &whole.failure_times);
        prop_assert_eq!(&merged.errors, &whole.errors);
        prop_assert_eq!((merged.first_ns, merged.last_ns), (whole.first_ns, whole.last_ns));
        for counted in [&whole, &merged] {
            prop_assert_eq!(in_intervals(counted), calls.len() as u64);
            prop_assert!(counted.span() <= INTERVALS_MOST, "{} intervals", counted.span());
        }
    }
}

#[test]
fn a_program_that_runs_for_weeks_has_as_many_intervals_as_one_of_minutes() {
    let mut counted = Counted::default();
    for hour in 0..24 * 14 {
        counted.add(hour * 3_600 * SECOND_NS, hour * 3_600 * SECOND_NS + 5, None);
    }
    assert!(counted.span() <= INTERVALS_MOST && counted.span() > INTERVALS_MOST / 4, "{}", counted.span());
    assert_eq!(in_intervals(&counted), 24 * 14);
}

#[test]
fn failures_have_numbers_of_their_own_until_there_are_too_many() {
    let calls = Calls::new("many".to_owned(), OperationKind::Request);
    let names: Vec<&'static str> = (0..FAILURES_MOST + 3).map(|at| &*format!("E{at}").leak()).collect();
    let numbers: Vec<u64> = names.iter().map(|name| calls.failure_number(name)).collect();
    assert_eq!(numbers[..FAILURES_MOST], (1..=FAILURES_MOST as u64).collect::<Vec<_>>());
    assert!(numbers[FAILURES_MOST..].iter().all(|number| *number == FAILURES_MOST as u64 + 1));
    assert_eq!(calls.failure_number("E5"), 6, "the same name has the same number");
    calls.add(crate::lane::Call { begin_ns: 1, end_ns: 2, failure: FAILURES_MOST as u64 + 1 });
    assert_eq!(calls.counted().errors["other"], 1);
}

#[test]
fn numbers_of_failures_are_the_same_for_all_threads() {
    let calls = Arc::new(Calls::new("shared".to_owned(), OperationKind::Request));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let calls = Arc::clone(&calls);
            std::thread::spawn(move || ["A", "B", "C"].map(|name| calls.failure_number(name)))
        })
        .collect();
    let told: Vec<[u64; 3]> = threads.into_iter().map(|thread| thread.join().expect("it ends")).collect();
    assert!(told.iter().all(|numbers| *numbers == told[0]), "{told:?}");
    let mut sorted = told[0];
    sorted.sort_unstable();
    assert_eq!(sorted, [1, 2, 3]);
}
