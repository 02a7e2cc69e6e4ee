//! WebSockets of a real server on port 0, spoken to by our own client and by raw bytes.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use dyno_proto::websocket::deflate::DeflateConfig;
use dyno_proto::websocket::{CloseCode, CloseFrame, MessageLimits, OpCode};

use crate::*;

mod fan_out;
mod handshake;
mod http2;
mod limits;

type Serve = Rc<dyn Fn(WebSocketConnection) -> LocalFuture<()>>;

/// Serves every path with one function.
struct Place {
    config: Rc<WebSocketConfig>,
    serve: Serve,
}

impl Handler for Place {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        let upgrade = match WebSocketUpgrade::read(request) {
            Ok(upgrade) => upgrade.with_config(Rc::clone(&self.config)),
            Err(refusal) => return refusal.write(response),
        };
        let serve = Rc::clone(&self.serve);
        upgrade.serve(move |socket| serve(socket)).write(response)
    }
}

fn start<F: Future<Output = ()> + 'static>(
    config: WebSocketConfig,
    serve: impl Fn(WebSocketConnection) -> F + Clone + Send + Sync + 'static,
) -> RunningServer {
    Server::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .threads(2)
        .start(move |_| {
            let serve = serve.clone();
            Place { config: Rc::new(config.clone()), serve: Rc::new(move |socket| Box::pin(serve(socket))) }
        })
        .unwrap()
}

async fn echo(socket: WebSocketConnection) {
    while let Some(message) = socket.receive().await {
        if (message.is_text() || message.is_binary()) && socket.send(&message).await.is_err() {
            return;
        }
    }
}

fn stop(server: RunningServer) -> ShutdownReport {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(server.shutdown())
}

fn start_echo() -> RunningServer {
    start(WebSocketConfig::default(), echo)
}

fn connect(server: &RunningServer) -> TestWebSocket {
    TestWebSocket::connect(server.local_addrs()[0], "/ws").unwrap()
}

fn connect_deflate(server: &RunningServer) -> TestWebSocket {
    let options =
        TestWebSocketOptions { deflate: Some(DeflateConfig::default()), ..TestWebSocketOptions::default() };
    TestWebSocket::connect_with(server.local_addrs()[0], "/ws", &options).unwrap()
}

#[track_caller]
fn check_closed(socket: &mut TestWebSocket, code: CloseCode) -> CloseFrame {
    loop {
        let message = socket.receive().unwrap().expect("a close frame before the end");
        if message.is_close() {
            let frame = message.close_frame().expect("a code");
            assert_eq!(frame.code, code, "{}", frame.reason);
            assert_eq!(socket.receive().unwrap(), None, "the server closes the stream");
            return frame;
        }
    }
}

fn text(text: &str) -> WebSocketMessage {
    WebSocketMessage::text_of(text)
}

#[test]
fn messages_of_any_size_come_back() {
    let server = start_echo();
    for mut socket in [connect(&server), connect_deflate(&server)] {
        let long = (0..100_000).map(|n| format!("{n} ")).collect::<String>();
        let messages = [
            text(""),
            text("hällo"),
            text(&long),
            WebSocketMessage::binary_of(vec![0, 255, 1]),
            WebSocketMessage::binary_of(
                (0..1_000_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect::<Vec<u8>>(),
            ),
        ];
        for message in messages {
            socket.send(&message).unwrap();
            let is_same = socket.receive().unwrap().as_ref() == Some(&message);
            assert!(is_same, "the {} bytes that came back are others", message.data.len());
        }
        socket.close(CloseCode::NORMAL, "thanks").unwrap();
        check_closed(&mut socket, CloseCode::NORMAL);
    }
}

#[test]
fn many_small_messages_come_back_in_order() {
    let server = start_echo();
    let mut socket = connect(&server);
    for n in 0..2_000 {
        socket.send(&text(&n.to_string())).unwrap();
    }
    for n in 0..2_000 {
        assert_eq!(socket.receive().unwrap(), Some(text(&n.to_string())));
    }
}

#[test]
fn a_ping_is_answered_and_still_delivered() {
    let (seen, pings) = mpsc::channel();
    let server = start(WebSocketConfig::default(), move |socket: WebSocketConnection| {
        let seen = seen.clone();
        async move {
            while let Some(message) = socket.receive().await {
                seen.send(message).unwrap();
            }
        }
    });
    let mut socket = connect(&server);
    let ping = WebSocketMessage { opcode: OpCode::Ping, data: b"are you there".to_vec() };
    socket.send(&ping).unwrap();
    let pong = socket.receive().unwrap().unwrap();
    assert!(pong.is_pong());
    assert_eq!(pong.data, b"are you there");
    assert_eq!(pings.recv().unwrap(), ping);
}

#[test]
fn a_close_frame_is_echoed_delivered_and_ends_the_conversation() {
    let (seen, messages) = mpsc::channel();
    let server = start(WebSocketConfig::default(), move |socket: WebSocketConnection| {
        let seen = seen.clone();
        async move {
            while let Some(message) = socket.receive().await {
                seen.send((message.close_frame(), socket.closed())).unwrap();
            }
            seen.send((socket.close_frame(), socket.send_text("late").await.is_err())).unwrap();
        }
    });
    let mut socket = connect(&server);
    socket.close(CloseCode(4001), "moved").unwrap();
    let echo = check_closed(&mut socket, CloseCode(4001));
    assert_eq!(echo.reason, "");
    let frame = Some(CloseFrame::new(CloseCode(4001), "moved"));
    assert_eq!(messages.recv().unwrap(), (frame.clone(), true));
    assert_eq!(messages.recv().unwrap(), (frame, true));
}

#[test]
fn messages_before_a_close_frame_are_still_answered() {
    let server = start_echo();
    let mut stream = connect_raw(&server);
    // One write, and the client's side of the stream is closed with it.
    stream.write_all(b"\x81\x81\0\0\0\0a\x81\x81\0\0\0\0b\x88\x82\0\0\0\0\x03\xE8").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"\x81\x01a\x81\x01b\x88\x02\x03\xE8");
}

#[test]
fn a_close_frame_is_answered_even_if_nobody_asks_for_it() {
    let config = WebSocketConfig { close_time_max: Duration::from_millis(50), ..WebSocketConfig::default() };
    let server = start(config, |_socket: WebSocketConnection| std::future::pending());
    let mut socket = connect(&server);
    socket.close(CloseCode(4000), "").unwrap();
    check_closed(&mut socket, CloseCode(4000));
}

#[test]
fn a_handler_that_ends_closes_with_1000_and_one_that_panics_with_1011() {
    let server = start(WebSocketConfig::default(), |socket: WebSocketConnection| async move {
        let message = socket.receive().await.unwrap();
        assert_ne!(message.text(), Some("panic"), "on purpose");
    });
    for (word, code) in [("end", CloseCode::NORMAL), ("panic", CloseCode::INTERNAL_ERROR)] {
        let mut socket = connect(&server);
        socket.send(&text(word)).unwrap();
        let frame = check_closed(&mut socket, code);
        assert_eq!(frame.reason, "", "what went wrong is nobody's business");
    }
}

#[test]
fn the_connection_knows_who_asked() {
    let server = start(WebSocketConfig::default(), |socket: WebSocketConnection| async move {
        let token = socket.headers().find(|(name, _)| name.eq_ignore_ascii_case("x-token"));
        let token = token.map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        let told = format!("{} {token:?} {:?}", socket.path(), socket.request().query());
        socket.send_text(told).await.unwrap();
    });
    let options = TestWebSocketOptions {
        fields: vec![("X-Token".to_owned(), "abc".to_owned())],
        ..TestWebSocketOptions::default()
    };
    let mut socket =
        TestWebSocket::connect_with(server.local_addrs()[0], "/room/7?user=x", &options).unwrap();
    assert_eq!(socket.receive().unwrap(), Some(text("/room/7 Some(\"abc\") Some(\"user=x\")")));
}

#[test]
fn events_are_called_in_their_order() {
    let (seen, calls) = mpsc::channel();
    let server = start(WebSocketConfig::default(), move |socket| {
        let tell = {
            let seen = seen.clone();
            move |what: String| seen.send(what).unwrap()
        };
        let (on_open, on_message, on_ping, on_close) = (tell.clone(), tell.clone(), tell.clone(), tell);
        WebSocketEvents::new()
            .on_open(move |_| {
                on_open("open".to_owned());
                async {}
            })
            .on_message(move |socket, message| {
                on_message(format!("message {}", message.text().unwrap()));
                async move { socket.send(&message).await.unwrap() }
            })
            .on_ping(move |_, _| {
                on_ping("ping".to_owned());
                async {}
            })
            .on_close(move |_, close| {
                on_close(format!("close {} {}", close.code.0, close.reason));
                async {}
            })
            .handle(socket)
    });
    let mut socket = connect(&server);
    socket.send(&text("a")).unwrap();
    assert_eq!(socket.receive().unwrap(), Some(text("a")));
    socket.send(&WebSocketMessage { opcode: OpCode::Ping, data: Vec::new() }).unwrap();
    socket.close(CloseCode::GOING_AWAY, "bye").unwrap();
    check_closed(&mut socket, CloseCode::GOING_AWAY);
    let expected = ["open", "message a", "ping", "close 1001 bye"];
    assert_eq!([(); 4].map(|()| calls.recv().unwrap()), expected);
    let gone = connect(&server);
    assert_eq!(calls.recv().unwrap(), "open");
    drop(gone);
    assert_eq!(calls.recv().unwrap(), "close 1006 ");
}

#[test]
fn a_message_may_be_sent_piece_by_piece() {
    let server = start(WebSocketConfig::default(), |socket: WebSocketConnection| async move {
        socket.send_fragment(OpCode::Text, "one ", false).await.unwrap();
        assert!(socket.send_text("between").await.is_err());
        socket.ping("still here").await.unwrap();
        socket.send_fragment(OpCode::Text, "two", true).await.unwrap();
    });
    let mut socket = connect(&server);
    assert!(socket.receive().unwrap().unwrap().is_ping());
    assert_eq!(socket.receive().unwrap(), Some(text("one two")));
}

#[test]
fn a_graceful_stop_says_1001_to_everybody() {
    let server = start_echo();
    let mut sockets: Vec<TestWebSocket> = (0..8).map(|_| connect(&server)).collect();
    for socket in &mut sockets {
        socket.send(&text("here")).unwrap();
        assert_eq!(socket.receive().unwrap(), Some(text("here")));
    }
    let stopping = std::thread::spawn(move || stop(server));
    for socket in &mut sockets {
        check_closed(socket, CloseCode::GOING_AWAY);
    }
    let report = stopping.join().unwrap();
    assert_eq!(report.cut_requests, 0, "{report:?}");
}

#[test]
fn who_does_not_answer_a_stop_is_cut_and_counted() {
    let server = start_echo();
    let mut stream = connect_raw(&server);
    let mut other = connect(&server);
    let stopping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(server.shutdown_within(Duration::from_millis(300)))
    });
    check_closed(&mut other, CloseCode::GOING_AWAY);
    let mut answer = Vec::new();
    // The cut may show as a reset.
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(answer[..4], [0x88, 24, 0x03, 0xE9]);
    assert_eq!(stopping.join().unwrap(), ShutdownReport { cut_connections: 1, cut_requests: 1 });
}

thread_local! {
    static KEPT: RefCell<Vec<WebSocketConnection>> = const { RefCell::new(Vec::new()) };
}

/// The handle may outlive its handler, and is then of no use.
#[test]
fn a_handle_that_is_kept_knows_that_it_is_closed() {
    let (seen, told) = mpsc::channel();
    let server = start(WebSocketConfig::default(), move |socket: WebSocketConnection| {
        let seen = seen.clone();
        async move {
            if socket.path() == "/keep" {
                return KEPT.with_borrow_mut(|kept| kept.push(socket));
            }
            for kept in KEPT.take() {
                let is_refused = kept.send_text("anybody?").await.is_err();
                seen.send((kept.closed(), is_refused, kept.receive().await)).unwrap();
            }
            seen.send((false, false, None)).unwrap();
        }
    });
    let addr = server.local_addrs()[0];
    check_closed(&mut TestWebSocket::connect(addr, "/keep").unwrap(), CloseCode::NORMAL);
    loop {
        let mut asking = TestWebSocket::connect(addr, "/ask").unwrap();
        check_closed(&mut asking, CloseCode::NORMAL);
        // The listener chooses the thread, so it may take some asking to come upon the right one.
        match told.recv().unwrap() {
            (false, ..) => {}
            found => return assert_eq!(found, (true, true, None)),
        }
    }
}

/// Opens a connection by hand, for what no client would send.
fn connect_raw(server: &RunningServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    stream
}
