//! Who may ask.

use super::*;

fn guarded() -> Stage {
    Stage::of(TempDir::new().unwrap(), Access::open().with_token("sesame-sesame-16"))
}

#[test]
fn without_the_token_nothing_is_answered() {
    let stage = guarded();
    for path in ["/", "/api/results", "/api/openapi.json", "/nowhere", "/monitor.js"] {
        let refused = stage.get(path);
        assert_eq!(refused.status(), 401, "{path}");
        assert!(refused.header("www-authenticate").unwrap().starts_with("Basic "), "so that browsers ask");
    }
    let wrong = stage.server.get("/api/results").header("authorization", "Bearer sesame").send();
    assert_eq!(wrong.status(), 401);
    let right = stage.server.get("/api/results").header("authorization", "Bearer sesame-sesame-16").send();
    assert_eq!(right.status(), 200);
    assert_eq!(stage.server.get("/").basic_auth("me", "sesame-sesame-16").send().status(), 200);
}

#[test]
fn foreign_names_and_pages_of_other_origins_are_refused() {
    let stage = Stage::new();
    let port = stage.server.address().port();
    let raw = |host: &str| {
        use std::io::{Read, Write};
        let mut socket = std::net::TcpStream::connect(stage.server.address()).unwrap();
        write!(socket, "GET /api/results HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    assert!(raw(&format!("localhost:{port}")).starts_with("HTTP/1.1 200"));
    let foreign = raw("evil.example");
    assert!(foreign.starts_with("HTTP/1.1 403") && foreign.contains("--host-name NAME"), "{foreign}");
    let ask = |origin: &str| {
        let request = stage.server.post("/api/results/compare").header("origin", origin);
        request.json(&json!({ "result_ids": ["a"] })).send().status()
    };
    assert_eq!(ask(&format!("http://127.0.0.1:{port}")), 404, "its own page may ask");
    assert_eq!(ask("http://evil.example"), 403);
    assert_eq!(ask("null"), 403);
    let answer = stage.server.get("/api/results").header("origin", "http://evil.example").send();
    assert_eq!(answer.header("access-control-allow-origin"), None);
}
