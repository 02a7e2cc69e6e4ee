use crate::middleware::{Next, around};
use crate::{
    App, Path, State, TestServer, TestWebSocket, WebSocketAnswer, WebSocketConnection, WebSocketMessage,
    WebSocketRegistry, WebSocketUpgrade, get, websocket,
};

#[websocket("/ws/{room}")]
fn room(
    upgrade: WebSocketUpgrade,
    Path(room): Path<String>,
    State(registry): State<WebSocketRegistry>,
) -> WebSocketAnswer {
    upgrade.serve(|socket| async move {
        let member = registry.join(&socket);
        member.enter(&room);
        let _ = socket.send_text(format!("welcome to {room}")).await;
        while let Some(message) = socket.receive().await {
            if let Some(text) = message.text() {
                registry.broadcast_to(&room, WebSocketMessage::text_of(text));
            }
        }
    })
}

#[websocket("/repeat/{count}")]
async fn repeat(socket: WebSocketConnection, Path(count): Path<usize>) {
    while let Some(message) = socket.receive().await {
        let Some(text) = message.text() else { continue };
        if socket.send_text(text.repeat(count)).await.is_err() {
            return;
        }
    }
}

#[get("/ws/{room}")]
fn page(Path(room): Path<String>) -> String {
    format!("page of {room}")
}

fn serve() -> TestServer {
    let registry = WebSocketRegistry::new();
    let pass = || around(async |next: Next| next.run().await);
    TestServer::start(move |_| {
        let rooms = || App::new().route(room).state(registry.clone());
        App::new().mount("/wrapped", rooms().with(pass())).mount("/bare", rooms().route(page))
    })
}

fn text(socket: &mut TestWebSocket) -> String {
    socket.receive().unwrap().unwrap().text().unwrap().to_owned()
}

#[test]
fn a_websocket_and_a_page_share_a_path() {
    let server = serve();
    assert_eq!(server.get("/bare/ws/blue%20sky").send().text(), "page of blue sky");
    let mut socket = TestWebSocket::connect(server.address(), "/bare/ws/blue%20sky").unwrap();
    assert_eq!(text(&mut socket), "welcome to blue sky");
}

#[test]
fn handshakes_pass_through_middleware() {
    let server = serve();
    let mut one = TestWebSocket::connect(server.address(), "/wrapped/ws/a").unwrap();
    let mut two = TestWebSocket::connect(server.address(), "/wrapped/ws/a").unwrap();
    assert_eq!([text(&mut one), text(&mut two)], ["welcome to a", "welcome to a"]);
    one.send(&WebSocketMessage::text_of("hello")).unwrap();
    assert_eq!([text(&mut one), text(&mut two)], ["hello", "hello"]);
}

#[test]
fn what_is_no_handshake_is_told_so() {
    let server = serve();
    let plain = server.get("/wrapped/ws/a").send();
    assert_eq!((plain.status(), plain.header("upgrade")), (426, Some("websocket")));
}

#[test]
fn an_async_function_may_take_the_connection_itself() {
    let server = TestServer::start(|_| App::new().route(repeat));
    let mut socket = TestWebSocket::connect(server.address(), "/repeat/3").unwrap();
    socket.send(&WebSocketMessage::text_of("ho")).unwrap();
    assert_eq!(text(&mut socket), "hohoho");
    assert_eq!(server.get("/repeat/3").send().status(), 426);
    let refused = TestWebSocket::connect(server.address(), "/repeat/often").unwrap_err();
    assert!(refused.to_string().contains("status 400"), "{refused}");
}
