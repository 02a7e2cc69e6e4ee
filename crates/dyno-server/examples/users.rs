//! A small service with most of what services have: a JSON interface over shared state, typed errors, middleware,
//! WebSockets with rooms. `cargo run -p dyno-server --example users`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use dyno_server::middleware::{AccessLog, SecureHeaders};
use dyno_server::{
    App, Bytes, Call, Html, Json, Path, Response, ServerError, State, StatusCode, WebSocketAnswer,
    WebSocketMessage, WebSocketRegistry, WebSocketUpgrade, delete, escape_html, get, post, put, websocket,
};
use serde::{Deserialize, Serialize};

/// All users. Shared by the threads, so behind a lock; what belongs to one thread only could be an `Rc`.
#[derive(Debug, Clone, Default)]
pub struct Users(Arc<Mutex<BTreeMap<u64, User>>>);

/// One user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Given by the server.
    #[serde(default)]
    pub id: u64,
    /// How to call them.
    pub name: String,
}

/// Nobody has this id.
#[derive(Debug, thiserror::Error)]
#[error("there is no user {0}")]
pub struct UnknownUser(u64);

impl Users {
    fn with<R>(&self, act: impl FnOnce(&mut BTreeMap<u64, User>) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[get("/")]
fn index() -> &'static str {
    "Hello, World!"
}

#[get("/hello/{name}")]
fn hello(Path(name): Path<String>) -> Html<String> {
    Html(format!("<h1>Hello, {}!</h1>", escape_html(name)))
}

#[get("/users")]
fn list(State(users): State<Users>) -> Json<Vec<User>> {
    Json(users.with(|users| users.values().cloned().collect()))
}

#[get("/users/{id}")]
fn one(Path(id): Path<u64>, State(users): State<Users>) -> Result<Json<User>, UnknownUser> {
    users.with(|users| users.get(&id).cloned()).map(Json).ok_or(UnknownUser(id))
}

#[post("/users")]
fn create(State(users): State<Users>, Json(mut user): Json<User>) -> Response {
    users.with(|users| {
        user.id = users.last_key_value().map_or(1, |(id, _)| id + 1);
        users.insert(user.id, user.clone());
    });
    Response::json(&user)
        .with_status(StatusCode::CREATED)
        .with_header("location", format!("/api/users/{}", user.id))
}

#[put("/users/{id}")]
fn replace(
    Path(id): Path<u64>,
    State(users): State<Users>,
    Json(user): Json<User>,
) -> Result<Json<User>, UnknownUser> {
    users.with(|users| {
        let known = users.get_mut(&id).ok_or(UnknownUser(id))?;
        known.name = user.name;
        Ok(Json(known.clone()))
    })
}

#[delete("/users/{id}")]
fn remove(Path(id): Path<u64>, State(users): State<Users>) -> Result<(), UnknownUser> {
    users.with(|users| users.remove(&id)).map(|_| ()).ok_or(UnknownUser(id))
}

#[post("/echo")]
fn echo(call: Call<'_>, body: Bytes) -> Response {
    let content_type = call.header_str("content-type").unwrap_or("application/octet-stream").to_owned();
    Response::binary(body).with_header("content-type", content_type)
}

#[websocket("/ws")]
fn greet_and_echo(upgrade: WebSocketUpgrade) -> WebSocketAnswer {
    upgrade.serve(|socket| async move {
        if socket.send_text("Welcome!").await.is_err() {
            return;
        }
        while let Some(message) = socket.receive().await {
            let is_data = message.is_text() || message.is_binary();
            if is_data && socket.send(&message).await.is_err() {
                return;
            }
        }
    })
}

#[websocket("/ws/chat/{room}")]
fn chat(
    upgrade: WebSocketUpgrade,
    Path(room): Path<String>,
    State(registry): State<WebSocketRegistry>,
) -> WebSocketAnswer {
    upgrade.serve(|socket| async move {
        let member = registry.join(&socket);
        member.enter(&room);
        while let Some(message) = socket.receive().await {
            if let Some(text) = message.text() {
                registry.broadcast_to(&room, WebSocketMessage::text_of(text));
            }
        }
    })
}

/// The whole service; state is made once and cloned into each thread.
pub fn app(users: &Users, registry: &WebSocketRegistry) -> App {
    let api = App::new()
        .route(list)
        .route(one)
        .route(create)
        .route(replace)
        .route(remove)
        .on_error(|error: UnknownUser| (StatusCode::NOT_FOUND, error.to_string()));
    App::new()
        .state(users.clone())
        .state(registry.clone())
        .with(AccessLog::new())
        .with(SecureHeaders::new())
        .route(index)
        .route(hello)
        .route(echo)
        .route(greet_and_echo)
        .route(chat)
        .mount("/api", api)
}

fn main() -> Result<(), ServerError> {
    let (users, registry) = (Users::default(), WebSocketRegistry::new());
    dyno_server::run(([127, 0, 0, 1], 8080), move |_thread| app(&users, &registry))?;
    Ok(())
}
