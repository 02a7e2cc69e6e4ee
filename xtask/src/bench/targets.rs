//! What is loaded: a raw responder, nginx with and without TLS, and our own server.
//!
//! Every target is one process with one thread, on the target's core. Called by `bench`.

use std::collections::HashMap;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::failure::Failure;
use crate::project;

use super::install::Programs;
use super::machine::Stop;
use super::process::Background;
use super::tools::Tool;

const START_LIMIT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A kind of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// Faster than any generator, and no HTTP server.
    Raw,
    /// nginx, clear text.
    Nginx,
    /// nginx, TLS 1.2 or 1.3 as the tool likes best.
    NginxTls,
    /// `dyno serve`.
    Dyno,
}

/// A target that is ready.
#[derive(Debug)]
pub struct Target {
    /// What generators send to.
    pub url: String,
    /// The process, killed with this value.
    pub process: Background,
}

/// All targets of one comparison, and the folder of their files.
#[derive(Debug)]
pub struct Targets {
    running: HashMap<TargetKind, Target>,
    // Dropped after the processes that write into it.
    _folder: TempDir,
}

impl Targets {
    /// Starts what `kinds` name; a target whose program is missing is left out with a message.
    pub fn start(kinds: &[TargetKind], programs: &Programs, stop: &Stop) -> Result<Self, Failure> {
        let folder =
            TempDir::with_prefix("dyno-bench-").map_err(Failure::system("make a temporary folder"))?;
        let mut running = HashMap::new();
        for &kind in kinds {
            if running.contains_key(&kind) {
                continue;
            }
            let port = free_port()?;
            let Some(mut command) = command_for(kind, port, programs, folder.path())? else {
                eprintln!("skip: no program for the target {kind:?}");
                continue;
            };
            let log = folder.path().join(format!("{kind:?}.log"));
            let log_file = File::create(&log).map_err(Failure::file("create", &log))?;
            command.stdout(Stdio::null()).stderr(log_file);
            let mut process = Background::start(&mut command)?;
            match wait_until_listening(&mut process, port, stop)? {
                Ready::Yes => {
                    running.insert(kind, Target { url: url_of(kind, port), process });
                }
                Ready::No => {
                    let said = fs::read_to_string(&log).unwrap_or_default();
                    eprintln!("skip: target {kind:?} does not listen: {}", said.trim());
                }
            }
        }
        Ok(Self { running, _folder: folder })
    }

    /// The target of a kind, if it could be started.
    pub fn find(&self, kind: TargetKind) -> Option<&Target> {
        self.running.get(&kind)
    }
}

fn url_of(kind: TargetKind, port: u16) -> String {
    match kind {
        TargetKind::Raw | TargetKind::Nginx => format!("http://127.0.0.1:{port}/"),
        TargetKind::NginxTls => format!("https://127.0.0.1:{port}/"),
        TargetKind::Dyno => format!("http://127.0.0.1:{port}/plaintext"),
    }
}

fn command_for(
    kind: TargetKind,
    port: u16,
    programs: &Programs,
    folder: &Path,
) -> Result<Option<Command>, Failure> {
    let address = format!("127.0.0.1:{port}");
    match kind {
        TargetKind::Raw => Ok(programs.raw_responder.as_ref().map(|this| {
            let mut command = Command::new(this);
            command.args(["raw-responder", "--listen", &address]);
            command
        })),
        TargetKind::Dyno => Ok(programs.tools.get(&Tool::Dyno).map(|dyno| {
            let mut command = Command::new(dyno);
            command.args(["serve", "--listen", &address, "--threads", "1"]);
            command
        })),
        TargetKind::Nginx => nginx(folder, "plain", &format!("listen {address} backlog=4096;")),
        TargetKind::NginxTls => {
            let Some((certificate, key)) = make_certificate(folder)? else { return Ok(None) };
            let server = format!(
                "listen {address} ssl backlog=4096; ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {}; \
                 ssl_certificate_key {};",
                certificate.display(),
                key.display()
            );
            nginx(folder, "tls", &server)
        }
    }
}

fn nginx(folder: &Path, name: &str, server: &str) -> Result<Option<Command>, Failure> {
    let Some(program) = project::find_program("nginx") else { return Ok(None) };
    let prefix = folder.join(name);
    fs::create_dir(&prefix).map_err(Failure::file("make", &prefix))?;
    let config = prefix.join("nginx.conf");
    // One process without a master: the same event loop, and nothing left behind when it is killed.
    let text = format!(
        "daemon off;\nmaster_process off;\nworker_processes 1;\nworker_rlimit_nofile 20000;\npid nginx.pid;\n\
         error_log stderr error;\nevents {{ worker_connections 16384; }}\nhttp {{\n  access_log off;\n  \
         default_type text/plain;\n  keepalive_timeout 3600s;\n  keepalive_requests 1000000000;\n  \
         client_body_temp_path body;\n  proxy_temp_path proxy;\n  fastcgi_temp_path fastcgi;\n  \
         uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  server {{\n    {server}\n    \
         location / {{ return 200 \"Hello, World!\"; }}\n  }}\n}}\n"
    );
    fs::write(&config, text).map_err(Failure::file("write", &config))?;
    let mut command = Command::new(program);
    command.arg("-e").arg("stderr").arg("-p").arg(&prefix).arg("-c").arg(&config);
    Ok(Some(command))
}

/// Makes a self-signed certificate for loopback, or says why there is no TLS target.
fn make_certificate(folder: &Path) -> Result<Option<(PathBuf, PathBuf)>, Failure> {
    let Some(openssl) = project::find_program("openssl") else { return Ok(None) };
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let mut command = Command::new(openssl);
    command
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stdin(Stdio::null());
    let made = command.output().map_err(Failure::run("openssl req"))?;
    if !made.status.success() {
        eprintln!("skip: openssl made no certificate: {}", String::from_utf8_lossy(&made.stderr).trim());
        return Ok(None);
    }
    Ok(Some((certificate, key)))
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Failure::system("find a free port"))?;
    Ok(listener.local_addr().map_err(Failure::system("read the free port"))?.port())
}

enum Ready {
    Yes,
    No,
}

fn wait_until_listening(process: &mut Background, port: u16, stop: &Stop) -> Result<Ready, Failure> {
    let started = Instant::now();
    while started.elapsed() < START_LIMIT && process.is_running() {
        stop.check()?;
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(Ready::Yes);
        }
        thread::sleep(POLL_INTERVAL);
    }
    Ok(Ready::No)
}
