//! The sending half of a request stream: heads and bodies as frames, and patience with a client that takes nothing.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use dyno_proto::http3::{ErrorCode, FrameKind, encode_field, encode_field_section_prefix, encode_frame_head};
use http::HeaderMap;
use quinn::{SendStream, WriteError};

use super::resets::Resets;
use super::{var, within};
use crate::request::Priority;

/// Smaller bodies are copied behind their head, larger ones sent as they are.
const COPY_BYTES_MAX: usize = 4 * 1024;

/// The stream is gone, or was given up.
pub(super) struct Gone;

/// Writes one request stream. Dropped before its end, it is reset.
pub(super) struct Output {
    pub(super) send: SendStream,
    resets: Rc<Resets>,
    stall_time_max: Duration,
    pub(super) has_ended: bool,
}

impl Output {
    pub(super) fn new(send: SendStream, resets: Rc<Resets>, stall_time_max: Duration) -> Self {
        Self { send, resets, stall_time_max, has_ended: false }
    }

    /// Lets more urgent streams of the same connection go first; those of equal urgency share it.
    pub(super) fn set_priority(&self, priority: Priority) {
        // Fails only on a stream that is gone.
        let _ = self.send.set_priority(i32::from(Priority::default().urgency) - i32::from(priority.urgency));
    }

    /// Sends a head, and as much of the body as is given with it. `section_bytes_max` is what the client takes.
    pub(super) async fn head(
        &mut self,
        status: u16,
        fields: &HeaderMap,
        body: Bytes,
        section_bytes_max: u64,
    ) -> Result<(), Gone> {
        let mut section = Vec::with_capacity(256);
        encode_field_section_prefix(&mut section);
        encode_field(&mut section, b":status", itoa::Buffer::new().format(status).as_bytes());
        let section_bytes = encode_fields(&mut section, fields) + 32 + 7 + 3;
        if section_bytes > section_bytes_max {
            self.reset(ErrorCode::INTERNAL_ERROR);
            return Err(Gone);
        }
        let mut out = Vec::with_capacity(section.len() + 16 + body.len().min(COPY_BYTES_MAX));
        encode_frame_head(&mut out, FrameKind::Headers, section.len() as u64);
        out.extend_from_slice(&section);
        if body.is_empty() {
            return self.write(&mut [out.into()]).await;
        }
        encode_frame_head(&mut out, FrameKind::Data, body.len() as u64);
        if body.len() <= COPY_BYTES_MAX {
            out.extend_from_slice(&body);
            return self.write(&mut [out.into()]).await;
        }
        self.write(&mut [out.into(), body]).await
    }

    /// Sends a piece of the body.
    pub(super) async fn data(&mut self, piece: Bytes) -> Result<(), Gone> {
        if piece.is_empty() {
            return Ok(());
        }
        let mut head = Vec::with_capacity(16);
        encode_frame_head(&mut head, FrameKind::Data, piece.len() as u64);
        self.write(&mut [head.into(), piece]).await
    }

    /// Sends the fields behind the body.
    pub(super) async fn trailers(&mut self, fields: &HeaderMap) -> Result<(), Gone> {
        let mut section = Vec::new();
        encode_field_section_prefix(&mut section);
        encode_fields(&mut section, fields);
        let mut out = Vec::new();
        encode_frame_head(&mut out, FrameKind::Headers, section.len() as u64);
        out.extend_from_slice(&section);
        self.write(&mut [out.into()]).await
    }

    /// Ends the stream and waits until the client has all of it, has refused it, or takes nothing for too long.
    pub(super) async fn finish(&mut self) {
        if !std::mem::replace(&mut self.has_ended, true) && self.send.finish().is_ok() {
            self.delivered().await;
        }
    }

    async fn delivered(&mut self) {
        let mut stopped = pin!(self.send.stopped());
        let mut acknowledgements = None;
        loop {
            match within(self.stall_time_max, stopped.as_mut()).await {
                Some(Ok(None) | Err(_)) => return,
                Some(Ok(Some(_))) => return self.resets.count(),
                None => {}
            }
            // A slow client may take long for the last of a large answer, as long as it takes something.
            let now = Some(self.resets.acknowledgements());
            if std::mem::replace(&mut acknowledgements, now) == now {
                return self.reset(ErrorCode::REQUEST_CANCELLED);
            }
        }
    }

    /// Gives the stream up with a code of HTTP/3.
    pub(super) fn reset(&mut self, code: ErrorCode) {
        self.has_ended = true;
        // Fails only on a stream that is gone.
        let _ = self.send.reset(var(code));
    }

    /// Ready when the client wants no more of this stream, or has gone.
    pub(super) fn refused(&self) -> impl Future<Output = ()> + use<> {
        let (stopped, resets) = (self.send.stopped(), Rc::clone(&self.resets));
        async move {
            // Whichever way it ends, nobody waits for the answer.
            if let Ok(Some(_)) = stopped.await {
                resets.count();
            }
        }
    }

    /// Writes all of `chunks`. Each step of progress gives the client new time.
    async fn write(&mut self, mut chunks: &mut [Bytes]) -> Result<(), Gone> {
        while !chunks.is_empty() {
            match within(self.stall_time_max, self.send.write_chunks(chunks)).await {
                Some(Ok(written)) => chunks = &mut chunks[written.chunks..],
                Some(Err(error)) => {
                    self.has_ended = true;
                    if matches!(error, WriteError::Stopped(_)) {
                        self.resets.count();
                    }
                    return Err(Gone);
                }
                None => {
                    self.reset(ErrorCode::REQUEST_CANCELLED);
                    return Err(Gone);
                }
            }
        }
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        // A stream that is dropped would end in good order, and half an answer would look whole.
        if !self.has_ended {
            self.reset(ErrorCode::REQUEST_CANCELLED);
        }
    }
}

/// Appends all fields; what the client's limit counts for them.
fn encode_fields(section: &mut Vec<u8>, fields: &HeaderMap) -> u64 {
    let mut size = 0;
    for (name, value) in fields {
        encode_field(section, name.as_str().as_bytes(), value.as_bytes());
        size += 32 + name.as_str().len() + value.len();
    }
    size as u64
}
