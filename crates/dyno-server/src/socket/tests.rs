//! What a socket owes its users, against a peer that is tokio's own.

use std::io::{ErrorKind, IoSlice};
use std::pin::Pin;

use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::Socket;
use crate::transport::Transport;

/// More than the buffers of two sockets hold.
const MUCH: usize = 16 * 1024 * 1024;

async fn pair() -> (Socket, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (Socket::new(listener.accept().await.unwrap().0), peer)
}

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index % 251) as u8).collect()
}

#[tokio::test]
async fn more_than_fits_arrives_in_order_both_ways() {
    let (mut socket, peer) = pair().await;
    peer.set_nodelay(true).unwrap();
    let sent = bytes(MUCH);
    let (mut from_peer, mut to_peer) = peer.into_split();
    let echo = tokio::spawn(async move { tokio::io::copy(&mut from_peer, &mut to_peer).await });
    let mut received = vec![0; MUCH];
    // One piece after the other, so that no side reads and writes at once and both run into full and empty buffers.
    for (piece, place) in sent.chunks(100_000).zip(received.chunks_mut(100_000)) {
        socket.write_all(piece).await.unwrap();
        socket.read_exact(place).await.unwrap();
    }
    assert!(received == sent);
    socket.shutdown().await.unwrap();
    assert_eq!(echo.await.unwrap().unwrap(), MUCH as u64);
    assert_eq!(socket.read(&mut [0]).await.unwrap(), 0, "the peer has ended");
}

#[tokio::test]
async fn a_full_socket_waits_for_its_peer() {
    let (mut socket, mut peer) = pair().await;
    let sent = bytes(MUCH);
    let writing = tokio::spawn({
        let sent = sent.clone();
        async move { socket.write_all(&sent).await }
    });
    let mut received = vec![0; MUCH];
    peer.read_exact(&mut received).await.unwrap();
    writing.await.unwrap().unwrap();
    assert!(received == sent);
}

#[tokio::test]
async fn more_parts_than_the_system_takes_arrive_in_order() {
    let (mut socket, mut peer) = pair().await;
    let sent = bytes(3 * 2000);
    let parts: Vec<_> = sent.chunks(3).map(IoSlice::new).collect();
    let mut written = 0;
    while written < sent.len() {
        let at = written / 3;
        assert_eq!(written % 3, 0, "small parts are taken whole");
        written +=
            std::future::poll_fn(|context| Pin::new(&mut socket).poll_write_vectored(context, &parts[at..]))
                .await
                .unwrap();
    }
    let mut received = vec![0; sent.len()];
    peer.read_exact(&mut received).await.unwrap();
    assert!(received == sent);
}

#[tokio::test]
async fn a_peer_that_is_gone_is_an_error_and_no_signal() {
    let (mut socket, peer) = pair().await;
    peer.set_zero_linger().unwrap();
    drop(peer);
    assert_eq!(socket.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_eq!(socket.write(b"x").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(socket.write_vectored(&[IoSlice::new(b"x")]).await.unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[tokio::test]
async fn a_reset_reaches_the_peer() {
    let (socket, mut peer) = pair().await;
    socket.reset_on_close();
    drop(socket);
    assert_eq!(peer.read(&mut [0]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
}
