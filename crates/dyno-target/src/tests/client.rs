//! A client of its own for tests: sees every byte, forgives nothing that matters, follows nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::RunningTarget;

/// An answer, chunks joined and content coding undone.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    pub fn all(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

/// Sends bytes and reads until the other side closes; what came before an error of reading is kept.
pub fn exchange(target: &RunningTarget, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(target.local_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}

/// A request with `connection: close`.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: target.test\r\nconnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str(&format!("\r\n{body}"));
    text.into_bytes()
}

/// Asks once, on a connection of its own.
#[track_caller]
pub fn ask(target: &RunningTarget, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let bytes = exchange(target, &request(method, path, headers, body));
    read_answer(&bytes, method).unwrap_or_else(|reason| {
        panic!("{method} {path}: {reason}: {:?}", String::from_utf8_lossy(&bytes));
    })
}

/// GET without anything.
#[track_caller]
pub fn get(target: &RunningTarget, path: &str) -> Answer {
    ask(target, "GET", path, &[], "")
}

/// Reads one whole answer; an error says what is wrong with it.
pub fn read_answer(bytes: &[u8], method: &str) -> Result<Answer, String> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").ok_or("the head does not end")? + 4;
    let head = str::from_utf8(&bytes[..end]).map_err(|error| error.to_string())?;
    let mut lines = head.trim_end().split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line.strip_prefix("HTTP/1.1 ").ok_or("there is no status line")?;
    let status: u16 = status.get(..3).and_then(|status| status.parse().ok()).ok_or("there is no status")?;
    if status < 200 {
        return read_answer(&bytes[end..], method);
    }
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())))
        .collect::<Option<_>>()
        .ok_or("a field has no colon")?;
    let mut answer = Answer { status, headers, body: bytes[end..].to_vec() };
    let has_no_body = method == "HEAD" || status == 204 || status == 304;
    if has_no_body {
        return if answer.body.is_empty() { Ok(answer) } else { Err("there is a body".to_owned()) };
    }
    if answer.header("transfer-encoding") == "chunked" {
        answer.body = joined(&answer.body)?;
    } else {
        let length: usize = answer.header("content-length").parse().map_err(|_| "the length is no number")?;
        if answer.body.len() != length {
            return Err(format!("{} bytes instead of {length}", answer.body.len()));
        }
    }
    answer.body = plain(&answer)?;
    Ok(answer)
}

fn plain(answer: &Answer) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    let body = answer.body.as_slice();
    match answer.header("content-encoding") {
        "" => return Ok(answer.body.clone()),
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut out),
        "deflate" => flate2::read::ZlibDecoder::new(body).read_to_end(&mut out),
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut out),
        other => return Err(format!("unknown coding {other}")),
    }
    .map_err(|error| error.to_string())?;
    Ok(out)
}

fn joined(mut rest: &[u8]) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").ok_or("a chunk size does not end")?;
        let size = str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.ok_or("a chunk size is no number")?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Ok(body);
        }
        body.extend_from_slice(rest.get(..size).ok_or("a chunk is short")?);
        rest = rest[size..].strip_prefix(b"\r\n").ok_or("a chunk does not end")?;
    }
}
