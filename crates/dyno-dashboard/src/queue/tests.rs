use super::*;
use crate::tests::{figures, result};

#[test]
fn what_was_played_to_its_end_with_answers_is_completed() {
    let mut done = result("a");
    settle(&mut done, Ok(figures()), None);
    assert_eq!((done.status, &done.error), (BenchmarkStatus::Completed, &None));
    assert!(done.end_time.is_some() && done.figures.is_some());
}

#[test]
fn without_an_answer_it_has_failed_and_says_how() {
    let mut silent = figures();
    (silent.response_time, silent.error_count) = (None, silent.requests_count);
    silent.errors = [("refused".to_owned(), 3), ("timeout".to_owned(), 1)].into();
    silent.status_codes.clear();
    let mut failed = result("a");
    settle(&mut failed, Ok(silent.clone()), None);
    assert_eq!(failed.status, BenchmarkStatus::Failed);
    assert_eq!(failed.error.as_deref(), Some("none of 4 requests had an answer: refused 3, timeout 1"));
    assert!(failed.figures.is_some());
    let mut rejected = silent.clone();
    rejected.errors = [("status 503".to_owned(), 4)].into();
    rejected.status_codes = [("503".to_owned(), 4)].into();
    settle(&mut failed, Ok(rejected), None);
    assert_eq!(failed.error.as_deref(), Some("none of 4 requests succeeded: status 503 4"));
    silent.requests_count = 0;
    settle(&mut failed, Ok(silent), None);
    assert_eq!(failed.error.as_deref(), Some("not a single request was sent"));
}

#[test]
fn what_was_stopped_has_failed_and_keeps_its_figures() {
    let mut stopped = result("a");
    settle(&mut stopped, Ok(figures()), Some(STOPPED));
    assert_eq!((stopped.status, stopped.error.as_deref()), (BenchmarkStatus::Failed, Some(STOPPED)));
    assert!(stopped.figures.is_some());
}
