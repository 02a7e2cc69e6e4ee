//! One worker's event loop: starts arrivals, reads answers, records samples, reopens connections.
//!
//! Edge-triggered epoll, one registration per socket. Between two answers of a busy connection stand one
//! read, one record and one write.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;

use dyno_engine::Worker;
use dyno_model::LoadModel;
use dyno_proto::return_stack;
use rustix::event::epoll::{self, EventFlags};
use rustix::time::Timespec;

use super::LeanPlan;
use super::connection::{Connection, State};
use super::failure::Failure;
use super::player::{Player, Upcoming};
use super::stream::{Received, Stream};
use super::{dial, kept};

mod failing;

/// Bytes read at once; an answer that fits needs one read.
const READ_BYTES: usize = 64 * 1024;
/// Events taken from the kernel at once.
const EVENTS: usize = 256;
/// Connections opened at the start; more are opened when all are busy.
const OPENED_AT_START: u32 = 512;
/// How often connections are checked for answers that are overdue.
const SWEEP_NS: u64 = 20_000_000;
/// The last stretch before an arrival is spun, because waking up takes about this long.
const SPIN_NS: u64 = 20_000;

/// The state of one worker.
pub(super) struct EventLoop<'p> {
    connections: Vec<Connection>,
    epoll: rustix::fd::OwnedFd,
    /// Open connections with nothing in flight, last in, first out.
    idle: Vec<u32>,
    /// Since when one has been idle without a break: what starts late after that is the generator's own fault.
    idle_since_ns: u64,
    /// When a connection may do its next thing: open again, or send after a pause.
    timers: BinaryHeap<Reverse<(u64, u32)>>,
    /// An arrival that was claimed and has not started.
    upcoming: Option<Upcoming>,
    next_sweep_ns: u64,
    buffer: Box<[u8]>,
    scratch: Box<[u8]>,
    player: Player<'p>,
}

impl<'p> EventLoop<'p> {
    pub(super) fn new(worker: Worker, plan: &'p LeanPlan) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let endpoints = plan.endpoints.len() as u32;
        let connections: Vec<Connection> = (0..worker.slots)
            .map(|slot| Connection::new(((worker.first_slot + slot) % endpoints) as u16))
            .collect();
        let at_start = if worker.load.is_open() { worker.slots.min(OPENED_AT_START) } else { worker.slots };
        let timers = (0..at_start).map(|slot| Reverse((worker.slot_start_ns(slot), slot))).collect();
        let has_tls = plan.endpoints.iter().any(|endpoint| endpoint.tls);
        let think_ns = match worker.load {
            LoadModel::Closed { think_time, .. } => think_time.as_nanos() as u64,
            LoadModel::Open { .. } => 0,
        };
        Ok(Self {
            connections,
            epoll,
            idle: Vec::with_capacity(worker.slots as usize),
            idle_since_ns: 0,
            timers,
            upcoming: None,
            next_sweep_ns: 0,
            buffer: vec![0; READ_BYTES].into(),
            scratch: vec![0; if has_tls { READ_BYTES } else { 0 }].into(),
            player: Player {
                plan,
                is_open: worker.load.is_open(),
                control: worker.control,
                clock: worker.clock,
                arrivals: worker.arrivals,
                recorder: worker.recorder,
                is_over: false,
                in_flight: 0,
                think_ns,
                dialled: worker.first_slot as usize,
                drain_ns: worker.drain_ns,
            },
        })
    }

    /// Plays until all arrivals are answered, or the time for answers is over.
    pub(super) fn play(mut self) -> io::Result<()> {
        sharpen_timers();
        kept::begin(self.player.plan.kept.as_ref(), &mut self.connections, &self.epoll)?;
        let mut events = Vec::with_capacity(EVENTS);
        loop {
            let now_ns = self.player.clock.now_ns();
            self.player.recorder.poll(now_ns);
            if self.is_finished(now_ns) {
                break;
            }
            self.run_timers(now_ns);
            if self.player.is_open {
                self.start_due(now_ns);
            }
            if now_ns >= self.next_sweep_ns {
                self.give_up_overdue(now_ns);
                self.next_sweep_ns = now_ns + SWEEP_NS;
            }
            let timeout = self.time_to_wait(now_ns);
            events.clear();
            let room = rustix::buffer::spare_capacity(&mut events);
            let waited = epoll::wait(&self.epoll, room, Some(&timeout));
            return_stack::refill();
            match waited {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                let key = event.data.u64();
                self.on_event(key as u32, (key >> 32) as u32, event.flags);
            }
        }
        kept::end(self.player.plan.kept.as_ref(), &mut self.connections);
        self.abandon_rest();
        let now_ns = self.player.clock.now_ns();
        self.player.recorder.finish(now_ns);
        Ok(())
    }

    fn is_finished(&mut self, now_ns: u64) -> bool {
        let player = &mut self.player;
        if !player.is_over && player.control.is_over(now_ns) {
            player.is_over = true;
        }
        if !player.is_over {
            return false;
        }
        let deadline_ns = player.control.play_end_ns().saturating_add(player.drain_ns);
        let unstarted = self.upcoming.is_some() && !player.control.is_over(now_ns);
        (player.in_flight == 0 && !unstarted) || player.control.is_aborted() || now_ns >= deadline_ns
    }

    /// Whether nothing will be sent any more.
    fn needs_no_more(&self) -> bool {
        self.player.is_over && self.upcoming.is_none()
    }

    /// How long the kernel may wait for events before something else is due.
    fn time_to_wait(&self, now_ns: u64) -> Timespec {
        let mut until_ns = self.next_sweep_ns.min(self.player.recorder.next_boundary_ns());
        if let Some(Reverse((at_ns, _))) = self.timers.peek() {
            until_ns = until_ns.min(*at_ns);
        }
        if let (Some(upcoming), false) = (&self.upcoming, self.idle.is_empty()) {
            until_ns = until_ns.min(upcoming.intended_start_ns.saturating_sub(SPIN_NS));
        }
        until_ns = until_ns.min(self.player.control.play_end_ns().max(now_ns + 1_000));
        let wait_ns = until_ns.saturating_sub(now_ns);
        Timespec { tv_sec: (wait_ns / 1_000_000_000) as i64, tv_nsec: (wait_ns % 1_000_000_000) as _ }
    }

    /// Opens connections and ends pauses whose time has come.
    fn run_timers(&mut self, now_ns: u64) {
        while let Some(&Reverse((at_ns, index))) = self.timers.peek() {
            if at_ns > now_ns || self.needs_no_more() {
                return;
            }
            self.timers.pop();
            if self.connections[index as usize].is_closed() {
                self.dial(index, now_ns);
            } else {
                self.on_idle(index, now_ns);
            }
        }
    }

    fn dial(&mut self, index: u32, now_ns: u64) {
        let connection = &mut self.connections[index as usize];
        let endpoint = &self.player.plan.endpoints[connection.endpoint as usize];
        self.player.dialled += 1;
        let address = &endpoint.addresses[self.player.dialled % endpoint.addresses.len()];
        let sources = &self.player.plan.source_addresses;
        let source = (!sources.is_empty()).then(|| sources[self.player.dialled % sources.len()]);
        let dialled = dial::begin(address, source).and_then(|socket| {
            dial::register(&self.epoll, &socket, connection.generation, index)?;
            Ok(socket)
        });
        match dialled {
            Ok(socket) => {
                let stream = Stream::new(socket);
                connection.state = State::Opening { stream, since_ns: now_ns, handshake_since_ns: None };
                connection.deadline_ns = now_ns + self.player.plan.connect_timeout.as_nanos() as u64;
            }
            Err(error) => self.on_dial_failed(index, &Failure::connecting(&error)),
        }
    }

    fn on_event(&mut self, index: u32, generation: u32, flags: EventFlags) {
        let connection = &mut self.connections[index as usize];
        if connection.generation != generation {
            return;
        }
        match &mut connection.state {
            State::Closed => {}
            State::Opening { .. } => self.go_on_opening(index, flags),
            State::Open(stream) => {
                if flags.contains(EventFlags::OUT)
                    && stream.has_unsent()
                    && let Err(error) = stream.flush()
                {
                    return self.on_failed(index, &Failure::transport(&error));
                }
                if flags.intersects(EventFlags::IN | EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR) {
                    self.read(index, flags.intersects(EventFlags::RDHUP | EventFlags::HUP | EventFlags::ERR));
                }
            }
        }
    }

    fn go_on_opening(&mut self, index: u32, flags: EventFlags) {
        if !flags.intersects(EventFlags::OUT | EventFlags::IN | EventFlags::ERR | EventFlags::HUP) {
            return;
        }
        match self.try_open(index) {
            Ok(None) => {}
            Ok(Some(since_ns)) => {
                let now_ns = self.player.call_began_ns(since_ns);
                self.on_idle(index, now_ns);
            }
            Err(failure) => self.on_dial_failed(index, &failure),
        }
    }

    /// Takes connecting one step further; gives when it began, once requests can be sent.
    fn try_open(&mut self, index: u32) -> Result<Option<u64>, Failure> {
        let connection = &mut self.connections[index as usize];
        let State::Opening { mut stream, since_ns, mut handshake_since_ns } =
            std::mem::replace(&mut connection.state, State::Closed)
        else {
            return Ok(None);
        };
        let endpoint = &self.player.plan.endpoints[connection.endpoint as usize];
        if handshake_since_ns.is_none() {
            dial::finish(stream.socket()).map_err(|error| Failure::connecting(&error))?;
        }
        if endpoint.tls {
            if handshake_since_ns.is_none() {
                handshake_since_ns = Some(self.player.clock.now_ns());
                stream = self.player.with_tls(stream, connection.endpoint)?;
            }
            if !stream.handshake(&mut self.scratch).map_err(|error| Failure::handshake(&error))? {
                connection.state = State::Opening { stream, since_ns, handshake_since_ns };
                return Ok(None);
            }
        }
        let now_ns = self.player.clock.now_ns();
        let tls_ns = handshake_since_ns.map(|since_ns| now_ns - since_ns);
        self.player.recorder.connected(now_ns - since_ns, tls_ns);
        connection.state = State::Open(stream);
        connection.deadline_ns = u64::MAX;
        Ok(Some(since_ns))
    }

    /// A connection has nothing in flight: gives it something to do, or lists it.
    fn on_idle(&mut self, index: u32, now_ns: u64) {
        if !self.player.is_open {
            let connection = &mut self.connections[index as usize];
            if let Err(failure) = self.player.send_next(connection, now_ns) {
                self.on_failed(index, &failure);
            }
            return;
        }
        let connection = &mut self.connections[index as usize];
        if !connection.is_listed_idle {
            connection.is_listed_idle = true;
            self.idle.push(index);
        }
        self.start_due_after(now_ns);
    }

    /// An idle connection appeared: an arrival that waited for it is ready from now on.
    fn start_due_after(&mut self, now_ns: u64) {
        if let Some(upcoming) = self.upcoming.as_mut().filter(|upcoming| upcoming.intended_start_ns <= now_ns)
        {
            upcoming.ready_ns = upcoming.ready_ns.max(now_ns);
        }
        self.start_due(now_ns);
    }

    /// Starts the arrivals of an open loop whose time has come, as far as connections are free.
    fn start_due(&mut self, now_ns: u64) {
        loop {
            if self.upcoming.is_none() {
                // With every connection busy, other workers may be free; with every one down, the arrival must fail.
                let all_busy =
                    self.idle.is_empty() && self.player.in_flight > 0 && self.closed_spare().is_none();
                if self.player.is_over || all_busy {
                    return;
                }
                self.upcoming = self.player.claim_upcoming(now_ns);
            }
            let Some(upcoming) = self.upcoming else { return };
            if upcoming.intended_start_ns > now_ns || self.player.control.is_over(now_ns) {
                return;
            }
            let Some(index) = self.idle.pop() else {
                if let Some(spare) = self.closed_spare() {
                    self.dial(spare, now_ns);
                }
                return;
            };
            self.upcoming = None;
            let connection = &mut self.connections[index as usize];
            connection.is_listed_idle = false;
            if connection.is_closed() {
                self.upcoming = Some(upcoming);
                continue;
            }
            let start_ns = self.player.clock.now_ns();
            let ready_ns = upcoming.intended_start_ns.max(self.idle_since_ns);
            if let Err(failure) = self.player.send(connection, Upcoming { ready_ns, ..upcoming }, start_ns) {
                self.on_failed(index, &failure);
            } else if connection.in_flight.len() < self.player.plan.pipeline as usize
                && !connection.is_last_use
            {
                connection.is_listed_idle = true;
                self.idle.push(index);
            }
        }
    }

    /// A connection that was never opened and could be, when every opened one is busy.
    fn closed_spare(&self) -> Option<u32> {
        let pending = self.timers.len() as u32 >= self.connections.len() as u32;
        if pending {
            return None;
        }
        let opened_at_start = OPENED_AT_START as usize;
        let spare = self.connections.get(opened_at_start..)?.iter().position(Connection::is_closed)?;
        Some((opened_at_start + spare) as u32)
    }

    /// Reads everything that a connection has to give; its end too, when the peer has hung up.
    fn read(&mut self, index: u32, has_hung_up: bool) {
        let connection = &mut self.connections[index as usize];
        let player = &mut self.player;
        loop {
            let State::Open(stream) = &mut connection.state else { return };
            let received = match stream.receive(&mut self.buffer, &mut self.scratch) {
                Ok(received) => received,
                Err(error) => return self.on_failed(index, &Failure::transport(&error)),
            };
            match received {
                Received::Nothing => break,
                Received::End => {
                    let now_ns = player.clock.now_ns();
                    return self.on_end(index, now_ns);
                }
                Received::Bytes { count, drained } => {
                    let now_ns = player.clock.now_ns();
                    let taken = connection
                        .take(&self.buffer[..count], now_ns, |answer| player.record(answer, now_ns));
                    if let Err(failure) = taken {
                        return self.on_failed(index, &failure);
                    }
                    if connection.is_last_use && connection.in_flight.is_empty() {
                        return self.reopen(index, now_ns, 0);
                    }
                    if let Some(oldest) = connection.in_flight.front() {
                        connection.deadline_ns =
                            oldest.actual_start_ns + player.plan.timeout.as_nanos() as u64;
                    }
                    if !player.is_open
                        && player.think_ns == 0
                        && let Err(failure) = player.send_next(connection, now_ns)
                    {
                        return self.on_failed(index, &failure);
                    }
                    // The end comes with the last bytes and is announced only once.
                    if drained && !has_hung_up {
                        break;
                    }
                }
            }
        }
        self.after_read(index);
    }

    /// What a connection does once all its answers are there, where that is not sending at once.
    fn after_read(&mut self, index: u32) {
        let connection = &mut self.connections[index as usize];
        let is_free = connection.in_flight.len() < self.player.plan.pipeline as usize;
        if !is_free {
            return;
        }
        if self.player.is_open {
            if !connection.is_listed_idle && !connection.is_last_use {
                let now_ns = self.player.clock.now_ns();
                self.on_idle(index, now_ns);
            }
        } else if self.player.think_ns > 0 && connection.in_flight.is_empty() {
            let now_ns = self.player.clock.now_ns();
            self.timers.push(Reverse((now_ns + self.player.think_ns, index)));
        }
    }

    fn on_end(&mut self, index: u32, now_ns: u64) {
        let connection = &mut self.connections[index as usize];
        match connection.end(now_ns) {
            Ok(Some(answer)) => {
                self.player.record(&answer, now_ns);
                self.reopen(index, now_ns, 0);
            }
            // A server may close a connection that is idle; that is no failure.
            Ok(None) => self.reopen(index, now_ns, 0),
            Err(failure) => self.on_failed(index, &failure),
        }
    }
}

/// Lets this thread be woken at the nanosecond it asks for; the default slack is 50 µs.
fn sharpen_timers() {
    // Best effort: where it is refused, arrivals are late by some microseconds more, and the record says so.
    let _ = rustix::thread::set_current_timer_slack(std::num::NonZeroU64::new(1));
}
