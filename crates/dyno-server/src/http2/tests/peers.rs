//! Programs of others against the server: curl and nghttp, by prior knowledge and by `Upgrade`.

use std::process::Command;

use super::*;

/// What a program prints; `None` where it is not installed, so that the test says so and passes.
fn output_of(program: &str, arguments: &[&str], url: &str) -> Option<String> {
    match Command::new(program).args(arguments).arg(url).output() {
        Ok(output) => Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
        Err(_) => {
            println!("skipped: {program} is not installed");
            None
        }
    }
}

#[track_caller]
fn check_program(program: &str, arguments: &[&str], path: &str, parts: &[&str]) {
    let server = start(|_| {});
    let url = format!("http://{}{path}", server.local_addrs()[0]);
    let Some(text) = output_of(program, arguments, &url) else { return };
    for part in parts {
        assert!(text.contains(part), "{program} {arguments:?} {path} gave {text}, without {part:?}");
    }
}

#[test]
fn curl_by_prior_knowledge_and_by_upgrade() {
    check_program("curl", &["-sSv", "--http2-prior-knowledge"], "/plain", &["HTTP/2 200", "hello"]);
    let upgraded = ["HTTP/1.1 101 Switching Protocols", "HTTP/2 200", "hello"];
    check_program("curl", &["-sSv", "--http2"], "/plain", &upgraded);
    check_program("curl", &["-sSv", "--http2", "-d", "abc"], "/echo", &["HTTP/2 200", "abc"]);
    check_program("curl", &["-sS", "--http2"], "/about?a=1", &["HTTP/2 GET http /about?a=1 \"127.0.0.1:"]);
    check_program(
        "curl",
        &["-sS", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{size_download}"],
        "/large",
        &["2 1000000"],
    );
}

#[test]
fn nghttp_takes_pushes_and_sends_old_priorities() {
    check_program("nghttp", &["-nv"], "/push", &["PUSH_PROMISE", "PRIORITY", ":status: 200"]);
    check_program("nghttp", &["-nvu"], "/plain", &["101 Switching Protocols", ":status: 200"]);
    check_program("nghttp", &["-v", "--no-push"], "/push", &["false"]);
    check_program("nghttp", &["-nv"], "/hint", &[":status: 103", ":status: 200"]);
}

#[test]
fn upgrade_is_left_alone_where_it_is_off_or_wrong() {
    let get = |fields: &str| format!("GET /plain HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let right = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n";
    let twice = format!("{right}HTTP2-Settings: AAMAAABk\r\n");
    for (fields, takes_upgrade, expected) in [
        (right, true, "HTTP/1.1 101 "),
        (right, false, "HTTP/1.1 200 "),
        ("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", true, "HTTP/1.1 200 "),
        ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n", true, "HTTP/1.1 200 "),
        (
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: !\r\n",
            true,
            "HTTP/1.1 200 ",
        ),
        (&twice, true, "HTTP/1.1 200 "),
    ] {
        let server = start(|limits| limits.http2.takes_upgrade = takes_upgrade);
        let answer = block_on(async {
            let mut stream = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
            stream.write_all(get(fields).as_bytes()).await.unwrap();
            let mut answer = [0; 13];
            stream.read_exact(&mut answer).await.unwrap();
            answer
        });
        assert_eq!(str::from_utf8(&answer).unwrap(), expected, "{fields}");
    }
}

#[test]
fn the_preface_may_come_in_pieces_and_be_switched_off() {
    block_on(async {
        let server = start(|_| {});
        let mut stream = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
        stream.set_nodelay(true).unwrap();
        for piece in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".chunks(5) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut header = [0; 9];
        stream.read_exact(&mut header).await.unwrap();
        assert_eq!(header[3], 4, "the server's settings come first");
        let server = start(|limits| limits.http2.is_enabled = false);
        let mut stream = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 505");
    });
}
