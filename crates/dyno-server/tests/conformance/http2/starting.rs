//! The preface, and the first frames of both sides.

use std::io::Write as _;

use crate::echo;
use crate::report::Suite;

use super::case::Client;
use super::wire::{Frame, PREFACE, flag, frame, headers, kind, request, settings};

#[test]
fn starting() {
    let server = echo::start();
    let address = server.local_addrs()[0];
    let mut suite = Suite::new("HTTP/2: starting");
    suite.take("sends SETTINGS first (9113 3.4)", {
        let first = Client::with_settings(address, &[]).next();
        match first {
            Ok(Some(Frame { kind: kind::SETTINGS, flags: 0, stream: 0, .. })) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    suite.take(
        "sends settings that a client may take (9113 6.5.2)",
        valid_settings(Client::with_settings(address, &[])),
    );
    suite.take(
        "acknowledges the settings of the client (9113 6.5.3)",
        acknowledged(Client::with_settings(address, &[])),
    );
    suite.take("takes a request sent with the preface (9113 3.4)", {
        let wire = [PREFACE, &settings(&[]), &headers(flag::WHOLE, 1, &request("GET"))].concat();
        echo_of(Client::raw(address, &wire))
    });
    suite.take("takes a preface in single bytes (9113 3.4)", {
        let wire = [PREFACE, &settings(&[]), &headers(flag::WHOLE, 1, &request("GET"))].concat();
        let mut client = Client::raw(address, &[]);
        wire.iter().for_each(|byte| client.send(&[*byte]));
        echo_of(client)
    });
    for (name, wire) in [
        ("ends on a broken preface (9113 3.4)", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".to_vec()),
        ("ends on a preface with a wrong version (9113 3.4)", b"PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n".to_vec()),
        (
            "ends on a preface without SETTINGS (9113 3.4)",
            [PREFACE, &frame(kind::PING, 0, 0, &[0; 8])].concat(),
        ),
        (
            "ends on HEADERS before SETTINGS (9113 3.4)",
            [PREFACE, &headers(flag::WHOLE, 1, &request("GET"))].concat(),
        ),
    ] {
        suite.take(name, ends(Client::raw(address, &wire)));
    }
    suite.take("serves HTTP/1.1 on the same port (9113 3.3)", http1_works(address));
    suite.finish();
}

fn valid_settings(mut client: Client) -> Result<(), String> {
    let Some(first) = client.next()? else { return Err("closed".to_owned()) };
    for parameter in first.payload.chunks(6) {
        let id = u16::from_be_bytes([parameter[0], parameter[1]]);
        let value = u32::from_be_bytes(parameter[2..6].try_into().unwrap());
        let is_valid = match id {
            // A server must not enable push towards itself.
            2 => value == 0,
            4 => value <= 0x7fff_ffff,
            5 => (16_384..=16_777_215).contains(&value),
            // Extended CONNECT and no old priorities.
            8 | 9 => value <= 1,
            _ => true,
        };
        if !is_valid {
            return Err(format!("parameter {id} is {value}"));
        }
    }
    Ok(())
}

fn acknowledged(mut client: Client) -> Result<(), String> {
    let is_ack =
        |frame: &Frame| frame.kind == kind::SETTINGS && frame.has(flag::ACK) && frame.payload.is_empty();
    client.until("SETTINGS with ACK", is_ack).map(|_| ())
}

fn echo_of(mut client: Client) -> Result<(), String> {
    let (status, content) = client.response(1)?;
    if (status, &content[..]) == (200, b"GET / a") { Ok(()) } else { Err(format!("{status} {content:?}")) }
}

/// An answer of HTTP/1.1 may come before the end; nothing may be served.
fn ends(mut client: Client) -> Result<(), String> {
    while let Some(frame) = client.next()? {
        if frame.kind == kind::HEADERS && frame.stream == 1 && client.log.len() < 2 {
            return Err(format!("served: {frame:?}"));
        }
    }
    let is_served = client.log.iter().any(|frame| frame.kind == kind::HEADERS && frame.status() == 200);
    if is_served { Err(format!("served: {:?}", client.log)) } else { Ok(()) }
}

fn http1_works(address: std::net::SocketAddr) -> Result<(), String> {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let answer = std::io::read_to_string(stream).map_err(|error| error.to_string())?;
    if answer.starts_with("HTTP/1.1 200") && answer.ends_with("GET / a") { Ok(()) } else { Err(answer) }
}
