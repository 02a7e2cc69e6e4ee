//! What the code of `#[benchmark]` calls. Not for use by hand: it may change with any version.

use std::any::type_name;
use std::cell::Cell;
use std::sync::{Arc, OnceLock};
use std::thread::LocalKey;

use crate::calls::{CANCELLED, Calls, PANIC, now_ns};
use crate::lane::{Call, Lane};
use crate::recorder::Recorder;

/// What a function is called in records.
#[derive(Debug, Clone, Copy)]
pub enum Name {
    /// As it was written.
    Written(&'static str),
    /// By its place in the source.
    Found {
        /// Its module.
        module: &'static str,
        /// Its own name.
        function: &'static str,
        /// The line of its attribute.
        line: u32,
    },
}

/// A function that is timed.
pub struct Site {
    name: Name,
    gate: &'static [&'static str],
    tags: &'static [&'static str],
    owner: OnceLock<fn() -> &'static str>,
    calls: OnceLock<Arc<Calls>>,
}

impl Site {
    /// Nothing is registered before the first call has ended.
    #[must_use]
    pub const fn new(name: Name, gate: &'static [&'static str], tags: &'static [&'static str]) -> Self {
        Self { name, gate, tags, owner: OnceLock::new(), calls: OnceLock::new() }
    }

    /// Tells the type that a method belongs to; the first one counts.
    #[inline]
    pub fn belongs_to(&self, owner: fn() -> &'static str) {
        if self.owner.get().is_none() {
            // Another thread was faster, with the same.
            let _ = self.owner.set(owner);
        }
    }

    fn calls(&self) -> &Arc<Calls> {
        self.calls.get_or_init(|| {
            let (name, line) = match self.name {
                Name::Written(name) => (name.to_owned(), None),
                Name::Found { module, function, line } => match self.owner.get() {
                    Some(owner) => (format!("{}::{function}", without_arguments(owner())), Some(line)),
                    None => (format!("{module}::{function}"), Some(line)),
                },
            };
            Recorder::global().register(name, line, self.gate, self.tags)
        })
    }
}

/// The place of one thread for one function.
pub struct ThreadLane {
    calls: Arc<Calls>,
    lane: Arc<Lane>,
}

impl ThreadLane {
    /// Opens it.
    #[must_use]
    pub fn of(site: &'static Site) -> Self {
        Self::of_calls(Arc::clone(site.calls()))
    }

    pub(crate) fn of_calls(calls: Arc<Calls>) -> Self {
        let lane = calls.open_lane();
        Self { calls, lane }
    }

    #[inline]
    pub(crate) fn add(&self, begin_ns: u64, end_ns: u64, failure: Option<&'static str>) {
        let failure = failure.map_or(0, |name| self.calls.failure_number(name));
        let call = Call { begin_ns, end_ns, failure };
        if !self.lane.push(call) {
            self.calls.settle_lane(&self.lane);
            self.lane.push(call);
        }
    }
}

impl Drop for ThreadLane {
    fn drop(&mut self) {
        self.calls.close_lane(&self.lane);
    }
}

/// A call that goes on; it is counted when this is dropped.
pub struct Running {
    site: &'static Site,
    lane: &'static LocalKey<ThreadLane>,
    begin_ns: u64,
    /// How it failed, so far as is known.
    failure: Cell<Option<&'static str>>,
    /// Whether it was called by what runs because of a panic, which is not its own.
    was_panicking: bool,
}

/// Begins a call of a plain function.
#[inline]
#[must_use]
pub fn begin(site: &'static Site, lane: &'static LocalKey<ThreadLane>) -> Running {
    running(site, lane, None)
}

/// Begins a call of an async function: it counts as cancelled until it has ended.
#[inline]
#[must_use]
pub fn begin_async(site: &'static Site, lane: &'static LocalKey<ThreadLane>) -> Running {
    running(site, lane, Some(CANCELLED))
}

#[inline]
fn running(
    site: &'static Site,
    lane: &'static LocalKey<ThreadLane>,
    failure: Option<&'static str>,
) -> Running {
    let was_panicking = std::thread::panicking();
    Running { site, lane, failure: Cell::new(failure), was_panicking, begin_ns: now_ns() }
}

impl Running {
    /// Notes how the call ended: by the failure of that name, or well.
    #[inline]
    pub fn look(&self, failure: Option<&'static str>) {
        self.failure.set(failure);
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        let end_ns = now_ns();
        let is_panic = std::thread::panicking() && !self.was_panicking;
        let failure = if is_panic { Some(PANIC) } else { self.failure.get() };
        let add = |lane: &ThreadLane| lane.add(self.begin_ns, end_ns, failure);
        if self.lane.try_with(add).is_err() {
            // The thread has already given up its lane.
            let calls = self.site.calls();
            let failure = failure.map_or(0, |name| calls.failure_number(name));
            calls.add(Call { begin_ns: self.begin_ns, end_ns, failure });
        }
    }
}

/// Calls a closure that is called once, and may therefore give away what it was given.
#[inline]
pub fn once<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Tells the compiler a type, and is never called.
#[must_use]
pub fn never<T>() -> T {
    unreachable!("invariant: it stands behind `if false`")
}

/// What a function returned. For a `Result` the method `failure` is its own; for any other type it is that of
/// [`AnyValue`], so the compiler decides which.
pub struct Value<'a, T>(pub &'a T);

impl<T, E> Value<'_, Result<T, E>> {
    /// The name of the error's type, without its path.
    #[must_use]
    pub fn failure(&self) -> Option<&'static str> {
        self.0.is_err().then(|| error_name::<E>())
    }
}

/// What cannot be a failure.
pub trait AnyValue {
    /// Always `None`.
    fn failure(&self) -> Option<&'static str>;
}

impl<T> AnyValue for Value<'_, T> {
    fn failure(&self) -> Option<&'static str> {
        None
    }
}

/// The name of a type without its module and its arguments, such as `ParseIntError`.
fn error_name<E>() -> &'static str {
    let name = type_name::<E>();
    let plain = without_arguments(name);
    plain.rsplit("::").next().unwrap_or(plain)
}

fn without_arguments(name: &'static str) -> &'static str {
    let name = name.trim_start_matches(['&', ' ']).trim_start_matches("mut ");
    // `Box<dyn Error>` is told as `Box`, which says little; what is inside says more.
    let inside = name.strip_prefix("alloc::boxed::Box<").unwrap_or(name);
    let inside = inside.trim_start_matches("dyn ");
    let end = inside.find(['<', '>', ' ', '+']).unwrap_or(inside.len());
    &inside[..end]
}

#[cfg(test)]
mod tests;
