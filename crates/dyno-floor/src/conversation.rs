//! The conversation: says hello, gets ready, has runs played, until the host says `bye` or goes away.
//!
//! Orders are read on the thread that called, so that a ping is answered and a run can be stopped while it plays.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::thread::JoinHandle;

use dyno_workers::{Hello, LineRead, PROTOCOL, RunOrder, Setup, ToHost, ToWorker, read_line, read_schedule};

use crate::Identity;
use crate::run::{self, Watched};
use crate::settings::{self, Ready};
use crate::usage;
use crate::wire::Wire;

/// What it can do beside asking, in the words of the protocol.
const FEATURES: [&str; 6] = ["redirects", "tls_verify", "ca", "timeout", "keep_alive", "decode"];

/// A worker in the course of its conversation.
pub(crate) struct Conversation {
    wire: Wire,
    /// There while no run plays.
    ready: Option<Ready>,
    schedule: Vec<(u64, u32)>,
    playing: Option<JoinHandle<Ready>>,
    /// The run that plays or played last.
    last: Option<Arc<Watched>>,
}

impl Conversation {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { wire, ready: None, schedule: Vec::new(), playing: None, last: None }
    }

    /// Follows orders until the last one.
    pub(crate) fn hold(mut self, identity: &Identity, mut orders: impl BufRead) -> io::Result<()> {
        self.wire.send(&ToHost::Hello(hello(identity)));
        let mut line = Vec::new();
        loop {
            match read_line(&mut orders, &mut line)? {
                LineRead::End => break,
                LineRead::TooLong => self.wire.error("line", "it is longer than the protocol allows"),
                LineRead::Whole => match ToWorker::read(&line) {
                    Ok(ToWorker::Bye {}) => break,
                    Ok(order) => self.follow(order),
                    Err(problem) => self.wire.error("line", problem),
                },
            }
        }
        self.end_run();
        self.wire.send(&ToHost::Bye {});
        Ok(())
    }

    fn follow(&mut self, order: ToWorker) {
        match order {
            ToWorker::Ping { id } => self.wire.send(&ToHost::Pong { id, now: usage::now_ns() }),
            ToWorker::Setup(setup) => self.set_up(&setup),
            ToWorker::Schedule { first_seq, at, req } => {
                if let Err(reason) = self.extend_schedule(first_seq, &at, &req) {
                    self.wire.error("schedule", reason);
                }
            }
            ToWorker::Run(order) => {
                if let Err(reason) = self.start_run(order) {
                    self.wire.error("run", reason);
                }
            }
            ToWorker::Mark { id } => {
                let last = self.last.get_or_insert_with(|| Arc::new(Watched::new(0)));
                self.wire.send(&ToHost::Window(last.window(id)));
            }
            ToWorker::Stop {} => self.last.iter().for_each(|run| run.stop()),
            ToWorker::Abort {} => self.last.iter().for_each(|run| run.abort()),
            ToWorker::Bye {} | ToWorker::Unknown => {}
        }
    }

    /// A new setup replaces the client and its connections.
    fn set_up(&mut self, setup: &Setup) {
        self.end_run();
        self.ready = None;
        self.schedule.clear();
        match settings::ready_for(setup) {
            Ok(ready) => {
                self.ready = Some(ready);
                self.wire.send(&ToHost::Ready {});
            }
            Err(refusal) => self.wire.send(&refusal.answer()),
        }
    }

    fn extend_schedule(&mut self, first_seq: u32, at: &str, request: &str) -> Result<(), String> {
        self.collect();
        let ready = self.ready.as_ref().ok_or("schedule came before a setup was answered with ready")?;
        let part =
            read_schedule(first_seq, at, request, ready.requests).map_err(|error| error.to_string())?;
        if first_seq == 0 {
            self.schedule.clear();
        }
        if first_seq as usize != self.schedule.len() {
            return Err(format!(
                "schedule starts at seq {first_seq}, but {} are known; send the parts in order",
                self.schedule.len()
            ));
        }
        if let Some((_, index)) = part.iter().find(|(_, index)| *index >= ready.requests) {
            return Err(format!("request {index} is scheduled, there are {}", ready.requests));
        }
        self.schedule.extend(part);
        if !self.schedule.is_sorted_by_key(|(at_ns, _)| *at_ns) {
            self.schedule.clear();
            return Err("intended starts go back in time; send them in order".to_owned());
        }
        Ok(())
    }

    fn start_run(&mut self, order: RunOrder) -> Result<(), String> {
        self.collect();
        if self.playing.is_some() {
            let last = self.last.as_ref().map_or(0, |run| run.run_id);
            return Err(format!("this run came before run {last} was done"));
        }
        let mut ready = self.ready.take().ok_or("run came before a setup was answered with ready")?;
        let watched = Arc::new(Watched::new(order.run_id));
        self.last = Some(Arc::clone(&watched));
        let (wire, schedule) = (self.wire.clone(), std::mem::take(&mut self.schedule));
        let playing = std::thread::Builder::new().name("run".to_owned()).spawn(move || {
            run::play(&mut ready, &order, schedule, &watched, &wire);
            ready
        });
        self.playing = Some(playing.map_err(|error| format!("cannot start the thread of the run: {error}"))?);
        Ok(())
    }

    /// Takes the client back from a run whose end was told.
    fn collect(&mut self) {
        let is_over = |run: &JoinHandle<Ready>| {
            run.is_finished() || self.last.as_ref().is_some_and(|run| run.is_told())
        };
        if let Some(playing) = self.playing.take_if(|playing| is_over(playing)) {
            match playing.join() {
                Ok(ready) => self.ready = Some(ready),
                Err(_) => self.wire.error("run", "the thread of the run panicked; stderr says where"),
            }
        }
    }

    /// Ends a run that still plays; its end is told before anything else.
    fn end_run(&mut self) {
        if let Some(playing) = self.playing.take() {
            self.last.iter().for_each(|run| run.abort());
            self.ready = playing.join().ok();
        }
    }
}

fn hello(identity: &Identity) -> Hello {
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Hello {
        proto: PROTOCOL,
        name: "dyno".to_owned(),
        version: identity.version.clone(),
        lang: "rust".to_owned(),
        runtime: identity.runtime.clone(),
        pid: Some(std::process::id()),
        modes: texts(&["async"]),
        http: texts(&["1.1"]),
        features: texts(&FEATURES),
        libs: std::collections::BTreeMap::new(),
        import_ns: None,
        clock: "monotonic".to_owned(),
        now: usage::now_ns(),
    }
}
