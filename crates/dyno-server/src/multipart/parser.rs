//! The grammar of multipart bodies, from any split of their bytes.
//!
//! Sans-IO: bytes are fed, steps come out. What cannot yet be told from a boundary is held back.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::Finder;

use super::{MultipartError, PartHead};

const HEAD_BYTES_MAX: usize = 8 * 1024;
const PARTS_MAX: usize = 1000;

/// What came next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Feed more bytes.
    NeedMore,
    Head(PartHead),
    /// Content of the current part, never empty.
    Data(Bytes),
    PartEnd,
    /// The closing boundary; what follows is ignored.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Preamble,
    /// Behind a boundary: a line end or two hyphens.
    Boundary,
    Head,
    Data,
    End,
}

#[derive(Debug)]
pub(super) struct Parser {
    /// `\r\n--boundary`.
    delimiter: Finder<'static>,
    held: BytesMut,
    stage: Stage,
    part_count: usize,
}

impl Parser {
    pub(super) fn new(boundary: &str) -> Self {
        let delimiter = Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // A line end in front makes the first boundary look like the others.
        Self { delimiter, held: BytesMut::from(&b"\r\n"[..]), stage: Stage::Preamble, part_count: 0 }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        if self.stage != Stage::End {
            self.held.extend_from_slice(bytes);
        }
    }

    pub(super) fn step(&mut self) -> Result<Step, MultipartError> {
        loop {
            match self.stage {
                Stage::End => return Ok(Step::End),
                Stage::Preamble => {
                    let Some(at) = self.delimiter.find(&self.held) else {
                        let kept = self.held.len().min(self.delimiter.needle().len() - 1);
                        self.held.advance(self.held.len() - kept);
                        return Ok(Step::NeedMore);
                    };
                    self.held.advance(at + self.delimiter.needle().len());
                    self.stage = Stage::Boundary;
                }
                Stage::Boundary => {
                    if !self.pass_boundary()? {
                        return Ok(Step::NeedMore);
                    }
                }
                Stage::Head => return self.head(),
                Stage::Data => return Ok(self.data()),
            }
        }
    }

    /// Goes behind the rest of a boundary's line; false when it is not there yet.
    fn pass_boundary(&mut self) -> Result<bool, MultipartError> {
        let padding = self.held.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match &self.held[padding..] {
            [b'-', b'-', ..] if padding == 0 => self.stage = Stage::End,
            [b'\r', b'\n', ..] => {
                self.held.advance(padding + 2);
                self.stage = Stage::Head;
            }
            [] | [b'-' | b'\r'] if padding < HEAD_BYTES_MAX => return Ok(false),
            _ => {
                return Err(MultipartError::Malformed(
                    "a boundary is followed by neither a line end nor `--`",
                ));
            }
        }
        Ok(true)
    }

    fn head(&mut self) -> Result<Step, MultipartError> {
        let end = if self.held.starts_with(b"\r\n") {
            Some((0, 2))
        } else {
            memchr::memmem::find(&self.held, b"\r\n\r\n").map(|at| (at, at + 4))
        };
        let Some((length, used)) = end else {
            if self.held.len() > HEAD_BYTES_MAX {
                return Err(MultipartError::Malformed("the head of a part is too long"));
            }
            return Ok(Step::NeedMore);
        };
        if length > HEAD_BYTES_MAX {
            return Err(MultipartError::Malformed("the head of a part is too long"));
        }
        self.part_count += 1;
        if self.part_count > PARTS_MAX {
            return Err(MultipartError::TooManyParts { limit: PARTS_MAX });
        }
        let head = PartHead::parse(&self.held[..length])?;
        self.held.advance(used);
        self.stage = Stage::Data;
        Ok(Step::Head(head))
    }

    fn data(&mut self) -> Step {
        if let Some(at) = self.delimiter.find(&self.held) {
            if at > 0 {
                return Step::Data(self.held.split_to(at).freeze());
            }
            self.held.advance(self.delimiter.needle().len());
            self.stage = Stage::Boundary;
            return Step::PartEnd;
        }
        let kept = self.held.len().min(self.delimiter.needle().len() - 1);
        let ready = self.held.len() - kept;
        if ready == 0 { Step::NeedMore } else { Step::Data(self.held.split_to(ready).freeze()) }
    }
}
