//! The times of one WebSocket: silence, pong, close and stalled writes, on one timer.
//!
//! The timer is moved only when it fires or an earlier deadline comes up, so that messages cost a clock reading at most.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::Sleep;

use crate::request::Version;
use crate::websocket::config::WebSocketConfig;

/// Without any deadline the timer fires this late, finds nothing, and waits again.
const FAR: Duration = Duration::from_secs(3600);

/// A QUIC connection ends after 30 s without a packet, so its WebSockets have to be pinged well before.
const HTTP3_PING_INTERVAL_MAX: Duration = Duration::from_secs(15);

pub(super) struct Deadlines {
    ping_interval: Option<Duration>,
    pong_time_max: Duration,
    close_time_max: Duration,
    write_stall_time_max: Duration,
    heard_at: Instant,
    pinged_at: Option<Instant>,
    closing_since: Option<Instant>,
    stalled_since: Option<Instant>,
    timer: Pin<Box<Sleep>>,
    armed_for: Instant,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expired {
    /// Nothing was heard for so long that a ping is to be sent.
    Silence,
    /// The connection's time is over.
    Connection,
}

impl Deadlines {
    pub(super) fn new(config: &WebSocketConfig, version: Version) -> Self {
        let now = Instant::now();
        let of_version = if version == Version::Http3 { HTTP3_PING_INTERVAL_MAX } else { Duration::MAX };
        Self {
            ping_interval: config.ping_interval.map(|interval| interval.min(of_version)),
            pong_time_max: config.pong_time_max,
            close_time_max: config.close_time_max,
            write_stall_time_max: config.write_stall_time_max,
            heard_at: now,
            pinged_at: None,
            closing_since: None,
            stalled_since: None,
            timer: Box::pin(tokio::time::sleep_until((now + FAR).into())),
            armed_for: now + FAR,
        }
    }

    /// The peer has said something; whatever it is, it lives.
    pub(super) fn has_heard(&mut self, now: Instant) {
        self.heard_at = now;
        self.pinged_at = None;
    }

    /// Writing has stalled, or goes on again; the first of several stalls in a row counts.
    pub(super) fn set_stalled(&mut self, since: Option<Instant>) {
        self.stalled_since = if since.is_some() { self.stalled_since.or(since) } else { None };
    }

    /// The close handshake gets its time once more.
    pub(super) fn restart_closing(&mut self) {
        self.closing_since = None;
    }

    /// What is due now. A peer that is not read from cannot be silent.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        is_reading: bool,
        is_closing: bool,
    ) -> Poll<Expired> {
        if is_closing && self.closing_since.is_none() {
            self.closing_since = Some(Instant::now());
        }
        loop {
            let next = self.next(is_reading);
            if next.is_some_and(|(at, _)| at < self.armed_for) || self.timer.is_elapsed() {
                self.armed_for = next.map_or_else(|| Instant::now() + FAR, |(at, _)| at);
                self.timer.as_mut().reset(self.armed_for.into());
            }
            ready!(self.timer.as_mut().poll(context));
            let now = Instant::now();
            let Some((_, expired)) = next.filter(|(at, _)| *at <= now) else {
                // What the timer was set for has been put off since.
                continue;
            };
            if expired == Expired::Silence {
                self.pinged_at = Some(now);
            }
            return Poll::Ready(expired);
        }
    }

    fn next(&self, is_reading: bool) -> Option<(Instant, Expired)> {
        let connection = |since: Option<Instant>, limit| since.map(|at| (at + limit, Expired::Connection));
        let silence = self.ping_interval.filter(|_| is_reading && self.closing_since.is_none());
        let silence = match self.pinged_at {
            None => silence.map(|interval| (self.heard_at + interval, Expired::Silence)),
            Some(at) => silence.map(|_| (at + self.pong_time_max, Expired::Connection)),
        };
        [
            silence,
            connection(self.closing_since, self.close_time_max),
            connection(self.stalled_since, self.write_stall_time_max),
        ]
        .into_iter()
        .flatten()
        .min_by_key(|(at, _)| *at)
    }
}
