//! Interleaved playing: in each round all tools of a case play once, in a rotated order.
//!
//! Neighbours in time are compared with each other, so that a machine that slows down over minutes slows
//! all tools alike. Called by `bench`.

use std::time::Duration;

use crate::failure::Failure;

use super::super::machine::{self, Cores, Stop};
use super::super::process;
use super::cases::{Pace, Play};
use super::install::Programs;
use super::samples::{CaseResult, Sample};
use super::targets::{Target, Targets};
use super::tools::{Request, Tool};

/// How cases are played.
#[derive(Debug)]
pub struct Rounds<'a> {
    /// How many rounds.
    pub count: u32,
    /// How long one tool plays, in seconds.
    pub seconds: u32,
    /// The tools that are available.
    pub programs: &'a Programs,
    /// The targets that are ready.
    pub targets: &'a Targets,
    /// Where processes run.
    pub cores: Cores,
    /// Whether to stop.
    pub stop: &'a Stop,
}

impl Rounds<'_> {
    /// Plays one case; `None` when there is nothing to play it with.
    pub fn play(&self, play: &Play) -> Result<Option<CaseResult>, Failure> {
        let tools: Vec<Tool> =
            play.tools.iter().copied().filter(|tool| self.programs.tools.contains_key(tool)).collect();
        let Some(target) = self.targets.find(play.case.target).filter(|_| !tools.is_empty()) else {
            return Ok(None);
        };
        let case = play.case;
        if !machine::allows_connections(case.connections) {
            eprintln!("skip: {}: the limit of open files is too low; raise `ulimit -Hn`", case.name);
            return Ok(None);
        }
        let mut request = Request {
            url: target.url.clone(),
            connections: case.connections,
            seconds: self.seconds,
            rate_per_s: None,
        };
        if case.pace == Pace::HalfOfMaximum {
            request.rate_per_s = self.half_of_maximum(target, &request)?;
            if request.rate_per_s.is_none() {
                return Ok(None);
            }
        }
        let mut samples = Vec::new();
        for round in 0..self.count.min(case.rounds_max) {
            let mut order = tools.clone();
            order.rotate_left(usize::try_from(round).expect("invariant: 32 bits fit") % tools.len());
            for tool in order {
                match self.play_once(tool, target, &request)? {
                    Ok(sample) => {
                        eprintln!("{} round {}: {sample}", case.name, round + 1);
                        samples.push(Sample { round, ..sample });
                    }
                    Err(why) => {
                        eprintln!("warning: {} round {}: {}: {why}", case.name, round + 1, tool.name());
                    }
                }
            }
        }
        let is_played = !samples.is_empty();
        Ok(is_played.then_some(CaseResult { case, rate_per_s: request.rate_per_s, samples }))
    }

    /// Half of what the closed loop of our tool, or else of wrk, reaches on `target`.
    fn half_of_maximum(&self, target: &Target, request: &Request) -> Result<Option<u64>, Failure> {
        for tool in [Tool::Dyno, Tool::Wrk].into_iter().filter(|tool| self.programs.tools.contains_key(tool))
        {
            match self.play_once(tool, target, request)? {
                Ok(measured) => return Ok(Some(measured.requests_per_s() / 2)),
                Err(why) => eprintln!("warning: no closed-loop maximum from {}: {why}", tool.name()),
            }
        }
        eprintln!("skip: half of the closed-loop maximum is unknown without dyno and wrk");
        Ok(None)
    }

    /// One tool, once. The inner error is the tool's own: the round goes on without it.
    fn play_once(
        &self,
        tool: Tool,
        target: &Target,
        request: &Request,
    ) -> Result<Result<Sample, String>, Failure> {
        self.stop.check()?;
        let program = &self.programs.tools[&tool];
        let limit = Duration::from_secs(u64::from(request.seconds) * 2 + 20);
        let target_before = target.process.cpu_time();
        let finished =
            process::run_generator(&mut tool.command(program, request), self.cores, limit, self.stop)?;
        let target_cpu = target.process.cpu_time().since(target_before).total();
        let answer = match tool.read(&finished.output) {
            Ok(answer) if answer.ok > 0 => answer,
            Ok(_) => {
                return Ok(Err(format!(
                    "no request was answered; it said: {}",
                    first_lines(&finished.output)
                )));
            }
            Err(why) => {
                return Ok(Err(format!(
                    "{why} ({}); it said: {}",
                    finished.status,
                    first_lines(&finished.output)
                )));
            }
        };
        Ok(Ok(Sample {
            round: 0,
            tool,
            answer,
            user: finished.user,
            system: finished.system,
            wall: finished.wall,
            rss_peak_bytes: finished.rss_peak_bytes,
            target_cpu,
        }))
    }
}

fn first_lines(output: &str) -> String {
    output.lines().take(6).collect::<Vec<_>>().join(" | ")
}
