//! A route before it has a place: method, patterns, function, and what is wrapped around it.
//!
//! The attributes make these; `App::route` takes them. Knows no other routes.

use std::error::Error as StdError;
use std::rc::Rc;

use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::endpoint::{AnswerFunction, CallFunction, Endpoint, RouteFunction};
use crate::app::into_response::IntoResponse;
use crate::app::method_table::RouteMethod;
use crate::app::scope::Scope;
use crate::middleware::Middleware;

/// A function with the method and the path that it answers.
///
/// Attributes such as [`get`](crate::get) make one of a function; [`Route::get`] and its like of a closure:
///
/// ```
/// use dyno_server::{App, Call, Route};
///
/// let greeting = || Route::get("/hello/{name}", |call: &Call<'_>| {
///     format!("Hello, {}!", call.path_param("name").unwrap_or_default())
/// });
/// let server = dyno_server::TestServer::start(move |_| App::new().route(greeting()));
/// assert_eq!(server.get("/hello/you").send().text(), "Hello, you!");
/// ```
pub struct Route {
    pub(crate) method: RouteMethod,
    pub(crate) patterns: Vec<String>,
    pub(crate) name: String,
    pub(crate) endpoint: Rc<dyn Endpoint>,
    pub(crate) middleware: Vec<Rc<dyn Middleware>>,
    pub(crate) scope: Scope,
    pub(crate) body_bytes_max: Option<u64>,
}

/// What [`App::route`](crate::App::route) takes: functions with an attribute, and routes.
///
/// The methods here wrap something around one route only:
///
/// ```
/// use dyno_server::middleware::BasicAuth;
/// use dyno_server::{App, IntoRoute, get};
///
/// #[get("/secret")]
/// fn secret() -> &'static str { "42" }
///
/// let app = || App::new().route(secret.with(BasicAuth::new("vault").user("ada", "lovelace")));
/// let server = dyno_server::TestServer::start(move |_| app());
/// assert_eq!(server.get("/secret").send().status(), 401);
/// assert_eq!(server.get("/secret").basic_auth("ada", "lovelace").send().text(), "42");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a route",
    label = "not a route",
    note = "put an attribute such as `#[get(\"/path\")]` on the function, or use `Route::get(\"/path\", closure)`"
)]
pub trait IntoRoute: Sized {
    /// The route itself.
    fn into_route(self) -> Route;

    /// Puts a middleware around the route, inside of those that are there.
    fn with(self, middleware: impl Middleware) -> Route {
        let mut route = self.into_route();
        route.middleware.push(Rc::new(middleware));
        route
    }

    /// Says how errors of type `E` are answered when this route has them.
    fn on_error<E, R>(self, handle: impl Fn(E) -> R + 'static) -> Route
    where
        E: StdError + 'static,
        R: IntoResponse,
    {
        let mut route = self.into_route();
        route.scope.on_error(handle);
        route
    }

    /// How many bytes a body may have; longer ones are answered with 413.
    ///
    /// 1 MiB unless said otherwise; no limit for bodies taken as a stream.
    fn body_limit(self, bytes_max: u64) -> Route {
        let mut route = self.into_route();
        route.body_bytes_max = Some(bytes_max);
        route
    }
}

impl IntoRoute for Route {
    fn into_route(self) -> Route {
        self
    }
}

/// What an attribute makes of a function.
impl<F: Fn() -> Route> IntoRoute for F {
    fn into_route(self) -> Route {
        self()
    }
}

macro_rules! route_by_method {
    ($($name:ident $method:literal),*) => {$(
        #[doc = concat!("A function that answers `", $method, "` on `pattern`.")]
        #[must_use]
        pub fn $name<F, R>(pattern: &str, function: F) -> Self
        where
            F: Fn(&Call<'_>) -> R + 'static,
            R: IntoResponse,
        {
            Self::method($method, pattern, function)
        }
    )*};
}

impl Route {
    route_by_method!(get "GET", post "POST", put "PUT", patch "PATCH", delete "DELETE", head "HEAD", options "OPTIONS");

    /// A function that answers `method`, in its own letter case, on `pattern`.
    #[must_use]
    pub fn method<F, R>(method: &str, pattern: &str, function: F) -> Self
    where
        F: Fn(&Call<'_>) -> R + 'static,
        R: IntoResponse,
    {
        Self::new(RouteMethod::Named(method.to_owned()), pattern, CallFunction(function))
    }

    /// A function that answers every method that no other route of the path does.
    #[must_use]
    pub fn any<F, R>(pattern: &str, function: F) -> Self
    where
        F: Fn(&Call<'_>) -> R + 'static,
        R: IntoResponse,
    {
        Self::new(RouteMethod::Any, pattern, CallFunction(function))
    }

    /// A function that gives the [`Answer`] itself, at once or later, on several patterns of one method.
    #[must_use]
    pub fn answering<P: Into<String>>(
        method: RouteMethod,
        patterns: impl IntoIterator<Item = P>,
        function: impl Fn(&Call<'_>) -> Answer + 'static,
    ) -> Self {
        let mut route = Self::of_endpoint(method, "", AnswerFunction(function));
        route.patterns = patterns.into_iter().map(Into::into).collect();
        route
    }

    /// What the attributes call.
    #[doc(hidden)]
    #[must_use]
    pub fn new(method: RouteMethod, pattern: &str, function: impl RouteFunction) -> Self {
        Self::of_endpoint(method, pattern, function)
    }

    fn of_endpoint(method: RouteMethod, pattern: &str, endpoint: impl Endpoint) -> Self {
        Self {
            method,
            patterns: vec![pattern.to_owned()],
            name: String::new(),
            endpoint: Rc::new(endpoint),
            middleware: Vec::new(),
            scope: Scope::default(),
            body_bytes_max: None,
        }
    }

    /// The same under a name that messages at start and the log use; attributes take that of the function.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}
