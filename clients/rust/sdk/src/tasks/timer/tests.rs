use std::cell::RefCell;
use std::rc::Rc;

use tokio::task::{LocalSet, spawn_local};

use super::Timer;
use crate::usage::now_ns;

fn on_a_loop(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, test);
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

#[test]
fn tasks_wake_in_the_order_of_their_moments_and_never_early() {
    on_a_loop(async {
        let timer = Timer::start();
        let woken = Rc::new(RefCell::new(Vec::new()));
        let begin = now_ns();
        // Not in the order in which they are due, and two at once.
        let tasks: Vec<_> = [9, 3, 6, 3, 1]
            .map(|ms| {
                let (timer, woken) = (Rc::clone(&timer), Rc::clone(&woken));
                spawn_local(async move {
                    let due = begin + ms * 1_000_000;
                    timer.sleep_until(due).await;
                    assert!(now_ns() >= due);
                    woken.borrow_mut().push(ms);
                })
            })
            .into_iter()
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*woken.borrow(), [1, 3, 3, 6, 9]);
    });
}

#[test]
fn a_thousand_sleepers_need_one_descriptor_and_leave_nothing_when_they_are_dropped() {
    on_a_loop(async {
        let timer = Timer::start();
        let alarm = timer.alarm.as_ref().expect("linux has one");
        let files = open_files();
        let never = now_ns() + 3_600_000_000_000;
        let tasks: Vec<_> = (0..1_000)
            .map(|_| {
                let timer = Rc::clone(&timer);
                spawn_local(async move { timer.sleep_until(never).await })
            })
            .collect();
        while alarm.sleeper_count() < 1_000 {
            tokio::task::yield_now().await;
        }
        // Other tests of this process may open a few.
        assert!(open_files() < files + 100, "{} files", open_files());
        tasks.iter().for_each(|task| task.abort());
        while alarm.sleeper_count() > 0 {
            tokio::task::yield_now().await;
        }
        timer.sleep_until(now_ns() + 1_000_000).await;
    });
}
