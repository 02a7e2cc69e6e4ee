//! UDP sockets and the QUIC endpoints on them: one per thread and address, like the listeners of TCP.
//!
//! The kernel picks the socket by the client's address, so a client must keep it: migration is off.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use quinn::crypto::rustls::QuicServerConfig;
use quinn::{
    Endpoint, EndpointConfig, MtuDiscoveryConfig, ServerConfig, TokioRuntime, TransportConfig, VarInt,
};
use socket2::{Domain, Protocol, Socket, Type};

use crate::limits::Limits;
use crate::tls::TlsMaterial;

/// What a socket may hold in each direction while its thread is busy; the system may allow less.
const SOCKET_BUFFER_BYTES: usize = 2 * 1024 * 1024;
/// Streams of the client that carry no request: control, QPACK twice, and some that are to be ignored.
const UNIDIRECTIONAL_STREAMS_MAX: u32 = 8;
/// How long the last packets of closed connections get to leave.
const FLUSH_TIME_MAX: Duration = Duration::from_millis(500);

/// One UDP socket of one thread, before its runtime.
pub(crate) struct QuicSocket {
    pub(crate) socket: UdpSocket,
    pub(crate) material: TlsMaterial,
}

/// Binds `count` sockets to `address`; with port 0 the system picks one port for all.
pub(crate) fn bind(address: SocketAddr, count: usize) -> io::Result<(SocketAddr, Vec<UdpSocket>)> {
    if address.port() != 0 {
        // SO_REUSEPORT would silently share the port with a server that already runs; this socket would not.
        bind_one(address, false)?;
    }
    let mut bound = address;
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let socket = bind_one(bound, true)?;
        bound = socket.local_addr()?;
        sockets.push(socket);
    }
    Ok((bound, sockets))
}

fn bind_one(address: SocketAddr, shares_port: bool) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if shares_port {
        socket.set_reuse_port(true)?;
    }
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Smaller buffers only lose more packets.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER_BYTES);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER_BYTES);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// One endpoint at work.
#[derive(Clone)]
pub(crate) struct QuicEndpoint {
    pub(crate) quic: Endpoint,
    material: TlsMaterial,
    transport: Arc<TransportConfig>,
    /// The configuration in use, with the TLS configuration that it was made of.
    config: Rc<RefCell<(Arc<rustls::ServerConfig>, Arc<ServerConfig>)>>,
    half_open: Rc<Cell<usize>>,
    half_open_max: usize,
}

impl QuicEndpoint {
    /// Opens an endpoint inside of a runtime; `thread_count` threads share the limit of half-open connections.
    pub(crate) fn open(socket: QuicSocket, limits: &Limits, thread_count: usize) -> io::Result<Self> {
        let QuicSocket { socket, material } = socket;
        let transport = Arc::new(transport(limits));
        let tls = material.config();
        let config = server_config(&tls, &transport)?;
        let runtime = Arc::new(TokioRuntime);
        let initial = Some((*config).clone());
        Ok(Self {
            quic: Endpoint::new(EndpointConfig::default(), initial, socket, runtime)?,
            material,
            transport,
            config: Rc::new(RefCell::new((tls, config))),
            half_open: Rc::default(),
            half_open_max: limits.http3.half_open_max.div_ceil(thread_count),
        })
    }

    /// The next connection that has shown an address of its own, or need not; `None` when the endpoint is closed.
    pub(crate) async fn accept(&self) -> Option<quinn::Incoming> {
        loop {
            let incoming = self.quic.accept().await?;
            if self.half_open.get() < self.half_open_max || incoming.remote_address_validated() {
                return Some(incoming);
            }
            // An address that is not validated may always be asked to prove itself.
            let _ = incoming.retry();
        }
    }

    /// Shakes hands with the certificate that holds now.
    pub(crate) async fn handshake(&self, incoming: quinn::Incoming) -> io::Result<quinn::Connection> {
        let _half_open = HalfOpen::new(&self.half_open);
        Ok(incoming.accept_with(self.current_config()?)?.await?)
    }

    /// Lets no further connection in.
    pub(crate) fn stop(&self) {
        self.quic.set_server_config(None);
    }

    /// Waits until what closed connections had to say is sent.
    pub(crate) async fn flush(&self) {
        let _ = tokio::time::timeout(FLUSH_TIME_MAX, self.quic.wait_idle()).await;
    }

    fn current_config(&self) -> io::Result<Arc<ServerConfig>> {
        let tls = self.material.config();
        let mut current = self.config.borrow_mut();
        if !Arc::ptr_eq(&current.0, &tls) {
            let config = server_config(&tls, &self.transport)?;
            *current = (tls, config);
        }
        Ok(Arc::clone(&current.1))
    }
}

/// One connection in its handshake.
struct HalfOpen(Rc<Cell<usize>>);

impl HalfOpen {
    fn new(count: &Rc<Cell<usize>>) -> Self {
        count.set(count.get() + 1);
        Self(Rc::clone(count))
    }
}

impl Drop for HalfOpen {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

fn server_config(
    tls: &rustls::ServerConfig,
    transport: &Arc<TransportConfig>,
) -> io::Result<Arc<ServerConfig>> {
    let mut tls = tls.clone();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    // What comes in 0-RTT can be replayed.
    tls.max_early_data_size = 0;
    let tls = QuicServerConfig::try_from(tls).map_err(io::Error::other)?;
    let mut config = ServerConfig::with_crypto(Arc::new(tls));
    config.transport_config(Arc::clone(transport)).migration(false);
    Ok(Arc::new(config))
}

fn transport(limits: &Limits) -> TransportConfig {
    let http3 = &limits.http3;
    let mut mtu = MtuDiscoveryConfig::default();
    mtu.upper_bound(http3.datagram_bytes_max);
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(http3.streams_max.into())
        .max_concurrent_uni_streams(UNIDIRECTIONAL_STREAMS_MAX.into())
        .max_idle_timeout(VarInt::from_u64(http3.idle_time_max.as_millis() as u64).ok().map(Into::into))
        .stream_receive_window(http3.stream_window_bytes.into())
        .receive_window(http3.connection_window_bytes.into())
        .send_window(http3.send_buffer_bytes_max.into())
        .datagram_receive_buffer_size(None)
        .mtu_discovery_config(Some(mtu));
    transport
}
