//! Connections that outlive a run, for callers that play many short ones: who measures a request must not pay for a
//! connection each time.

use std::sync::Mutex;

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};

use super::connection::{Connection, State};
use super::dial;
use super::stream::Stream;

/// Open connections with nothing in flight, by the endpoint they lead to. Only asked between runs.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Vec<(u16, Stream)>>);

impl Kept {
    /// Takes one to this endpoint that the peer has not closed meanwhile.
    fn take(&self, endpoint: u16) -> Option<Stream> {
        let mut kept = self.0.lock().ok()?;
        loop {
            let place = kept.iter().rposition(|(to, _)| *to == endpoint)?;
            let (_, stream) = kept.swap_remove(place);
            if is_usable(&stream) {
                return Some(stream);
            }
        }
    }

    /// Keeps one for the next run.
    fn keep(&self, endpoint: u16, stream: Stream) {
        if let Ok(mut kept) = self.0.lock() {
            kept.push((endpoint, stream));
        }
    }
}

/// Opens connections with those of the run before, as far as there are any.
pub(super) fn begin(
    kept: Option<&Kept>,
    connections: &mut [Connection],
    epoll: &OwnedFd,
) -> rustix::io::Result<()> {
    let Some(kept) = kept else { return Ok(()) };
    for (index, connection) in connections.iter_mut().enumerate() {
        let Some(stream) = kept.take(connection.endpoint) else { continue };
        dial::register(epoll, stream.socket(), connection.generation, index as u32)?;
        connection.state = State::Open(stream);
    }
    Ok(())
}

/// Leaves connections with nothing in flight to the next run.
pub(super) fn end(kept: Option<&Kept>, connections: &mut [Connection]) {
    let Some(kept) = kept else { return };
    for connection in connections {
        if let Some(stream) = connection.take_idle() {
            kept.keep(connection.endpoint, stream);
        }
    }
}

/// Whether the peer is still there and has said nothing that nobody asked for; over TLS it may, such as new tickets.
fn is_usable(stream: &Stream) -> bool {
    match recv(stream.socket(), &mut [0; 1], RecvFlags::PEEK | RecvFlags::DONTWAIT) {
        Ok((0, _)) => false,
        Ok(_) => stream.is_tls(),
        Err(error) => error == Errno::AGAIN,
    }
}
