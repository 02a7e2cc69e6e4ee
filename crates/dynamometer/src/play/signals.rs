//! SIGINT and SIGTERM: the first ends the run and keeps it, the second gives up what is in flight.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use dyno_workers::kill_groups;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use crate::contest;
use crate::error::CommandError;
use crate::exit::Exit;
use crate::live;

/// A third signal means that even giving up takes too long.
const PATIENCE: u32 = 3;

/// How often the user asked to stop.
pub struct Interrupts {
    state: Arc<State>,
    handle: Handle,
}

#[derive(Default)]
struct State {
    count: AtomicU32,
    asked: Arc<AtomicBool>,
    is_playing: AtomicBool,
}

impl Interrupts {
    /// Takes over both signals for as long as it lives.
    ///
    /// Outside of the playing time a signal ends the process at once: there is nothing to keep yet.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn listen() -> Result<Self, CommandError> {
        let cannot = |error| CommandError::internal("cannot listen for signals").because(error);
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(cannot)?;
        let handle = signals.handle();
        let state = Arc::new(State::default());
        let seen = Arc::clone(&state);
        let listen = move || {
            for _ in signals.forever() {
                let count = seen.count.fetch_add(1, SeqCst) + 1;
                seen.asked.store(true, SeqCst);
                if !seen.is_playing.load(SeqCst) || count >= PATIENCE {
                    live::restore_terminal();
                    contest::kill_all();
                    kill_groups();
                    std::process::exit(i32::from(Exit::Interrupted.code()));
                }
            }
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map_err(cannot)?;
        Ok(Self { state, handle })
    }

    /// How often stopping was asked for.
    pub fn count(&self) -> u32 {
        self.state.count.load(SeqCst)
    }

    /// Whether it was asked for, for who waits on another thread.
    pub fn asked(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.state.asked)
    }

    /// Counts what was asked for by a key.
    pub fn add(&self, count: u32) {
        self.state.asked.fetch_or(count > 0, SeqCst);
        self.state.count.fetch_add(count, SeqCst);
    }

    /// From now on signals stop the run and not the process.
    pub fn begin_playing(&self) {
        self.state.is_playing.store(true, SeqCst);
    }

    /// The load is over. What follows is short and must be kept, so that one more signal changes nothing.
    pub fn end_playing(&self) {
        self.state.count.fetch_min(1, SeqCst);
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.handle.close();
    }
}
