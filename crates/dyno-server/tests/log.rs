//! What comes into the log: one line per answer, and the text of errors that clients do not get to see.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use dyno_server::middleware::AccessLog;
use dyno_server::{App, Path, TestServer, get};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps the events of this crate as `target LEVEL name=value …`.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Subscriber for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("dyno_server::")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Line(String);
        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                write!(self.0, " {field}={value:?}").unwrap();
            }
        }
        let metadata = event.metadata();
        let mut line = Line(format!("{} {}", metadata.target(), metadata.level()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[get("/users/{id}")]
fn user(Path(id): Path<u32>) -> String {
    format!("user {id}")
}

#[get("/broken")]
async fn broken() -> Result<(), std::num::ParseIntError> {
    "x".parse::<u8>().map(|_| ())
}

#[test]
fn answers_and_errors_are_logged() {
    let kept = Kept::default();
    tracing::subscriber::set_global_default(kept.clone()).unwrap();
    let server = TestServer::start(|_| App::new().with(AccessLog::new()).route(user).route(broken));
    assert_eq!(server.get("/users/7?x=1").send().status(), 200);
    assert_eq!(server.get("/broken").send().text(), "Internal Server Error");
    assert_eq!(server.get("/nowhere").send().status(), 404);
    drop(server);
    let lines = kept.0.lock().unwrap();
    let expected: [&[&str]; 4] = [
        &[
            "dyno_server::access INFO",
            "method=\"GET\"",
            "path=\"/users/7?x=1\"",
            "pattern=\"/users/{id}\"",
            "peer=\"127.0.0.1:",
            "version=\"HTTP/1.1\"",
            "status=200",
            "bytes=6",
            "duration_us=",
        ],
        &[
            "dyno_server::error ERROR",
            "route=\"`broken` (GET /broken)\"",
            "error=\"invalid digit found in string\"",
        ],
        &["dyno_server::access INFO", "path=\"/broken\"", "status=500"],
        &["dyno_server::access INFO", "path=\"/nowhere\"", "status=404"],
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, parts) in lines.iter().zip(expected) {
        for part in parts {
            assert!(line.contains(part), "`{part}` is not in `{line}`");
        }
    }
}
