//! The conversation: says hello, gets ready, plays runs, until the host says `bye` or goes away.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::thread::JoinHandle;

use serde_json::{Map, Value, json};

use crate::lane::SyncLane;
use crate::run::{Run, Schedule};
use crate::settings::{Refusal, Setup};
#[cfg(feature = "tokio")]
use crate::tasks::{AsyncLane, BlockOn, TaskLanes};
use crate::threads::{Lanes, ThreadLanes};
use crate::usage::{Usage, now_ns};
use crate::wire::{Line, Wire, exit, input, next_line, read_column};

/// Lowest and highest version of the protocol that is spoken.
const PROTOCOL: [u64; 2] = [1, 1];

/// Variables that libraries read behind their user's back, in case a worker is started by hand.
const LEAKS: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "curl_ca_bundle",
    "ssl_cert_file",
    "ssl_cert_dir",
    "netrc",
];

type Make = Box<dyn Fn(&Setup) -> Result<Box<dyn Lanes>, Refusal>>;

/// A worker before it plays: what its library is and can do.
pub struct Worker {
    name: String,
    version: String,
    http: Vec<String>,
    features: Vec<String>,
    libs: BTreeMap<String, String>,
    has_details: bool,
    modes: Vec<(&'static str, Make)>,
}

impl Worker {
    /// A worker of the library `name`, linked in this `version`. It speaks HTTP/1.1 and honours `timeout_ms`,
    /// `retries` and `keep_alive`, until something else is said.
    #[must_use]
    pub fn new(name: &str, version: &str) -> Self {
        let mut features = vec!["timeout", "retries", "keep_alive", "bytes"];
        if cfg!(feature = "alloc") {
            features.push("alloc");
        }
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            http: vec!["1.1".to_owned()],
            features: features.into_iter().map(str::to_owned).collect(),
            libs: BTreeMap::new(),
            has_details: false,
            modes: Vec::new(),
        }
    }

    /// The versions of HTTP that it speaks, of `1.1`, `2` and `3`.
    #[must_use]
    pub fn http(mut self, versions: &[&str]) -> Self {
        self.http = versions.iter().map(|version| (*version).to_owned()).collect();
        self
    }

    /// What else it can do, of `stream`, `redirects`, `tls_verify`, `ca` and `decode`. What is not said here is
    /// refused by name before the library is asked.
    #[must_use]
    pub fn features(mut self, features: &[&str]) -> Self {
        self.features.extend(features.iter().map(|feature| (*feature).to_owned()));
        self
    }

    /// What it cannot do of what is taken for granted: `timeout` or `keep_alive`.
    #[must_use]
    pub fn lacks(mut self, features: &[&str]) -> Self {
        self.features.retain(|feature| !features.contains(&feature.as_str()));
        self
    }

    /// The version of something that it stands on, such as `libcurl`.
    #[must_use]
    pub fn lib(mut self, name: &str, version: &str) -> Self {
        self.libs.insert(name.to_owned(), version.to_owned());
        self
    }

    /// Its answers tell the time of the first byte and whether a connection was opened.
    #[must_use]
    pub fn details(mut self) -> Self {
        self.has_details = true;
        self.features(&["ttfb", "new_connection"])
    }

    /// Its mode `sync`: makes one client for each lane.
    #[must_use]
    pub fn sync<L: SyncLane>(mut self, make: impl Fn(&Setup) -> Result<Vec<L>, Refusal> + 'static) -> Self {
        let make = move |setup: &Setup| {
            let lanes = ThreadLanes::start_threads(make(setup)?)?;
            Ok(Box::new(lanes) as Box<dyn Lanes>)
        };
        self.modes.push(("sync", Box::new(make)));
        self
    }

    /// Its mode `async`: makes one client for each lane, on the loop that `block_on` runs.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn tasks<L: AsyncLane>(
        mut self,
        block_on: BlockOn,
        make: fn(&Setup) -> Result<Vec<L>, Refusal>,
    ) -> Self {
        let make = move |setup: &Setup| {
            let lanes = TaskLanes::start_loop(setup.clone(), make, block_on)?;
            Ok(Box::new(lanes) as Box<dyn Lanes>)
        };
        self.modes.push(("async", Box::new(make)));
        self
    }

    /// Plays the protocol until the host says `bye` or goes away. Does not return.
    pub fn serve(self) -> ! {
        scrub_environment();
        allow_many_descriptors();
        let wire = match Wire::open() {
            Ok(wire) => Arc::new(wire),
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "cannot move stdout away: {error}");
                std::process::exit(1);
            }
        };
        let mut conversation = Conversation { worker: self, wire, schedule: None, ready: None, run: None };
        conversation.hello();
        let mut input = input();
        while let Some(line) = next_line(&mut input) {
            match line {
                Line::Message(kind, fields) => conversation.hear(&kind, &fields),
                Line::Bad(reason) => conversation.error("line", &reason),
            }
        }
        conversation.bye()
    }
}

struct Ready {
    setup: Setup,
    lanes: Box<dyn Lanes>,
}

struct Playing {
    run: Arc<Run>,
    conductor: JoinHandle<()>,
}

struct Conversation {
    worker: Worker,
    wire: Arc<Wire>,
    schedule: Option<Schedule>,
    ready: Option<Ready>,
    run: Option<Playing>,
}

impl Conversation {
    fn hello(&self) {
        let worker = &self.worker;
        let modes: Vec<&str> = worker.modes.iter().map(|(mode, _)| *mode).collect();
        self.send(
            "hello",
            json!({
                "proto": PROTOCOL,
                "name": worker.name,
                "version": worker.version,
                "lang": "rust",
                "runtime": env!("DYNO_WORKER_RUNTIME"),
                "pid": std::process::id(),
                "modes": modes,
                "http": worker.http,
                "features": worker.features,
                "libs": worker.libs,
                "clock": "monotonic",
                "now": now_ns(),
            }),
        );
    }

    fn hear(&mut self, kind: &str, message: &Map<String, Value>) {
        let outcome = match kind {
            "ping" => {
                self.send("pong", json!({"id": message.get("id"), "now": now_ns()}));
                Ok(())
            }
            "setup" => {
                self.set_up(message);
                Ok(())
            }
            "schedule" => self.extend_schedule(message),
            "run" => self.start_run(message),
            "mark" => {
                self.mark(message);
                Ok(())
            }
            "stop" => {
                self.run.iter().for_each(|playing| playing.run.stop());
                Ok(())
            }
            "abort" => {
                self.run.iter().for_each(|playing| playing.run.abort());
                Ok(())
            }
            "bye" => self.bye(),
            _ => Ok(()),
        };
        if let Err(reason) = outcome {
            self.error(kind, &reason);
        }
    }

    fn set_up(&mut self, message: &Map<String, Value>) {
        self.end_run();
        self.ready = None;
        self.schedule = None;
        match self.make(message) {
            Ok(ready) => {
                self.ready = Some(ready);
                self.send("ready", json!({}));
            }
            Err(Refusal::Skipped(reason)) => self.send("skipped", json!({"reason": reason})),
            Err(Refusal::Failed(reason)) => self.error("setup", &reason),
        }
    }

    fn make(&self, message: &Map<String, Value>) -> Result<Ready, Refusal> {
        let mut setup = Setup::read(message).map_err(Refusal::Failed)?;
        self.refuse(&setup)?;
        if setup.keep_alive == Some(false) {
            setup.tell("connection", "close");
        }
        let make = self.worker.modes.iter().find(|(mode, _)| *mode == setup.mode).map(|(_, make)| make);
        let name = &self.worker.name;
        let make =
            make.ok_or_else(|| Refusal::skip("mode", &format!("{name} has no {} interface", setup.mode)))?;
        let lanes = make(&setup)?;
        Ok(Ready { setup, lanes })
    }

    /// Skips what no worker of these features can do, so that worker files need not ask.
    fn refuse(&self, setup: &Setup) -> Result<(), Refusal> {
        let name = &self.worker.name;
        if let Some(version) = &setup.http
            && !self.worker.http.contains(version)
        {
            return Err(Refusal::skip("http", &format!("{name} does not speak HTTP/{version}")));
        }
        if setup.keep_alive == Some(false) && setup.http.as_deref() == Some("2") {
            return Err(Refusal::skip(
                "keep_alive",
                "over HTTP/2 a connection is not closed after each request",
            ));
        }
        let wanted = [
            ("stream", "requests.method", setup.requests.iter().any(|request| request.is_stream)),
            ("redirects", "redirects", setup.redirects.is_some_and(|redirects| redirects > 0)),
            ("decode", "decode", setup.decode == Some(true)),
            ("tls_verify", "tls.verify", setup.is_tls() && setup.verify == Some(false)),
            ("ca", "tls.ca_pem", setup.is_tls() && setup.verify != Some(false) && setup.ca_pem.is_some()),
            ("timeout", "timeout_ms", setup.timeout.is_some()),
            ("keep_alive", "keep_alive", setup.keep_alive == Some(true)),
        ];
        match wanted.iter().find(|(feature, _, is_wanted)| *is_wanted && !self.can(feature)) {
            Some(("keep_alive", field, _)) => {
                Err(Refusal::skip(field, &format!("{name} opens a connection for each request")))
            }
            Some((feature, field, _)) => {
                Err(Refusal::skip(field, &format!("{name} cannot do this ({feature})")))
            }
            None => Ok(()),
        }
    }

    fn can(&self, feature: &str) -> bool {
        self.worker.features.iter().any(|has| has == feature)
    }

    fn extend_schedule(&mut self, message: &Map<String, Value>) -> Result<(), String> {
        let ready = self.ready.as_ref().ok_or("schedule came before setup")?;
        let requests = ready.setup.requests.len();
        let first = message.get("first_seq").and_then(Value::as_u64).unwrap_or(0);
        let at = read_column::<8>(message.get("at").unwrap_or(&Value::Null), "at")?;
        let at: Vec<u64> = at.into_iter().map(u64::from_le_bytes).collect();
        let request: Vec<u32> = match message.get("req").filter(|req| !req.is_null()) {
            Some(req) => read_column::<4>(req, "req")?.into_iter().map(u32::from_le_bytes).collect(),
            None => (0..at.len() as u64).map(|n| ((first + n) % requests as u64) as u32).collect(),
        };
        if first == 0 {
            self.schedule = None;
        }
        let known = self.schedule.get_or_insert_with(Schedule::default);
        if first != known.at.len() as u64 {
            let have = known.at.len();
            return Err(format!(
                "schedule starts at seq {first}, but {have} are known; send the parts in order"
            ));
        }
        if request.len() != at.len() || request.iter().any(|index| *index as usize >= requests) {
            return Err(format!(
                "schedule has {} times and {} requests; each must be an index into requests",
                at.len(),
                request.len()
            ));
        }
        known.at.extend(at);
        known.request.extend(request);
        Ok(())
    }

    fn start_run(&mut self, message: &Map<String, Value>) -> Result<(), String> {
        let ready = self.ready.as_ref().ok_or("run came before a setup was answered with ready")?;
        if let Some(playing) = self.run.take() {
            if !playing.conductor.is_finished() && !playing.run.is_told() {
                let known = playing.run.run_id;
                self.run = Some(playing);
                return Err(format!("this run came before run {known} was done"));
            }
            let _ = playing.conductor.join();
        }
        let schedule = self.schedule.take();
        let run = Arc::new(Run::new(&ready.setup, message, schedule, self.worker.has_details)?);
        let (wire, conducted, give_up) = (Arc::clone(&self.wire), Arc::clone(&run), ready.lanes.give_up());
        let conductor = std::thread::Builder::new()
            .name("conductor".to_owned())
            .spawn(move || conducted.conduct(&wire, give_up))
            .map_err(|error| format!("cannot start the thread of the run: {error}"))?;
        ready.lanes.start(&run);
        self.run = Some(Playing { run, conductor });
        Ok(())
    }

    fn mark(&self, message: &Map<String, Value>) {
        let mut fields = match &self.run {
            Some(playing) => playing.run.window(),
            None => {
                let mut fields = Usage::read().since();
                fields.insert("now".to_owned(), now_ns().into());
                fields.insert("done".to_owned(), 0.into());
                fields
            }
        };
        fields.insert("id".to_owned(), message.get("id").cloned().unwrap_or_default());
        self.wire.send("window", fields);
    }

    fn end_run(&mut self) {
        if let Some(playing) = self.run.take() {
            if !playing.conductor.is_finished() && !playing.run.is_told() {
                playing.run.abort();
            }
            let _ = playing.conductor.join();
        }
    }

    fn bye(&mut self) -> ! {
        self.end_run();
        self.send("bye", json!({}));
        exit()
    }

    fn error(&self, place: &str, reason: &str) {
        self.send("error", json!({"where": place, "msg": reason}));
    }

    fn send(&self, kind: &str, fields: Value) {
        if let Value::Object(fields) = fields {
            self.wire.send(kind, fields);
        }
    }
}

fn scrub_environment() {
    let leaked = std::env::vars_os()
        .map(|(name, _)| name)
        .filter(|name| name.to_str().is_some_and(|name| LEAKS.contains(&name.to_ascii_lowercase().as_str())));
    for name in leaked.collect::<Vec<_>>() {
        // SAFETY: no other thread runs yet.
        unsafe { std::env::remove_var(name) };
    }
}

/// Thousands of lanes need thousands of descriptors. What the system does not allow is met by the library.
fn allow_many_descriptors() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointers are to a local of the right type.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}
