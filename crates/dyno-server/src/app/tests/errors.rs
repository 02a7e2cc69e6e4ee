//! What becomes of errors and panics.

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("the database at 10.0.0.7 is gone")]
struct DatabaseError;

#[derive(Debug)]
struct Teapot(u8);

impl fmt::Display for Teapot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "teapot {}", self.0)
    }
}

impl std::error::Error for Teapot {}

#[get("/database")]
fn database() -> Result<&'static str, DatabaseError> {
    Err(DatabaseError)
}

#[get("/database-later")]
async fn database_later() -> Result<&'static str, Error> {
    tokio::task::yield_now().await;
    Err(DatabaseError)?
}

#[get("/teapot")]
fn teapot() -> Result<(), Error> {
    Err(Teapot(3))?
}

#[get("/shown")]
fn shown() -> Result<(), Error> {
    Err(Error::shown(StatusCode::CONFLICT, "somebody was faster"))
}

#[get("/answered")]
fn answered() -> Result<(), Error> {
    Err(Response::text("no").with_status(StatusCode::GONE).into())
}

#[get("/missing")]
fn missing() -> Option<&'static str> {
    None
}

#[get("/split")]
fn split() -> Response {
    Response::text("x").with_header("x-a", "b\r\nset-cookie: c=d")
}

#[get("/panic")]
fn panics() -> &'static str {
    panic!("secret of the handler")
}

#[get("/panic-later")]
async fn panics_later() -> &'static str {
    panic!("secret of the handler")
}

fn failing() -> App {
    App::new()
        .route(database)
        .route(database_later)
        .route(teapot)
        .route(shown)
        .route(answered)
        .route(missing)
        .route(split)
        .route(panics)
        .route(panics_later)
}

#[test]
fn errors_without_a_handler_are_500_and_say_nothing() {
    let internal = "Internal Server Error";
    check(
        &serve(failing),
        &[
            ("GET /database", 500, internal),
            ("GET /database-later", 500, internal),
            ("GET /panic", 500, internal),
            ("GET /panic-later", 500, internal),
            ("GET /split", 500, internal),
            ("GET /shown", 409, "somebody was faster"),
            ("GET /answered", 410, "no"),
            ("GET /missing", 404, "Not Found"),
        ],
    );
}

#[test]
fn the_innermost_error_handler_for_the_type_answers() {
    let server = serve(|| {
        let inner = App::new()
            .route(database)
            .route(database_later)
            .route(teapot.on_error(|error: Teapot| (StatusCode::IM_A_TEAPOT, error.to_string())))
            .on_error(|_: DatabaseError| (StatusCode::SERVICE_UNAVAILABLE, "come back later"));
        failing()
            .mount("/inner", inner)
            .on_error(|_: DatabaseError| "outer")
            .on_error(|_: NotFound| (StatusCode::NOT_FOUND, Html("<h1>lost</h1>")))
            .on_error(|error: MethodNotAllowed| (StatusCode::METHOD_NOT_ALLOWED, error.allow))
            .on_error(|error: Rejection| (error.status(), format!("refused: {error}")))
            .route(attributed::user)
    });
    check(
        &server,
        &[
            ("GET /database", 200, "outer"),
            ("GET /database-later", 200, "outer"),
            ("GET /teapot", 500, "Internal Server Error"),
            ("GET /inner/database", 503, "come back later"),
            ("GET /inner/database-later", 503, "come back later"),
            ("GET /inner/teapot", 418, "teapot 3"),
            ("GET /inner/nowhere", 404, "<h1>lost</h1>"),
            ("GET /missing", 404, "<h1>lost</h1>"),
            ("POST /teapot", 405, "GET, HEAD, OPTIONS"),
            (
                "GET /users/x",
                400,
                "refused: path parameter `id`: `x` is not a whole number of 64 bits without a sign",
            ),
        ],
    );
}

#[test]
fn middleware_sees_answers_to_errors() {
    let server = serve(|| failing().with(after(|response| *response.headers_mut() = HeaderMap::new())));
    let answer = server.get("/database").send();
    assert_eq!((answer.status(), answer.header("content-type")), (500, None));
    assert_eq!(server.get("/panic").send().text(), "Internal Server Error");
}
