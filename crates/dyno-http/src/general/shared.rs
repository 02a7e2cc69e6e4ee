//! What all sessions of one worker share: the plan, the endpoints, and whose turn it is.
//!
//! Lives on one thread; nothing in it is locked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use dyno_model::FailureKind;
use url::Url;

use super::GeneralPlan;
use super::failure::Failure;
use crate::endpoint::{self, Address, Endpoint};
use crate::render::Renderer;

/// Shared by the sessions of a worker.
pub(crate) struct Shared {
    /// The plan.
    pub plan: Arc<GeneralPlan>,
    /// The plan's endpoints.
    pub endpoints: Vec<Rc<Endpoint>>,
    /// Endpoints of absolute URLs and redirects, by origin.
    elsewhere: RefCell<HashMap<String, Rc<Endpoint>>>,
    dialled: Cell<usize>,
}

impl Shared {
    /// `first_turn` keeps workers from starting at the same address.
    pub(crate) fn new(plan: Arc<GeneralPlan>, first_turn: usize) -> Self {
        let endpoints = plan.endpoints.iter().cloned().map(Rc::new).collect();
        Self { plan, endpoints, elsewhere: RefCell::default(), dialled: Cell::new(first_turn) }
    }

    pub(crate) fn renderer(&self) -> Renderer<'_> {
        Renderer { http: &self.plan.http, seed: self.plan.seed }
    }

    /// The address to connect to next, and the local one to connect from.
    pub(super) fn next_address<'e>(&self, endpoint: &'e Endpoint) -> (&'e Address, Option<IpAddr>) {
        let turn = self.dialled.get();
        self.dialled.set(turn.wrapping_add(1));
        let address = &endpoint.addresses[turn % endpoint.addresses.len()];
        let sources = &self.plan.http.connection.source_addresses;
        let source = match address {
            Address::Tcp(to) if !sources.is_empty() => {
                let fits = |source: &&IpAddr| source.is_ipv4() == to.is_ipv4();
                let count = sources.iter().filter(fits).count().max(1);
                sources.iter().filter(fits).nth(turn % count).copied()
            }
            _ => None,
        };
        (address, source)
    }

    /// The endpoint of an absolute URL; its name is resolved when it is new.
    pub(super) async fn endpoint_of(&self, url: &Url) -> Result<Rc<Endpoint>, Failure> {
        if let Some(known) = self.endpoints.iter().find(|endpoint| endpoint.is_origin_of(url)) {
            return Ok(Rc::clone(known));
        }
        let mut origin = url.clone();
        origin.set_path("");
        origin.set_query(None);
        origin.set_fragment(None);
        if let Some(known) = self.elsewhere.borrow().get(origin.as_str()) {
            return Ok(Rc::clone(known));
        }
        let (plan, wanted) = (Arc::clone(&self.plan), origin.clone());
        let resolved = tokio::task::spawn_blocking(move || endpoint::resolve_url(&wanted, &plan.http)).await;
        let endpoint = match resolved {
            Ok(Ok(endpoint)) => Rc::new(endpoint),
            Ok(Err(error)) => {
                return Err(Failure {
                    hint: error.hint.clone(),
                    ..Failure::new(FailureKind::Dns, error.to_string())
                });
            }
            Err(error) => {
                return Err(Failure::new(FailureKind::Other, format!("cannot resolve a name: {error}")));
            }
        };
        self.elsewhere.borrow_mut().insert(origin.into(), Rc::clone(&endpoint));
        Ok(endpoint)
    }
}
