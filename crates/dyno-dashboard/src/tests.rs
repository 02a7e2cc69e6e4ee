//! The API over a real port, with a player that waits until the test lets it end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use dyno_model::{
    BenchmarkConfiguration, BenchmarkFigures, BenchmarkResult, BenchmarkSettings, BenchmarkStatus,
    BenchmarkTimes, MemoryUnit,
};
use dyno_server::{TestRequest, TestResponse, TestServer};
use dyno_store::Store;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Access, ClientOffer, Dashboard, DashboardOptions, PlayProgress, Player};

mod access;
mod api;
mod running;

pub(crate) fn figures() -> BenchmarkFigures {
    BenchmarkFigures {
        duration_ns: 1_500_000_000,
        requests_count: 4,
        requests_per_second: 2.5,
        response_time: Some(BenchmarkTimes {
            avg_ns: 20_500_000,
            min_ns: 1_000_000,
            max_ns: 90_000_000,
            p95_ns: 80_000_000,
            p99_ns: 88_000_000,
        }),
        cpu_usage_percent: Some(12.5),
        memory_usage: Some(30.0),
        memory_unit: MemoryUnit::Megabytes,
        bytes_sent: 7,
        bytes_received: 900,
        error_count: 1,
        errors: BTreeMap::from([("timeout".to_owned(), 1)]),
        status_codes: BTreeMap::from([("200".to_owned(), 3)]),
        chunk_count: None,
    }
}

pub(crate) fn result(id: &str) -> BenchmarkResult {
    BenchmarkResult {
        id: id.to_owned(),
        configuration_id: None,
        name: "front page".to_owned(),
        client_library: "httpx".to_owned(),
        client_type: "sync".to_owned(),
        http_method: "GET".to_owned(),
        url: "http://127.0.0.1/".to_owned(),
        status: BenchmarkStatus::Completed,
        error: None,
        start_time: "2026-01-01T00:00:00Z".to_owned(),
        end_time: Some("2026-01-01T00:00:02Z".to_owned()),
        concurrency_level: 1,
        figures: Some(figures()),
        config_snapshot: Value::Null,
    }
}

/// Plays when the test says how it ends, and tells what it was given.
struct Puppet {
    outcomes: Mutex<Receiver<Result<BenchmarkFigures, String>>>,
    played: Sender<BenchmarkConfiguration>,
    refuses: AtomicBool,
}

impl Player for Puppet {
    fn clients(&self) -> Vec<ClientOffer> {
        let offer = |name: &str, modes: &[&str]| ClientOffer {
            name: name.to_owned(),
            modes: modes.iter().map(|mode| (*mode).to_owned()).collect(),
        };
        vec![offer("httpx", &["sync", "async"]), offer("requests", &["sync"]), offer("aiohttp", &["async"])]
    }

    fn refuses(&self, configuration: &BenchmarkConfiguration) -> Option<String> {
        let is_refused = self.refuses.load(SeqCst);
        is_refused.then(|| format!("`{}` is not set up", configuration.client_library))
    }

    fn play(
        &self,
        configuration: &BenchmarkConfiguration,
        stop: &Arc<AtomicBool>,
        heard: &mut dyn FnMut(PlayProgress),
    ) -> Result<BenchmarkFigures, String> {
        heard(PlayProgress { requests: 3, failed: 1 });
        let _ = self.played.send(configuration.clone());
        let outcomes = self.outcomes.lock().unwrap();
        loop {
            match outcomes.try_recv() {
                Ok(outcome) => return outcome,
                Err(_) if stop.load(SeqCst) => return Ok(figures()),
                Err(_) => std::thread::yield_now(),
            }
        }
    }
}

/// A dashboard in a folder of its own.
struct Stage {
    folder: TempDir,
    dashboard: Option<Dashboard>,
    server: TestServer,
    puppet: Arc<Puppet>,
    end: Sender<Result<BenchmarkFigures, String>>,
    played: Receiver<BenchmarkConfiguration>,
}

impl Stage {
    fn new() -> Self {
        Self::of(TempDir::new().unwrap(), Access::open())
    }

    fn of(folder: TempDir, access: Access) -> Self {
        let (end, outcomes) = channel();
        let (told, played) = channel();
        let puppet = Arc::new(Puppet {
            outcomes: Mutex::new(outcomes),
            played: told,
            refuses: AtomicBool::new(false),
        });
        let player: Arc<dyn Player> = puppet.clone();
        let dashboard = Dashboard::start(DashboardOptions {
            store: Some(folder.path().join("store.db")),
            player,
            settings: BenchmarkSettings::default(),
            access,
            talk: Arc::new(|_| {}),
        })
        .unwrap();
        let make = dashboard.maker();
        let server = TestServer::start(move |_| make());
        Self { folder, dashboard: Some(dashboard), server, puppet, end, played }
    }

    /// The same store with a new process, as far as memory goes.
    fn again(mut self) -> Self {
        drop(self.dashboard.take());
        let folder = std::mem::replace(&mut self.folder, TempDir::new().unwrap());
        Self::of(folder, Access::open())
    }

    fn store(&self) -> Store {
        Store::open(Some(&self.folder.path().join("store.db"))).unwrap()
    }

    fn get(&self, path: &str) -> TestResponse {
        self.server.get(path).send()
    }

    fn post(&self, path: &str, body: &Value) -> TestResponse {
        self.server.post(path).json(body).send()
    }

    fn patch(&self, path: &str, body: &Value) -> TestResponse {
        let request: TestRequest = self.server.request("PATCH", path);
        request.json(body).send()
    }

    /// Stores a configuration with changes; gives its id.
    fn configure(&self, changes: &Value) -> String {
        let made = self.post("/api/configurations", &configuration(changes));
        assert_eq!(made.status(), 201, "{}", made.text());
        made.json::<Value>()["id"].as_str().unwrap().to_owned()
    }

    /// Asks for a benchmark; gives its id.
    fn run(&self, configuration_id: &str) -> String {
        let accepted = self.post("/api/benchmarks/run", &json!({ "configuration_id": configuration_id }));
        assert_eq!(accepted.status(), 202, "{}", accepted.text());
        accepted.json::<Value>()["id"].as_str().unwrap().to_owned()
    }

    fn benchmark(&self, id: &str) -> Value {
        self.get(&format!("/api/benchmarks/{id}")).json()
    }

    /// The benchmark once it is done.
    fn done(&self, id: &str) -> Value {
        loop {
            let benchmark = self.benchmark(id);
            if benchmark["status"] != "RUNNING" {
                return benchmark;
            }
            std::thread::yield_now();
        }
    }
}

/// A configuration with changes.
fn configuration(changes: &Value) -> Value {
    let mut whole = json!({
        "name": "front page", "target_url": "http://127.0.0.1:8080/", "http_method": "GET", "client_library": "httpx",
    });
    for (key, value) in changes.as_object().unwrap() {
        whole[key] = value.clone();
    }
    whole
}

/// The names of an object's fields, sorted.
fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}
