//! hyper's HTTP/1 server with the same echo as ours.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;

/// Starts the server on a thread that lasts as long as the test; gives its address.
pub fn start() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let serving = hyper::server::conn::http1::Builder::new()
                    .half_close(true)
                    .serve_connection(TokioIo::new(stream), service_fn(echo));
                // A broken connection is what the test wants to see from outside.
                tokio::spawn(async { drop(serving.await) });
            }
        });
    });
    address
}

async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let host = request.uri().authority().map(ToString::to_string);
    let in_field =
        || request.headers().get("host").map(|it| String::from_utf8_lossy(it.as_bytes()).into_owned());
    let host = host.or_else(in_field).unwrap_or_else(|| "-".to_owned());
    let start = format!("{} {} {host}", request.method(), request.uri());
    let body = request.into_body().collect().await?.to_bytes();
    let text = if body.is_empty() { start } else { format!("{start}: {}", body.escape_ascii()) };
    Ok(Response::new(Full::new(Bytes::from(text))))
}
