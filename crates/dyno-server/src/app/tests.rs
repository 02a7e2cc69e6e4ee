//! Whole apps on a real port, asked by the client of `TestServer`.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use crate::middleware::{after, around, before};
use crate::*;

mod errors;
mod order;
mod routing;

fn serve(app: fn() -> App) -> TestServer {
    TestServer::start(move |_| app())
}

/// `METHOD target` and what is answered: status, and the body.
#[track_caller]
fn check(server: &TestServer, cases: &[(&str, u16, &str)]) {
    for (request, status, body) in cases {
        let (method, target) = request.split_once(' ').unwrap();
        let answer = server.request(method, target).send();
        assert_eq!((answer.status(), answer.text()), (*status, *body), "{request}");
    }
}

/// What a server that is given `app` says instead of starting.
#[track_caller]
fn check_refused(app: fn() -> App, parts: &[&str]) {
    let reason = app().check().unwrap_err().to_string();
    for part in parts {
        assert!(reason.contains(part), "`{part}` is not in `{reason}`");
    }
    let builder = Server::builder().listen("127.0.0.1:0".parse().unwrap());
    let error = builder.start(move |_| app()).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, reason);
}

mod attributed {
    use super::*;

    #[get("/users/{id}")]
    pub fn user(Path(id): Path<u64>) -> String {
        format!("user {id}")
    }

    #[post("/users")]
    pub async fn create(
        State(count): State<Rc<Cell<u32>>>,
        Json(name): Json<String>,
    ) -> (StatusCode, String) {
        tokio::task::yield_now().await;
        count.set(count.get() + 1);
        (StatusCode::CREATED, format!("{name} {}", count.get()))
    }

    #[put("/users/{id}")]
    pub fn replace(call: Call<'_>) -> String {
        let name: Option<String> = call.json();
        format!("{:?} {:?} {:?}", call.path_param("id"), call.query_param("dry"), name)
    }

    #[patch("/users/{id}")]
    pub fn change(request: &Request<'_>, body: Bytes) -> String {
        format!("{} {}", request.path(), body.len())
    }

    #[delete("/users/{id}")]
    pub fn remove() {}

    #[route("/users/{id}", method = "PURGE")]
    pub fn purge(id: Path<String>) -> String {
        format!("purged {}", id.0)
    }

    #[any("/any/{rest:*}")]
    pub fn anything(method: Method, Path(rest): Path<String>) -> String {
        format!("{method} {rest}")
    }

    #[options("/users")]
    pub fn offers() -> &'static str {
        "custom"
    }

    #[head("/only-head")]
    pub fn only_head() -> ([(&'static str, &'static str); 1], ()) {
        ([("x-only", "head")], ())
    }
}

use bytes::Bytes;

fn users() -> App {
    use attributed::*;
    App::new()
        .state(Rc::new(Cell::new(0_u32)))
        .route(user)
        .route(create)
        .route(replace)
        .route(change)
        .route(remove)
        .route(purge)
        .route(anything)
        .route(offers)
        .route(only_head)
}

#[test]
fn every_attribute_makes_a_route() {
    let server = serve(users);
    check(
        &server,
        &[
            ("GET /users/7", 200, "user 7"),
            ("DELETE /users/7", 204, ""),
            ("PURGE /users/a%20b", 200, "purged a b"),
            ("BREW /any/x/y", 200, "BREW x/y"),
            ("OPTIONS /users", 200, "custom"),
            ("HEAD /users/7", 200, ""),
        ],
    );
    assert_eq!(server.request("HEAD", "/only-head").send().header("x-only"), Some("head"));
    let made = server.post("/users").json(&"Ada").send();
    assert_eq!((made.status(), made.text()), (201, "Ada 1"));
    let replaced = server.put("/users/7?dry=yes+no").json(&"Bob").send();
    assert_eq!(replaced.text(), r#"Some("7") Some("yes no") Some("Bob")"#);
    let changed = server.request("PATCH", "/users/9").body("text/plain", "12345").send();
    assert_eq!(changed.text(), "/users/9 5");
}

#[test]
fn what_arguments_refuse_says_what_and_where() {
    let server = serve(users);
    let post = |content_type: &str, body: &str| {
        let answer = server.post("/users").body(content_type, body).send();
        format!("{} {}", answer.status(), answer.text())
    };
    assert_eq!(
        post("text/plain", "x"),
        "415 body: its content type is `text/plain`, `application/json` is expected"
    );
    assert_eq!(post("application/json", "\"x"), "400 body: EOF while parsing a string at line 1 column 2");
    assert_eq!(
        post("application/json", "7"),
        "422 body: invalid type: integer `7`, expected a string at line 1 column 1"
    );
    assert_eq!(server.post("/users").body("application/json", "x".repeat(1_100_000)).send().status(), 413);
    let answer = server.get("/users/x").send();
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn a_call_answers_what_the_request_has() {
    let server = serve(|| {
        App::new().route(Route::post("/{a}/{b}", |call: &Call<'_>| {
            let form = call.form().ok();
            format!(
                "{:?} {:?} {:?} {} {:?} {:?}",
                call.path_params().collect::<Vec<_>>(),
                call.query_params().collect::<Vec<_>>(),
                call.query_param("x"),
                call.is_multipart(),
                call.json::<u8>(),
                form.as_ref().and_then(|form| form.text("f")),
            )
        }))
    });
    let ask = |content_type: &str, body: &str| {
        server.post("/1/%C3%A9?x=a&x=b+c").body(content_type, body).send().text().to_owned()
    };
    let same = r#"[("a", "1"), ("b", "é")] [("x", "a"), ("x", "b c")] Some("a")"#;
    assert_eq!(ask("application/json", "7"), format!("{same} false Some(7) None"));
    assert_eq!(ask("application/json", "x"), format!("{same} false None None"));
    let part = "--B\r\nContent-Disposition: form-data; name=f\r\n\r\ng\r\n--B--";
    assert_eq!(ask("multipart/form-data; boundary=B", part), format!("{same} true None Some(\"g\")"));
    assert_eq!(ask("application/x-www-form-urlencoded", "f=h"), format!("{same} false None Some(\"h\")"));
}

#[get("/parts/{kind}")]
fn parts(
    Headers(headers): Headers,
    cookies: Cookies,
    kind: Option<Path<Kind>>,
    number: Result<Query<Number>, Error>,
) -> String {
    let agent = headers.get("user-agent").map(|value| value.to_str().unwrap_or("?"));
    let number = number.map(|Query(number)| number.n).map_err(|error| error.to_string());
    format!("{agent:?} {:?} {:?} {number:?}", cookies.value("b"), kind.map(|Path(kind)| kind))
}

#[derive(Debug, serde::Deserialize)]
enum Kind {
    #[serde(rename = "large")]
    Large,
}

#[derive(serde::Deserialize)]
struct Number {
    n: Option<i8>,
}

#[get("/missing-extension")]
fn missing_extension(_: Extension<u8>) {}

#[test]
fn parts_of_a_request_are_taken_by_their_types() {
    let server = serve(|| App::new().route(parts).route(missing_extension));
    let answer = server
        .get("/parts/large?n=-3")
        .header("user-agent", "test")
        .header("cookie", "a=1; b=\"2\"; b=3")
        .header("cookie", "c=4")
        .send();
    assert_eq!(answer.text(), r#"Some("test") Some("2") Some(Large) Ok(Some(-3))"#);
    let refused =
        r#"None None None Err("query parameter `n`: `many` is not a whole number from -128 to 127")"#;
    check(
        &server,
        &[
            ("GET /parts/small?n=many", 200, refused),
            ("GET /missing-extension", 500, "Internal Server Error"),
            ("OPTIONS *", 204, ""),
            ("TRACE /parts/x", 405, "Method Not Allowed"),
        ],
    );
}

#[test]
fn answers_can_be_streams() {
    let server = serve(|| {
        let whole = |_: &Call<'_>| {
            let pieces = ["one ", "two ", "three"]
                .map(|piece| Ok::<_, fmt::Error>(Bytes::from_static(piece.as_bytes())));
            Response::text("").with_body(Body::from_stream(futures_util::stream::iter(pieces)))
        };
        let cut = |_: &Call<'_>| {
            let pieces = [Ok(Bytes::from_static(b"one ")), Err(fmt::Error)];
            Response::text("").with_body(Body::from_stream(futures_util::stream::iter(pieces)))
        };
        App::new().route(Route::get("/whole", whole)).route(Route::get("/cut", cut))
    });
    let answer = server.get("/whole").send();
    assert_eq!((answer.header("transfer-encoding"), answer.text()), (Some("chunked"), "one two three"));
    let request = server.get("/cut");
    let panicked = std::panic::catch_unwind(|| request.send());
    assert!(panicked.is_err(), "a body that was cut must not look whole");
}

#[test]
fn what_is_needed_next_is_named_where_it_cannot_be_pushed() {
    let server = serve(|| {
        App::new().route(Route::get("/", |_: &Call<'_>| {
            Response::html("<p>").push_resources([("/style.css", "style"), ("/app.js", "script")])
        }))
    });
    let links: Vec<String> = server.get("/").send().headers("link").map(str::to_owned).collect();
    assert_eq!(links, ["</style.css>; rel=preload; as=style", "</app.js>; rel=preload; as=script"]);
}

#[test]
fn ten_thousand_requests_of_one_connection_are_all_answered() {
    let result = serve(users).benchmark_route("/users/1", "GET", 10_000, 1);
    assert_eq!((result.answered, result.failed), (10_000, 0));
}
