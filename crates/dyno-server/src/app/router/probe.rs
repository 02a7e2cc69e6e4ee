//! The router without a server around it, for the benchmark of lookups.
//!
//! Called by the example `router_lookup`, which `cargo xtask bench router` runs.

use crate::app::method_table::RouteMethod;
use crate::app::pattern::{Pattern, needs_normalising};
use crate::app::router::{Found, PathValues, Router, TrailingSlash};

/// A router filled with `GET` routes.
#[derive(Debug)]
pub struct RouterProbe {
    router: Router,
}

impl RouterProbe {
    /// Adds one route per pattern; it answers with its place in the order.
    ///
    /// # Panics
    /// When a pattern is malformed or matches the same paths as another one.
    #[must_use]
    pub fn new(patterns: &[String]) -> Self {
        let mut router = Router::new(TrailingSlash::default());
        let method = RouteMethod::Named("GET".to_owned());
        for (index, pattern) in patterns.iter().enumerate() {
            let pattern = Pattern::parse("", pattern).expect("patterns of a benchmark are well formed");
            router.insert(&method, &pattern, index).expect("patterns of a benchmark do not conflict");
        }
        Self { router }
    }

    /// What an app does to find the route of a request: the look at the path's form, the tree, the method.
    ///
    /// Gives the route and how many parameters the path has.
    #[must_use]
    pub fn find(&self, method: &str, path: &str) -> Option<(usize, usize)> {
        if needs_normalising(path) {
            return None;
        }
        let mut values = PathValues::default();
        match self.router.find(path, &mut values) {
            Found::Path(table) => Some((table.find(method)?, values.as_slice().len())),
            Found::OtherSlash | Found::Nothing => None,
        }
    }
}
