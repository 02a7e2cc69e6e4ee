use super::counts::{of_libtest, of_nextest};
use super::{Counts, judged};

fn check_nextest(output: &str, expected: &str) {
    assert_eq!(of_nextest(output).to_string(), expected, "{output}");
}

fn check_libtest(output: &str, expected: &str) {
    assert_eq!(of_libtest(output).to_string(), expected, "{output}");
}

#[test]
fn nextest_summary_is_read() {
    check_nextest(
        "     Summary [   0.012s] 5 tests run: 5 passed, 0 skipped\n",
        "5 passed, 0 failed, 0 skipped",
    );
    check_nextest(
        "     Summary [  1.2s] 9 tests run: 4 passed (1 slow, 2 leaky), 2 failed, 2 timed out, 1 exec failed, 3 skipped",
        "4 passed, 5 failed, 3 skipped",
    );
    check_nextest(
        "\u{1b}[32;1m     Summary\u{1b}[0m [ 0.1s] 1/7 tests run: 1 passed, 0 skipped",
        "1 passed, 0 failed, 0 skipped",
    );
    check_nextest("error: could not compile", "0 passed, 0 failed, 0 skipped");
}

#[test]
fn libtest_results_are_added_up() {
    check_libtest(
        "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.00s\n\
         test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n",
        "7 passed, 1 failed, 1 skipped",
    );
    check_libtest("running 0 tests", "0 passed, 0 failed, 0 skipped");
}

#[test]
fn a_test_that_says_it_cannot_run_is_not_passed() {
    let counts = Counts { passed: 10, failed: 0, skipped: 1 };
    assert_eq!(counts.with_skipped(3), Counts { passed: 7, failed: 0, skipped: 4 });
}

#[test]
fn no_test_is_a_failure() {
    assert!(!judged(Counts::default(), &[]).is_success());
    assert!(judged(Counts { passed: 1, ..Counts::default() }, &[]).is_success());
}
