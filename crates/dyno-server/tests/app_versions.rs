//! The same app over HTTP/2 and over TLS: what a route promises does not depend on what carries it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyno_server::middleware::{Csrf, Hsts, Next, SecureHeaders, around};
use dyno_server::{
    App, BodyStream, ConnectionInfo, Error, Json, Path, Query, Response, Server, TlsMaterial, Version,
    WebSocketAnswer, WebSocketUpgrade, get, post, websocket,
};
use h2::client::{self, SendRequest};
use http::{Request, StatusCode};

#[get("/add/{a}")]
fn add(Path(a): Path<i32>, Query(b): Query<Vec2>) -> Json<i32> {
    Json(a + b.b)
}

#[derive(serde::Deserialize)]
struct Vec2 {
    b: i32,
}

#[post("/upper")]
async fn upper(mut body: BodyStream) -> Result<String, Error> {
    let mut text = String::new();
    while let Some(piece) = body.next().await {
        text.push_str(&String::from_utf8(piece?.to_vec())?.to_uppercase());
    }
    Ok(text)
}

#[get("/page")]
fn page() -> Response {
    Response::html("<p>").push_resources([("/style.css", "style")])
}

#[get("/style.css")]
fn style() -> Response {
    Response::text("p {}").with_header("content-type", "text/css")
}

#[get("/about")]
fn about(version: Version, connection: ConnectionInfo) -> String {
    format!("{} {}", version.name(), connection.transport.name())
}

fn app() -> App {
    App::new()
        .route(add)
        .route(upper)
        .route(page)
        .route(style)
        .route(about)
        .with(SecureHeaders::new())
        .with(Hsts::new(Duration::from_secs(60)))
        .with(around(async |next: Next| next.run().await))
}

async fn connect(address: SocketAddr, takes_pushes: bool) -> SendRequest<Bytes> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (send, connection) =
        client::Builder::new().enable_push(takes_pushes).handshake(stream).await.unwrap();
    tokio::spawn(connection);
    send
}

/// Status, and the whole body as text.
async fn ask(send: &mut SendRequest<Bytes>, request: Request<()>, body: &str) -> (StatusCode, String) {
    *send = send.clone().ready().await.unwrap();
    let (response, mut stream) = send.send_request(request, body.is_empty()).unwrap();
    if !body.is_empty() {
        stream.send_data(Bytes::copy_from_slice(body.as_bytes()), true).unwrap();
    }
    let response = response.await.unwrap();
    (response.status(), collect(response.into_body()).await)
}

async fn collect(mut body: h2::RecvStream) -> String {
    let mut whole = Vec::new();
    while let Some(piece) = body.data().await {
        whole.extend_from_slice(&piece.unwrap());
    }
    String::from_utf8(whole).unwrap()
}

fn request(method: &str, path: &str) -> Request<()> {
    Request::builder().method(method).uri(format!("http://localhost{path}")).body(()).unwrap()
}

#[test]
fn http2_reaches_the_same_routes() {
    let server = Server::builder().listen("127.0.0.1:0".parse().unwrap()).start(|_| app()).unwrap();
    let address = server.local_addrs()[0];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut send = connect(address, false).await;
        for (method, path, body, status, expected) in [
            ("GET", "/add/1?b=2", "", 200, "3"),
            ("HEAD", "/add/1?b=2", "", 200, ""),
            ("GET", "/add/x?b=2", "", 400, "path parameter `a`: `x` is not a whole number of 32 bits"),
            ("POST", "/upper", "abc", 200, "ABC"),
            ("GET", "/about", "", 200, "HTTP/2 tcp"),
            ("DELETE", "/upper", "", 405, "Method Not Allowed"),
            ("GET", "/nowhere", "", 404, "Not Found"),
        ] {
            let answer = ask(&mut send, request(method, path), body).await;
            assert_eq!(
                answer,
                (StatusCode::from_u16(status).unwrap(), expected.to_owned()),
                "{method} {path}"
            );
        }
    });
}

#[test]
fn resources_are_pushed_to_clients_that_take_them() {
    let server = Server::builder().listen("127.0.0.1:0".parse().unwrap()).start(|_| app()).unwrap();
    let address = server.local_addrs()[0];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut send = connect(address, true).await;
        let (mut response, _) = send.send_request(request("GET", "/page"), true).unwrap();
        let mut pushes = response.push_promises();
        let promise = pushes.push_promise().await.unwrap().unwrap();
        let (promised, pushed) = promise.into_parts();
        assert_eq!(promised.uri().path(), "/style.css");
        let pushed = pushed.await.unwrap();
        assert_eq!(collect(pushed.into_body()).await, "p {}");
        let response = response.await.unwrap();
        assert_eq!(response.headers().get("link"), None);
        let mut send = connect(address, false).await;
        let response = send.send_request(request("GET", "/page"), true).unwrap().0.await.unwrap();
        assert_eq!(response.headers()["link"], "</style.css>; rel=preload; as=style");
    });
}

#[websocket("/ws/{name}")]
fn greet(upgrade: WebSocketUpgrade) -> WebSocketAnswer {
    upgrade.serve(|socket| async move {
        let _ = socket.send_text(format!("hi {}", socket.path_param("name").unwrap_or_default())).await;
        let _ = socket.receive().await;
    })
}

#[test]
fn websockets_of_http2_find_their_route() {
    let server = Server::builder()
        .listen("127.0.0.1:0".parse().unwrap())
        .start(|_| App::new().route(greet).with(around(async |next: Next| next.run().await)))
        .unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut send = connect(server.local_addrs()[0], false).await;
        // The setting of extended CONNECT has to arrive first.
        let refused = ask(&mut send, request("GET", "/ws/you"), "").await;
        let text = "this path answers WebSocket handshakes only".to_owned();
        assert_eq!(refused, (StatusCode::BAD_REQUEST, text));
        let mut open = request("CONNECT", "/ws/you");
        open.extensions_mut().insert(h2::ext::Protocol::from_static("websocket"));
        open.headers_mut().insert("sec-websocket-version", "13".parse().unwrap());
        let (response, _stream) = send.send_request(open, false).unwrap();
        let response = response.await.unwrap();
        assert_eq!(response.status(), 200);
        let frame = response.into_body().data().await.unwrap().unwrap();
        assert_eq!(&frame[..], b"\x81\x06hi you");
    });
}

/// The answer to `GET path` over TLS, whole.
fn ask_encrypted(address: SocketAddr, trusted: &rcgen::Certificate, path: &str) -> String {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let session = rustls::ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(session, TcpStream::connect(address).unwrap());
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn encrypted_connections_get_hsts_and_secure_cookies() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (chain, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let material = TlsMaterial::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let server = Server::builder()
        .listen_tls("127.0.0.1:0".parse().unwrap(), material)
        .start(|_| app().with(Csrf::new()))
        .unwrap();
    let answer = ask_encrypted(server.tls_addrs()[0], &made.cert, "/about");
    assert!(answer.contains("strict-transport-security: max-age=60\r\n"), "{answer}");
    assert!(answer.contains("; HttpOnly; Secure; SameSite=Lax\r\n"), "{answer}");
    assert!(answer.ends_with("HTTP/1.1 tls"), "{answer}");
}
