//! Which contests fit, which take turns, and which are refused.

use dyno_host::limits::LimitProblem;

use super::{Decided, Field, decide, demand};

const FIELD: Field = Field { lanes: 10_000, clients: 3, threaded: 0, is_embedded: true };

fn problem(is_fatal: bool) -> LimitProblem {
    LimitProblem {
        what: "open files".to_owned(),
        have: 20_000,
        need: 36_731,
        command: "ulimit -n 36731".to_owned(),
        is_fatal,
    }
}

#[test]
fn the_target_needs_files_for_all_clients_and_a_worker_for_its_own() {
    let together = demand(FIELD);
    assert_eq!((together.connections, together.open_files, together.threads), (33_000, 36_731, 0));
    let alone = demand(Field { clients: 1, ..FIELD });
    assert_eq!((alone.connections, alone.open_files), (11_000, 12_287));
    let elsewhere = demand(Field { is_embedded: false, ..FIELD });
    assert_eq!((elsewhere.connections, elsewhere.open_files), (33_000, 11_064));
    assert_eq!(demand(Field { threaded: 2, ..FIELD }).threads, 20_000);
}

#[test]
fn what_does_not_fit_together_takes_turns() {
    let Decided { take_turns, notes } = decide(FIELD, &[problem(true)], &[]).unwrap();
    assert!(take_turns);
    assert_eq!(
        notes,
        [
            "10000 lanes of 3 clients cannot be open at once, so each client opens its lanes for its own segments and \
          closes them afterwards: open files: 20,000 allowed, 36,731 needed; ulimit -n 36731"
        ]
    );
}

#[test]
fn what_does_not_fit_alone_is_refused_with_the_limit() {
    let error = decide(FIELD, &[problem(true)], &[problem(true)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "10000 lanes of a client cannot be open at once: open files: 20,000 allowed, 36,731 needed; ulimit -n 36731"
    );
}

#[test]
fn what_may_be_slow_is_said_and_played() {
    let decided = decide(FIELD, &[problem(false)], &[problem(false)]).unwrap();
    assert_eq!(decided, Decided { take_turns: false, notes: vec![problem(false).to_string()] });
}

#[test]
fn a_target_elsewhere_is_not_asked_for_the_connections_of_all() {
    let elsewhere = Field { is_embedded: false, ..FIELD };
    let decided = decide(elsewhere, &[], &[]).unwrap();
    assert!(decided.take_turns);
    assert_eq!(
        decided.notes,
        [
            "10000 lanes of 3 clients are more connections than the 10000 that a target elsewhere is asked for, so each \
          client opens its lanes for its own segments and closes them afterwards"
        ]
    );
    let few = Field { lanes: 3_333, ..elsewhere };
    assert_eq!(decide(few, &[], &[]).unwrap(), Decided { take_turns: false, notes: Vec::new() });
    let single = Field { clients: 1, ..elsewhere };
    assert!(!decide(single, &[], &[]).unwrap().take_turns);
}
