//! The smallest server: `cargo run -p dyno-server --example hello`, then open http://127.0.0.1:8080/hello/you.

use dyno_server::{App, Path, ServerError, get};

#[get("/")]
fn root() -> &'static str {
    "Hello, World!"
}

#[get("/hello/{name}")]
fn hello(Path(name): Path<String>) -> String {
    format!("Hello, {name}!")
}

fn main() -> Result<(), ServerError> {
    dyno_server::run(([127, 0, 0, 1], 8080), |_thread| App::new().route(root).route(hello))?;
    Ok(())
}
