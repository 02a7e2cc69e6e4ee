//! The stream between the socket and the `h2` library: lets all bytes pass and reads the frame headers among them.
//!
//! Also brings in what the library cannot know: bytes read before it was its turn, and the request that an
//! `Upgrade: h2c` made before there was HTTP/2. Called by the library only.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use h2::Reason;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::diagnosis::Diagnosis;
use super::stall::Stall;
use super::watcher::{Frame, Watcher, kind};
use crate::transport::Transport;

/// The preface that a client sends first.
pub(crate) const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADER_BYTES: usize = 9;
/// As much of a payload as is looked at: ten settings, a window, a priority.
const PAYLOAD_BYTES: usize = 64;

pub(super) struct Sniffer<S: Transport> {
    stream: S,
    /// Read from the socket by somebody else, not yet seen here.
    early: Bytes,
    /// Seen, and to be handed on before anything else.
    ready: Bytes,
    /// Frames to bring in behind the client's first SETTINGS.
    splice: Option<Bytes>,
    parser: Parser,
    watcher: Rc<Watcher>,
    stall: Rc<Stall>,
}

impl<S: Transport> Sniffer<S> {
    pub(super) fn new(
        stream: S,
        early: Bytes,
        splice: Option<Bytes>,
        watcher: Rc<Watcher>,
        stall: Rc<Stall>,
    ) -> Self {
        Self { stream, early, ready: Bytes::new(), splice, parser: Parser::default(), watcher, stall }
    }

    /// Reads one chunk, and puts the spliced frames into their place when it has come.
    fn poll_spliced(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let chunk = if self.early.is_empty() {
            let mut chunk = vec![0; 4096];
            let mut place = ReadBuf::new(&mut chunk);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut place))?;
            let count = place.filled().len();
            chunk.truncate(count);
            Bytes::from(chunk)
        } else {
            std::mem::take(&mut self.early)
        };
        self.parser.feed(&chunk, &self.watcher);
        self.ready = match (self.parser.first_settings_end.take(), &self.splice) {
            (Some(end), Some(splice)) => {
                let mut joined = BytesMut::with_capacity(chunk.len() + splice.len());
                joined.extend_from_slice(&chunk[..end]);
                joined.extend_from_slice(splice);
                joined.extend_from_slice(&chunk[end..]);
                self.splice = None;
                joined.freeze()
            }
            _ => chunk,
        };
        Poll::Ready(Ok(()))
    }
}

impl<S: Transport> AsyncRead for Sniffer<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        place: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ready.is_empty() && this.splice.is_some() {
            ready!(this.poll_spliced(context))?;
        }
        if !this.ready.is_empty() {
            take_from(&mut this.ready, place);
            return Poll::Ready(Ok(()));
        }
        let before = place.filled().len();
        this.parser.diagnosis.start_read();
        if this.early.is_empty() {
            ready!(Pin::new(&mut this.stream).poll_read(context, place))?;
        } else {
            take_from(&mut this.early, place);
        }
        this.parser.feed(&place.filled()[before..], &this.watcher);
        Poll::Ready(Ok(()))
    }
}

fn take_from(bytes: &mut Bytes, place: &mut ReadBuf<'_>) {
    let count = bytes.len().min(place.remaining());
    place.put_slice(&bytes[..count]);
    bytes.advance(count);
}

impl<S: Transport> AsyncWrite for Sniffer<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let renamed = self.parser.diagnosis.renamed(bytes);
        let result = Pin::new(&mut self.stream).poll_write(context, renamed.as_deref().unwrap_or(bytes));
        self.note_write(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let last = parts.iter().rposition(|part| !part.is_empty());
        let renamed = last.and_then(|last| Some((last, self.parser.diagnosis.renamed(&parts[last])?)));
        let result = match renamed {
            None => Pin::new(&mut self.stream).poll_write_vectored(context, parts),
            Some((last, renamed)) => {
                let mut parts = parts[..=last].to_vec();
                parts[last] = io::IoSlice::new(&renamed);
                Pin::new(&mut self.stream).poll_write_vectored(context, &parts)
            }
        };
        self.note_write(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_flush(context);
        match result {
            Poll::Pending => self.stall.begin(),
            Poll::Ready(_) => self.stall.end(),
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: Transport> Sniffer<S> {
    fn note_write(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending => self.stall.begin(),
            Poll::Ready(_) => {
                self.stall.end();
                self.watcher.note_sent();
            }
        }
        result
    }
}

impl<S: Transport> Drop for Sniffer<S> {
    fn drop(&mut self) {
        if self.stall.wants_reset() {
            self.stream.reset_on_close();
        }
    }
}

/// Where in the byte stream the next byte stands.
struct Parser {
    place: Place,
    /// How far the header or payload is read.
    header: [u8; HEADER_BYTES],
    payload: [u8; PAYLOAD_BYTES],
    have: usize,
    left: usize,
    /// Behind the first SETTINGS frame, in the bytes fed last; set once.
    first_settings_end: Option<usize>,
    has_settings: bool,
    diagnosis: Diagnosis,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Preface,
    Header,
    Payload,
}

impl Default for Parser {
    fn default() -> Self {
        Self {
            place: Place::Preface,
            header: [0; HEADER_BYTES],
            payload: [0; PAYLOAD_BYTES],
            have: 0,
            left: PREFACE.len(),
            first_settings_end: None,
            has_settings: false,
            diagnosis: Diagnosis::default(),
        }
    }
}

impl Parser {
    fn feed(&mut self, bytes: &[u8], watcher: &Watcher) {
        let mut at = 0;
        while at < bytes.len() {
            let taken = self.left.min(bytes.len() - at);
            let part = &bytes[at..at + taken];
            let kept = match self.place {
                Place::Preface => &mut [][..],
                Place::Header => &mut self.header[self.have..],
                Place::Payload => &mut self.payload[self.have.min(PAYLOAD_BYTES)..],
            };
            let kept_count = part.len().min(kept.len());
            kept[..kept_count].copy_from_slice(&part[..kept_count]);
            if self.place == Place::Payload && matches!(self.header[3], kind::HEADERS | kind::CONTINUATION) {
                self.diagnosis.take_block(part);
            }
            self.have += taken;
            self.left -= taken;
            at += taken;
            if self.left == 0 {
                self.advance(at, watcher);
            }
        }
    }

    /// The end of what was being read, at `at` in the bytes fed.
    fn advance(&mut self, at: usize, watcher: &Watcher) {
        let length = usize::from(self.header[0]) << 16
            | usize::from(self.header[1]) << 8
            | usize::from(self.header[2]);
        if self.place == Place::Header && length > 0 {
            (self.place, self.left, self.have) = (Place::Payload, length, 0);
            return;
        }
        if self.place != Place::Preface {
            let [.., kind, flags, a, b, c, d] = self.header;
            let payload = &self.payload[..length.min(PAYLOAD_BYTES)];
            let stream_id = u32::from_be_bytes([a, b, c, d]) & 0x7fff_ffff;
            let frame = Frame { kind, flags, stream_id, length, payload };
            watcher.see(frame);
            let is_malformed = self.diagnosis.see(frame);
            if !self.has_settings {
                self.has_settings = kind == kind::SETTINGS;
                self.first_settings_end = self.has_settings.then_some(at);
            }
            if !self.has_settings || is_malformed {
                watcher.condemn(Reason::PROTOCOL_ERROR);
            }
        }
        (self.place, self.left, self.have) = (Place::Header, HEADER_BYTES, 0);
    }
}
