use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::{App, Call, Route, TestServer};

/// What an answer looks like on the wire, written directly and through a response.
#[track_caller]
fn check<R: IntoResponse>(answer: impl Fn() -> R + Clone + Send + Sync + 'static, expected: &str) {
    let server = TestServer::start(move |_| {
        let (direct, whole) = (answer.clone(), answer.clone());
        App::new()
            .route(Route::get("/direct", move |_: &Call<'_>| direct()))
            .route(Route::get("/whole", move |_: &Call<'_>| whole().into_response()))
    });
    for path in ["/direct", "/whole"] {
        let response = server.get(path).send();
        let shown = format!(
            "{} {} {:?}",
            response.status(),
            response.header("content-type").unwrap_or("-"),
            String::from_utf8_lossy(response.body())
        );
        assert_eq!(shown, expected, "{path}");
    }
}

#[test]
fn every_kind_of_answer_is_the_same_written_at_once_or_as_a_value() {
    check(|| "a", r#"200 text/plain; charset=utf-8 "a""#);
    check(|| "b".to_owned(), r#"200 text/plain; charset=utf-8 "b""#);
    check(|| Cow::Borrowed("c"), r#"200 text/plain; charset=utf-8 "c""#);
    check(|| Html("<d>"), r#"200 text/html; charset=utf-8 "<d>""#);
    check(|| vec![101_u8], r#"200 application/octet-stream "e""#);
    check(|| Bytes::from_static(b"f"), r#"200 application/octet-stream "f""#);
    check(|| &b"g"[..], r#"200 application/octet-stream "g""#);
    check(|| Json([1, 2]), r#"200 application/json "[1,2]""#);
    check(|| (), r#"204 - """#);
    check(|| StatusCode::ACCEPTED, r#"202 - """#);
    check(|| (StatusCode::CREATED, "h"), r#"201 text/plain; charset=utf-8 "h""#);
    check(|| ([("content-type", "image/x")], "i"), r#"200 image/x "i""#);
    check(|| (StatusCode::CREATED, [("content-type", "image/x")], "j"), r#"201 image/x "j""#);
    check(|| (StatusCode::NOT_FOUND, Json([3])), r#"404 application/json "[3]""#);
    check(|| ([("content-type", "image/x")], vec![110_u8]), r#"200 image/x "n""#);
    check(|| (StatusCode::GONE, Redirect::to("/x")), r#"410 - """#);
    check(|| (StatusCode::GONE, None::<()>), r#"404 text/plain; charset=utf-8 "Not Found""#);
    check(|| ([("x-a", "b\r\nc: d")], "o"), r#"500 text/plain; charset=utf-8 "Internal Server Error""#);
    let prepared = Arc::new(PreparedResponse::new(203, "text/x", b"p"));
    check(move || Arc::clone(&prepared), r#"203 text/x "p""#);
    check(|| Some("k"), r#"200 text/plain; charset=utf-8 "k""#);
    check(|| None::<()>, r#"404 text/plain; charset=utf-8 "Not Found""#);
    check(|| Ok::<_, std::fmt::Error>("l"), r#"200 text/plain; charset=utf-8 "l""#);
    check(|| Err::<(), _>(std::fmt::Error), r#"500 text/plain; charset=utf-8 "Internal Server Error""#);
    check(|| Redirect::to("/x"), r#"302 - """#);
    check(|| Response::redirect("/x"), r#"302 - """#);
    check(|| http::Response::builder().status(203).body("m").unwrap(), r#"203 application/octet-stream "m""#);
}

#[test]
fn what_cannot_be_json_is_a_500_and_leaves_nothing_behind() {
    let unspeakable = || Json(BTreeMap::from([((1, 2), "keys have to be texts")]));
    check(unspeakable, r#"500 text/plain; charset=utf-8 "Internal Server Error""#);
}
