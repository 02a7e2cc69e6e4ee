//! What a lane is: one client that answers one request after the other.

use crate::failures::Failure;

/// An answer whose whole body was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Bytes of the body, as the library gave them.
    pub received: u64,
    /// Chunks in which a streamed body came; 0 for others.
    pub chunks: u32,
    /// From the call to the first byte of the answer, ns, where the library tells; see [`Worker::details`].
    ///
    /// [`Worker::details`]: crate::Worker::details
    pub first_byte_ns: u64,
    /// Whether a connection was opened for it, where the library tells; see [`Worker::details`].
    ///
    /// [`Worker::details`]: crate::Worker::details
    pub is_new: bool,
}

impl Answer {
    /// An answer with a body of `received` bytes, read at once.
    #[must_use]
    pub fn whole(status: u16, received: usize) -> Self {
        Self { status, received: received as u64, chunks: 0, first_byte_ns: 0, is_new: false }
    }

    /// An answer whose body was read in chunks.
    #[must_use]
    pub fn streamed(status: u16, received: u64, chunks: u32) -> Self {
        Self { status, received, chunks, first_byte_ns: 0, is_new: false }
    }

    /// Reads a body in chunks of [`STREAM_CHUNK_BYTES`](crate::STREAM_CHUNK_BYTES), the last one shorter.
    ///
    /// # Errors
    /// When the body breaks off.
    pub fn stream_from(status: u16, mut body: impl std::io::Read) -> std::io::Result<Self> {
        let mut chunk = [0; crate::STREAM_CHUNK_BYTES];
        let (mut received, mut chunks) = (0, 0);
        loop {
            let mut filled = 0;
            while filled < chunk.len() {
                match body.read(&mut chunk[filled..]) {
                    Ok(0) => break,
                    Ok(read) => filled += read,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            received += filled as u64;
            chunks += u32::from(filled > 0);
            if filled < chunk.len() {
                return Ok(Self::streamed(status, received, chunks));
            }
        }
    }
}

/// A client in the mode `sync`, called by the thread of its lane.
pub trait SyncLane: Send + 'static {
    /// Asks the request of this index of the setup; returns when the whole body is there.
    ///
    /// All of it is timed, so requests are prepared when the lane is made.
    ///
    /// # Errors
    /// When there is no answer, or its body broke off. An answer with an error status is an answer.
    fn call(&mut self, request: usize) -> Result<Answer, Failure>;
}

/// Calls again after failures without an answer, up to `retries` times; all of it is one request.
pub(crate) fn call_retrying(
    lane: &mut impl SyncLane,
    request: usize,
    retries: u32,
) -> Result<Answer, Failure> {
    let mut answer = lane.call(request);
    for _ in 0..retries {
        match &answer {
            Err(failure) if failure.is_worth_a_retry() => answer = lane.call(request),
            _ => break,
        }
    }
    answer
}
