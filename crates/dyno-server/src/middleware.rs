//! What stands around routes: hooks before and after, and functions around the whole of an exchange.
//!
//! The first middleware added is the outermost: it sees the request first and the response last. That of an app is
//! outside of that of a mounted app, which is outside of that of a route. A route without any pays nothing for it.
//! Called by `app::chain`.

use std::rc::Rc;

use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::extract::BodyUse;
use crate::app::into_response::IntoResponse;
use crate::app::response::Response;
use crate::handler::LocalFuture;

mod basic_auth;
mod compress;
mod cors;
mod csrf;
mod log;
mod rate_limit;
mod secure_headers;
mod timeout;

#[cfg(test)]
mod tests;

pub use crate::app::chain::Next;
pub use basic_auth::{AuthenticatedUser, BasicAuth};
pub use compress::Compress;
pub use cors::Cors;
pub use csrf::{Csrf, CsrfToken};
pub use log::AccessLog;
pub use rate_limit::RateLimit;
pub use secure_headers::{Hsts, SecureHeaders};
pub use timeout::Timeout;

/// Something around routes; see [`App::with`](crate::App::with) and [`IntoRoute::with`](crate::IntoRoute::with).
///
/// Functions become middleware by [`before`], [`after`] and [`around`]. The trait itself is for what needs more: one
/// look at the borrowed request, and a decision about the rest.
pub trait Middleware: 'static {
    /// Looks at a request and says how to go on.
    fn handle(&self, call: &Call<'_>) -> Step;

    /// What the middleware does with bodies.
    fn body_use(&self) -> BodyUse {
        BodyUse::None
    }
}

/// How a request goes on after a middleware has seen it.
pub enum Step {
    /// As if the middleware were not there.
    Continue,
    /// Not at all: this is the answer.
    Answer(Response),
    /// On, and the response is changed when it is there.
    After(Box<dyn FnOnce(&mut Response)>),
    /// On, and the answer is replaced by another one, perhaps one that waits for it.
    Wrap(Box<dyn FnOnce(Answer) -> Answer>),
    /// Later: the future decides when the rest is run, and whether.
    Around(Box<dyn FnOnce(Next) -> LocalFuture<Response>>),
}

impl Step {
    /// On, and `change` is applied to the response.
    pub fn after(change: impl FnOnce(&mut Response) + 'static) -> Self {
        Self::After(Box::new(change))
    }

    /// `response` is the answer.
    pub fn answer(response: impl IntoResponse) -> Self {
        Self::Answer(response.into_response())
    }
}

/// Makes a middleware of a function that may answer in place of the route.
///
/// ```
/// use dyno_server::middleware::before;
/// use dyno_server::{App, Call, StatusCode, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "open" }
///
/// let closed = || before(|call: &Call<'_>| match call.query_param("night") {
///     Some(_) => Err((StatusCode::SERVICE_UNAVAILABLE, "closed")),
///     None => Ok(()),
/// });
/// let server = dyno_server::TestServer::start(move |_| App::new().route(page).with(closed()));
/// assert_eq!(server.get("/").send().text(), "open");
/// assert_eq!(server.get("/?night").send().status(), 503);
/// ```
pub fn before<R: IntoResponse>(look: impl Fn(&Call<'_>) -> Result<(), R> + 'static) -> impl Middleware {
    Function(move |call: &Call<'_>| match look(call) {
        Ok(()) => Step::Continue,
        Err(response) => Step::answer(response),
    })
}

/// Makes a middleware of a function that changes every response.
///
/// ```
/// use dyno_server::middleware::after;
/// use dyno_server::{App, HeaderValue, Response, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "here" }
///
/// fn signed(response: &mut Response) {
///     response.headers_mut().insert("x-served-by", HeaderValue::from_static("shed 4"));
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(page).with(after(signed)));
/// assert_eq!(server.get("/").send().header("x-served-by"), Some("shed 4"));
/// assert_eq!(server.get("/nowhere").send().header("x-served-by"), Some("shed 4"));
/// ```
pub fn after(change: impl Fn(&mut Response) + Clone + 'static) -> impl Middleware {
    Function(move |_: &Call<'_>| Step::after(change.clone()))
}

/// Makes a middleware of an async function around the rest.
///
/// The request is copied for it, so [`before`] and [`after`] are cheaper where they are enough.
///
/// ```
/// use dyno_server::middleware::{Next, around};
/// use dyno_server::{App, Response, get};
///
/// #[get("/")]
/// fn page() -> &'static str { "slow" }
///
/// let gate = || around(async |next: Next| -> Response {
///     let is_again = next.request().as_request().query() == Some("again");
///     let mut response = next.run().await;
///     if is_again {
///         response.headers_mut().insert("x-again", "yes".parse().unwrap());
///     }
///     response
/// });
/// let server = dyno_server::TestServer::start(move |_| App::new().route(page).with(gate()));
/// assert_eq!(server.get("/?again").send().header("x-again"), Some("yes"));
/// assert_eq!(server.get("/").send().header("x-again"), None);
/// ```
pub fn around<R: IntoResponse>(function: impl AsyncFn(Next) -> R + 'static) -> impl Middleware {
    let function = Rc::new(function);
    Function(move |_: &Call<'_>| {
        let function = Rc::clone(&function);
        Step::Around(Box::new(move |next| Box::pin(async move { function(next).await.into_response() })))
    })
}

struct Function<F>(F);

impl<F: Fn(&Call<'_>) -> Step + 'static> Middleware for Function<F> {
    fn handle(&self, call: &Call<'_>) -> Step {
        (self.0)(call)
    }
}
