//! Windows of flow control in both directions.

use crate::echo;
use crate::report::Suite;

use super::case::{Client, Expected, case, check_all, connection_error, stream_error};
use super::wire::{
    Frame, code, data, flag, headers, kind, ping, request, request_with, settings, window_update,
};

const MOST: u32 = 0x7fff_ffff;

#[test]
fn window_updates() {
    let post = || headers(flag::END_HEADERS, 1, &request("POST"));
    check_all(
        "HTTP/2: windows of the server",
        &[
            case(
                "refuses an increment of 0",
                "9113 6.9",
                &[window_update(0, 0)],
                connection_error(&[code::PROTOCOL]),
            ),
            case(
                "refuses an increment of 0 on a stream",
                "9113 6.9",
                &[post(), window_update(1, 0)],
                stream_error(1, &[code::PROTOCOL]),
            ),
            case(
                "refuses a window above 2^31-1",
                "9113 6.9.1",
                &[window_update(0, MOST), window_update(0, 1)],
                connection_error(&[code::FLOW_CONTROL]),
            ),
            case(
                "refuses a window above 2^31-1 on a stream",
                "9113 6.9.1",
                &[post(), window_update(1, MOST), window_update(1, 1)],
                stream_error(1, &[code::FLOW_CONTROL]),
            ),
            case(
                "refuses an initial window that lifts a stream above 2^31-1",
                "9113 6.9.2",
                &[post(), window_update(1, MOST - 65_535), settings(&[(4, 65_536)])],
                connection_error(&[code::FLOW_CONTROL]),
            ),
            case(
                "takes increments up to 2^31-1",
                "9113 6.9.1",
                &[window_update(0, MOST - 65_535)],
                Expected::Alive,
            ),
        ],
    );
}

/// What a client may send: the windows that the server opens are held, and no more is taken.
#[test]
fn windows_of_the_client() {
    let server = echo::start();
    let mut suite = Suite::new("HTTP/2: windows of the client");
    let address = server.local_addrs()[0];
    suite.take("opens the windows again as a body is read (9113 6.9)", {
        let mut client = Client::with_settings(address, &[]);
        client.send(&headers(flag::END_HEADERS, 1, &request("POST")));
        upload(&mut client, 1_000_000)
    });
    suite.take("refuses more than the window holds (9113 6.9.1)", {
        let mut client = Client::with_settings(address, &[]);
        client.send(&headers(flag::END_HEADERS, 1, &request("POST")));
        // Two million bytes at once are above every window that is open without being asked for.
        for _ in 0..125 {
            client.send(&data(flag::NONE, 1, &[b'x'; 16_000]));
        }
        let is_end = |frame: &Frame| {
            matches!(frame.kind, kind::RST_STREAM | kind::GOAWAY)
                || frame.kind == kind::HEADERS && frame.status() == 413
        };
        client.until("FLOW_CONTROL_ERROR or 413", is_end).and_then(|frame| match frame.kind {
            kind::HEADERS => Ok(()),
            _ if [code::FLOW_CONTROL, code::NO_ERROR].contains(&frame.code()) => Ok(()),
            _ => Err(format!("{frame:?}")),
        })
    });
    suite.finish();
}

/// Sends a body of `bytes` as the windows allow, and checks the length of the echo.
fn upload(client: &mut Client, bytes: i64) -> Result<(), String> {
    let (mut left, mut of_connection, mut of_stream) = (bytes, 65_535_i64, 65_535_i64);
    while left > 0 {
        let size = of_connection.min(of_stream).min(16_384);
        if size > 0 {
            let size = size.min(left);
            left -= size;
            of_connection -= size;
            of_stream -= size;
            let flags = if left == 0 { flag::END_STREAM } else { flag::NONE };
            client.send(&data(flags, 1, &vec![b'x'; usize::try_from(size).unwrap()]));
            continue;
        }
        let Some(frame) = client.next()? else { return Err(format!("closed; came: {:?}", client.log)) };
        match (frame.kind, frame.stream) {
            (kind::WINDOW_UPDATE, 0) => of_connection += increment(&frame),
            (kind::WINDOW_UPDATE, 1) => of_stream += increment(&frame),
            (kind::SETTINGS, _) if !frame.has(flag::ACK) => {
                of_stream = of_stream - 65_535 + initial_window(&frame);
            }
            (kind::RST_STREAM | kind::GOAWAY, _) => return Err(format!("{frame:?}")),
            _ => {}
        }
    }
    // The answer is as long as the body; the client's window holds it only in part.
    client.send(&[window_update(0, 4_000_000), window_update(1, 4_000_000)].concat());
    let (status, content) = client.response(1)?;
    let expected = "POST / a: ".len() + usize::try_from(bytes).unwrap();
    if (status, content.len()) == (200, expected) {
        Ok(())
    } else {
        Err(format!("{status}, {} bytes", content.len()))
    }
}

fn increment(frame: &Frame) -> i64 {
    u32::from_be_bytes(frame.payload[..4].try_into().unwrap()).into()
}

fn initial_window(frame: &Frame) -> i64 {
    let mut parameters = frame.payload.chunks(6);
    let found = parameters.find(|parameter| parameter[..2] == [0, 4]);
    found.map_or(65_535, |parameter| u32::from_be_bytes(parameter[2..6].try_into().unwrap()).into())
}

/// What the server sends: never more than the client's windows hold, whatever happens to them.
#[test]
fn windows_for_the_server() {
    let server = echo::start();
    let address = server.local_addrs()[0];
    let mut suite = Suite::new("HTTP/2: windows for the server");
    let large = || headers(flag::WHOLE, 1, &request_with("GET", "/large", &[]));
    suite.take("sends one byte into a window of one (9113 6.9.1)", {
        let mut client = Client::with_settings(address, &[(4, 1)]);
        client.send(&headers(flag::WHOLE, 1, &request("GET")));
        first_data(&mut client, 1)
    });
    suite.take("sends nothing into a window of 0, then what fits (9113 6.9.2)", {
        let mut client = Client::with_settings(address, &[(4, 0)]);
        client.send(&headers(flag::WHOLE, 1, &request("GET")));
        let head = client.until("the head", |frame| frame.kind == kind::HEADERS && frame.stream == 1);
        head.and_then(|_| none_until_ping(&mut client)).and_then(|()| {
            client.send(&settings(&[(4, 3)]));
            first_data(&mut client, 3)
        })
    });
    suite.take("keeps to a window that has become negative (9113 6.9.2)", {
        let mut client = Client::with_settings(address, &[(4, 3)]);
        client.send(&headers(flag::WHOLE, 1, &request("GET")));
        // The three bytes are gone; a window of 2 is then one of -1, and one more byte opens none.
        let sent = first_data(&mut client, 3);
        client.send(&[settings(&[(4, 2)]), window_update(1, 1)].concat());
        sent.and_then(|()| none_until_ping(&mut client)).and_then(|()| {
            client.send(&window_update(1, 2));
            first_data(&mut client, 2)
        })
    });
    suite.take("keeps to the window of the connection (9113 6.9.1)", {
        let mut client = Client::with_settings(address, &[(4, MOST)]);
        client.send(&large());
        bytes_until_ping(&mut client, 65_535)
    });
    suite.take("sends a large answer as the windows open (9113 6.9.1)", {
        let mut client = Client::with_settings(address, &[(4, MOST)]);
        client.send(&[window_update(0, 60_000_000), large()].concat());
        let found = client.response(1);
        found.and_then(|(status, content)| match (status, content.len()) {
            (200, 6_291_456) => Ok(()),
            other => Err(format!("{other:?}")),
        })
    });
    suite.take("keeps frames within the client's bound (9113 4.2)", {
        let mut client = Client::with_settings(address, &[(4, MOST), (5, 16_384)]);
        client.send(&[window_update(0, 60_000_000), large()].concat());
        let found = client.response(1).map(|_| client.log.iter().map(|frame| frame.payload.len()).max());
        found.and_then(
            |most| if most <= Some(16_384) { Ok(()) } else { Err(format!("a frame of {most:?} bytes")) },
        )
    });
    suite.finish();
}

/// The next DATA of stream 1 has exactly this size.
fn first_data(client: &mut Client, size: usize) -> Result<(), String> {
    let found = client.until("DATA", |frame| frame.kind == kind::DATA && !frame.payload.is_empty())?;
    if found.payload.len() == size { Ok(()) } else { Err(format!("{found:?} instead of {size} bytes")) }
}

/// No content comes before the answer to a PING.
fn none_until_ping(client: &mut Client) -> Result<(), String> {
    bytes_until_ping(client, 0)
}

/// Content of exactly this size comes, and no more before the answer to a PING behind it.
fn bytes_until_ping(client: &mut Client, bytes: usize) -> Result<(), String> {
    let mut found = 0;
    let count = |frame: &Frame| if frame.kind == kind::DATA { frame.payload.len() } else { 0 };
    if bytes > 0 {
        client.until("all content that fits", |frame| {
            found += count(frame);
            found >= bytes
        })?;
    }
    client.send(&ping([7; 8]));
    client.until("an answer to PING", |frame| {
        found += count(frame);
        frame.kind == kind::PING && frame.has(flag::ACK)
    })?;
    if found == bytes { Ok(()) } else { Err(format!("{found} bytes instead of {bytes}")) }
}
