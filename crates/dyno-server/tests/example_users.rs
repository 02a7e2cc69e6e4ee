//! The example `users`, asked over a real port: what it promises in its functions is what comes.

#[path = "../examples/users.rs"]
#[expect(dead_code, reason = "its main is not called here")]
mod example;

use dyno_server::{TestServer, TestWebSocket, WebSocketMessage, WebSocketRegistry};
use example::{User, Users, app};

fn serve() -> TestServer {
    let (users, registry) = (Users::default(), WebSocketRegistry::new());
    TestServer::start(move |_| app(&users, &registry))
}

#[test]
fn pages_greet_and_escape() {
    let server = serve();
    assert_eq!(server.get("/").send().text(), "Hello, World!");
    assert_eq!(server.get("/hello/A%20%3Cb%3E").send().text(), "<h1>Hello, A &lt;b&gt;!</h1>");
    assert_eq!(server.get("/nowhere").send().status(), 404);
    assert_eq!(server.post("/").send().status(), 405);
}

#[test]
fn users_are_created_read_replaced_and_removed() {
    let server = serve();
    let name = |name: &str| User { id: 0, name: name.to_owned() };
    let made = server.post("/api/users").json(&name("Ada")).send();
    assert_eq!((made.status(), made.header("location")), (201, Some("/api/users/1")));
    assert_eq!(made.json::<User>(), User { id: 1, name: "Ada".to_owned() });
    assert_eq!(server.post("/api/users").json(&name("Bob")).send().json::<User>().id, 2);
    assert_eq!(server.get("/api/users").send().json::<Vec<User>>().len(), 2);
    assert_eq!(server.put("/api/users/2").json(&name("Eve")).send().json::<User>().name, "Eve");
    assert_eq!(server.delete("/api/users/1").send().status(), 204);
    let gone = server.get("/api/users/1").send();
    assert_eq!((gone.status(), gone.text()), (404, "there is no user 1"));
    assert_eq!(server.put("/api/users/9").json(&name("x")).send().status(), 404);
    assert_eq!(server.delete("/api/users/9").send().status(), 404);
    assert_eq!(server.get("/api/users/x").send().status(), 400);
    assert_eq!(server.post("/api/users").body("application/json", "{}").send().status(), 422);
}

#[test]
fn echo_gives_body_and_type_back() {
    let answer = serve().post("/echo").body("text/x", "abc").send();
    assert_eq!((answer.header("content-type"), answer.text()), (Some("text/x"), "abc"));
}

#[test]
fn every_page_has_secure_fields() {
    let answer = serve().get("/").send();
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn websockets_welcome_echo_and_chat() {
    let server = serve();
    let mut socket = TestWebSocket::connect(server.address(), "/ws").unwrap();
    assert_eq!(socket.receive().unwrap().unwrap().text(), Some("Welcome!"));
    socket.send(&WebSocketMessage::binary_of([1, 2, 3])).unwrap();
    assert_eq!(socket.receive().unwrap().unwrap(), WebSocketMessage::binary_of([1, 2, 3]));

    let mut alone = TestWebSocket::connect(server.address(), "/ws/chat/blue").unwrap();
    alone.send(&WebSocketMessage::text_of("anybody?")).unwrap();
    assert_eq!(alone.receive().unwrap().unwrap().text(), Some("anybody?"));
    let mut other = TestWebSocket::connect(server.address(), "/ws/chat/blue").unwrap();
    other.send(&WebSocketMessage::text_of("me")).unwrap();
    assert_eq!(other.receive().unwrap().unwrap().text(), Some("me"));
    assert_eq!(alone.receive().unwrap().unwrap().text(), Some("me"));
}
