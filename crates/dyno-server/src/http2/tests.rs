//! HTTP/2 as the `h2` client sees it; floods are in `defences`, programs of others in `peers`.

use std::future::Future;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{self, SendRequest};
use http::{HeaderMap, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::*;

mod defences;
mod order;
mod peers;
mod tls;

const LARGE_BYTES: usize = 1_000_000;

/// Answers every path with what the tests below need.
struct Probe {
    plain: PreparedResponse,
}

impl Handler for Probe {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        match request.path() {
            "/plain" => response.prepared(&self.plain),
            "/echo" => response.respond(200, "text/plain", request.body()),
            "/about" => response.respond(200, "text/plain", about(request).as_bytes()),
            "/large" => response.respond(200, "text/plain", &vec![b'x'; LARGE_BYTES]),
            "/panic" => panic!("on purpose"),
            "/late-panic" => return Action::Later(Box::pin(async { panic!("on purpose") })),
            "/never" => return Action::Later(Box::pin(std::future::pending())),
            "/nothing" => {}
            "/later" => return later(),
            "/close" => {
                response.close_after();
                response.respond(200, "text/plain", b"last");
            }
            "/upper" => return upper(request, response),
            "/short" => {
                response.start(200).stream_of_length(10);
                return Action::Stream(Box::new(Pieces { left: 1 }));
            }
            "/pieces" => {
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Pieces { left: 3 }));
            }
            "/endless" => {
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Pieces { left: usize::MAX }));
            }
            "/hint" => {
                assert!(response.informational(103, &[("link", b"</a>")]));
                response.respond(200, "text/plain", b"hinted");
            }
            "/push" => {
                let is_pushed = response.push("/plain", &[("x-from", b"push")]);
                response.respond(200, "text/plain", is_pushed.to_string().as_bytes());
            }
            "/tunnel" => {
                response.switch("echo", &[]);
                return Action::Upgrade(Box::new(|stream| Box::pin(echo(stream))));
            }
            "/reset-stream" => return Action::ResetStream(0xb),
            "/goaway" => return Action::GoAway(0xb),
            "/cut" => return Action::Reset,
            "/raw" => response.raw(b"no"),
            _ => response.respond(404, "text/plain", b"no"),
        }
        Action::Done
    }

    fn body_policy(&self, request: &Request<'_>) -> BodyPolicy {
        match request.path() {
            "/upper" => BodyPolicy::Stream { bytes_max: None },
            "/about" => BodyPolicy::Count { bytes_max: 1 << 20 },
            _ => BodyPolicy::Buffer { bytes_max: 300_000 },
        }
    }
}

fn about(request: &Request<'_>) -> String {
    format!(
        "{} {} {} {} {:?} {:?} {} {:?} {:?}",
        request.version().name(),
        request.method(),
        request.scheme(),
        request.target(),
        request.host().unwrap_or_default(),
        request.header_str("cookie"),
        request.body_bytes(),
        request.trailers(),
        request.stream_id(),
    )
}

fn later() -> Action {
    Action::Later(Box::pin(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let finish: Finish = Box::new(|response| {
            response.respond(200, "text/plain", b"later");
            Action::Done
        });
        finish
    }))
}

fn upper(request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
    let Some(body) = request.take_body() else {
        response.respond(400, "text/plain", b"no body");
        return Action::Done;
    };
    response.start(200).stream_of_chunks();
    Action::Stream(Box::new(Upper { body }))
}

struct Upper {
    body: RequestBody,
}

impl BodySource for Upper {
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.body.poll_next(context).map(|piece| match piece {
            Some(Ok(piece)) => {
                out.extend(piece.to_ascii_uppercase());
                Filled::More
            }
            Some(Err(_)) => Filled::Close,
            None => Filled::End,
        })
    }

    fn trailers(&mut self) -> Fields {
        let mut trailers = self.body.trailers();
        trailers.push(("x-count".to_owned(), self.body.received_bytes().to_string().into_bytes()));
        trailers
    }
}

struct Pieces {
    left: usize,
}

impl BodySource for Pieces {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.left -= 1;
        out.extend_from_slice(b"piece");
        Poll::Ready(if self.left > 0 { Filled::More } else { Filled::End })
    }
}

async fn echo(mut stream: Upgraded) {
    let mut piece = [0; 64];
    loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        if count == 0 || stream.write_all(&piece[..count]).await.is_err() {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

fn start(change: impl FnOnce(&mut Limits)) -> RunningServer {
    Server::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .tune(change)
        .start(|_| Probe { plain: PreparedResponse::new(200, "text/plain", b"hello").with_field("x-a", "b") })
        .unwrap()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(Duration::from_secs(30), future).await.unwrap() })
}

async fn connect(address: SocketAddr) -> SendRequest<Bytes> {
    connect_with(address, &client::Builder::new()).await
}

async fn connect_with(address: SocketAddr, builder: &client::Builder) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (send, connection) = builder.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    send
}

fn request(method: Method, path: &str) -> http::Request<()> {
    http::Request::builder().method(method).uri(format!("http://h.test{path}")).body(()).unwrap()
}

struct Answer {
    head: http::response::Parts,
    body: Vec<u8>,
    trailers: Option<HeaderMap>,
}

async fn answer_of(response: client::ResponseFuture) -> Result<Answer, h2::Error> {
    let (head, mut stream) = response.await?.into_parts();
    let mut body = Vec::new();
    while let Some(piece) = stream.data().await {
        let piece = piece?;
        stream.flow_control().release_capacity(piece.len())?;
        body.extend_from_slice(&piece);
    }
    Ok(Answer { head, body, trailers: stream.trailers().await? })
}

async fn get(send: &mut SendRequest<Bytes>, path: &str) -> Result<Answer, h2::Error> {
    let mut send = send.clone().ready().await?;
    let (response, _) = send.send_request(request(Method::GET, path), true)?;
    answer_of(response).await
}

/// Asks for `path`, and shows status and body or the reason of the failure.
#[track_caller]
fn check(path: &str, expected: &str) {
    let server = start(|_| {});
    let shown = block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        match get(&mut send, path).await {
            Ok(answer) => format!("{} {}", answer.head.status, String::from_utf8_lossy(&answer.body)),
            Err(error) => error.to_string(),
        }
    });
    assert!(shown.contains(expected), "{path} gave {shown:?}, not {expected:?}");
}

#[test]
fn answers_of_every_kind_arrive() {
    check("/plain", "200 OK hello");
    check("/later", "200 OK later");
    check("/pieces", "200 OK piecepiecepiece");
    check("/nowhere", "404 Not Found no");
    check("/hint", "200 OK hinted");
    check("/about?a=1", "HTTP/2 GET http /about?a=1 \"h.test\" None 0 [] Some(1)");
}

#[test]
fn broken_handlers_become_500_and_faults_end_streams() {
    check("/panic", "500 Internal Server Error Internal Server Error");
    check("/late-panic", "500 Internal Server Error Internal Server Error");
    check("/nothing", "500 Internal Server Error Internal Server Error");
    check("/reset-stream", "excessive load");
    check("/raw", "unexpected internal error");
    check("/short", "unexpected internal error");
}

#[test]
fn a_cut_connection_is_no_goodbye() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        let Err(error) = get(&mut send, "/cut").await else { panic!("an answer came") };
        // The reset may overtake the reading or the writing side of the client.
        assert!(error.is_io() && !error.is_go_away(), "{error}");
    });
}

#[test]
fn heads_carry_what_the_server_owes() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        let answer = get(&mut send, "/plain").await.unwrap();
        assert_eq!(answer.head.headers["content-length"], "5");
        assert_eq!(answer.head.headers["x-a"], "b");
        assert!(answer.head.headers["date"].to_str().unwrap().ends_with(" GMT"));
        let (response, _) = send.send_request(request(Method::HEAD, "/plain"), true).unwrap();
        let answer = answer_of(response).await.unwrap();
        assert_eq!(answer.head.headers["content-length"], "5");
        assert!(answer.body.is_empty());
    });
}

#[test]
fn bodies_arrive_and_leave_in_any_size() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        for size in [1, 60_000, 250_000] {
            let (response, mut stream) = send.send_request(request(Method::POST, "/echo"), false).unwrap();
            stream.send_data(vec![b'y'; size].into(), true).unwrap();
            let answer = answer_of(response).await.unwrap();
            assert_eq!(answer.body, vec![b'y'; size]);
        }
        let (response, mut stream) = send.send_request(request(Method::POST, "/echo"), false).unwrap();
        stream.send_data(vec![b'y'; 300_001].into(), true).unwrap();
        assert_eq!(response.await.unwrap().status(), 413);
        assert_eq!(get(&mut send, "/large").await.unwrap().body.len(), LARGE_BYTES);
    });
}

#[test]
fn bodies_stream_in_and_out_at_once_with_trailers() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        let (response, mut stream) = send.send_request(request(Method::POST, "/upper"), false).unwrap();
        let mut back = response.await.unwrap().into_body();
        for piece in ["abc", "de"] {
            stream.send_data(piece.into(), false).unwrap();
            assert_eq!(back.data().await.unwrap().unwrap(), piece.to_ascii_uppercase());
        }
        let mut trailers = HeaderMap::new();
        trailers.insert("x-t", "v".parse().unwrap());
        stream.send_trailers(trailers).unwrap();
        assert!(back.data().await.is_none());
        let trailers = back.trailers().await.unwrap().unwrap();
        assert_eq!((&trailers["x-t"], &trailers["x-count"]), (&"v".parse().unwrap(), &"5".parse().unwrap()));
    });
}

#[test]
fn crumbs_of_cookies_and_trailers_reach_the_handler() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        let mut request = request(Method::POST, "/about");
        for crumb in ["a=1", "b=2", "c=3"] {
            request.headers_mut().append("cookie", crumb.parse().unwrap());
        }
        let (response, mut stream) = send.send_request(request, false).unwrap();
        stream.send_data("1234".into(), false).unwrap();
        stream.send_trailers(HeaderMap::from_iter([("t".parse().unwrap(), "u".parse().unwrap())])).unwrap();
        let answer = answer_of(response).await.unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.contains(r#"Some("a=1; b=2; c=3") 4 [("t", [117])]"#), "{text}");
        assert!(answer.trailers.is_none());
    });
}

#[test]
fn pushed_answers_arrive_where_the_client_takes_them() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        let (mut response, _) = send.send_request(request(Method::GET, "/push"), true).unwrap();
        let pushed = response.push_promises().push_promise().await.unwrap().unwrap();
        let (promised, pushed) = pushed.into_parts();
        assert_eq!(promised.uri(), "http://h.test/plain");
        assert_eq!(promised.headers()["x-from"], "push");
        let mut body = pushed.await.unwrap().into_body();
        assert_eq!(body.data().await.unwrap().unwrap(), "hello");
        assert_eq!(answer_of(response).await.unwrap().body, b"true");
        let mut send = connect_with(server.local_addrs()[0], client::Builder::new().enable_push(false)).await;
        assert_eq!(get(&mut send, "/push").await.unwrap().body, b"false");
        let mut none = client::Builder::new();
        let mut send = connect_with(server.local_addrs()[0], none.max_concurrent_streams(0)).await;
        assert_eq!(get(&mut send, "/push").await.unwrap().body, b"false");
    });
}

#[test]
fn an_extended_connect_becomes_a_byte_stream() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        // The first answer brings the server's settings with it.
        get(&mut send, "/plain").await.unwrap();
        assert!(send.is_extended_connect_protocol_enabled());
        let mut connect = request(Method::CONNECT, "/tunnel");
        connect.extensions_mut().insert(h2::ext::Protocol::from("echo"));
        let (response, mut stream) = send.send_request(connect, false).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        let mut back = response.into_body();
        for piece in ["ping", "pong"] {
            stream.send_data(piece.into(), false).unwrap();
            assert_eq!(back.data().await.unwrap().unwrap(), piece);
        }
        stream.send_data(Bytes::new(), true).unwrap();
        let end = back.data().await;
        assert!(end.is_none_or(|piece| piece.unwrap().is_empty()));
        assert!(back.is_end_stream());
    });
}

#[test]
fn a_stop_says_goodbye_and_counts_what_it_cuts() {
    let server = start(|_| {});
    block_on(async {
        let address = server.local_addrs()[0];
        let mut idle = connect(address).await;
        get(&mut idle, "/plain").await.unwrap();
        let mut busy = connect(address).await;
        let pending: Vec<_> =
            (0..3).map(|_| busy.send_request(request(Method::GET, "/never"), true).unwrap().0).collect();
        let (slow, _) = busy.send_request(request(Method::GET, "/later"), true).unwrap();
        // Answered in order of arrival, so the others have begun.
        get(&mut busy, "/plain").await.unwrap();
        let report = server.shutdown_within(Duration::from_millis(400)).await;
        assert_eq!(report, ShutdownReport { cut_connections: 1, cut_requests: 3 });
        assert_eq!(answer_of(slow).await.unwrap().body, b"later");
        drop(pending);
    });
}

#[test]
fn a_connection_carries_so_many_requests() {
    let server = start(|limits| limits.http1.requests_per_connection_max = 3);
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        for _ in 0..3 {
            assert_eq!(get(&mut send, "/plain").await.unwrap().body, b"hello");
        }
        while get(&mut send, "/plain").await.is_ok() {}
    });
}

#[test]
fn a_last_answer_ends_the_connection() {
    let server = start(|_| {});
    block_on(async {
        let mut send = connect(server.local_addrs()[0]).await;
        assert_eq!(get(&mut send, "/close").await.unwrap().body, b"last");
        let error = loop {
            match get(&mut send, "/plain").await {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        assert!(error.is_go_away() || error.is_io(), "{error}");
    });
}
