// What an attribute can see by itself.
use dyno_server::{Call, Path, Request, WebSocketConnection, get, post, put, route, websocket};

#[get("/users/{id")]
fn unclosed(Path(_): Path<u64>) {}

#[get("/users?x={id}")]
fn with_query() {}

#[get]
fn without_path() {}

#[route("/x")]
fn without_method() {}

#[post("/x", method = "PUT")]
fn two_methods() {}

#[get("/x", size = "5")]
fn unknown_argument() {}

#[get("/users/{id}/posts/{post}")]
fn too_few(Path(_): Path<u64>) {}

#[get("/{a}/{b}/{c}")]
fn too_few_of_a_tuple(_: &Request<'_>, Path(_): Path<(u64, u64)>) {}

#[get("/x")]
async fn borrows(request: &Request<'_>) {}

#[put("/x")]
async fn borrows_the_call(name: String, call: Call<'_>) {}

#[get("/x")]
fn generic<T>(value: T) {}

#[get("/x")]
fn opaque(value: impl Into<String>) {}

#[get("/x")]
struct NoFunction;

#[websocket("/late/{room}")]
async fn late(Path(_room): Path<String>, _socket: WebSocketConnection) {}

#[websocket("/sync")]
fn synchronous(_socket: WebSocketConnection) {}

#[get("/no-socket")]
async fn no_socket(_socket: WebSocketConnection) {}
