//! The streams that only one side sends: the own control stream, and those of the client.

use std::rc::Rc;

use dyno_proto::http3::{
    ControlEvent, ControlReader, DecoderStreamReader, EncoderStreamReader, ErrorCode, FrameKind, Http3Error,
    Settings, StreamKind, decode_varint, encode_frame_head, encode_varint,
};
use quinn::{RecvStream, SendStream, WriteError};
use tokio::task::JoinSet;

use super::{Session, var};
use crate::handler::Handler;
use crate::request::Priority;

/// As much as one read of such a stream takes.
const READ_BYTES_MAX: usize = 4 * 1024;

/// The own control stream, and which streams the client has opened.
pub(super) struct Control {
    send: SendStream,
    seen: Rc<std::cell::RefCell<Vec<StreamKind>>>,
}

impl Control {
    /// Opens the control stream and says the settings; `None` when the connection is gone.
    ///
    /// No QPACK streams are opened: without a dynamic table there is nothing to say on them.
    pub(super) async fn open<H: Handler>(session: &Rc<Session<H>>, tasks: &mut JoinSet<()>) -> Option<Self> {
        let mut send = session.quic.open_uni().await.ok()?;
        // It overtakes every answer.
        let _ = send.set_priority(i32::MAX);
        let mut out = Vec::new();
        encode_varint(&mut out, 0);
        let settings = Settings {
            field_section_bytes_max: Some(session.shared.limits.http3.field_section_bytes_max),
            takes_connect_protocol: true,
            ..Settings::default()
        };
        settings.encode(&mut out);
        send.write_all(&out).await.ok()?;
        let (stopped, session) = (send.stopped(), Rc::clone(session));
        tasks.spawn_local(async move {
            if let Ok(Some(_)) = stopped.await {
                session.fail(closed("the client stopped the control stream"));
            }
        });
        Some(Self { send, seen: Rc::default() })
    }

    /// Says that no request from `stream_id` on will be answered.
    pub(super) async fn say_goaway(&mut self, stream_id: u64) -> Result<(), WriteError> {
        let mut payload = Vec::new();
        encode_varint(&mut payload, stream_id);
        let mut out = Vec::new();
        encode_frame_head(&mut out, FrameKind::Goaway, payload.len() as u64);
        out.extend_from_slice(&payload);
        self.send.write_all(&out).await
    }

    /// Reads a stream that the client opened.
    pub(super) fn take_stream<H: Handler>(
        &self,
        session: &Rc<Session<H>>,
        receive: RecvStream,
        tasks: &mut JoinSet<()>,
    ) {
        let (session, seen) = (Rc::clone(session), Rc::clone(&self.seen));
        tasks.spawn_local(async move {
            if let Err(error) = read_stream(&session, receive, &seen).await {
                session.fail(error);
            }
        });
    }
}

async fn read_stream<H: Handler>(
    session: &Session<H>,
    mut receive: RecvStream,
    seen: &std::cell::RefCell<Vec<StreamKind>>,
) -> Result<(), Http3Error> {
    let mut start = Vec::new();
    let (kind, type_bytes) = loop {
        // A stream may end before it has a type.
        let Ok(Some(chunk)) = receive.read_chunk(READ_BYTES_MAX, true).await else { return Ok(()) };
        start.extend_from_slice(&chunk.bytes);
        if let Some((number, bytes)) = decode_varint(&start) {
            break (StreamKind::of(number), bytes);
        }
    };
    match kind {
        StreamKind::Unknown => {
            // Fails only on a stream that is gone.
            let _ = receive.stop(var(ErrorCode::STREAM_CREATION_ERROR));
            return Ok(());
        }
        StreamKind::Push => {
            let reason = "a push stream from a client";
            return Err(Http3Error { code: ErrorCode::STREAM_CREATION_ERROR, reason });
        }
        StreamKind::Control | StreamKind::QpackEncoder | StreamKind::QpackDecoder => {}
    }
    if seen.borrow().contains(&kind) {
        let reason = "a stream of this type is already open";
        return Err(Http3Error { code: ErrorCode::STREAM_CREATION_ERROR, reason });
    }
    seen.borrow_mut().push(kind);
    let mut reader = Reader::new(kind);
    start.drain(..type_bytes);
    reader.read(session, &start)?;
    loop {
        match receive.read_chunk(READ_BYTES_MAX, true).await {
            Ok(Some(chunk)) => reader.read(session, &chunk.bytes)?,
            Ok(None) | Err(quinn::ReadError::Reset(_)) => {
                return Err(closed("the client closed a stream that must stay open"));
            }
            Err(_) => return Ok(()),
        }
    }
}

enum Reader {
    Control(ControlReader),
    Encoder(EncoderStreamReader),
    Decoder(DecoderStreamReader),
}

impl Reader {
    fn new(kind: StreamKind) -> Self {
        match kind {
            StreamKind::QpackEncoder => Self::Encoder(EncoderStreamReader::default()),
            StreamKind::QpackDecoder => Self::Decoder(DecoderStreamReader::default()),
            StreamKind::Control | StreamKind::Push | StreamKind::Unknown => {
                Self::Control(ControlReader::default())
            }
        }
    }

    fn read<H: Handler>(&mut self, session: &Session<H>, input: &[u8]) -> Result<(), Http3Error> {
        let reader = match self {
            Self::Encoder(reader) => return reader.read(input),
            Self::Decoder(reader) => return reader.read(input),
            Self::Control(reader) => reader,
        };
        let mut used = 0;
        loop {
            let (count, event) = reader.read(&input[used..])?;
            used += count;
            match event {
                None => return Ok(()),
                Some(ControlEvent::Settings(settings)) => {
                    session.peer_section_bytes_max.set(settings.field_section_bytes_max.unwrap_or(u64::MAX));
                }
                // Nothing is pushed, and a client that goes away says so once more by closing.
                Some(ControlEvent::Goaway { .. }) => {}
                Some(ControlEvent::PriorityUpdate { stream_id, value }) => {
                    session.keep_priority(stream_id, Priority::parse(&value));
                }
            }
        }
    }
}

fn closed(reason: &'static str) -> Http3Error {
    Http3Error { code: ErrorCode::CLOSED_CRITICAL_STREAM, reason }
}
