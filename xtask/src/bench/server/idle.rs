//! What an idle connection costs: many are opened, each asks once and then keeps silent.
//!
//! All are asked again at the end, so that a server that has dropped some is found out. Called by `server`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tempfile::TempDir;

use crate::failure::Failure;

use super::super::machine;
use super::cases::Play;
use super::contenders::Contender;
use super::rounds::{Rounds, Running};

const ANSWER_TIME_MAX: Duration = Duration::from_secs(5);
const REQUEST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// One server's memory with and without idle connections.
#[derive(Debug, Clone, Copy)]
pub struct IdleResult {
    /// Who served.
    pub server: Contender,
    /// How many connections were opened.
    pub connections: u32,
    /// How many of them answered a second request at the end.
    pub held: u32,
    /// Memory after the first request.
    pub rss_before_bytes: u64,
    /// Memory with all connections idle.
    pub rss_idle_bytes: u64,
}

impl IdleResult {
    /// Memory that one connection adds, in bytes.
    pub fn bytes_per_connection(&self) -> f64 {
        let grown = self.rss_idle_bytes.saturating_sub(self.rss_before_bytes);
        super::super::spread::count(grown) / f64::from(self.connections)
    }
}

/// Fills one server after the other.
pub fn play(rounds: &Rounds<'_>, play: &Play, connections: u32) -> Result<Vec<IdleResult>, Failure> {
    if !machine::allows_connections(connections) {
        eprintln!("skip: {}: the limit of open files is too low; raise `ulimit -Hn`", play.case.name);
        return Ok(Vec::new());
    }
    let folder = TempDir::with_prefix("dyno-bench-").map_err(Failure::system("make a temporary folder"))?;
    let mut results = Vec::new();
    for running in rounds.start(play, None, folder.path())? {
        rounds.stop.check()?;
        match fill(&running, connections) {
            Ok(result) => {
                eprintln!(
                    "{}: {:<9} {:.1} KB per connection, {} of {connections} held",
                    play.case.name,
                    running.server.name(),
                    result.bytes_per_connection() / 1e3,
                    result.held
                );
                results.push(result);
            }
            Err(error) => eprintln!("warning: {}: {}: {error}", play.case.name, running.server.name()),
        }
    }
    Ok(results)
}

fn fill(running: &Running, connections: u32) -> std::io::Result<IdleResult> {
    let mut first = open(running.port)?;
    ask(&mut first)?;
    let rss_before_bytes = running.process.rss_bytes();
    let mut idle = Vec::new();
    for _ in 0..connections {
        let mut stream = open(running.port)?;
        ask(&mut stream)?;
        idle.push(stream);
    }
    let rss_idle_bytes = running.process.rss_bytes();
    let mut held = 0;
    for stream in &mut idle {
        held += u32::from(ask(stream).is_ok());
    }
    Ok(IdleResult { server: running.server, connections, held, rss_before_bytes, rss_idle_bytes })
}

fn open(port: u16) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(ANSWER_TIME_MAX))?;
    Ok(stream)
}

fn ask(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(REQUEST)?;
    let (mut buffer, mut filled) = ([0_u8; 1024], 0);
    while !buffer[..filled].ends_with(b"Hello, World!") {
        let count = stream.read(&mut buffer[filled..])?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        filled += count;
    }
    Ok(())
}
