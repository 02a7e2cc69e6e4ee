//! From the tree of apps that a user wrote to one table of routes.
//!
//! Finds what cannot work before the first request comes. Called once per thread, when the server starts.

use std::rc::Rc;

use thiserror::Error as ThisError;

use crate::app::App;
use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::endpoint::AnswerFunction;
use crate::app::error::NotFound;
use crate::app::fallback::Fallbacks;
use crate::app::method_table::RouteMethod;
use crate::app::mounted::Mounted;
use crate::app::pattern::Pattern;
use crate::app::response::Response;
use crate::app::route::Route;
use crate::app::router::{Conflict, PARAMETERS_MAX, Router};
use crate::app::scope::Scope;
use crate::middleware::Middleware;

/// Why an app cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error("{0}")]
pub struct AppError(String);

/// An app that can be served.
pub(crate) struct Assembly {
    pub(crate) router: Router,
    pub(crate) routes: Vec<Rc<Mounted>>,
    /// What answers paths without a route, by the prefix of mounted apps.
    pub(crate) fallbacks: Fallbacks,
}

/// What an app inherits from those around it.
struct Surroundings<'a> {
    prefix: &'a str,
    middleware: &'a [Rc<dyn Middleware>],
    scope: &'a Scope,
    body_bytes_max: Option<u64>,
}

impl Assembly {
    /// Puts all routes of `app` in their places.
    pub(crate) fn of(app: &App) -> Result<Self, AppError> {
        let mut assembly = Self {
            router: Router::new(app.trailing_slash),
            routes: Vec::new(),
            fallbacks: Fallbacks::default(),
        };
        let surroundings =
            Surroundings { prefix: "", middleware: &[], scope: &Scope::default(), body_bytes_max: None };
        assembly.add_app(app, &surroundings).map_err(AppError)?;
        Ok(assembly)
    }

    fn add_app(&mut self, app: &App, around: &Surroundings<'_>) -> Result<(), String> {
        let scope = app.scope.within(around.scope);
        let middleware = [around.middleware, &app.middleware].concat();
        let inner = Surroundings {
            prefix: around.prefix,
            middleware: &middleware,
            scope: &scope,
            body_bytes_max: app.body_bytes_max.or(around.body_bytes_max),
        };
        self.add_fallback(&inner)?;
        for route in &app.routes {
            self.add_route(route, &inner)?;
        }
        for (prefix, mounted) in &app.mounts {
            let prefix = Pattern::parse(around.prefix, prefix)?.text;
            self.add_app(mounted, &Surroundings { prefix: &prefix, ..inner })?;
        }
        Ok(())
    }

    fn add_route(&mut self, route: &Route, around: &Surroundings<'_>) -> Result<(), String> {
        for pattern in &route.patterns {
            let mounted = Mounted {
                method: route.method.clone(),
                pattern: Pattern::parse(around.prefix, pattern)?,
                name: route.name.clone(),
                endpoint: Rc::clone(&route.endpoint),
                middleware: [around.middleware, &route.middleware].concat(),
                scope: route.scope.within(around.scope),
                body_bytes_max: route.body_bytes_max.or(around.body_bytes_max),
            };
            mounted
                .endpoint
                .check(&mounted.scope)
                .map_err(|reason| format!("route {}: {reason}", mounted.title()))?;
            let result = self.router.insert(&mounted.method, &mounted.pattern, self.routes.len());
            result.map_err(|conflict| self.explain(&mounted, conflict))?;
            self.routes.push(Rc::new(mounted));
        }
        Ok(())
    }

    fn add_fallback(&mut self, around: &Surroundings<'_>) -> Result<(), String> {
        self.fallbacks.insert(Mounted {
            method: RouteMethod::Any,
            pattern: Pattern::parse(around.prefix, "/")?,
            name: String::new(),
            endpoint: Rc::new(AnswerFunction(|_: &Call<'_>| {
                Answer::Now(Response::from_error(NotFound.into()))
            })),
            middleware: around.middleware.to_vec(),
            scope: around.scope.clone(),
            body_bytes_max: around.body_bytes_max,
        });
        Ok(())
    }

    fn explain(&self, new: &Mounted, conflict: Conflict) -> String {
        let other = match conflict {
            Conflict::Route(index) => Some(index),
            Conflict::Pattern(key) => self.router.route_with_key(&key),
            Conflict::TooManyParameters => {
                return format!("route {} has more than {PARAMETERS_MAX} parameters", new.title());
            }
        };
        match other {
            Some(index) => format!(
                "routes {} and {} overlap: a request could belong to both",
                self.routes[index].title(),
                new.title()
            ),
            None => format!("route {} overlaps with another of the same shape", new.title()),
        }
    }
}
