//! What generator and target use while the run is played, and nothing of the time before.

use std::time::{Duration, Instant};

use dyno_engine::Meters;
use dyno_host::ResourceMeter;
use dyno_model::{Generator, ResourceSummary, RunPlan, TargetResources};

use crate::args::play::ResultArgs;
use crate::error::CommandError;
use crate::play::EmbeddedTarget;

/// Meters of both sides.
pub struct Resources {
    generator: ResourceMeter,
    target: Option<TargetMeter>,
    threads: u32,
    started: Instant,
    memory_stall_at_start: Option<Duration>,
    ended: Option<Ended>,
}

struct TargetMeter {
    pid: u32,
    meter: ResourceMeter,
    /// Cores that it can use.
    cores: f64,
}

/// The figures of the whole run.
struct Ended {
    generator: ResourceSummary,
    target: Option<ResourceSummary>,
    length: Duration,
    memory_stall: Option<Duration>,
}

impl Resources {
    /// Finds the processes to follow.
    ///
    /// # Errors
    /// When the process or container that was named is not there.
    pub fn find(
        result: &ResultArgs,
        embedded: Option<&EmbeddedTarget>,
        plan: &RunPlan,
    ) -> Result<Self, CommandError> {
        let cores = f64::from(dyno_host::usable_cores());
        let named = match (&result.target_container, result.target_pid) {
            (Some(name), _) => {
                let pid = dyno_host::container_pid(name);
                Some(pid.map_err(|error| CommandError::usage(format!("--target-container: {error}")))?)
            }
            (None, pid) => pid,
        };
        let target = match (named, embedded) {
            (Some(pid), _) => {
                let meter = ResourceMeter::for_process(pid).ok_or_else(|| {
                    CommandError::usage(format!("--target-pid: there is no process {pid} that can be seen"))
                })?;
                Some(TargetMeter { pid, meter, cores })
            }
            (None, Some(embedded)) => {
                let (pid, cores) = (embedded.pid(), f64::from(embedded.threads()).min(cores));
                ResourceMeter::for_process(pid).map(|meter| TargetMeter { pid, meter, cores })
            }
            (None, None) => None,
        };
        Ok(Self {
            generator: ResourceMeter::this(),
            target,
            threads: plan.threads,
            started: Instant::now(),
            memory_stall_at_start: dyno_host::memory_stall(),
            ended: None,
        })
    }

    /// The meters for the engine. Counting starts here.
    pub fn meters(&mut self) -> Meters<'_> {
        self.generator = ResourceMeter::this();
        self.target = self.target.take().and_then(|target| {
            Some(TargetMeter { meter: ResourceMeter::for_process(target.pid)?, ..target })
        });
        self.started = Instant::now();
        self.memory_stall_at_start = dyno_host::memory_stall();
        let (generator, target) = (&mut self.generator, &mut self.target);
        Meters {
            sample: Box::new(move || {
                (generator.sample(), target.as_mut().and_then(|target| target.meter.sample()))
            }),
        }
    }

    /// Counting ends here.
    pub fn finish(&mut self) {
        self.ended = Some(Ended {
            generator: self.generator.summary(),
            target: self.target.as_mut().map(|target| target.meter.summary()),
            length: self.started.elapsed(),
            memory_stall: dyno_host::memory_stall(),
        });
    }

    fn ended(&self) -> &Ended {
        self.ended.as_ref().expect("invariant: figures are asked for after the run")
    }

    /// What the generator used; `requests` includes the warm-up.
    pub fn generator(&self, requests: u64) -> Generator {
        let (summary, length) = (self.ended().generator, self.ended().length);
        let available_s = length.as_secs_f64() * f64::from(self.threads);
        let cpu_s = summary.cpu_user_s + summary.cpu_system_s;
        Generator {
            cpu_user_s: summary.cpu_user_s,
            cpu_system_s: summary.cpu_system_s,
            cpu_share: (cpu_s / available_s.max(1e-9)).min(1.0),
            rss_peak_bytes: summary.rss_peak_bytes,
            requests_per_cpu_s: per_cpu_s(requests, &summary),
            threads: self.threads,
            resources: summary,
        }
    }

    /// What the target used, when its process is known.
    pub fn target(&self, requests: u64) -> Option<TargetResources> {
        let (target, summary) = (self.target.as_ref()?, self.ended().target?);
        Some(TargetResources { pid: target.pid, summary, requests_per_cpu_s: per_cpu_s(requests, &summary) })
    }

    /// Cores that the target can use, when its process is known.
    pub fn target_cores(&self) -> Option<f64> {
        self.target.as_ref().map(|target| target.cores)
    }

    /// Share of the run in which something waited for memory.
    pub fn memory_stall_share(&self) -> Option<f64> {
        let stalled = self.ended().memory_stall?.checked_sub(self.memory_stall_at_start?)?;
        Some(stalled.as_secs_f64() / self.ended().length.as_secs_f64().max(1e-9))
    }
}

/// 0 when the CPU time was too short to be counted.
fn per_cpu_s(requests: u64, summary: &ResourceSummary) -> f64 {
    let cpu_s = summary.cpu_user_s + summary.cpu_system_s;
    if cpu_s > 0.0 { requests as f64 / cpu_s } else { 0.0 }
}
