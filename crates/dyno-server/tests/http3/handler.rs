//! The handler under test.

use std::task::{Context, Poll};

use dyno_server::{
    Action, BodyPolicy, BodySource, Fields, Filled, Finish, Handler, Request, RequestBody, ResponseWriter,
    Upgraded, WebSocketConnection, WebSocketUpgrade,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// Answers each path with what a test needs.
pub struct Probe;

impl Handler for Probe {
    fn answer(&self, request: &Request<'_>, response: &mut ResponseWriter<'_>) -> Action {
        match request.path() {
            "/about" => response.respond(200, "text/plain", about(request).as_bytes()),
            "/echo" => response.respond(200, "text/plain", request.body()),
            "/count" => response.respond(200, "text/plain", request.body_bytes().to_string().as_bytes()),
            "/trailers" => {
                let text = format!("{:?}", request.trailers());
                response.respond(200, "text/plain", text.as_bytes());
            }
            "/large" => response.respond(200, "text/plain", &vec![b'x'; 5 << 20]),
            "/stream" => {
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Countdown { left: 3 }));
            }
            "/short" => {
                response.start(200).stream_of_length(100);
                return Action::Stream(Box::new(Countdown { left: 3 }));
            }
            "/upper" => {
                let Some(body) = request.take_body() else { return Action::Close };
                response.start(200).stream_of_chunks();
                return Action::Stream(Box::new(Upper { body }));
            }
            "/collect" => {
                let Some(mut body) = request.take_body() else { return Action::Close };
                return Action::Later(Box::pin(async move {
                    let text = match body.collect(1 << 20).await {
                        Ok(bytes) => format!("{} bytes, trailers {:?}", bytes.len(), body.trailers()),
                        Err(error) => error.to_string(),
                    };
                    Box::new(move |response: &mut ResponseWriter<'_>| {
                        response.respond(200, "text/plain", text.as_bytes());
                        Action::Done
                    }) as Finish
                }));
            }
            "/hint" => {
                assert!(response.informational(103, &[("link", b"</a>; rel=preload")]));
                assert!(!response.push("/a", &[]));
                response.respond(200, "text/plain", b"hinted");
            }
            "/until-shutdown" => {
                let signal = request.shutdown_signal();
                return Action::Later(Box::pin(async move {
                    signal.raised().await;
                    Box::new(|response: &mut ResponseWriter<'_>| {
                        response.respond(200, "text/plain", b"stopped in good order");
                        Action::Done
                    }) as Finish
                }));
            }
            "/never" => return Action::Later(Box::pin(std::future::pending())),
            "/panic" => panic!("on purpose"),
            "/late-panic" => return Action::Later(Box::pin(async { panic!("on purpose") })),
            "/nothing" => {}
            "/no-content" => response.start(204).body(b"never sent"),
            "/last" => {
                response.close_after();
                response.respond(200, "text/plain", b"last");
            }
            "/raw" => response.raw(b"HTTP/1.1 200 OK\r\n\r\n"),
            "/tunnel" => {
                response.switch("shout", &[]);
                return Action::Upgrade(Box::new(|stream| Box::pin(shout(stream))));
            }
            "/websocket" => {
                return match WebSocketUpgrade::read(request) {
                    Ok(upgrade) => upgrade.serve(|socket| Box::pin(echo(socket))).write(response),
                    Err(refusal) => refusal.write(response),
                };
            }
            "/reset" => return Action::Reset,
            "/reset-stream" => return Action::ResetStream(0x10b),
            "/go-away" => {
                response.respond(200, "text/plain", b"farewell");
                return Action::GoAway(0x107);
            }
            "/stall" => {
                response.start(200).stream_of_length(10);
                return Action::Stall;
            }
            "/close" => return Action::Close,
            _ => response.respond(404, "text/plain", b"no"),
        }
        Action::Done
    }

    fn body_policy(&self, request: &Request<'_>) -> BodyPolicy {
        match request.path() {
            "/count" => BodyPolicy::Count { bytes_max: 64 << 20 },
            "/upper" | "/collect" => BodyPolicy::Stream { bytes_max: Some(10 << 20) },
            _ => BodyPolicy::Buffer { bytes_max: 64 << 10 },
        }
    }
}

fn about(request: &Request<'_>) -> String {
    let connection = request.connection();
    format!(
        "{} {} {} {} host={} stream={:?} urgency={} incremental={} {} {:?} cookie={}",
        request.version().name(),
        request.method(),
        request.scheme(),
        request.target(),
        request.host().unwrap_or("-"),
        request.stream_id(),
        request.priority().urgency,
        request.priority().incremental,
        connection.transport.name(),
        connection.tls.as_ref().and_then(|tls| tls.alpn.clone()),
        request.header_str("cookie").unwrap_or("-"),
    )
}

async fn echo(socket: WebSocketConnection) {
    while let Some(message) = socket.receive().await {
        if message.is_text() && socket.send(&message).await.is_err() {
            return;
        }
    }
}

/// Gives back what comes, louder, until the other side ends or the server stops.
async fn shout(mut stream: Upgraded) {
    let signal = stream.shutdown_signal();
    let mut part = [0; 1024];
    loop {
        tokio::select! {
            count = stream.read(&mut part) => match count {
                Ok(0) | Err(_) => break,
                Ok(count) => {
                    part[..count].make_ascii_uppercase();
                    stream.write_all(&part[..count]).await.unwrap();
                }
            },
            () = signal.raised() => {
                stream.write_all(b"GOODBYE").await.unwrap();
                break;
            }
        }
    }
    stream.shutdown().await.unwrap();
}

struct Countdown {
    left: u32,
}

impl BodySource for Countdown {
    fn poll_fill(&mut self, _: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        out.extend_from_slice(format!("{}\n", self.left).as_bytes());
        self.left -= 1;
        Poll::Ready(if self.left == 0 { Filled::End } else { Filled::More })
    }
}

/// Streams the body back in upper case, with a trailer that counts it.
struct Upper {
    body: RequestBody,
}

impl BodySource for Upper {
    fn poll_fill(&mut self, context: &mut Context<'_>, out: &mut Vec<u8>) -> Poll<Filled> {
        self.body.poll_next(context).map(|piece| match piece {
            Some(Ok(piece)) => {
                out.extend(piece.iter().map(u8::to_ascii_uppercase));
                Filled::More
            }
            Some(Err(_)) => Filled::Close,
            None => Filled::End,
        })
    }

    fn trailers(&mut self) -> Fields {
        vec![("x-count".to_owned(), self.body.received_bytes().to_string().into_bytes())]
    }
}
