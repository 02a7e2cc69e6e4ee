// What only shows when constants are evaluated.
use dyno_server::{BodyStream, Bytes, post};

#[post("/x")]
fn takes_the_body_twice(_: Bytes, _: BodyStream) {}

#[post("/x")]
fn takes_the_body_once(_: Bytes, _: String) {}

pub fn used() -> dyno_server::Route {
    takes_the_body_once();
    takes_the_body_twice()
}
