//! Floods and malformed heads as raw frames: what each makes the server do.

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const GOAWAY: u8 = 0x7;
const ENHANCE_YOUR_CALM: u32 = 0xb;
const PROTOCOL_ERROR: u32 = 0x1;

fn frame(kind: u8, flags: u8, stream_id: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend_from_slice(&[kind, flags]);
    frame.extend_from_slice(&stream_id.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// Literal fields without indexing.
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for part in [name, value] {
            assert!(part.len() < 127);
            block.push(part.len() as u8);
            block.extend_from_slice(part.as_bytes());
        }
    }
    block
}

fn fields_of_get<'a>(path: &'a str, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", path)];
    fields.extend_from_slice(more);
    fields
}

fn headers(stream_id: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    frame(0x1, 0x5, stream_id, &block(fields))
}

/// One raw connection.
struct Raw {
    stream: TcpStream,
    seen: Vec<(u8, u32, Vec<u8>)>,
}

impl Raw {
    async fn connect(server: &RunningServer, settings: &[u8]) -> Self {
        let mut stream = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
        let hello = [PREFACE, &frame(SETTINGS, 0, 0, settings)].concat();
        stream.write_all(&hello).await.unwrap();
        Self { stream, seen: Vec::new() }
    }

    /// Sends, whether or not the server still listens.
    async fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next frame; `None` at the end of the connection.
    async fn next(&mut self) -> Option<(u8, u32, Vec<u8>)> {
        let mut header = [0; 9];
        self.stream.read_exact(&mut header).await.ok()?;
        let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
        let stream_id = u32::from_be_bytes(*header.last_chunk().unwrap());
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some((header[3], stream_id, payload))
    }

    /// The error code of the first GOAWAY or RST_STREAM, with the kind of frame.
    async fn verdict(&mut self) -> Option<(u8, u32)> {
        while let Some((kind, stream_id, payload)) = self.next().await {
            let at = if kind == GOAWAY { 4 } else { 0 };
            let code = payload.get(at..at + 4).map(|code| u32::from_be_bytes(code.try_into().unwrap()));
            self.seen.push((kind, stream_id, payload));
            if let (GOAWAY | RST_STREAM, Some(code)) = (kind, code) {
                return Some((kind, code));
            }
        }
        None
    }
}

#[track_caller]
fn check_flood(change: impl FnOnce(&mut Limits), settings: &[u8], wire: &[u8]) {
    let server = start(change);
    let verdict = block_on(async {
        let mut raw = Raw::connect(&server, settings).await;
        raw.send(wire).await;
        loop {
            match raw.verdict().await {
                Some((RST_STREAM, _)) => {}
                other => break other,
            }
        }
    });
    assert_eq!(verdict, Some((GOAWAY, ENHANCE_YOUR_CALM)));
}

#[track_caller]
fn check_malformed(fields: &[(&str, &str)]) {
    let server = start(|_| {});
    let verdict = block_on(async {
        let mut raw = Raw::connect(&server, &[]).await;
        raw.send(&headers(1, fields)).await;
        raw.verdict().await
    });
    assert_eq!(verdict, Some((RST_STREAM, PROTOCOL_ERROR)), "{fields:?}");
}

#[test]
fn malformed_heads_reset_their_stream() {
    check_malformed(&[(":method", "GET"), (":scheme", "http"), (":authority", "a")]);
    check_malformed(&[(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "")]);
    check_malformed(&[(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "*")]);
    check_malformed(&[(":method", "GET"), (":scheme", "http"), (":authority", "u@a"), (":path", "/")]);
    check_malformed(&fields_of_get("/plain", &[("a", " b")]));
    check_malformed(&fields_of_get("/plain", &[("a", "b\t")]));
    check_malformed(&fields_of_get("/plain", &[("host", "other")]));
    check_malformed(&fields_of_get("/plain", &[("content-length", "1"), ("content-length", "1")]));
    check_malformed(&fields_of_get("/plain", &[("connection", "close")]));
}

#[test]
fn a_handler_can_end_the_connection_with_a_code() {
    check_flood(|_| {}, &[], &headers(1, &fields_of_get("/goaway", &[])));
}

#[test]
fn refused_heads_are_answered() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        for (name, value, count, status) in [("cookie", "a=b", 101, 431), ("expect", "miracles", 1, 417)] {
            let mut request = request(Method::GET, "/plain");
            for _ in 0..count {
                request.headers_mut().append(name, value.parse().unwrap());
            }
            let (response, _) = send.send_request(request, true).unwrap();
            assert_eq!(response.await.unwrap().status(), status);
        }
        let mut raw = Raw::connect(&server, &[]).await;
        raw.send(&headers(1, &[(":method", "GET"), (":scheme", "http"), (":path", "/plain")])).await;
        let block = loop {
            if let (0x1, _, block) = raw.next().await.unwrap() {
                break block;
            }
        };
        // `:status: 400` has a number of its own in the static table.
        assert_eq!(block[0], 0x8c);
    });
}

#[test]
fn limits_are_announced_and_held() {
    let server = start(|limits| {
        limits.http2.streams_max = 2;
        limits.http2.stream_window_bytes = 70_000;
        limits.http2.connection_window_bytes = 100_000;
        limits.http2.frame_bytes_max = 20_000;
        limits.http2.header_list_bytes_max = 3_000;
    });
    block_on(async {
        let mut raw = Raw::connect(&server, &[]).await;
        let (kind, _, settings) = raw.next().await.unwrap();
        assert_eq!(kind, SETTINGS);
        for (name, value) in [(3_u16, 2_u32), (4, 70_000), (5, 20_000), (6, 3_000), (8, 1)] {
            let setting = [&name.to_be_bytes()[..], &value.to_be_bytes()].concat();
            assert!(settings.chunks(6).any(|found| found == setting), "{name} in {settings:?}");
        }
        for id in [1, 3, 5] {
            raw.send(&headers(id, &fields_of_get("/never", &[]))).await;
        }
        const REFUSED_STREAM: u32 = 7;
        assert_eq!(raw.verdict().await, Some((RST_STREAM, REFUSED_STREAM)));
        let window = raw.seen.iter().find(|(kind, ..)| *kind == 0x8).unwrap();
        assert_eq!(window, &(0x8, 0, (100_000_u32 - 65_535).to_be_bytes().to_vec()));
        let mut send = connect(server.local_addrs()[0]).await;
        let mut large = request(Method::GET, "/plain");
        large.headers_mut().insert("a", "b".repeat(3_000).parse().unwrap());
        // A client that heeds the announcement refuses to send it; this one does not look.
        let (response, _) = send.send_request(large, true).unwrap();
        assert_eq!(response.await.unwrap().status(), 431);
    });
}

#[test]
fn a_control_flood_ends_the_connection() {
    let few = |limits: &mut Limits| limits.http2.control_frames_max = 50;
    check_flood(few, &[], &frame(PING, 0, 0, &[0; 8]).repeat(60));
    check_flood(few, &[], &frame(SETTINGS, 0, 0, &[]).repeat(60));
    check_flood(few, &[], &frame(0x2, 0, 1, &[0, 0, 0, 3, 7]).repeat(60));
    check_flood(few, &[], &frame(0x10, 0, 0, b"\0\0\0\x01u=1").repeat(60));
    check_flood(few, &[], &frame(0x8, 0, 0, &[0, 0, 0, 1]).repeat(60));
    check_flood(few, &[], &frame(0xfa, 0, 0, b"unknown").repeat(60));
}

#[test]
fn requests_between_control_frames_are_no_flood() {
    let server = start(|limits| limits.http2.control_frames_max = 10);
    block_on(async {
        let mut raw = Raw::connect(&server, &[]).await;
        for number in 0..20 {
            raw.send(&frame(PING, 0, 0, &[0; 8]).repeat(5)).await;
            raw.send(&headers(number * 2 + 1, &fields_of_get("/plain", &[]))).await;
        }
        let mut answered = 0;
        while answered < 20 {
            let (kind, ..) = raw.next().await.expect("no end of the connection");
            assert_ne!(kind, GOAWAY);
            answered += usize::from(kind == 0x1);
        }
    });
}

#[test]
fn rapid_resets_end_the_connection() {
    let wire: Vec<u8> = (0..300_u32)
        .flat_map(|number| {
            let id = number * 2 + 1;
            [headers(id, &fields_of_get("/never", &[])), frame(RST_STREAM, 0, id, &[0, 0, 0, 8])].concat()
        })
        .collect();
    check_flood(|limits| limits.http2.resets_per_10s_max = 100, &[], &wire);
    // The library's own count of streams reset before anybody looked at them.
    check_flood(|limits| limits.http2.pending_reset_max = 5, &[], &wire);
}

#[test]
fn making_the_server_reset_streams_ends_the_connection() {
    let wire: Vec<u8> = (0..60_u32)
        .flat_map(|number| headers(number * 2 + 1, &fields_of_get("/plain", &[("a", " ")])))
        .collect();
    check_flood(|limits| limits.http2.own_resets_max = 30, &[], &wire);
}

#[test]
fn an_hpack_bomb_held_by_a_zero_window_ends_the_connection() {
    // One long field in the dynamic table, then one byte for each copy of it, on streams that can never be answered.
    let value = "v".repeat(120);
    let mut first = block(&fields_of_get("/large", &[]));
    first.extend_from_slice(&[0x40, 1, b'b', 120]);
    first.extend_from_slice(value.as_bytes());
    let mut wire = frame(0x1, 0x5, 1, &first);
    for number in 1..120_u32 {
        let mut bomb = block(&fields_of_get("/large", &[]));
        bomb.extend_from_slice(&[0xbe; 90]);
        wire.extend(frame(0x1, 0x5, number * 2 + 1, &bomb));
    }
    let zero_window = [0, 4, 0, 0, 0, 0];
    check_flood(|_| {}, &zero_window, &wire);
}

#[test]
fn an_answer_that_nobody_takes_is_given_up() {
    let server = start(|limits| limits.connections.write_stall_time_max = Duration::from_millis(300));
    block_on(async {
        let zero_window = [0, 4, 0, 0, 0, 0];
        let mut raw = Raw::connect(&server, &zero_window).await;
        raw.send(&headers(1, &fields_of_get("/large", &[]))).await;
        assert_eq!(raw.verdict().await, Some((RST_STREAM, 0x8)));
        // Another stream of the same connection goes on.
        raw.send(&headers(3, &fields_of_get("/nowhere", &[]))).await;
        let (kind, stream_id, _) = raw.next().await.unwrap();
        assert_eq!((kind, stream_id), (0x1, 3));
    });
}

#[test]
fn a_priority_update_before_and_during_an_answer_changes_its_turn() {
    const PRIORITY_UPDATE: u8 = 0x10;
    let server = start(|_| {});
    let update = |stream_id: u32, value: &str| {
        frame(PRIORITY_UPDATE, 0, 0, &[&stream_id.to_be_bytes(), value.as_bytes()].concat())
    };
    block_on(async {
        let window = [0, 4, 0x7f, 0xff, 0xff, 0xff];
        let mut raw = Raw::connect(&server, &window).await;
        let wire = [
            update(1, "u=1"),
            update(3, "u=5"),
            headers(3, &fields_of_get("/large", &[("priority", "u=0")])),
            headers(1 + 4, &fields_of_get("/large", &[("priority", "u=4")])),
            // Said while both wait for the window of the connection, which lets 65,535 bytes pass.
            update(5, "u=7"),
            frame(0x8, 0, 0, &3_000_000_u32.to_be_bytes()),
        ];
        raw.send(&wire.concat()).await;
        let mut ended = Vec::new();
        while ended.len() < 2 {
            let mut header = [0; 9];
            raw.stream.read_exact(&mut header).await.unwrap();
            let length = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
            raw.stream.read_exact(&mut vec![0; length]).await.unwrap();
            if header[3] == 0 && header[4] & 1 == 1 {
                ended.push(header[8]);
            }
        }
        assert_eq!(ended, [3, 5], "u=5 by PRIORITY_UPDATE goes before u=7, whatever the fields say");
    });
}

#[test]
fn a_socket_that_takes_nothing_is_reset() {
    let server = start(|limits| limits.connections.write_stall_time_max = Duration::from_millis(300));
    block_on(async {
        let window = [0, 4, 0x7f, 0xff, 0xff, 0xff];
        let mut raw = Raw::connect(&server, &window).await;
        raw.send(&frame(0x8, 0, 0, &[0x7f, 0xff, 0, 0])).await;
        raw.send(&headers(1, &fields_of_get("/endless", &[]))).await;
        let report = server.shutdown_within(Duration::from_secs(20)).await;
        assert_eq!(report, ShutdownReport::default(), "the connection ended by itself");
    });
}

#[test]
fn an_idle_connection_and_a_slow_preface_are_ended() {
    let server = start(|limits| {
        limits.http1.keep_alive_time_max = Duration::from_millis(300);
        limits.http1.head_time_max = Duration::from_millis(300);
    });
    block_on(async {
        let mut raw = Raw::connect(&server, &[]).await;
        raw.send(&headers(1, &fields_of_get("/plain", &[]))).await;
        assert_eq!(raw.verdict().await, Some((GOAWAY, 0)));
        assert_eq!(raw.verdict().await, None, "closed although the goodbye was not answered");
        let mut silent = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
        silent.write_all(PREFACE).await.unwrap();
        let mut rest = Vec::new();
        // The server's settings, then the end.
        let _ = silent.read_to_end(&mut rest).await;
        assert_eq!(rest[3], SETTINGS);
    });
}

#[test]
fn slow_bodies_get_a_408() {
    let server = start(|limits| limits.http1.body_read_time_max = Duration::from_millis(200));
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        let (response, mut stream) = send.send_request(request(Method::POST, "/echo"), false).unwrap();
        stream.send_data("abc".into(), false).unwrap();
        assert_eq!(response.await.unwrap().status(), 408);
    });
}
