//! What protects the server from its peers, each bound with the case that reaches it.

use super::*;

#[test]
fn a_message_above_the_limit_is_refused_with_1009() {
    let server = start_echo();
    let mut socket = connect(&server);
    socket.send(&WebSocketMessage::binary_of(vec![0; 1024 * 1024 + 1])).unwrap();
    check_closed(&mut socket, CloseCode::MESSAGE_TOO_BIG);
}

#[test]
fn a_bomb_is_refused_with_1009() {
    let server = start_echo();
    let mut socket = connect_deflate(&server);
    socket.send(&WebSocketMessage::binary_of(vec![0; 1_000_000])).unwrap();
    check_closed(&mut socket, CloseCode::MESSAGE_TOO_BIG);
}

#[test]
fn a_breach_of_the_protocol_is_told_and_the_stream_closed() {
    let server = start_echo();
    let mut stream = connect_raw(&server);
    // Not masked; and more behind it, which must not destroy the close frame by a reset.
    stream.write_all(b"\x81\x02hi").unwrap();
    stream.write_all(&[0; 30_000]).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\x88\x02\x03\xEA");
}

#[test]
fn the_handler_learns_what_the_peer_did_wrong() {
    let (seen, told) = mpsc::channel();
    let server = start(WebSocketConfig::default(), move |socket: WebSocketConnection| {
        let seen = seen.clone();
        async move {
            assert_eq!(socket.receive().await, None);
            seen.send((socket.failure().map(|failure| failure.to_string()), socket.close_frame())).unwrap();
        }
    });
    let mut stream = connect_raw(&server);
    stream.write_all(b"\x83\x80\0\0\0\0").unwrap();
    let (failure, close) = told.recv().unwrap();
    assert_eq!(failure.as_deref(), Some("a frame has the reserved opcode 0x3"));
    assert_eq!(close.map(|close| close.code), Some(CloseCode::PROTOCOL_ERROR));
}

#[test]
fn a_silent_peer_is_pinged_and_then_cut() {
    let config = WebSocketConfig {
        ping_interval: Some(Duration::from_millis(30)),
        pong_time_max: Duration::from_millis(30),
        ..WebSocketConfig::default()
    };
    let server = start(config, echo);
    let mut stream = connect_raw(&server);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\x89\x00", "one ping, then the end without a close frame");
}

#[test]
fn a_peer_that_answers_pings_stays() {
    let config = WebSocketConfig {
        ping_interval: Some(Duration::from_millis(20)),
        pong_time_max: Duration::from_secs(10),
        ..WebSocketConfig::default()
    };
    let server = start(config, echo);
    let mut socket = connect(&server);
    for _ in 0..5 {
        assert!(socket.receive().unwrap().unwrap().is_ping());
    }
    socket.send(&text("alive")).unwrap();
    while socket.receive().unwrap() != Some(text("alive")) {}
}

#[test]
fn a_peer_that_does_not_answer_a_close_frame_is_cut() {
    let config = WebSocketConfig { close_time_max: Duration::from_millis(50), ..WebSocketConfig::default() };
    let server = start(config, |socket: WebSocketConnection| async move {
        socket.close(CloseCode(4000), "enough").await.unwrap();
        assert_eq!(socket.receive().await, None);
    });
    let mut stream = connect_raw(&server);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\x88\x08\x0F\xA0enough");
}

#[test]
fn a_peer_that_takes_nothing_makes_the_sender_wait_and_is_cut_in_the_end() {
    let config =
        WebSocketConfig { write_stall_time_max: Duration::from_millis(100), ..WebSocketConfig::default() };
    let (seen, told) = mpsc::channel();
    let server = start(config, move |socket: WebSocketConnection| {
        let seen = seen.clone();
        async move {
            let mut sent_bytes = 0;
            let piece = vec![7; 256 * 1024];
            while socket.send_binary(&piece).await.is_ok() {
                sent_bytes += piece.len();
            }
            seen.send(sent_bytes).unwrap();
        }
    });
    let stream = connect_raw(&server);
    let sent_bytes = told.recv().unwrap();
    // One MiB of our own, and what the two sockets hold.
    assert!(sent_bytes < 64 << 20, "{sent_bytes} bytes were taken from the handler");
    drop(stream);
}

#[test]
fn a_flood_of_pings_is_held_by_backpressure() {
    let config =
        WebSocketConfig { write_stall_time_max: Duration::from_millis(200), ..WebSocketConfig::default() };
    let server =
        start(config, |socket: WebSocketConnection| async move { while socket.receive().await.is_some() {} });
    let mut stream = connect_raw(&server);
    let ping = [&b"\x89\xFD\0\0\0\0"[..], &[b'p'; 125]].concat().repeat(1000);
    stream.set_write_timeout(Some(Duration::from_secs(10))).unwrap();
    // Nothing is read here, so the server stops reading too, and cuts the connection.
    let mut sent_bytes = 0;
    while stream.write_all(&ping).is_ok() {
        sent_bytes += ping.len();
        assert!(sent_bytes < 256 << 20, "the server goes on reading without end");
    }
}

#[test]
fn messages_that_nobody_takes_are_not_read_without_end() {
    let config = WebSocketConfig { inbox_messages_max: 4, ..WebSocketConfig::default() };
    let server = start(config, |socket: WebSocketConnection| async move {
        assert_eq!(socket.receive().await, Some(text("0")));
        // What follows is taken only after this word, and all of it.
        socket.send_text("go").await.unwrap();
        for n in 1..200 {
            assert_eq!(socket.receive().await, Some(text(&n.to_string())));
        }
        socket.send_text("all").await.unwrap();
    });
    let mut socket = connect(&server);
    for n in 0..200 {
        socket.send(&text(&n.to_string())).unwrap();
    }
    assert_eq!(socket.receive().unwrap(), Some(text("go")));
    assert_eq!(socket.receive().unwrap(), Some(text("all")));
}

#[test]
fn small_limits_hold_for_compressed_messages_too() {
    let messages = MessageLimits { message_bytes_max: 100, ..MessageLimits::default() };
    let server = start(WebSocketConfig { messages, ..WebSocketConfig::default() }, echo);
    let mut socket = connect_deflate(&server);
    socket.send(&text(&"x".repeat(100))).unwrap();
    assert_eq!(socket.receive().unwrap().map(|message| message.data.len()), Some(100));
    socket.send(&text(&"x".repeat(101))).unwrap();
    check_closed(&mut socket, CloseCode::MESSAGE_TOO_BIG);
}
