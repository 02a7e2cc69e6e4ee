//! Interleaved playing: in each round all servers of a case are asked once, in a rotated order.
//!
//! Neighbours in time are compared with each other, so that a machine that slows down over minutes slows
//! all servers alike. Called by `server`.

use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::failure::Failure;

use super::super::certificate::Certificate;
use super::super::machine::{Cores, Stop};
use super::super::process::{self, Background};
use super::super::start::{self, free_port};
use super::cases::{Case, Load, Play};
use super::contenders::Contender;
use super::generators;
use super::programs::Programs;
use super::samples::{CaseResult, Sample};

/// How cases are played.
#[derive(Debug)]
pub struct Rounds<'a> {
    /// How many rounds.
    pub count: u32,
    /// How long one server is asked.
    pub time: Duration,
    /// The programs that are available.
    pub programs: &'a Programs,
    /// Where processes run.
    pub cores: Cores,
    /// Whether to stop.
    pub stop: &'a Stop,
}

/// A server that is ready.
#[derive(Debug)]
pub struct Running {
    /// Who it is.
    pub server: Contender,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// The process, killed with this value.
    pub process: Background,
}

impl Rounds<'_> {
    /// Plays one case; `None` when there is nothing to play it with.
    pub fn play(&self, play: &Play, load: Load) -> Result<Option<CaseResult>, Failure> {
        let folder =
            TempDir::with_prefix("dyno-bench-").map_err(Failure::system("make a temporary folder"))?;
        let case = play.case;
        let certificate = if case.form.is_encrypted() { Certificate::make(folder.path())? } else { None };
        if case.form.is_encrypted() && certificate.is_none() {
            return Ok(None);
        }
        let mut samples = Vec::new();
        let running = self.start(play, certificate.as_ref(), folder.path())?;
        for round in 0..self.count {
            let turn = usize::try_from(round).expect("invariant: 32 bits fit");
            for index in 0..running.len() {
                let running = &running[(index + turn) % running.len()];
                match self.play_once(case, load, running, certificate.as_ref())? {
                    Ok(sample) => {
                        eprintln!("{} round {}: {sample}", case.name, round + 1);
                        samples.push(Sample { round, ..sample });
                    }
                    Err(why) => {
                        let name = running.server.name();
                        eprintln!("warning: {} round {}: {name}: {why}", case.name, round + 1);
                    }
                }
            }
        }
        Ok((!samples.is_empty()).then_some(CaseResult { case, samples }))
    }

    /// Starts the servers of a case; one that is missing or does not listen is left out with a message.
    pub fn start(
        &self,
        play: &Play,
        certificate: Option<&Certificate>,
        folder: &Path,
    ) -> Result<Vec<Running>, Failure> {
        let mut running = Vec::new();
        for &server in &play.servers {
            let port = free_port()?;
            let command = server.command(play.case.form, port, certificate, self.programs, folder)?;
            let Some(mut command) = command else { continue };
            let transport = play.case.form.transport();
            if let Some(process) =
                start::server(server.name(), &mut command, port, transport, folder, self.stop)?
            {
                running.push(Running { server, port, process });
            }
        }
        Ok(running)
    }

    /// One server, once. The inner error is the server's own: the round goes on without it.
    fn play_once(
        &self,
        case: Case,
        load: Load,
        running: &Running,
        certificate: Option<&Certificate>,
    ) -> Result<Result<Sample, String>, Failure> {
        self.stop.check()?;
        let generator =
            generators::command(case.form, load, running.port, self.time, certificate, self.programs);
        let Some(mut generator) = generator else {
            return Ok(Err(format!("{} is missing", generators::name(case.form))));
        };
        let before = running.process.cpu_time();
        let limit = self.time * 2 + Duration::from_secs(20);
        let finished = process::run_generator(&mut generator, self.cores, limit, self.stop)?;
        let cpu = running.process.cpu_time().since(before);
        let said = || finished.output.lines().take(6).collect::<Vec<_>>().join(" | ");
        let counts = match generators::read(case.form, &finished.output) {
            Ok(counts) if counts.ok > 0 => counts,
            Ok(_) => return Ok(Err(format!("no request was answered; the generator said: {}", said()))),
            Err(why) => {
                return Ok(Err(format!("{why} ({}); the generator said: {}", finished.status, said())));
            }
        };
        Ok(Ok(Sample {
            round: 0,
            server: running.server,
            counts,
            cpu,
            generator_cpu: finished.user + finished.system,
            wall: finished.wall,
            rss_bytes: running.process.rss_bytes(),
        }))
    }
}
