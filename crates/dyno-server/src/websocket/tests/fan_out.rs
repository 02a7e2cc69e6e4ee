//! Registry and rooms: one message to many, across threads.

use super::*;

/// Joins a registry and a room named by the path; echoes to everybody in the room.
fn start_rooms(registry: &WebSocketRegistry, config: WebSocketConfig) -> RunningServer {
    let registry = registry.clone();
    start(config, move |socket: WebSocketConnection| {
        let registry = registry.clone();
        async move {
            let member = registry.join(&socket);
            let room = socket.path().to_owned();
            member.enter(&room);
            socket.send_text("joined").await.unwrap();
            while let Some(message) = socket.receive().await {
                match message.text() {
                    Some("leave") => {
                        member.leave(&room);
                        socket.send_text("left").await.unwrap();
                    }
                    Some(_) if message.is_text() => {
                        member.send_to_others(&room, message);
                    }
                    _ => {}
                }
            }
        }
    })
}

fn join(server: &RunningServer, room: &str, deflate: bool) -> TestWebSocket {
    let options = TestWebSocketOptions {
        deflate: deflate.then(DeflateConfig::default),
        ..TestWebSocketOptions::default()
    };
    let mut socket = TestWebSocket::connect_with(server.local_addrs()[0], room, &options).unwrap();
    assert_eq!(socket.receive().unwrap(), Some(text("joined")));
    socket
}

#[test]
fn a_broadcast_reaches_everybody_on_all_threads() {
    let registry = WebSocketRegistry::new();
    let server = start_rooms(&registry, WebSocketConfig::default());
    let mut sockets: Vec<TestWebSocket> = (0..20).map(|n| join(&server, "/a", n % 2 == 0)).collect();
    assert_eq!(registry.count(), 20);
    let long = "news ".repeat(1000);
    for news in ["one", &long, "three", &long] {
        assert_eq!(registry.broadcast(text(news)), 20);
    }
    for socket in &mut sockets {
        for news in ["one", &long, "three", &long] {
            assert_eq!(socket.receive().unwrap(), Some(text(news)));
        }
    }
}

#[test]
fn a_room_hears_only_its_own_and_the_sender_does_not_hear_itself() {
    let registry = WebSocketRegistry::new();
    let server = start_rooms(&registry, WebSocketConfig::default());
    let mut first = join(&server, "/a", false);
    let mut second = join(&server, "/a", true);
    let mut third = join(&server, "/b", false);
    first.send(&text("hello a")).unwrap();
    assert_eq!(second.receive().unwrap(), Some(text("hello a")));
    assert_eq!(registry.broadcast_to("/b", text("hello b")), 1);
    assert_eq!(third.receive().unwrap(), Some(text("hello b")));
    assert_eq!(registry.broadcast_to("/nowhere", text("hello")), 0);
    assert_eq!(registry.count_in("/a"), 2);
    second.send(&text("leave")).unwrap();
    assert_eq!(second.receive().unwrap(), Some(text("left")));
    assert_eq!(registry.broadcast_to("/a", text("still there?")), 1);
    assert_eq!(first.receive().unwrap(), Some(text("still there?")));
}

#[test]
fn who_goes_is_forgotten_with_its_rooms() {
    let registry = WebSocketRegistry::new();
    let server = start_rooms(&registry, WebSocketConfig::default());
    let mut socket = join(&server, "/a", false);
    assert_eq!(registry.rooms(), ["/a"]);
    socket.close(CloseCode::NORMAL, "").unwrap();
    check_closed(&mut socket, CloseCode::NORMAL);
    stop(server);
    assert_eq!((registry.count(), registry.rooms().len()), (0, 0));
}

#[test]
fn all_can_be_closed_with_a_code() {
    let registry = WebSocketRegistry::new();
    let server = start_rooms(&registry, WebSocketConfig::default());
    let mut sockets = [join(&server, "/a", false), join(&server, "/b", true)];
    registry.broadcast(text("last words"));
    registry.close_all(CloseCode::SERVICE_RESTART, "back soon");
    for socket in &mut sockets {
        assert_eq!(socket.receive().unwrap(), Some(text("last words")));
        assert_eq!(check_closed(socket, CloseCode::SERVICE_RESTART).reason, "back soon");
    }
}

/// Broadcasts until the server takes no more for a reader that does not read; returns how much it took.
fn overload(registry: &WebSocketRegistry) -> usize {
    let piece = WebSocketMessage::binary_of(vec![1; 256 * 1024]);
    let mut sent_bytes = 0;
    while registry.broadcast(piece.clone()) == 1 {
        sent_bytes += piece.data.len();
        assert!(sent_bytes < 64 << 20, "the queue has no bound");
        // The writing thread moves what fits into the socket.
        std::thread::yield_now();
    }
    sent_bytes
}

#[test]
fn a_slow_consumer_is_closed_with_1008() {
    let registry = WebSocketRegistry::new();
    let server = start_rooms(&registry, WebSocketConfig::default());
    let mut slow = join(&server, "/a", false);
    overload(&registry);
    check_closed(&mut slow, CloseCode::POLICY_VIOLATION);
}

#[test]
fn a_slow_consumer_may_miss_messages_instead() {
    let registry = WebSocketRegistry::new();
    let config = WebSocketConfig { slow_consumer: SlowConsumer::Skip, ..WebSocketConfig::default() };
    let server = start_rooms(&registry, config);
    let mut slow = join(&server, "/a", false);
    let mut expected = overload(&registry);
    while expected > 0 {
        expected -= slow.receive().unwrap().unwrap().data.len();
    }
    assert_eq!(registry.broadcast(text("caught up")), 1);
    assert_eq!(slow.receive().unwrap(), Some(text("caught up")));
}
