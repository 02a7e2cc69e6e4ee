//! One request on a connection of its own, with everything that came back.
//!
//! No HTTP client: it reads until the server closes. Called by the players.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take; far more than any of the routes asked here.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What came back.
#[derive(Debug)]
pub struct Received {
    /// All bytes.
    pub bytes: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The server closed in order.
    Closed,
    /// The server reset it.
    Reset,
    /// The time was over.
    TimedOut,
    /// So many bytes came that the rest does not matter.
    Enough,
}

impl Received {
    /// The status, when the bytes begin as an answer does.
    pub fn status(&self) -> Option<u16> {
        std::str::from_utf8(self.bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?).ok()?.parse().ok()
    }

    /// What follows the head.
    pub fn body(&self) -> Option<&[u8]> {
        let head_end = self.bytes.windows(4).position(|it| it == b"\r\n\r\n")?;
        Some(&self.bytes[head_end + 4..])
    }

    /// A few words for a message.
    pub fn summary(&self) -> String {
        let shown = &self.bytes[..self.bytes.len().min(60)];
        format!("{} bytes, {:?}: {:?}", self.bytes.len(), self.end, String::from_utf8_lossy(shown))
    }
}

/// A connection that small writes leave at once.
pub fn connect(port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIME_MAX))?;
    stream.set_write_timeout(Some(TIME_MAX))?;
    Ok(stream)
}

/// Sends `request` on a new connection and reads to the end, to `bytes_max`, or until `silence_max` without a byte.
pub fn exchange(
    port: u16,
    request: &[u8],
    bytes_max: usize,
    silence_max: Option<Duration>,
) -> Result<Received, String> {
    let failed = |what: &str, error: &io::Error| format!("{what}: {error}");
    let mut stream = connect(port).map_err(|error| failed("connect", &error))?;
    if silence_max.is_some() {
        stream.set_read_timeout(silence_max).map_err(|error| failed("set a time limit", &error))?;
    }
    match stream.write_all(request) {
        // A server that refuses early may close before all is sent; what it said still counts.
        Err(error) if !is_end(&error) => return Err(failed("send", &error)),
        _ => {}
    }
    let mut bytes = Vec::new();
    let mut buffer = [0_u8; 16 * 1024];
    let end = loop {
        match stream.read(&mut buffer) {
            Ok(0) => break End::Closed,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) if is_end(&error) => break End::Reset,
            Err(error) if is_time_over(&error) => break End::TimedOut,
            Err(error) => return Err(failed("read", &error)),
        }
        if bytes.len() >= bytes_max {
            break End::Enough;
        }
    };
    Ok(Received { bytes, end })
}

/// Whether an error means that the other side is gone.
pub fn is_end(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe)
}

/// Whether an error means that nothing came for too long.
pub fn is_time_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}
