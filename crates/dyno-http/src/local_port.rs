//! One socket option that both ways of connecting need.

use std::io;

/// Lets the kernel choose the local port when connecting, so that one port can serve several destinations.
#[cfg(target_os = "linux")]
pub(crate) fn choose_port_late(socket: &impl std::os::fd::AsRawFd) -> io::Result<()> {
    let on: libc::c_int = 1;
    let size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the descriptor is open, and the option's value is an int that outlives the call.
    let result = unsafe {
        let value = std::ptr::from_ref(&on).cast();
        libc::setsockopt(socket.as_raw_fd(), libc::IPPROTO_IP, libc::IP_BIND_ADDRESS_NO_PORT, value, size)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Where there is no such option, the port is chosen when binding.
#[cfg(not(target_os = "linux"))]
pub(crate) fn choose_port_late<S>(_socket: &S) -> io::Result<()> {
    Ok(())
}
