//! Connections of the general session: TCP or Unix socket, perhaps through a proxy, perhaps with TLS.
//!
//! Opens them and says how long that took; what is sent over them is `exchange`'s.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use dyno_model::FailureKind;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::Failure;
use super::{Shared, proxy};
use crate::endpoint::{Address, Endpoint};
use crate::local_port;

/// A connection that was just opened.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The connection.
    pub transport: Transport,
    /// Where it goes.
    pub address: Address,
    /// How long connecting took, with proxy and TLS.
    pub connect_time: Duration,
    /// How long the TLS handshake took.
    pub tls_time: Option<Duration>,
}

/// A socket, with or without TLS.
#[derive(Debug)]
pub(crate) enum Transport {
    /// Plain text.
    Plain(Socket),
    /// TLS; boxed because it is large and connections lie in lists.
    Tls(Box<TlsStream<Socket>>),
}

/// A stream socket.
#[derive(Debug)]
pub(crate) enum Socket {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a Unix socket.
    Unix(UnixStream),
}

/// How far opening a connection has come, for the message of a timeout.
#[derive(Debug, Clone, Copy)]
enum Phase {
    Connecting,
    Proxy,
    Handshake,
}

/// Opens a connection to the endpoint's next address.
pub(crate) async fn open(shared: &Shared, endpoint: &Endpoint) -> Result<Opened, Failure> {
    let limit = shared.plan.http.connection.connect_timeout;
    let (address, source) = shared.next_address(endpoint);
    let mut phase = Phase::Connecting;
    match tokio::time::timeout(limit, open_at(shared, endpoint, address, source, &mut phase)).await {
        Ok(opened) => opened,
        Err(_) => Err(match phase {
            Phase::Connecting => Failure::timeout(&format!("no connection to {address}"), limit),
            Phase::Proxy => Failure::timeout(&format!("no tunnel from the proxy {address}"), limit),
            Phase::Handshake => Failure::timeout(&format!("no TLS handshake with {address}"), limit),
        }),
    }
}

async fn open_at(
    shared: &Shared,
    endpoint: &Endpoint,
    address: &Address,
    source: Option<IpAddr>,
    phase: &mut Phase,
) -> Result<Opened, Failure> {
    let started = Instant::now();
    let connected = connect(address, source).await;
    let mut socket = connected.map_err(|error| Failure::connecting(&error, address))?;
    let connection = &shared.plan.http.connection;
    if connection.proxy.is_some() && connection.unix_socket.is_none() {
        *phase = Phase::Proxy;
        proxy::tunnel(&mut socket, endpoint, connection.proxy_credentials.as_ref()).await?;
    }
    let Some(name) = endpoint.server_name.as_ref().filter(|_| endpoint.tls) else {
        let transport = Transport::Plain(socket);
        return Ok(Opened {
            transport,
            address: address.clone(),
            connect_time: started.elapsed(),
            tls_time: None,
        });
    };
    *phase = Phase::Handshake;
    let Some(config) = &shared.plan.tls else {
        return Err(Failure::new(
            FailureKind::Tls,
            "the system has no certificate store to verify the server with",
        ));
    };
    let handshake_started = Instant::now();
    let stream = TlsConnector::from(Arc::clone(config)).connect(name.clone(), socket).await;
    let stream = stream.map_err(|error| Failure::handshake(&error))?;
    Ok(Opened {
        transport: Transport::Tls(Box::new(stream)),
        address: address.clone(),
        connect_time: started.elapsed(),
        tls_time: Some(handshake_started.elapsed()),
    })
}

async fn connect(address: &Address, source: Option<IpAddr>) -> io::Result<Socket> {
    match address {
        Address::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
        Address::Tcp(to) => {
            let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            socket.set_nodelay(true)?;
            if let Some(source) = source {
                local_port::choose_port_late(&socket)?;
                socket.bind(SocketAddr::new(source, 0))?;
            }
            socket.connect(*to).await.map(Socket::Tcp)
        }
    }
}

impl Transport {
    /// The version of TLS in words, such as `TLS 1.3`.
    pub(crate) fn tls_version(&self) -> Option<&'static str> {
        let Self::Tls(stream) = self else { return None };
        match stream.get_ref().1.protocol_version()? {
            rustls::ProtocolVersion::TLSv1_3 => Some("TLS 1.3"),
            rustls::ProtocolVersion::TLSv1_2 => Some("TLS 1.2"),
            _ => Some("TLS"),
        }
    }

    /// Whether an idle connection can carry another request: the peer has neither closed it nor said anything.
    pub(super) async fn is_usable(&mut self) -> bool {
        std::future::poll_fn(|context| {
            let mut byte = [0];
            let read = Pin::new(&mut *self).poll_read(context, &mut ReadBuf::new(&mut byte));
            Poll::Ready(read.is_pending())
        })
        .await
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, into),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_read(context, into),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Transport {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(socket) => Pin::new(socket).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
