//! What the frames that pass by tell beyond what the `h2` library says: floods, windows, push, priorities.
//!
//! Counts and remembers; `sniffer` feeds it, the connection asks it for its verdict, streams for the rest.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use h2::Reason;

use crate::clock::ThreadClock;
use crate::limits::Http2Limits;
use crate::request::Priority;

/// Control frames are counted over this time at most, so that a long quiet connection may ping for ever.
const CONTROL_WINDOW_MS: u64 = 60_000;
const RESET_WINDOW_MS: u64 = 10_000;
/// Priorities of streams kept, of those open and those to come.
const PRIORITIES_MAX: usize = 512;
/// The window of a stream before the client's first SETTINGS.
const DEFAULT_WINDOW: i64 = 65_535;

pub(super) mod kind {
    //! Frame types.
    pub const DATA: u8 = 0x0;
    pub const HEADERS: u8 = 0x1;
    pub const PRIORITY: u8 = 0x2;
    pub const RST_STREAM: u8 = 0x3;
    pub const SETTINGS: u8 = 0x4;
    pub const PING: u8 = 0x6;
    pub const GOAWAY: u8 = 0x7;
    pub const WINDOW_UPDATE: u8 = 0x8;
    pub const CONTINUATION: u8 = 0x9;
    pub const PRIORITY_UPDATE: u8 = 0x10;
}

/// One frame as it passed by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) kind: u8,
    pub(super) flags: u8,
    pub(super) stream_id: u32,
    pub(super) length: usize,
    /// The start of the payload, for the few kinds that are looked into.
    pub(super) payload: &'a [u8],
}

/// The memory of one connection's frames.
pub(super) struct Watcher {
    clock: Rc<ThreadClock>,
    limits: Http2Limits,
    control: Count,
    resets: Count,
    /// True once bytes went out since the last WINDOW_UPDATE, which then had a reason.
    has_sent: Cell<bool>,
    verdict: Cell<Option<Reason>>,
    is_condemned: Cell<bool>,
    takes_push: Cell<bool>,
    initial_window: Cell<i64>,
    /// What WINDOW_UPDATEs added for single streams, minus what was sent there.
    windows: RefCell<HashMap<u32, i64>>,
    priorities: RefCell<HashMap<u32, Priority>>,
}

/// Events within a window of time.
#[derive(Default)]
struct Count {
    count: Cell<u32>,
    since_ms: Cell<u64>,
}

impl Count {
    fn add(&self, now_ms: u64, window_ms: u64) -> u32 {
        if now_ms - self.since_ms.get() > window_ms {
            self.since_ms.set(now_ms);
            self.count.set(0);
        }
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    fn clear(&self) {
        self.count.set(0);
    }
}

impl Watcher {
    pub(super) fn new(clock: Rc<ThreadClock>, limits: &Http2Limits) -> Self {
        Self {
            clock,
            limits: limits.clone(),
            control: Count::default(),
            resets: Count::default(),
            has_sent: Cell::new(false),
            verdict: Cell::new(None),
            is_condemned: Cell::new(false),
            takes_push: Cell::new(true),
            initial_window: Cell::new(DEFAULT_WINDOW),
            windows: RefCell::default(),
            priorities: RefCell::default(),
        }
    }

    /// Takes note of one frame of the client.
    pub(super) fn see(&self, frame: Frame<'_>) {
        match frame.kind {
            // A request, or a piece of one.
            kind::HEADERS => self.control.clear(),
            kind::DATA if frame.length > 0 => self.control.clear(),
            // The library bounds these itself.
            kind::DATA | kind::CONTINUATION => {}
            kind::RST_STREAM => {
                if self.resets.add(self.clock.now_ms(), RESET_WINDOW_MS) > self.limits.resets_per_10s_max {
                    self.condemn(Reason::ENHANCE_YOUR_CALM);
                }
            }
            kind::WINDOW_UPDATE => {
                self.open_window(frame);
                // Who takes a large body sends many of them, each for bytes that went out.
                if !self.has_sent.replace(false) {
                    self.count_control();
                }
            }
            kind::SETTINGS => {
                self.take_settings(frame);
                self.count_control();
            }
            kind::PRIORITY_UPDATE => {
                self.take_priority(frame);
                self.count_control();
            }
            _ => self.count_control(),
        }
    }

    /// Why the connection must end, if so; once.
    pub(super) fn take_verdict(&self) -> Option<Reason> {
        self.verdict.take()
    }

    /// Ends the connection; the first reason counts.
    pub(super) fn condemn(&self, reason: Reason) {
        if !self.is_condemned.replace(true) {
            self.verdict.set(Some(reason));
        }
    }

    pub(super) fn note_sent(&self) {
        self.has_sent.set(true);
    }

    /// Whether the client takes pushed answers; true until it says otherwise.
    pub(super) fn takes_push(&self) -> bool {
        self.takes_push.get()
    }

    /// The priority of a stream by PRIORITY_UPDATE, which outranks the request's field.
    pub(super) fn priority_of(&self, stream_id: u32) -> Option<Priority> {
        self.priorities.borrow().get(&stream_id).copied()
    }

    /// True when some stream has a priority by PRIORITY_UPDATE.
    pub(super) fn knows_priorities(&self) -> bool {
        !self.priorities.borrow().is_empty()
    }

    /// Takes note of body bytes handed to the library.
    pub(super) fn spend_window(&self, stream_id: u32, bytes: usize) {
        *self.windows.borrow_mut().entry(stream_id).or_default() -= bytes as i64;
    }

    /// True when the client's window for this one stream is used up.
    pub(super) fn is_window_closed(&self, stream_id: u32) -> bool {
        let change = self.windows.borrow().get(&stream_id).copied().unwrap_or(0);
        self.initial_window.get() + change <= 0
    }

    /// Forgets a stream that is over.
    pub(super) fn forget(&self, stream_id: u32) {
        self.windows.borrow_mut().remove(&stream_id);
        self.priorities.borrow_mut().remove(&stream_id);
    }

    fn count_control(&self) {
        if self.control.add(self.clock.now_ms(), CONTROL_WINDOW_MS) > self.limits.control_frames_max {
            self.condemn(Reason::ENHANCE_YOUR_CALM);
        }
    }

    fn open_window(&self, frame: Frame<'_>) {
        let Some(&increment) = frame.payload.first_chunk::<4>() else { return };
        let increment = i64::from(u32::from_be_bytes(increment) & 0x7fff_ffff);
        // Only streams that wait have an entry, besides those that just began; the library checks the numbers.
        if let Some(change) = self.windows.borrow_mut().get_mut(&frame.stream_id) {
            *change += increment;
        }
    }

    fn take_settings(&self, frame: Frame<'_>) {
        const ENABLE_PUSH: u16 = 0x2;
        const INITIAL_WINDOW_SIZE: u16 = 0x4;
        if frame.flags & 1 != 0 {
            return;
        }
        for setting in frame.payload.as_chunks::<6>().0 {
            let [a, b, value @ ..] = *setting;
            let value = u32::from_be_bytes(value);
            match u16::from_be_bytes([a, b]) {
                ENABLE_PUSH => self.takes_push.set(value != 0),
                INITIAL_WINDOW_SIZE => self.initial_window.set(i64::from(value)),
                _ => {}
            }
        }
    }

    fn take_priority(&self, frame: Frame<'_>) {
        let Some((&stream_id, value)) = frame.payload.split_first_chunk::<4>() else { return };
        let stream_id = u32::from_be_bytes(stream_id) & 0x7fff_ffff;
        let mut priorities = self.priorities.borrow_mut();
        if priorities.len() < PRIORITIES_MAX || priorities.contains_key(&stream_id) {
            priorities.insert(stream_id, Priority::parse(value));
        }
    }
}
