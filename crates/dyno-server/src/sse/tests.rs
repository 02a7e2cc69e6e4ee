//! Event streams of a real server on port 0, read by our own decoder.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::rc::Rc;
use std::sync::mpsc;

use dyno_proto::http1::ChunkedDecoder;
use dyno_proto::http1::ChunkedPart;
use dyno_proto::sse::SseDecoder;

use super::*;
use crate::*;

type Make = Box<dyn Fn(&Request<'_>) -> Sse>;

/// Answers every path with the same kind of stream.
struct Place {
    make: Make,
}

impl Handler for Place {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        (self.make)(request).write(request, response)
    }
}

fn start(make: impl Fn(&Request<'_>) -> Sse + Clone + Send + Sync + 'static) -> RunningServer {
    Server::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .threads(1)
        .start(move |_| Place { make: Box::new(make.clone()) })
        .unwrap()
}

struct Client {
    stream: TcpStream,
    chunks: ChunkedDecoder,
    events: SseDecoder,
    unread: Vec<u8>,
    /// Body bytes as they came.
    text: String,
}

impl Client {
    fn connect(server: &RunningServer, fields: &str) -> Self {
        let mut stream = TcpStream::connect(server.local_addrs()[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        for part in ["200 OK", "content-type: text/event-stream\r\n", "cache-control: no-cache\r\n"] {
            assert!(head.contains(part), "{head}");
        }
        let (chunks, events) = (ChunkedDecoder::default(), SseDecoder::default());
        Self { stream, chunks, events, unread: Vec::new(), text: String::new() }
    }

    /// Reads until `found` says so; false when the body ended before.
    fn read_until(&mut self, mut found: impl FnMut(&mut SseDecoder, &[u8], &str) -> bool) -> bool {
        loop {
            let (used, part) = self.chunks.decode(&self.unread).unwrap();
            let is_found = match part {
                ChunkedPart::End => return false,
                ChunkedPart::NeedMore => false,
                ChunkedPart::Data(data) => {
                    self.text.push_str(str::from_utf8(data).unwrap());
                    found(&mut self.events, data, &self.text)
                }
            };
            let is_waiting = used == self.unread.len();
            self.unread.drain(..used);
            if is_found {
                return true;
            }
            if is_waiting {
                let mut piece = [0; 4096];
                let count = self.stream.read(&mut piece).unwrap();
                assert!(count > 0, "the stream was cut after {:?}", self.text);
                self.unread.extend_from_slice(&piece[..count]);
            }
        }
    }

    /// All events up to the end of the body.
    fn read_to_end(mut self) -> (Vec<SseEvent>, String) {
        let mut events = Vec::new();
        self.read_until(|decoder, mut data, _| {
            while !data.is_empty() {
                let (used, event) = decoder.decode(data).unwrap();
                events.extend(event);
                data = &data[used..];
            }
            false
        });
        (events, self.text)
    }
}

#[test]
fn events_arrive_in_order_and_the_stream_ends_with_its_producer() {
    let server = start(|request| {
        let last: u32 = Sse::last_event_id(request).and_then(|id| id.parse().ok()).unwrap_or(0);
        Sse::produce(move |events| async move {
            for n in last + 1..=100 {
                let event = SseEvent::new(format!("line {n}\nsecond")).with_id(n.to_string());
                events.send(event.with_event("tick")).await.unwrap();
            }
        })
    });
    let (events, _) = Client::connect(&server, "").read_to_end();
    assert_eq!(events.len(), 100);
    assert_eq!(events[7].data, "line 8\nsecond");
    assert_eq!(events[7].event.as_deref(), Some("tick"));
    let (events, _) = Client::connect(&server, "Last-Event-ID: 98\r\n").read_to_end();
    let ids: Vec<Option<String>> = events.into_iter().map(|event| event.id).collect();
    assert_eq!(ids, [Some("99".to_owned()), Some("100".to_owned())]);
}

#[test]
fn an_event_is_on_the_wire_before_the_next_one_is_made() {
    let (let_go, wait) = tokio::sync::mpsc::channel::<()>(1);
    let wait = std::sync::Arc::new(std::sync::Mutex::new(Some(wait)));
    let server = start(move |_| {
        let mut wait = wait.lock().unwrap().take().unwrap();
        Sse::produce(move |events| async move {
            events.send(SseEvent::new("first")).await.unwrap();
            wait.recv().await.unwrap();
            events.send(SseEvent::new("second")).await.unwrap();
        })
    });
    let mut client = Client::connect(&server, "");
    assert!(client.read_until(|_, _, text| text.ends_with("data: first\n\n")));
    let_go.blocking_send(()).unwrap();
    assert!(client.read_until(|_, _, text| text.ends_with("data: second\n\n")));
}

#[test]
fn silence_is_filled_with_comments_and_retry_comes_first() {
    let server = start(|_| {
        Sse::produce(|events| async move { events.closed().await })
            .with_keep_alive(Some(Duration::from_millis(10)))
            .with_retry(Duration::from_millis(2500))
    });
    let mut client = Client::connect(&server, "");
    assert!(client.read_until(|_, _, text| text.ends_with("retry: 2500\n\n: \n\n: \n\n")));
}

#[test]
fn a_graceful_stop_ends_the_stream_after_what_was_sent() {
    let server = start(|_| {
        Sse::produce(|events| async move {
            events.send(SseEvent::new("before")).await.unwrap();
            std::future::pending::<()>().await;
        })
    });
    let mut client = Client::connect(&server, "");
    assert!(client.read_until(|_, _, text| text.contains("before")));
    let stopping = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(server.shutdown())
    });
    let (events, _) = client.read_to_end();
    assert_eq!(events, []);
    let report = stopping.join().unwrap();
    assert_eq!(report.cut_requests, 0, "{report:?}");
}

#[test]
fn a_sender_on_another_thread_learns_that_the_client_is_gone() {
    let (give, senders) = mpsc::channel();
    let server = start(move |_| {
        let (sender, answer) = Sse::channel();
        give.send(sender).unwrap();
        answer
    });
    let mut client = Client::connect(&server, "");
    let sender = senders.recv().unwrap();
    sender.try_send(&SseEvent::new("hello")).unwrap();
    assert!(client.read_until(|_, _, text| text.contains("hello")));
    drop(client);
    // The server notices when it writes.
    let ended = loop {
        match sender.try_send(&SseEvent::new("anybody?")) {
            Ok(()) | Err(SseSendError::Full) => std::thread::yield_now(),
            Err(error) => break error,
        }
    };
    assert_eq!(ended, SseSendError::Closed);
}

#[test]
fn a_producer_is_dropped_with_its_client() {
    struct TellOnDrop(mpsc::Sender<()>);
    impl Drop for TellOnDrop {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }
    let (tell, told) = mpsc::channel();
    let server = start(move |_| {
        let guard = Rc::new(RefCell::new(TellOnDrop(tell.clone())));
        Sse::produce(|events| async move {
            let _guard = guard;
            loop {
                // Ends by being dropped, so the error is of no use here.
                let _ = events.send(SseEvent::new("x".repeat(1000))).await;
                tokio::task::yield_now().await;
            }
        })
    });
    let mut client = Client::connect(&server, "");
    assert!(client.read_until(|_, _, text| text.contains("xxx")));
    drop(client);
    told.recv().unwrap();
}

#[test]
fn an_event_that_would_become_two_is_refused() {
    let (sender, _answer) = Sse::channel();
    let event = SseEvent::new("x").with_id("1\ndata: y");
    assert!(matches!(sender.try_send(&event), Err(SseSendError::Invalid(_))));
}
