//! A panic of an observer is its own: it is told once, and the run goes on without that observer.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use dyno_engine::{Observer, RunEvent};

use crate::console;

/// Runs `work`; `None` when it panicked, after saying so.
pub fn catch<T>(name: &str, work: impl FnOnce() -> T) -> Option<T> {
    let outcome = catch_unwind(AssertUnwindSafe(work));
    if outcome.is_err() {
        console::warn(&format!("{name} failed; the run goes on without it"));
    }
    outcome.ok()
}

/// An observer that is dropped from the run when it panics.
pub struct Guarded<O> {
    name: &'static str,
    observer: Rc<RefCell<O>>,
    is_broken: bool,
}

impl<O: Observer> Guarded<O> {
    /// Guards an observer that others look at between events.
    pub fn new(name: &'static str, observer: Rc<RefCell<O>>) -> Self {
        Self { name, observer, is_broken: false }
    }
}

impl<O: Observer> Observer for Guarded<O> {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        if !self.is_broken {
            let observed = catch(self.name, || self.observer.borrow_mut().on_event(event));
            self.is_broken = observed.is_none();
        }
    }
}
