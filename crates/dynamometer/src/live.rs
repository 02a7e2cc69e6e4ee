//! The live page on the terminal: what is asked, what comes back, and whether to believe it.
//!
//! Drawn four times a second on the collector's thread, never on a load thread. Draws to stderr, so that stdout
//! stays data. Knows nothing of judging beyond what `dyno-verdict` says of the seconds so far.

mod page;
mod panels;
mod state;

use std::io::{Stderr, stderr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use dyno_engine::{Control, Observer, RunEvent};
use dyno_model::{RunPlan, RunRecord};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use state::LiveState;

/// How often the page is drawn.
const FRAME_NS: u64 = 250_000_000;

/// Whether the terminal is ours at the moment.
static IS_TAKEN: AtomicBool = AtomicBool::new(false);
static RESTORE_ON_PANIC: Once = Once::new();

/// The page and the terminal it is on; dropping it gives the terminal back.
pub struct Live {
    terminal: Terminal<CrosstermBackend<Stderr>>,
    state: LiveState,
    next_frame_ns: u64,
}

impl Live {
    /// Takes over the terminal behind stderr.
    ///
    /// # Errors
    /// When the terminal cannot be used that way.
    pub fn open(plan: &RunPlan, head: &RunRecord) -> std::io::Result<Self> {
        RESTORE_ON_PANIC.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore_terminal();
                before(panic);
            }));
        });
        enable_raw_mode()?;
        IS_TAKEN.store(true, SeqCst);
        let opened = execute!(stderr(), EnterAlternateScreen)
            .and_then(|()| Terminal::new(CrosstermBackend::new(stderr())));
        let terminal = opened.inspect_err(|_| restore_terminal())?;
        Ok(Self { terminal, state: LiveState::new(plan, head), next_frame_ns: 0 })
    }

    /// Reads keys and draws when it is time to; whether the user asks to stop.
    pub fn tick(&mut self, control: &Control, now_ns: u64) -> bool {
        let asks_to_stop = asks_to_stop();
        if now_ns >= self.next_frame_ns || asks_to_stop {
            self.next_frame_ns = now_ns + FRAME_NS;
            self.state.follow(control, now_ns, asks_to_stop);
            // A terminal that went away must not end the run; the next frame tries again.
            let _ = self.terminal.draw(|frame| page::draw(frame, &self.state));
        }
        asks_to_stop
    }
}

impl Observer for Live {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        self.state.observe(event);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        restore_terminal();
    }
}

/// Gives the terminal back if the page has it.
pub fn restore_terminal() {
    if IS_TAKEN.swap(false, SeqCst) {
        // Nothing more can be done for a terminal that refuses.
        let _ = execute!(stderr(), LeaveAlternateScreen, ratatui::crossterm::cursor::Show);
        let _ = disable_raw_mode();
    }
}

/// Whether `q` or Ctrl-C was pressed; in raw mode Ctrl-C is a key and no signal.
fn asks_to_stop() -> bool {
    let mut asks = false;
    while event::poll(Duration::ZERO).unwrap_or(false) {
        let Ok(Event::Key(key)) = event::read() else { continue };
        let is_control_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        asks |= key.kind != KeyEventKind::Release && (key.code == KeyCode::Char('q') || is_control_c);
    }
    asks
}

#[cfg(test)]
mod tests;
