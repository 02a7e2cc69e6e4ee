//! The client's side: one response decoded from any split of its bytes.
//!
//! For the general load session, which looks at heads and bodies; the lean scanner of the closed loop is `scan`.
//! Owns no buffer: the caller drops the bytes that each step says are used up.

use std::mem::MaybeUninit;

use super::HeadLimits;
use super::body::{BodyDecoder, BodyPart};
use super::error::{ProtocolError, printable};
use super::headers::Headers;

pub(crate) mod framing;

#[cfg(test)]
mod tests;

/// Most interim (1xx) responses before a final one.
const INTERIM_COUNT_MAX: u32 = 32;
const PREFIX: &[u8] = b"HTTP/1.";

/// What the request was, as far as it changes how its response is framed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResponseContext {
    /// Any method but the two below.
    #[default]
    Ordinary,
    /// `HEAD`: the response has no body whatever its fields say.
    Head,
    /// `CONNECT`: a 2xx response turns the connection into a tunnel.
    Connect,
}

/// How the end of a body was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// No body, by the method or the status.
    None,
    /// `Content-Length`.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Everything until the connection closes.
    UntilClose,
    /// No body, and the connection now speaks another protocol (101, or 2xx to `CONNECT`).
    Switched,
}

/// What holds once a response is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResponseEnd {
    /// True when the same connection may carry another request.
    pub keep_alive: bool,
    /// How the end was known.
    pub framing: BodyFraming,
}

/// The head of a response, owned by the decoder and reused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ResponseHead {
    /// Status code, 100 to 999.
    pub status: u16,
    /// 0 or 1, of `HTTP/1.x`.
    pub minor_version: u8,
    /// Reason phrase as sent, often empty; bytes that are not UTF-8 are left out.
    pub reason: String,
    /// Header fields in the order received.
    pub headers: Headers,
    /// Size of the head in bytes, with its empty line.
    pub bytes: usize,
}

/// One step of decoding; references live until the next call.
#[derive(Debug, PartialEq, Eq)]
pub enum ResponseEvent<'a> {
    /// The input is used up as far as possible; feed more.
    NeedMore,
    /// The head of the final response (or of a 101) is complete.
    Head(&'a ResponseHead),
    /// Body bytes, never empty.
    Data(&'a [u8]),
    /// The trailer fields of a chunked body; only when there are any.
    Trailers(&'a Headers),
    /// The response is complete; bytes that follow are not part of it.
    End(ResponseEnd),
}

/// Decoder of one response after the other; `restart` before each.
#[derive(Debug, Clone)]
pub struct ResponseDecoder {
    context: ResponseContext,
    limits: HeadLimits,
    stage: Stage,
    head: ResponseHead,
    framing: BodyFraming,
    keep_alive: bool,
    interim_count: u32,
    /// Bytes of an incomplete head that were already looked at.
    seen: usize,
    body: BodyDecoder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Body,
    Trailers,
    Done,
}

impl ResponseDecoder {
    /// A decoder that waits for the response to a request described by `context`.
    #[must_use]
    pub fn new(context: ResponseContext, limits: HeadLimits) -> Self {
        Self {
            context,
            limits,
            stage: Stage::Head,
            head: ResponseHead::default(),
            framing: BodyFraming::None,
            keep_alive: false,
            interim_count: 0,
            seen: 0,
            body: BodyDecoder::new(),
        }
    }

    /// Gets ready for the response to the next request and keeps the memory.
    pub fn restart(&mut self, context: ResponseContext) {
        self.context = context;
        self.stage = Stage::Head;
        self.framing = BodyFraming::None;
        self.keep_alive = false;
        self.interim_count = 0;
        self.seen = 0;
        self.body.start_empty();
    }

    /// Takes the next step; returns how many bytes of `input` are used up, and what they mean.
    ///
    /// Call again with the rest until it answers `NeedMore` (then read more, behind the unused rest) or `End`.
    ///
    /// # Errors
    /// Any breach of the grammar, the framing rules or the limits; the connection is of no use afterwards.
    pub fn decode<'a>(&'a mut self, input: &'a [u8]) -> Result<(usize, ResponseEvent<'a>), ProtocolError> {
        let mut used = 0;
        if self.stage == Stage::Head {
            let (skipped, complete) = self.decode_head(input)?;
            let event = if complete { ResponseEvent::Head(&self.head) } else { ResponseEvent::NeedMore };
            return Ok((skipped, event));
        }
        if self.stage == Stage::Body {
            let (taken, part) = self.body.decode(input)?;
            used = taken;
            match part {
                BodyPart::NeedMore => return Ok((used, ResponseEvent::NeedMore)),
                BodyPart::Data(data) => return Ok((used, ResponseEvent::Data(data))),
                BodyPart::End => self.stage = Stage::Trailers,
            }
        }
        if self.stage == Stage::Trailers {
            self.stage = Stage::Done;
            if self.framing == BodyFraming::Chunked && !self.body.trailers().is_empty() {
                return Ok((used, ResponseEvent::Trailers(self.body.trailers())));
            }
        }
        Ok((used, ResponseEvent::End(self.end())))
    }

    /// Says what the end of the connection means: the end of the response, or a truncation.
    ///
    /// # Errors
    /// When bytes are missing: where it stopped, how many came, and of how many if that is known.
    pub fn finish(&mut self) -> Result<ResponseEnd, ProtocolError> {
        match self.stage {
            Stage::Head if self.seen == 0 => Err(ProtocolError::NothingReceived),
            Stage::Head => Err(ProtocolError::HeadTruncated { received: self.seen }),
            Stage::Body => {
                self.body.finish()?;
                self.stage = Stage::Done;
                Ok(self.end())
            }
            Stage::Trailers | Stage::Done => Ok(self.end()),
        }
    }

    /// The head of the current response, valid after its `Head` event.
    #[must_use]
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// Body bytes so far, without framing.
    #[must_use]
    pub fn body_received(&self) -> u64 {
        self.body.received()
    }

    /// How many interim (1xx) responses were skipped.
    #[must_use]
    pub fn interim_count(&self) -> u32 {
        self.interim_count
    }

    fn end(&self) -> ResponseEnd {
        ResponseEnd { keep_alive: self.keep_alive, framing: self.framing }
    }

    /// Skips interim heads and reads the final one; returns the bytes used up and whether it is complete.
    fn decode_head(&mut self, input: &[u8]) -> Result<(usize, bool), ProtocolError> {
        let mut used = 0;
        loop {
            let Some(head_bytes) = self.parse_head(&input[used..])? else { return Ok((used, false)) };
            used += head_bytes;
            self.seen = 0;
            if matches!(self.head.status, 100 | 102..=199) {
                self.interim_count += 1;
                if self.interim_count > INTERIM_COUNT_MAX {
                    return Err(ProtocolError::TooManyInterim { limit: INTERIM_COUNT_MAX });
                }
                continue;
            }
            self.framing = framing::framing_of(&self.head, self.context)?;
            self.keep_alive = framing::is_keep_alive(&self.head, self.framing);
            match self.framing {
                BodyFraming::None | BodyFraming::Switched => self.body.start_empty(),
                BodyFraming::Length(total) => self.body.start_length(total),
                BodyFraming::Chunked => self.body.start_chunked(),
                BodyFraming::UntilClose => self.body.start_until_close(),
            }
            self.stage = Stage::Body;
            return Ok((used, true));
        }
    }

    /// Parses one head; `None` when it is not complete.
    fn parse_head(&mut self, input: &[u8]) -> Result<Option<usize>, ProtocolError> {
        let checked = input.len().min(PREFIX.len());
        if input[..checked] != PREFIX[..checked] {
            return Err(ProtocolError::NotHttp1 { start: printable(&input[..input.len().min(16)]) });
        }
        let first_look = self.seen == 0;
        let news = &input[self.seen.min(input.len())..];
        self.seen = input.len();
        // A head can only become complete, and a line only be judged, by a new line feed.
        if !first_look && memchr::memchr(b'\n', news).is_none() {
            return self.check_head_size(input.len()).map(|()| None);
        }
        let count_max = self.limits.header_count_max.min(super::HEADER_COUNT_CAP);
        let mut fields = [MaybeUninit::uninit(); super::HEADER_COUNT_CAP];
        let mut parsed = httparse::Response::new(&mut []);
        let mut rules = httparse::ParserConfig::default();
        rules.allow_obsolete_multiline_headers_in_responses(true);
        let status = rules
            .parse_response_with_uninit_headers(&mut parsed, input, &mut fields[..count_max])
            .map_err(|reason| match reason {
            httparse::Error::TooManyHeaders => ProtocolError::TooManyFields { limit: count_max },
            reason => ProtocolError::HeadMalformed { reason },
        })?;
        let httparse::Status::Complete(head_bytes) = status else {
            return self.check_head_size(input.len()).map(|()| None);
        };
        self.check_head_size(head_bytes)?;
        fill_head(&mut self.head, &parsed, head_bytes)?;
        Ok(Some(head_bytes))
    }

    fn check_head_size(&self, bytes: usize) -> Result<(), ProtocolError> {
        if bytes > self.limits.head_bytes_max {
            return Err(ProtocolError::HeadTooLong { limit: self.limits.head_bytes_max });
        }
        Ok(())
    }
}

fn fill_head(
    head: &mut ResponseHead,
    parsed: &httparse::Response<'_, '_>,
    bytes: usize,
) -> Result<(), ProtocolError> {
    let status = parsed.code.expect("invariant: a complete head has a status");
    if status < 100 {
        return Err(ProtocolError::StatusInvalid { status });
    }
    head.status = status;
    head.minor_version = parsed.version.expect("invariant: a complete head has a version");
    head.reason.clear();
    head.reason.push_str(parsed.reason.unwrap_or_default());
    head.bytes = bytes;
    head.headers.clear();
    for field in parsed.headers.iter() {
        head.headers.push(field.name, field.value);
    }
    Ok(())
}
