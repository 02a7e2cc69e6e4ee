//! Benchmarks of the results API, played by the workers of the contest of clients.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dyno_clients::{Environments, contenders, figures_of, play_alone, select};
use dyno_dashboard::{ClientOffer, PlayProgress, Player};
use dyno_host::ResourceMeter;
use dyno_model::{BenchmarkConfiguration, BenchmarkFigures};
use dyno_workers::{Profile, RunLimits, Setup, Spawn, TlsSetup};

use crate::log;

/// Plays with the client libraries that are set up.
pub struct ClientPlayer {
    environments: Environments,
}

impl ClientPlayer {
    /// With the libraries of these environments.
    pub fn of(environments: Environments) -> Self {
        Self { environments }
    }

    fn spawn(&self, configuration: &BenchmarkConfiguration) -> Result<Spawn, String> {
        let text = format!("{}:{}", configuration.client_library, configuration.client_type());
        let selection = select(&text, "all").map_err(|error| error.to_string())?.swap_remove(0);
        self.environments.spawn(&selection.contender).map_err(|error| error.to_string())
    }
}

impl Player for ClientPlayer {
    fn clients(&self) -> Vec<ClientOffer> {
        let offer =
            |contender: dyno_clients::Contender| ClientOffer { name: contender.name, modes: contender.modes };
        contenders().into_iter().map(offer).collect()
    }

    fn refuses(&self, configuration: &BenchmarkConfiguration) -> Option<String> {
        self.spawn(configuration).err()
    }

    fn play(
        &self,
        configuration: &BenchmarkConfiguration,
        stop: &Arc<AtomicBool>,
        heard: &mut dyn FnMut(PlayProgress),
    ) -> Result<BenchmarkFigures, String> {
        // Its worker may write them to stderr, which is logged.
        log::hide(&configuration.redactor());
        let spawn = self.spawn(configuration)?;
        let limits = match configuration.total_requests {
            Some(count) => RunLimits::Count(count),
            None => RunLimits::Time(Duration::from_secs_f64(configuration.duration_seconds)),
        };
        let mut memory = Memory::default();
        let mut watch = |pid, progress: dyno_workers::Progress| {
            memory.sample(pid);
            heard(PlayProgress { requests: progress.done, failed: progress.err });
        };
        let outcome = play_alone(&spawn, &setup_of(configuration), limits, stop, &mut watch)
            .map_err(|error| error.to_string())?;
        let mut figures = figures_of(&outcome);
        figures.memory_usage = memory.mean_mb();
        Ok(figures)
    }
}

/// The library as it comes, with as many connections as requests in flight, as http-client-benchmarker plays it.
fn setup_of(configuration: &BenchmarkConfiguration) -> Setup {
    let profile = Profile::Defaults;
    let mut setup = Setup::of_get(profile, configuration.client_type(), &configuration.target_url);
    let request = &mut setup.requests[0];
    request.method.clone_from(&configuration.http_method);
    request.headers =
        configuration.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    request.body_b64 = STANDARD.encode(&configuration.body);
    let ns = |seconds: f64| (seconds * 1e9).round() as u64;
    Setup {
        lanes: configuration.concurrency,
        pool: Some(configuration.concurrency),
        timeout_ms: ((configuration.timeout_s * 1e3).round() as u64).max(1),
        retries: Some(configuration.retry_attempts),
        delay_ns: Some(ns(configuration.delay_s)),
        tls: Some(TlsSetup { verify: configuration.verify_ssl, ca_pem: None }),
        ..setup
    }
}

/// The resident memory of a worker, several times a second.
#[derive(Default)]
struct Memory {
    meter: Option<ResourceMeter>,
    bytes: u64,
    count: u64,
}

impl Memory {
    fn sample(&mut self, pid: u32) {
        if self.meter.is_none() {
            self.meter = ResourceMeter::for_process(pid);
        }
        if let Some(sample) = self.meter.as_mut().and_then(ResourceMeter::sample) {
            self.bytes += sample.rss_bytes;
            self.count += 1;
        }
    }

    /// The mean in millions of bytes; `None` when nothing was seen.
    fn mean_mb(&self) -> Option<f64> {
        (self.count > 0).then(|| self.bytes as f64 / self.count as f64 / 1e6)
    }
}
