//! A quick look at how fast one route is.
//!
//! Blocking threads with one keep-alive connection each. Failed requests are counted and never timed.

use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use std::io::Write;

use super::client::{ResponseReader, TestRequest};

const PATIENCE: Duration = Duration::from_secs(30);

/// How fast a route was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RouteBenchmark {
    /// Requests answered with a status below 500.
    pub answered: usize,
    /// Requests that had no answer or one of 500 and above.
    pub failed: usize,
    /// Answered requests, by the time from the first request to the last answer.
    pub requests_per_second: f64,
    /// Mean time from sending a request to having its whole answer; zero when nothing was answered.
    pub avg_response_time: Duration,
    /// The time that 95 % of the answers took at most.
    pub p95_response_time: Duration,
}

pub(super) fn run(
    address: SocketAddr,
    route: &str,
    method: &str,
    num_requests: usize,
    concurrency: usize,
) -> RouteBenchmark {
    let concurrency = concurrency.clamp(1, num_requests.max(1));
    let start = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let share =
            |index: usize| num_requests / concurrency + usize::from(index < num_requests % concurrency);
        let clients: Vec<_> = (0..concurrency)
            .map(|index| scope.spawn(move || ask(address, route, method, share(index))))
            .collect();
        // A client that panicked has measured nothing; its share counts as failed.
        clients.into_iter().flat_map(|client| client.join().unwrap_or_default()).collect()
    });
    let elapsed = start.elapsed();
    times.sort_unstable();
    let answered = times.len();
    let total: Duration = times.iter().sum();
    RouteBenchmark {
        answered,
        failed: num_requests - answered,
        requests_per_second: answered as f64 / elapsed.as_secs_f64().max(f64::MIN_POSITIVE),
        avg_response_time: total.checked_div(answered as u32).unwrap_or_default(),
        p95_response_time: times
            .get((answered * 95).div_ceil(100).saturating_sub(1))
            .copied()
            .unwrap_or_default(),
    }
}

/// The times of the requests that were answered.
fn ask(address: SocketAddr, route: &str, method: &str, count: usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(count);
    let Ok(wire) = TestRequest::new(address, method, route).head("keep-alive") else { return times };
    let mut connection = None;
    for _ in 0..count {
        let start = Instant::now();
        let answer = exchange(&mut connection, address, &wire, method);
        match answer {
            Ok(status) if status < 500 => times.push(start.elapsed()),
            Ok(_) => {}
            Err(_) => connection = None,
        }
    }
    times
}

fn exchange(
    connection: &mut Option<(TcpStream, ResponseReader)>,
    address: SocketAddr,
    wire: &[u8],
    method: &str,
) -> std::io::Result<u16> {
    let (stream, reader) = match connection {
        Some(open) => open,
        None => {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            connection.insert((stream, ResponseReader::default()))
        }
    };
    stream.write_all(wire)?;
    let response = reader.read(stream, method)?;
    if response.header("connection") == Some("close") {
        let status = response.status();
        *connection = None;
        return Ok(status);
    }
    Ok(response.status())
}
