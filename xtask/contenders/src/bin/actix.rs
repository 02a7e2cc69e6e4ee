//! actix-web with one worker.
//!
//! Started by `cargo xtask bench server`.

use std::io;

use actix_web::web::{self, Bytes, PayloadConfig};
use actix_web::{App, HttpResponse, HttpServer, Responder};
use contenders::{
    Arguments, BODY_BYTES_MAX, Form, HEAD_TIME_MAX, KEEP_ALIVE_TIME_MAX, MESSAGE, PLAINTEXT, post_of_user,
};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let arguments = Arguments::from_command_line();
    let server = HttpServer::new(|| {
        App::new()
            .app_data(PayloadConfig::new(BODY_BYTES_MAX))
            .route("/plaintext", web::get().to(plaintext))
            .route("/json", web::get().to(json))
            .route("/users/{user}/posts/{post}", web::get().to(parameters))
            .route("/echo", web::post().to(echo))
    })
    .workers(1)
    .client_request_timeout(HEAD_TIME_MAX)
    .keep_alive(KEEP_ALIVE_TIME_MAX);
    let listener = arguments.bind()?;
    let server = match arguments.form {
        Form::Tls => server.listen_rustls_0_23(listener, arguments.tls_config(&[b"http/1.1"])?)?,
        Form::Http2 => server.listen_auto_h2c(listener)?,
        _ => server.listen(listener)?,
    };
    server.run().await
}

async fn plaintext() -> impl Responder {
    HttpResponse::Ok().content_type("text/plain").body(PLAINTEXT)
}

async fn json() -> impl Responder {
    web::Json(MESSAGE)
}

async fn parameters(path: web::Path<(u64, u64)>) -> impl Responder {
    let (user, post) = path.into_inner();
    post_of_user(user, post)
}

async fn echo(body: Bytes) -> impl Responder {
    HttpResponse::Ok().content_type("application/json").body(body)
}
