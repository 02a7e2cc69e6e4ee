//! Starting a server and waiting until it takes connections.
//!
//! Knows no server. Called by the comparisons for their targets.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;

use super::machine::Stop;
use super::process::Background;

const START_LIMIT: Duration = Duration::from_secs(10);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// What a server listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// For HTTP/1.1 and HTTP/2.
    Tcp,
    /// For HTTP/3.
    Udp,
}

impl Transport {
    /// Whether somebody listens on this port of loopback.
    fn is_taken(self, port: u16) -> bool {
        match self {
            Self::Tcp => TcpStream::connect(("127.0.0.1", port)).is_ok(),
            // Nothing answers a datagram of ours, but the place is taken.
            Self::Udp => UdpSocket::bind(("127.0.0.1", port)).is_err(),
        }
    }
}

/// Starts `command` and waits until `port` takes connections; says why when it does not.
///
/// What it writes on standard error is kept in `folder` until then.
pub fn server(
    name: &str,
    command: &mut Command,
    port: u16,
    transport: Transport,
    folder: &Path,
    stop: &Stop,
) -> Result<Option<Background>, Failure> {
    let log = folder.join(format!("{name}.log"));
    let log_file = File::create(&log).map_err(Failure::file("create", &log))?;
    let mut process = Background::start(command.stdout(Stdio::null()).stderr(log_file))?;
    let started = Instant::now();
    while started.elapsed() < START_LIMIT && process.is_running() {
        stop.check()?;
        if transport.is_taken(port) {
            return Ok(Some(process));
        }
        thread::sleep(POLL_INTERVAL);
    }
    let said = fs::read_to_string(&log).unwrap_or_default();
    eprintln!("skip: target {name} does not listen: {}", said.trim());
    Ok(None)
}

/// A port of TCP that was free a moment ago.
pub fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(Failure::system("find a free port"))?;
    Ok(listener.local_addr().map_err(Failure::system("read the free port"))?.port())
}
