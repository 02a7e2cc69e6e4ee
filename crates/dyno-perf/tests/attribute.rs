//! `#[benchmark]` on every form of function: each stays what it is, and each call is counted once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::future::Future;
use std::num::ParseIntError;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use dyno_perf::{Stats, benchmark};

/// (calls, failures by name).
#[track_caller]
fn check(name: &str, calls: u64, errors: &[(&str, u64)]) {
    let stats: Stats = benchmark(name).stats();
    let told: Vec<(&str, u64)> = stats.errors.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!((stats.calls, told.as_slice()), (calls, errors), "{name}");
    assert_eq!(stats.failed, errors.iter().map(|(_, count)| count).sum::<u64>());
    assert_eq!(stats.times.count() + stats.failed, calls);
}

#[benchmark(name = "plain")]
/// Its documentation stays.
#[must_use]
#[inline(never)]
fn plain(a: u32, (b, mut c): (u32, u32)) -> u32 {
    c += 1;
    if a == 0 {
        return 7;
    }
    a + b + c
}

#[benchmark(name = "result", gate = ["p99 < 1s", "errors < 60%"], tags = ["nightly"])]
fn parse(text: &str) -> Result<u32, ParseIntError> {
    let number: u32 = text.parse()?;
    if number == 0 {
        return Ok(100);
    }
    Ok(number)
}

#[benchmark(name = "alias")]
fn read(path: &str) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

#[benchmark(name = "panics")]
fn panics(does: bool) -> u32 {
    assert!(!does, "as it was told");
    1
}

#[benchmark(name = "generic")]
fn longest<'a, T, const N: usize>(texts: [&'a T; N]) -> &'a T
where
    T: AsRef<str> + PartialEq + ?Sized,
{
    texts.into_iter().max_by_key(|text| text.as_ref().len()).unwrap()
}

#[benchmark(name = "opaque")]
fn evens(to: u32) -> impl Iterator<Item = u32> + Clone {
    (0..to).filter(|n| n % 2 == 0)
}

#[benchmark(name = "opaque result")]
fn digits(text: &str) -> Result<impl Iterator<Item = char> + use<>, ParseIntError> {
    let number: u64 = text.parse()?;
    Ok(number.to_string().chars().collect::<Vec<_>>().into_iter())
}

#[benchmark]
fn found_by_its_place() {}

struct Cart<T> {
    items: Vec<T>,
}

impl<T: Clone> Cart<T> {
    #[benchmark]
    fn add(&mut self, item: T) -> Result<&mut T, String> {
        if self.items.len() > 1 {
            return Err("full".to_owned());
        }
        self.items.push(item);
        self.items.last_mut().ok_or_else(String::new)
    }

    #[benchmark(name = "consumed")]
    fn into_items(self) -> Vec<T> {
        self.items
    }

    #[benchmark(name = "awaited method")]
    async fn count(&self, more: usize) -> Result<usize, std::fmt::Error> {
        turn().await;
        if more > 10 {
            Err(std::fmt::Error)?;
        }
        Ok(self.items.len() + more)
    }
}

trait Shop {
    fn open(&self) -> bool;
}

impl Shop for Cart<u8> {
    #[benchmark(name = "of a trait")]
    fn open(&self) -> bool {
        true
    }
}

#[benchmark(name = "awaited")]
async fn later(does_panic: bool) -> u32 {
    turn().await;
    assert!(!does_panic, "as it was told");
    if does_panic {
        return 1;
    }
    2
}

#[benchmark(name = "awaited without a value")]
async fn nothing() {
    turn().await;
}

/// Pending once.
async fn turn() {
    let mut is_first = true;
    std::future::poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

#[test]
fn plain_functions_keep_their_values_and_their_returns() {
    assert_eq!(plain(1, (2, 3)), 7);
    assert_eq!(plain(0, (2, 3)), 7);
    check("plain", 2, &[]);
    assert_eq!(longest::<str, 2>(["a", "bcd"]), "bcd");
    check("generic", 1, &[]);
    assert_eq!(evens(5).clone().collect::<Vec<_>>(), [0, 2, 4]);
    check("opaque", 1, &[]);
}

#[test]
fn errors_are_failures_and_are_passed_on() {
    assert_eq!(parse("5"), Ok(5));
    assert_eq!(parse("0"), Ok(100));
    assert!(parse("five").is_err());
    check("result", 3, &[("ParseIntError", 1)]);
    let verdict = benchmark("result").verdict();
    assert!(verdict.checks.iter().all(|check| check.ok) && verdict.checks.len() == 2, "{verdict:?}");
    assert_eq!(read("/no/such/file").unwrap_err().kind(), std::io::ErrorKind::NotFound);
    check("alias", 1, &[("Error", 1)]);
    assert_eq!(digits("42").unwrap().collect::<String>(), "42");
    assert!(digits("x").is_err());
    check("opaque result", 2, &[("ParseIntError", 1)]);
}

#[test]
fn panics_are_failures_and_go_on() {
    assert_eq!(panics(false), 1);
    let panic = std::panic::catch_unwind(|| panics(true)).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "as it was told");
    check("panics", 2, &[("panic", 1)]);
}

#[test]
fn what_runs_because_of_a_panic_is_no_failure_itself() {
    #[benchmark(name = "clean up")]
    fn clean_up() {}

    struct Cleaner;
    impl Drop for Cleaner {
        fn drop(&mut self) {
            clean_up();
        }
    }
    let panic = std::panic::catch_unwind(|| {
        let _cleaner = Cleaner;
        panic!("elsewhere");
    });
    assert!(panic.is_err());
    check("clean up", 1, &[]);
}

#[test]
fn methods_are_called_by_their_type() {
    let mut cart = Cart { items: Vec::new() };
    *cart.add(1_u8).unwrap() += 1;
    cart.add(3).unwrap();
    assert_eq!(cart.add(4), Err("full".to_owned()));
    check("attribute::Cart::add", 3, &[("String", 1)]);
    assert!(cart.open());
    check("of a trait", 1, &[]);
    assert_eq!(finish(cart.count(1)), Ok(3));
    assert!(finish(cart.count(11)).is_err());
    check("awaited method", 2, &[("Error", 1)]);
    assert_eq!(cart.into_items(), [2, 3]);
    check("consumed", 1, &[]);
}

#[test]
fn functions_without_a_name_are_called_by_their_place() {
    #[benchmark]
    fn twin() {}
    mod inner {
        #[super::benchmark]
        pub fn twin() {}
    }
    found_by_its_place();
    twin();
    inner::twin();
    check("attribute::found_by_its_place", 1, &[]);
    check("attribute::twin", 1, &[]);
    check("attribute::inner::twin", 1, &[]);
}

#[test]
fn two_functions_of_one_name_in_one_place_are_told_apart_by_their_line() {
    fn first() {
        #[benchmark]
        fn same() {}
        same();
    }
    fn second() {
        #[benchmark]
        fn same() {}
        same();
        same();
    }
    first();
    second();
    let named = dyno_perf::Recorder::global().operations();
    let mut calls: Vec<(String, u64)> = named
        .iter()
        .filter(|operation| operation.name().starts_with("attribute::same"))
        .map(|operation| {
            (operation.name().replace(|c: char| c.is_ascii_digit(), ""), operation.stats().calls)
        })
        .collect();
    calls.sort();
    assert_eq!(calls, [("attribute::same".to_owned(), 1), ("attribute::same:".to_owned(), 2)]);
}

#[test]
fn futures_are_timed_to_their_end_and_count_as_cancelled_before() {
    assert_eq!(finish(later(false)), 2);
    let panic = std::panic::catch_unwind(|| finish(later(true)));
    assert!(panic.is_err());
    {
        let mut begun = pin!(later(false));
        assert!(begun.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    drop(later(false));
    check("awaited", 3, &[("cancelled", 1), ("panic", 1)]);
    finish(nothing());
    check("awaited without a value", 1, &[]);
}

#[test]
fn futures_stay_sendable() {
    fn is_send<T: Send>(future: T) -> T {
        future
    }
    let cart = Cart { items: vec![1_u8] };
    assert_eq!(finish(is_send(cart.count(2))), Ok(3));
    assert_eq!(finish(is_send(sent())), 5);
}

#[benchmark(name = "sent")]
async fn sent() -> u32 {
    turn().await;
    5
}

#[test]
fn every_call_of_every_thread_is_counted() {
    #[benchmark(name = "threads")]
    fn called(n: u32) -> Result<(), std::fmt::Error> {
        if n.is_multiple_of(4) { Err(std::fmt::Error) } else { Ok(()) }
    }
    let threads: Vec<_> =
        (0..4).map(|_| std::thread::spawn(|| (0..1_000).filter(|n| called(*n).is_err()).count())).collect();
    // Asked in the middle, nothing is lost or counted twice.
    while !threads.iter().all(std::thread::JoinHandle::is_finished) {
        assert!(benchmark("threads").stats().calls <= 4_000);
        std::thread::yield_now();
    }
    assert_eq!(threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>(), 1_000);
    check("threads", 4_000, &[("Error", 1_000)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn every_call_of_every_task_is_counted() {
    #[benchmark(name = "tasks")]
    async fn called(gate: Arc<tokio::sync::Notify>) {
        let span = dyno_perf::span("step of a task");
        tokio::task::yield_now().await;
        gate.notify_one();
        tokio::task::yield_now().await;
        drop(span);
    }
    let gate = Arc::new(tokio::sync::Notify::new());
    let tasks: Vec<_> = (0..200).map(|_| tokio::spawn(called(Arc::clone(&gate)))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let waiting = tokio::spawn(async {
        #[benchmark(name = "aborted")]
        async fn never_ends() {
            std::future::pending::<()>().await;
        }
        never_ends().await;
    });
    while Arc::strong_count(&gate) > 1 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    check("tasks", 200, &[]);
    check("step of a task", 200, &[]);
}

#[test]
fn spans_of_a_panic_and_of_another_thread_are_counted() {
    let begun = dyno_perf::span("moved");
    std::thread::spawn(move || drop(begun)).join().unwrap();
    check("moved", 1, &[]);
    assert!(
        std::panic::catch_unwind(|| {
            let _span = dyno_perf::span("panicked");
            panic!("inside");
        })
        .is_err()
    );
    check("panicked", 1, &[("panic", 1)]);
}

#[test]
fn tests_and_other_attributes_go_together_with_it() {
    assert_eq!(within(), 3);
    check("documented", 1, &[]);
}

#[expect(clippy::let_and_return, reason = "lints of the body are still heard")]
#[benchmark(name = "documented")]
fn within() -> u32 {
    let three = 3;
    three
}
