// What only the compiler can see.
use dyno_server::{App, BodyStream, Bytes, Json, Path, State, get, post};

struct Settings;

#[get("/number/{n}")]
fn wrong_argument(Path(_): Path<u64>, settings: Settings) {}

#[get("/number/{n}")]
fn wrong_value_in_path(path: Path<Settings>) {}

#[post("/x")]
async fn wrong_body(body: Json<Settings>) {}

#[get("/x")]
fn not_cloneable(state: State<Settings>) {}

#[get("/x")]
fn wrong_answer() -> Settings {
    Settings
}

#[get("/x")]
async fn wrong_answer_later() -> Vec<Settings> {
    Vec::new()
}

#[get("/x")]
fn wrong_error() -> Result<String, String> {
    Err("no".to_owned())
}

fn no_attribute() -> &'static str {
    "x"
}

fn app() -> App {
    App::new().route(no_attribute)
}

#[get("/x")]
fn streams_nothing_twice(_: Bytes, _: String) {}
