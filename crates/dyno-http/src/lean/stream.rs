//! The bytes of a connection, with or without TLS, on a socket that never blocks.

use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use dyno_proto::return_stack;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recv, send};
use rustls::{ClientConfig, ClientConnection};
use rustls_pki_types::ServerName;

/// What a read gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Received {
    /// This many bytes at the start of the buffer; `drained` when nothing more is waiting.
    Bytes { count: usize, drained: bool },
    /// Nothing for now.
    Nothing,
    /// The peer has closed.
    End,
}

/// A socket, or TLS over it.
#[derive(Debug)]
pub(super) struct Stream {
    socket: OwnedFd,
    tls: Option<Box<ClientConnection>>,
    /// Plain bytes that the socket did not take yet.
    unsent: Vec<u8>,
    /// Whether the last read from the socket left it empty.
    drained: bool,
}

impl Stream {
    pub(super) fn new(socket: OwnedFd) -> Self {
        Self { socket, tls: None, unsent: Vec::new(), drained: false }
    }

    /// Puts TLS over the socket; the handshake is still to be made.
    pub(super) fn with_tls(
        self,
        config: Arc<ClientConfig>,
        server_name: ServerName<'static>,
    ) -> Result<Self, rustls::Error> {
        let tls = ClientConnection::new(config, server_name)?;
        Ok(Self { tls: Some(Box::new(tls)), ..self })
    }

    pub(super) fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    pub(super) fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether a TLS handshake is still going on.
    pub(super) fn is_handshaking(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.is_handshaking())
    }

    /// Takes the handshake forward: writes what it has to say, reads what has come. True when it is over.
    pub(super) fn handshake(&mut self, scratch: &mut [u8]) -> io::Result<bool> {
        while self.is_handshaking() {
            self.flush()?;
            match self.feed_tls(scratch)? {
                Received::Nothing => break,
                Received::End => return Err(io::ErrorKind::UnexpectedEof.into()),
                Received::Bytes { .. } => {}
            }
        }
        self.flush()?;
        Ok(!self.is_handshaking())
    }

    /// Reads into `plain`; `scratch` holds TLS records on their way.
    #[inline]
    pub(super) fn receive(&mut self, plain: &mut [u8], scratch: &mut [u8]) -> io::Result<Received> {
        if self.tls.is_some() { self.receive_tls(plain, scratch) } else { receive_from(&self.socket, plain) }
    }

    fn receive_tls(&mut self, plain: &mut [u8], scratch: &mut [u8]) -> io::Result<Received> {
        loop {
            let tls = self.tls.as_mut().expect("invariant: only called with TLS");
            match tls.reader().read(plain) {
                Ok(0) => return Ok(Received::End),
                Ok(count) => {
                    // More may wait inside TLS even when the socket is empty, unless this read left room.
                    return Ok(Received::Bytes { count, drained: self.drained && count < plain.len() });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Received::End),
                Err(error) => return Err(error),
            }
            match self.feed_tls(scratch)? {
                Received::Nothing => return Ok(Received::Nothing),
                // Let TLS say whether that end was announced.
                Received::End | Received::Bytes { .. } => {}
            }
        }
    }

    /// Moves bytes from the socket into TLS.
    fn feed_tls(&mut self, scratch: &mut [u8]) -> io::Result<Received> {
        let received = receive_from(&self.socket, scratch)?;
        let tls = self.tls.as_mut().expect("invariant: only called with TLS");
        match received {
            Received::Nothing => {}
            Received::End => {
                tls.read_tls(&mut io::empty())?;
                self.drained = true;
            }
            Received::Bytes { count, drained } => {
                self.drained = drained;
                let mut rest = &scratch[..count];
                while !rest.is_empty() {
                    tls.read_tls(&mut rest)?;
                    let processed = tls.process_new_packets();
                    if let Err(error) = processed {
                        // The alert that tells the peer why is worth an attempt.
                        let _ = self.flush();
                        return Err(io::Error::new(io::ErrorKind::InvalidData, error));
                    }
                }
            }
        }
        Ok(received)
    }

    /// Sends bytes; what the socket does not take now is kept for [`Self::flush`].
    #[inline]
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(bytes)?;
            return self.flush();
        }
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let sent = send_to(&self.socket, bytes)?;
        if sent < bytes.len() {
            self.unsent.extend_from_slice(&bytes[sent..]);
        }
        Ok(())
    }

    /// Sends what is left over, as far as the socket takes it.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() {
                match tls.write_tls(&mut Writer(&self.socket)) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error),
                }
            }
            return Ok(());
        }
        while !self.unsent.is_empty() {
            let sent = send_to(&self.socket, &self.unsent)?;
            if sent == 0 {
                return Ok(());
            }
            self.unsent.drain(..sent);
        }
        Ok(())
    }

    /// Whether something waits for the socket to become writable.
    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty() || self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }
}

struct Writer<'a>(&'a OwnedFd);

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let sent = send(self.0, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        return_stack::refill();
        Ok(sent?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[inline]
fn receive_from(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<Received> {
    loop {
        let received = recv(socket, &mut *buffer, RecvFlags::DONTWAIT);
        return_stack::refill();
        return match received {
            Ok((0, _)) => Ok(Received::End),
            Ok((count, _)) => Ok(Received::Bytes { count, drained: count < buffer.len() }),
            Err(Errno::AGAIN) => Ok(Received::Nothing),
            Err(Errno::INTR) => continue,
            Err(error) => Err(error.into()),
        };
    }
}

/// How many bytes the socket took; 0 when it takes none for now.
#[inline]
fn send_to(socket: &OwnedFd, bytes: &[u8]) -> io::Result<usize> {
    loop {
        let sent = send(socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT);
        return_stack::refill();
        return match sent {
            Ok(sent) => Ok(sent),
            Err(Errno::AGAIN) => Ok(0),
            Err(Errno::INTR) => continue,
            Err(error) => Err(error.into()),
        };
    }
}
