//! What a return after a system call costs on this machine: one line of JSON per way to make the calls.
//!
//! One thread sends 60 bytes over a TCP connection of the loopback and receives them, again and again. Where all
//! ways take the same time, the processor and its kernel lose nothing. See `docs/adr/0007-calls-after-system-calls.md`.
#![expect(clippy::print_stdout, reason = "its lines are its result")]

use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use dyno_proto::return_stack;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};
use rustix::time::{ClockId, clock_gettime};

const REQUEST: [u8; 60] = [b'x'; 60];
/// Round trips between two looks at the clock.
const BATCH: u32 = 5_000;
/// Each way is played so often, in turn; the fastest counts, since others are disturbed.
const ROUNDS: usize = 60;

struct Pair {
    sender: TcpStream,
    receiver: TcpStream,
    buffer: [u8; 256],
}

type Exchange = fn(&mut Pair) -> Result<(), Errno>;

fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let sender = TcpStream::connect(listener.local_addr()?)?;
    sender.set_nodelay(true)?;
    let mut pair = Pair { sender, receiver: listener.accept()?.0, buffer: [0; 256] };
    let ways: [(&str, Exchange); 3] =
        [("in one function", inlined), ("returned from", returned), ("returned from, refilled", refilled)];
    let mut fastest = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        for ((_, exchange), fastest) in ways.iter().zip(&mut fastest) {
            let start = now();
            exchange(&mut pair)?;
            *fastest = (*fastest).min(now() - start);
        }
    }
    for ((way, _), fastest) in ways.iter().zip(fastest) {
        let nanoseconds = (fastest / BATCH).as_nanos();
        println!("{{\"system_calls\":\"{way}\",\"nanoseconds_per_send_and_receive\":{nanoseconds}}}");
    }
    Ok(())
}

fn now() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

/// No return between two system calls.
#[inline(never)]
fn inlined(pair: &mut Pair) -> Result<(), Errno> {
    for _ in 0..BATCH {
        rustix::net::send(&pair.sender, &REQUEST, SendFlags::NOSIGNAL)?;
        rustix::net::recv(&pair.receiver, &mut pair.buffer[..], RecvFlags::empty())?;
    }
    Ok(())
}

/// One return after each, as with the functions of the C library.
#[inline(never)]
fn returned(pair: &mut Pair) -> Result<(), Errno> {
    #[inline(never)]
    fn send(pair: &Pair) -> Result<usize, Errno> {
        rustix::net::send(&pair.sender, &REQUEST, SendFlags::NOSIGNAL)
    }
    #[inline(never)]
    fn receive(pair: &mut Pair) -> Result<usize, Errno> {
        rustix::net::recv(&pair.receiver, &mut pair.buffer[..], RecvFlags::empty()).map(|(_, count)| count)
    }
    for _ in 0..BATCH {
        send(pair)?;
        receive(pair)?;
    }
    Ok(())
}

/// The same, with what the server does in front of the return.
#[inline(never)]
fn refilled(pair: &mut Pair) -> Result<(), Errno> {
    #[inline(never)]
    fn send(pair: &Pair) -> Result<usize, Errno> {
        let sent = rustix::net::send(&pair.sender, &REQUEST, SendFlags::NOSIGNAL);
        return_stack::refill();
        sent
    }
    #[inline(never)]
    fn receive(pair: &mut Pair) -> Result<usize, Errno> {
        let received = rustix::net::recv(&pair.receiver, &mut pair.buffer[..], RecvFlags::empty());
        return_stack::refill();
        received.map(|(_, count)| count)
    }
    for _ in 0..BATCH {
        send(pair)?;
        receive(pair)?;
    }
    Ok(())
}
