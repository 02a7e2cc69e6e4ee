//! The framework that people write servers with: routes, extractors, answers, middleware, error handlers.
//!
//! An [`App`] is a [`Handler`], so everything below it (versions of HTTP, TLS, limits, graceful stop) is the server's
//! business. One app is made per thread; nothing in it needs to be `Send`.

use std::error::Error as StdError;
use std::fmt;
use std::rc::Rc;

use crate::handler::{Action, BodyPolicy, Handler};
use crate::request::Request;
use crate::response::ResponseWriter;

pub(crate) mod answer;
pub(crate) mod assembly;
pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod chain;
pub(crate) mod cookie;
pub(crate) mod dispatch;
pub(crate) mod endpoint;
pub(crate) mod error;
pub(crate) mod escape;
pub(crate) mod extract;
pub(crate) mod fallback;
pub(crate) mod into_response;
pub(crate) mod live;
pub(crate) mod method_table;
pub(crate) mod mounted;
pub(crate) mod pattern;
pub(crate) mod query;
pub(crate) mod response;
pub(crate) mod route;
pub(crate) mod router;
pub(crate) mod scope;
pub(crate) mod type_map;
pub(crate) mod value;

#[cfg(test)]
mod tests;

use assembly::{AppError, Assembly};
use into_response::IntoResponse;
use route::{IntoRoute, Route};
use router::TrailingSlash;
use scope::Scope;

use crate::middleware::Middleware;

/// Routes and what holds for all of them. Mounted in another app it is a router.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// use dyno_server::{App, Json, Path, Server, State, get, post};
///
/// #[get("/users/{id}")]
/// fn user(Path(id): Path<u64>) -> Json<u64> {
///     Json(id)
/// }
///
/// #[post("/visits")]
/// async fn visit(State(visits): State<Rc<Cell<u64>>>) -> String {
///     visits.set(visits.get() + 1);
///     format!("visit {} to this thread", visits.get())
/// }
///
/// fn api() -> App {
///     App::new().route(user).route(visit)
/// }
///
/// let server = Server::builder()
///     .listen("127.0.0.1:0".parse().unwrap())
///     .start(|_thread| App::new().state(Rc::new(Cell::new(0_u64))).mount("/api", api()))?;
/// # drop(server);
/// # Ok::<(), dyno_server::ServerError>(())
/// ```
#[derive(Default)]
pub struct App {
    routes: Vec<Route>,
    mounts: Vec<(String, App)>,
    middleware: Vec<Rc<dyn Middleware>>,
    scope: Scope,
    trailing_slash: TrailingSlash,
    body_bytes_max: Option<u64>,
    assembly: Option<Assembly>,
}

impl App {
    /// An app that answers 404 to everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a route. Of several that match a path, the one with the most literal pattern answers; two that match
    /// the same paths with the same method keep the server from starting.
    #[must_use]
    pub fn route(mut self, route: impl IntoRoute) -> Self {
        self.routes.push(route.into_route());
        self
    }

    /// Adds all routes of `app` below `prefix`, which may have parameters.
    ///
    /// State, middleware and error handlers of this app hold for `app` as well, outside of its own. Its setting for
    /// trailing slashes does not count; that of the outermost app does.
    ///
    /// ```
    /// use dyno_server::{App, Path, get};
    ///
    /// #[get("/items/{item}")]
    /// fn item(Path((shop, item)): Path<(String, u32)>) -> String { format!("{item} of {shop}") }
    ///
    /// let shop = || App::new().route(item);
    /// let server = dyno_server::TestServer::start(move |_| App::new().mount("/shops/{shop}", shop()));
    /// assert_eq!(server.get("/shops/tools/items/3").send().text(), "3 of tools");
    /// ```
    #[must_use]
    pub fn mount(mut self, prefix: &str, app: Self) -> Self {
        self.mounts.push((prefix.to_owned(), app));
        self
    }

    /// Gives a value to all routes that take [`State<T>`](crate::State); one per type.
    #[must_use]
    pub fn state<T: Clone + 'static>(mut self, value: T) -> Self {
        self.scope.state.insert(value);
        self
    }

    /// Puts a middleware around all routes of this app, wherever in the chain of calls it stands.
    ///
    /// The first one added is the outermost. It also sees requests that no route of this app answers.
    #[must_use]
    pub fn with(mut self, middleware: impl Middleware) -> Self {
        self.middleware.push(Rc::new(middleware));
        self
    }

    /// Says how errors of type `E` are answered that routes of this app have.
    ///
    /// ```
    /// use dyno_server::{App, Error, NotFound, StatusCode, get};
    ///
    /// #[get("/number")]
    /// fn number() -> Result<String, Error> {
    ///     let number: u32 = "many".parse()?;
    ///     Ok(number.to_string())
    /// }
    ///
    /// let app = || App::new()
    ///     .route(number)
    ///     .on_error(|error: std::num::ParseIntError| (StatusCode::BAD_GATEWAY, error.to_string()))
    ///     .on_error(|_: NotFound| (StatusCode::NOT_FOUND, "nobody lives here"));
    /// let server = dyno_server::TestServer::start(move |_| app());
    /// let answer = server.get("/number").send();
    /// assert_eq!((answer.status(), answer.text()), (502, "invalid digit found in string"));
    /// assert_eq!(server.get("/nowhere").send().text(), "nobody lives here");
    /// ```
    #[must_use]
    pub fn on_error<E, R>(mut self, handle: impl Fn(E) -> R + 'static) -> Self
    where
        E: StdError + 'static,
        R: IntoResponse,
    {
        self.scope.on_error(handle);
        self
    }

    /// What a slash at the end of a path means; nothing unless said otherwise.
    #[must_use]
    pub fn trailing_slash(mut self, rule: TrailingSlash) -> Self {
        self.trailing_slash = rule;
        self
    }

    /// How many bytes the bodies of requests may have; 1 MiB, and no limit for those taken as a stream.
    #[must_use]
    pub fn body_limit(mut self, bytes_max: u64) -> Self {
        self.body_bytes_max = Some(bytes_max);
        self
    }

    /// Says what keeps this app from being served: overlapping routes, wrong patterns, missing state.
    ///
    /// # Errors
    /// The first mistake found. A server refuses to start with the same words.
    ///
    /// ```
    /// use dyno_server::{App, get};
    ///
    /// #[get("/users/{id}")]
    /// fn by_id() {}
    ///
    /// #[get("/users/{name}")]
    /// fn by_name() {}
    ///
    /// let mistake = App::new().route(by_id).route(by_name).check().unwrap_err();
    /// assert_eq!(
    ///     mistake.to_string(),
    ///     "routes `by_id` (GET /users/{id}) and `by_name` (GET /users/{name}) overlap: a request could belong to both"
    /// );
    /// ```
    pub fn check(&self) -> Result<(), AppError> {
        Assembly::of(self).map(|_| ())
    }
}

impl Handler for App {
    fn prepare(&mut self) -> Result<(), Box<dyn StdError + Send + Sync>> {
        self.assembly = Some(Assembly::of(self)?);
        Ok(())
    }

    fn answer(&self, request: &Request<'_>, writer: &mut ResponseWriter<'_>) -> Action {
        match &self.assembly {
            Some(assembly) => dispatch::answer(assembly, request, writer),
            None => {
                writer.start(500).body(b"");
                Action::Done
            }
        }
    }

    fn body_policy(&self, request: &Request<'_>) -> BodyPolicy {
        self.assembly
            .as_ref()
            .map_or_else(BodyPolicy::default, |assembly| dispatch::body_policy(assembly, request))
    }
}

impl fmt::Debug for App {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes: Vec<&str> = self.routes.iter().map(|route| route.name.as_str()).collect();
        out.debug_struct("App").field("routes", &routes).finish_non_exhaustive()
    }
}
