//! What people see while the run is played: a live page, a line now and then, or nothing.

use dyno_engine::{Control, Observer, RunEvent};
use dyno_model::{RunPlan, RunRecord};

use crate::args::play::ResultArgs;
use crate::console;
use crate::live::Live;
use crate::progress::Progress;

/// The chosen view.
pub enum View {
    /// Nothing.
    Quiet,
    /// One line per ten seconds.
    Lines(Progress),
    /// A page on the terminal.
    Page(Box<Live>),
}

impl View {
    /// A page on a terminal, lines elsewhere, nothing when that was asked for.
    pub fn choose(result: &ResultArgs, plan: &RunPlan, head: &RunRecord) -> Self {
        if result.quiet {
            return Self::Quiet;
        }
        if !result.json && console::is_interactive() {
            match Live::open(plan, head) {
                Ok(live) => return Self::Page(Box::new(live)),
                Err(error) => console::warn(&format!("no live view: {error}")),
            }
        }
        Self::Lines(Progress::begin(plan, head))
    }

    /// Called several times a second; whether the user asks to stop.
    pub fn tick(&mut self, control: &Control, now_ns: u64) -> bool {
        match self {
            Self::Page(live) => live.tick(control, now_ns),
            Self::Quiet | Self::Lines(_) => false,
        }
    }

    /// The user asked to end the run; lines say so, the page does it by itself.
    pub fn note_stop(&mut self) {
        if let Self::Lines(_) = self {
            console::talk("ending: requests in flight may complete; Ctrl-C again gives them up");
        }
    }

    /// Gives the terminal back.
    pub fn close(&mut self) {
        *self = Self::Quiet;
    }
}

impl Observer for View {
    fn on_event(&mut self, event: &RunEvent<'_>) {
        match self {
            Self::Quiet => {}
            Self::Lines(progress) => progress.on_event(event),
            Self::Page(live) => live.on_event(event),
        }
    }
}
