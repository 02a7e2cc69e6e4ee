//! `run` serves until the process is told to stop. In a process of its own, since the signal goes to all of it.
#![cfg(unix)]

use std::sync::mpsc;

use dyno_server::{App, ShutdownReport, get};

#[get("/")]
fn hello() -> &'static str {
    "Hello, World!"
}

#[test]
fn a_signal_ends_it_in_good_order() {
    let (started, has_started) = mpsc::channel();
    let server = std::thread::spawn(move || {
        dyno_server::run(([127, 0, 0, 1], 0), move |thread| {
            // Nobody listens for the threads behind the first.
            let _ = started.send(thread.count);
            App::new().route(hello)
        })
    });
    let count = has_started.recv().unwrap();
    assert_eq!(count, std::thread::available_parallelism().unwrap().get());
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TERM).unwrap();
    assert_eq!(server.join().unwrap().unwrap(), ShutdownReport::default());
}

#[test]
fn an_app_that_cannot_work_is_an_error() {
    let error = dyno_server::run(([127, 0, 0, 1], 0), |_| App::new().route(hello).route(hello)).unwrap_err();
    let reason = std::error::Error::source(&error).unwrap().to_string();
    assert!(reason.contains("overlap"), "{reason}");
}
