//! A raw socket: prebuilt bytes out, the least reading of the answer that is right. The floor of the language.
//!
//! Not a client: follows nothing, decodes nothing, and knows bodies by length, by chunks, or by the end of the
//! connection. Plain text only. One connection for each lane.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use dyno_worker::{
    Answer, AsyncLane, Failure, Kind, Refusal, Request, STREAM_CHUNK_BYTES, Setup, SyncLane, Worker,
    tokio_current_thread,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const READ_BYTES: usize = 65_536;

/// A request as bytes, and where it goes.
struct Ask {
    address: String,
    bytes: Vec<u8>,
    is_head: bool,
    is_stream: bool,
}

fn asks(setup: &Setup) -> Result<Arc<[Ask]>, Refusal> {
    setup.need_pool_of_lanes("a connection belongs to each lane")?;
    if setup.is_tls() {
        return Err(Refusal::skip("requests.url", "the floor speaks plain text only"));
    }
    setup.requests.iter().map(ask).collect()
}

fn ask(request: &Request) -> Result<Ask, Refusal> {
    let rest = request.url.split_once("://").map(|(_, rest)| rest).unwrap_or_default();
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.is_empty() {
        return Err(Refusal::Failed(format!("requests.url has no host: {}", request.url)));
    }
    let slash = if target.starts_with('/') { "" } else { "/" };
    let mut head = format!("{} {slash}{target} HTTP/1.1\r\nhost: {host}\r\n", request.method);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if request.has_body() {
        head.push_str(&format!("content-length: {}\r\n", request.body.len()));
    }
    head.push_str("\r\n");
    let has_port =
        host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    Ok(Ask {
        address: if has_port { host.to_owned() } else { format!("{host}:80") },
        bytes: [head.as_bytes(), &request.body].concat(),
        is_head: request.method == "HEAD",
        is_stream: request.is_stream,
    })
}

/// How the end of a body is known.
#[derive(Clone, Copy)]
enum Length {
    Bytes(usize),
    Chunked,
    UntilEnd,
}

/// Reads one answer from the bytes that are put into it.
#[derive(Default)]
struct Reply {
    bytes: Vec<u8>,
    head: Option<(u16, usize, Length)>,
    ends_connection: bool,
}

impl Reply {
    fn clear(&mut self) {
        self.bytes.clear();
        self.head = None;
        self.ends_connection = false;
    }

    /// Whether the answer is complete, now that `bytes` has grown; its status and the size of its body then.
    fn complete(&mut self, is_head: bool) -> Result<Option<(u16, usize)>, Failure> {
        if self.head.is_none() {
            let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
                return Ok(None);
            };
            self.read_head(end, is_head)?;
        }
        let Some((status, begin, length)) = self.head else { return Ok(None) };
        let body = &self.bytes[begin..];
        Ok(match length {
            Length::Bytes(bytes) if body.len() >= bytes => Some((status, bytes)),
            Length::Chunked if body.ends_with(b"0\r\n\r\n") => {
                body_bytes_of_chunks(body).map(|bytes| (status, bytes))
            }
            _ => None,
        })
    }

    fn read_head(&mut self, end: usize, is_head: bool) -> Result<(), Failure> {
        let protocol = || Failure::new(Kind::Protocol, "NotHttp");
        let head = std::str::from_utf8(&self.bytes[..end]).map_err(|_| protocol())?;
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).ok_or_else(protocol)?;
        let status: u16 = status.parse().map_err(|_| protocol())?;
        let mut length = Length::UntilEnd;
        for line in lines {
            let (name, value) = line.split_once(':').ok_or_else(protocol)?;
            if name.eq_ignore_ascii_case("content-length") && !matches!(length, Length::Chunked) {
                length = Length::Bytes(value.trim().parse().map_err(|_| protocol())?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                length = Length::Chunked;
            } else if name.eq_ignore_ascii_case("connection") {
                self.ends_connection |= value.trim().eq_ignore_ascii_case("close");
            }
        }
        if is_head || status < 200 || status == 204 || status == 304 {
            length = Length::Bytes(0);
        }
        self.head = Some((status, end + 4, length));
        Ok(())
    }

    /// What the end of the connection means.
    fn ended(&mut self) -> Result<(u16, usize), Failure> {
        self.ends_connection = true;
        match self.head {
            Some((status, begin, Length::UntilEnd)) => Ok((status, self.bytes.len() - begin)),
            Some(_) => Err(Failure::new(Kind::Body, "IncompleteBody")),
            None if self.bytes.is_empty() => Err(Failure::new(Kind::Reset, "NoAnswer")),
            None if !b"HTTP/".starts_with(&self.bytes[..self.bytes.len().min(5)]) => {
                Err(Failure::new(Kind::Protocol, "NotHttp"))
            }
            None => Err(Failure::new(Kind::Reset, "IncompleteHead")),
        }
    }
}

/// The size of a chunked body; `None` when its end is not there.
fn body_bytes_of_chunks(mut body: &[u8]) -> Option<usize> {
    let mut bytes: usize = 0;
    loop {
        let end = body.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&body[..end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(bytes);
        }
        bytes = bytes.checked_add(size)?;
        body = body.get(end.checked_add(size)?.checked_add(4)?..)?;
    }
}

fn answer(ask: &Ask, status: u16, received: usize, reads: u32) -> Answer {
    if ask.is_stream {
        Answer::streamed(status, received as u64, reads)
    } else {
        Answer::whole(status, received)
    }
}

fn read_bytes(ask: &Ask) -> usize {
    if ask.is_stream { STREAM_CHUNK_BYTES } else { READ_BYTES }
}

struct Blocking {
    asks: Arc<[Ask]>,
    timeout: Option<Duration>,
    connection: Option<(usize, TcpStream)>,
    reply: Reply,
    buffer: Vec<u8>,
}

impl Blocking {
    fn connect(&self, address: &str) -> std::io::Result<TcpStream> {
        let mut last = None;
        for address in address.to_socket_addrs()? {
            let connected = match self.timeout {
                Some(timeout) => TcpStream::connect_timeout(&address, timeout),
                None => TcpStream::connect(address),
            };
            match connected {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_read_timeout(self.timeout)?;
                    stream.set_write_timeout(self.timeout)?;
                    return Ok(stream);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrNotAvailable.into()))
    }
}

impl SyncLane for Blocking {
    fn call(&mut self, request: usize) -> Result<Answer, Failure> {
        let asks = Arc::clone(&self.asks);
        let ask = &asks[request];
        let mut stream = match self.connection.take() {
            Some((of, stream)) if asks[of].address == ask.address => stream,
            _ => self.connect(&ask.address).map_err(|error| failed(&error))?,
        };
        self.reply.clear();
        stream.write_all(&ask.bytes).map_err(|error| failed(&error))?;
        let mut reads = 0;
        let (status, received) = loop {
            let read = stream.read(&mut self.buffer[..read_bytes(ask)]).map_err(|error| failed(&error))?;
            if read == 0 {
                break self.reply.ended()?;
            }
            reads += 1;
            self.reply.bytes.extend_from_slice(&self.buffer[..read]);
            if let Some(complete) = self.reply.complete(ask.is_head)? {
                break complete;
            }
        };
        if !self.reply.ends_connection {
            self.connection = Some((request, stream));
        }
        Ok(answer(ask, status, received, reads))
    }
}

/// What a lane of the mode `async` keeps between its requests.
struct Kept {
    connection: Option<(usize, tokio::net::TcpStream)>,
    reply: Reply,
    buffer: Vec<u8>,
}

struct Tasked {
    asks: Arc<[Ask]>,
    timeout: Option<Duration>,
    kept: RefCell<Option<Kept>>,
}

impl Tasked {
    async fn exchange(&self, request: usize) -> Result<Answer, Failure> {
        let ask = &self.asks[request];
        let mut kept = self.kept.take().unwrap_or_else(new_kept);
        let mut stream = match kept.connection.take() {
            Some((of, stream)) if self.asks[of].address == ask.address => stream,
            _ => {
                let connected = tokio::net::TcpStream::connect(&ask.address).await;
                let stream = connected.map_err(|error| failed(&error))?;
                stream.set_nodelay(true).map_err(|error| failed(&error))?;
                stream
            }
        };
        kept.reply.clear();
        stream.write_all(&ask.bytes).await.map_err(|error| failed(&error))?;
        let mut reads = 0;
        let (status, received) = loop {
            let read =
                stream.read(&mut kept.buffer[..read_bytes(ask)]).await.map_err(|error| failed(&error))?;
            if read == 0 {
                break kept.reply.ended()?;
            }
            reads += 1;
            kept.reply.bytes.extend_from_slice(&kept.buffer[..read]);
            if let Some(complete) = kept.reply.complete(ask.is_head)? {
                break complete;
            }
        };
        if !kept.reply.ends_connection {
            kept.connection = Some((request, stream));
        }
        self.kept.replace(Some(kept));
        Ok(answer(ask, status, received, reads))
    }
}

impl AsyncLane for Tasked {
    async fn call(&self, request: usize) -> Result<Answer, Failure> {
        match self.timeout {
            None => self.exchange(request).await,
            Some(timeout) => tokio::time::timeout(timeout, self.exchange(request))
                .await
                .unwrap_or_else(|_| Err(Failure::new(Kind::Timeout, "TimedOut"))),
        }
    }
}

fn new_kept() -> Kept {
    Kept { connection: None, reply: Reply::default(), buffer: vec![0; READ_BYTES] }
}

fn failed(error: &std::io::Error) -> Failure {
    Failure::of(format!("{:?}", error.kind()), error)
}

fn blocking(setup: &Setup) -> Result<Vec<Blocking>, Refusal> {
    let asks = asks(setup)?;
    let lane = |_| Blocking {
        asks: Arc::clone(&asks),
        timeout: setup.timeout,
        connection: None,
        reply: Reply::default(),
        buffer: vec![0; READ_BYTES],
    };
    Ok((0..setup.lanes).map(lane).collect())
}

fn tasked(setup: &Setup) -> Result<Vec<Tasked>, Refusal> {
    let asks = asks(setup)?;
    let lane =
        |_| Tasked { asks: Arc::clone(&asks), timeout: setup.timeout, kept: RefCell::new(Some(new_kept())) };
    Ok((0..setup.lanes).map(lane).collect())
}

fn main() {
    Worker::new("raw-rust", env!("CARGO_PKG_VERSION"))
        .features(&["stream"])
        .sync(blocking)
        .tasks(tokio_current_thread, tasked)
        .serve()
}
