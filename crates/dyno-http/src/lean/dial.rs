//! Opening sockets without waiting for them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, ipproto, socket_with, sockopt};

use crate::endpoint::Address;
use crate::local_port;

/// Begins to connect; the socket becomes writable when that has succeeded or failed.
pub(super) fn begin(address: &Address, source: Option<IpAddr>) -> io::Result<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let (socket, result) = match address {
        Address::Tcp(to) => {
            let family = if to.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
            let socket = socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
            sockopt::set_tcp_nodelay(&socket, true)?;
            if let Some(source) = source {
                bind(&socket, source)?;
            }
            let result = connect(&socket, to);
            (socket, result)
        }
        Address::Unix(path) => {
            let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
            let to = rustix::net::SocketAddrUnix::new(path)?;
            let result = connect(&socket, &to);
            (socket, result)
        }
    };
    match result {
        Ok(()) | Err(rustix::io::Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error.into()),
    }
}

fn bind(socket: &OwnedFd, source: IpAddr) -> io::Result<()> {
    local_port::choose_port_late(socket)?;
    rustix::net::bind(socket, &SocketAddr::new(source, 0))?;
    Ok(())
}

/// Whether connecting succeeded, once the socket is writable.
pub(super) fn finish(socket: &OwnedFd) -> io::Result<()> {
    sockopt::socket_error(socket)?.map_err(io::Error::from)
}

/// Asks for the events of a connection's socket, edge by edge.
pub(super) fn register(
    epoll: &OwnedFd,
    socket: &OwnedFd,
    generation: u32,
    index: u32,
) -> rustix::io::Result<()> {
    let data = EventData::new_u64(u64::from(generation) << 32 | u64::from(index));
    let flags = EventFlags::IN | EventFlags::OUT | EventFlags::RDHUP | EventFlags::ET;
    epoll::add(epoll, socket, data, flags)
}
