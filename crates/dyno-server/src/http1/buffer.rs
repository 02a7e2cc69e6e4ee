//! The buffers of connections: they belong to the thread, and a connection holds some only while bytes are in them.
//!
//! So an idle connection costs no buffer. Called by the HTTP/1.1 driver.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// Enough for dozens of pipelined requests.
const BLOCK_BYTES: usize = 8 * 1024;
/// A block that was read full grows up to this size, so that large bodies take few reads.
const BLOCK_BYTES_MAX: usize = 64 * 1024;
/// Larger buffers are given back to the system, as are those beyond so many.
const POOLED_COUNT_MAX: usize = 64;

/// Buffers of one thread that no connection holds.
#[derive(Default)]
pub(crate) struct BufferPool {
    /// All their bytes are initialised.
    blocks: RefCell<Vec<Vec<u8>>>,
    /// Empty, with capacity.
    outputs: RefCell<Vec<Vec<u8>>>,
}

impl BufferPool {
    pub(crate) fn take_output(&self) -> Vec<u8> {
        self.outputs.borrow_mut().pop().unwrap_or_default()
    }

    pub(crate) fn give_output(&self, mut output: Vec<u8>) {
        let mut outputs = self.outputs.borrow_mut();
        if outputs.len() < POOLED_COUNT_MAX && (1..=4 * BLOCK_BYTES_MAX).contains(&output.capacity()) {
            output.clear();
            outputs.push(output);
        }
    }

    fn take_block(&self) -> Vec<u8> {
        self.blocks.borrow_mut().pop().unwrap_or_else(|| vec![0; BLOCK_BYTES])
    }

    fn give_block(&self, block: Vec<u8>) {
        let mut blocks = self.blocks.borrow_mut();
        if blocks.len() < POOLED_COUNT_MAX && (BLOCK_BYTES..=BLOCK_BYTES_MAX).contains(&block.len()) {
            blocks.push(block);
        }
    }
}

/// The bytes read from a connection and not yet used up.
///
/// One block that is moved to its start when it runs full and grows when it is full.
#[derive(Debug, Default)]
pub(crate) struct ReadBuffer {
    /// Empty while nothing is unread and nothing is being read.
    block: Vec<u8>,
    start: usize,
    end: usize,
    was_full: bool,
}

impl ReadBuffer {
    /// What was read and not consumed.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.block[self.start..self.end]
    }

    /// Drops `count` bytes from the front.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Reads once; 0 is the end of the stream. Holds no memory while it is empty and pending.
    ///
    /// The caller bounds how much stays unconsumed, and so how far the buffer grows.
    pub(crate) fn poll_read<S: AsyncRead + Unpin>(
        &mut self,
        context: &mut Context<'_>,
        stream: &mut S,
        pool: &BufferPool,
    ) -> Poll<io::Result<usize>> {
        self.make_room(pool);
        let mut place = ReadBuf::new(&mut self.block[self.end..]);
        match Pin::new(stream).poll_read(context, &mut place) {
            Poll::Pending => {
                if self.start == self.end {
                    self.release(pool);
                }
                Poll::Pending
            }
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Ready(Ok(())) => {
                let count = place.filled().len();
                self.was_full = place.remaining() == 0;
                self.end += count;
                Poll::Ready(Ok(count))
            }
        }
    }

    /// Gives the memory back; nothing may be unread.
    pub(crate) fn release(&mut self, pool: &BufferPool) {
        debug_assert_eq!(self.start, self.end);
        pool.give_block(std::mem::take(&mut self.block));
        (self.start, self.end, self.was_full) = (0, 0, false);
    }

    fn make_room(&mut self, pool: &BufferPool) {
        if self.block.is_empty() {
            self.block = pool.take_block();
        }
        if self.end == self.block.len() && self.start > 0 {
            self.block.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let is_full = self.end == self.block.len();
        if is_full || self.was_full && self.block.len() < BLOCK_BYTES_MAX {
            self.block.resize(self.block.len() * 2, 0);
        }
        self.was_full = false;
    }
}
