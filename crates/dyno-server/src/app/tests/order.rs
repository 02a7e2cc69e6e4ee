//! In which order middleware sees requests and responses.

use super::*;
use crate::middleware::{Middleware, Next, Step};

/// Writes its name into a trace on the way in and on the way out.
fn mark(name: &'static str) -> impl Middleware {
    struct Mark(&'static str);
    impl Middleware for Mark {
        fn handle(&self, call: &Call<'_>) -> Step {
            trace(call, self.0);
            let name = self.0;
            Step::after(move |response| append(response, name))
        }
    }
    Mark(name)
}

fn mark_around(name: &'static str) -> impl Middleware {
    around(async move |mut next: Next| {
        let Trace(mut seen) = next.extension::<Trace>().unwrap_or_default();
        seen.push(name);
        next.insert_extension(Trace(seen));
        tokio::task::yield_now().await;
        let mut response = next.run().await;
        append(&mut response, name);
        response
    })
}

#[derive(Clone, Default)]
struct Trace(Vec<&'static str>);

fn trace(call: &Call<'_>, name: &'static str) {
    let Trace(mut seen) = call.extension::<Trace>().unwrap_or_default();
    seen.push(name);
    call.insert_extension(Trace(seen));
}

fn append(response: &mut Response, name: &'static str) {
    response.headers_mut().append("x-out", HeaderValue::from_static(name));
}

#[get("/now")]
fn now(Extension(trace): Extension<Trace>) -> String {
    trace.0.join(" ")
}

#[get("/later")]
async fn later(Extension(trace): Extension<Trace>) -> String {
    tokio::task::yield_now().await;
    trace.0.join(" ")
}

#[test]
fn the_first_added_is_the_outermost() {
    let server = serve(|| {
        let inner = App::new()
            .with(mark("router"))
            .route(now.with(mark("route")).with(mark_around("async route")))
            .route(later.with(mark_around("async route")).with(mark("route")));
        App::new().mount("/in", inner).with(mark("app")).with(mark_around("async app"))
    });
    for (path, inside) in [("/in/now", "route async route"), ("/in/later", "async route route")] {
        let answer = server.get(path).send();
        assert_eq!(answer.text(), format!("app async app router {inside}"));
        let mut out: Vec<&str> = answer.headers("x-out").collect();
        out.reverse();
        assert_eq!(out.join(" "), answer.text());
    }
    let lost = server.get("/in/nowhere").send();
    assert_eq!(lost.status(), 404);
    assert_eq!(lost.headers("x-out").collect::<Vec<_>>(), ["router", "async app", "app"]);
}

#[test]
fn a_hook_can_answer_in_place_of_the_route() {
    let server = serve(|| {
        let closed = before(|call: &Call<'_>| match call.pattern() {
            "/now" => Err(StatusCode::FORBIDDEN),
            _ => Ok(()),
        });
        App::new().with(mark("outer")).with(closed).route(now).route(later)
    });
    let answer = server.get("/now").send();
    assert_eq!((answer.status(), answer.header("x-out")), (403, Some("outer")));
    assert_eq!(server.get("/later").send().text(), "outer");
}

#[test]
fn bodies_pass_through_async_middleware() {
    let server = serve(|| {
        App::new()
            .state(Rc::new(Cell::new(0_u32)))
            .route(attributed::create)
            .route(Route::post("/echo", |call: &Call<'_>| call.body().to_vec()))
            .with(mark_around("async"))
    });
    assert_eq!(server.post("/users").json(&"Ada").send().text(), "Ada 1");
    let large = vec![7; 500_000];
    assert_eq!(server.post("/echo").body("application/octet-stream", large.clone()).send().body(), large);
}
