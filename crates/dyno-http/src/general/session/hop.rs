//! Requests that are put together for each arrival: with cookies, to absolute URLs, along redirects.
//!
//! The other half of the session; constant requests do not come here.

use std::rc::Rc;

use dyno_engine::Probe;
use dyno_model::FailureKind;
use tokio::time::Instant;
use url::Url;

use super::{Final, HttpSession, Timing, unsendable};
use crate::endpoint::Endpoint;
use crate::general::StepPlan;
use crate::general::failure::Failure;
use crate::general::redirect::{Next, Redirects, adapt, target_of};
use crate::render::{Assembly, RenderedRequest, assemble, split_absolute};

/// Where a request goes.
struct Hop {
    endpoint: Rc<Endpoint>,
    method: String,
    /// Whole path with query.
    path: String,
}

impl HttpSession {
    pub(super) async fn send_rendered(
        &mut self,
        place: (usize, usize),
        step: &StepPlan,
        mut request: RenderedRequest,
        timing: &mut Timing,
        probe: &Probe,
    ) -> Result<Final, Failure> {
        let shared = Rc::clone(&self.shared);
        let http = &shared.plan.http;
        let method = &http.scenarios[place.0].steps[place.1].method;
        let mut hop = self.first_hop(method, &request).await?;
        let mut redirects = Redirects::default();
        // One time limit for a request and all its redirects.
        let deadline = (http.redirects_max > 0).then(|| Instant::now() + shared.plan.timeout);
        loop {
            let last = self.send_hop(&hop, step, &request, deadline, timing, probe).await?;
            if http.redirects_max == 0 {
                return Ok(last);
            }
            let url = hop.url()?;
            let location = self.wire.head().headers.get("location");
            let Some(next) = redirects.follow(last.status, location, &hop.method, url, http.redirects_max)? else {
                return Ok(last);
            };
            adapt(&mut request, &hop.method, &next);
            hop = self.next_hop(next).await?;
        }
    }

    async fn send_hop(
        &mut self,
        hop: &Hop,
        step: &StepPlan,
        request: &RenderedRequest,
        deadline: Option<Instant>,
        timing: &mut Timing,
        probe: &Probe,
    ) -> Result<Final, Failure> {
        let keeps_cookies = self.shared.plan.http.cookies;
        let cookie = if keeps_cookies { self.jar.field(&hop.endpoint, &hop.path) } else { None };
        let part = Assembly {
            method: &hop.method,
            authority: &hop.endpoint.authority,
            prefix: "",
            path: &hop.path,
            cookie: cookie.as_deref(),
            user_info: hop.endpoint.user_info.as_ref(),
        };
        let mut out = std::mem::take(&mut self.out);
        let assembled = assemble(&mut out, part, request).map_err(|error| unsendable(&error));
        let result = match assembled {
            Ok(()) => self.send(&hop.endpoint, step, &out, deadline, timing, probe).await,
            Err(failure) => Err(failure),
        };
        self.out = out;
        if keeps_cookies && result.is_ok() {
            for field in self.wire.head().headers.all("set-cookie") {
                self.jar.set(field, &hop.endpoint, &hop.path);
            }
        }
        result
    }

    async fn first_hop(&self, method: &str, request: &RenderedRequest) -> Result<Hop, Failure> {
        let method = method.to_owned();
        let absolute = split_absolute(&request.url).map_err(|error| unsendable(&error))?;
        if let Some(url) = absolute {
            let endpoint = self.shared.endpoint_of(&url).await?;
            return Ok(Hop { endpoint, method, path: target_of(&url) });
        }
        let endpoint = Rc::clone(&self.shared.endpoints[self.home]);
        let path = format!("{}{}", endpoint.path_prefix, request.url);
        Ok(Hop { endpoint, method, path })
    }

    async fn next_hop(&self, next: Next) -> Result<Hop, Failure> {
        let endpoint = self.shared.endpoint_of(&next.url).await?;
        Ok(Hop { endpoint, path: target_of(&next.url), method: next.method })
    }
}

impl Hop {
    fn url(&self) -> Result<Url, Failure> {
        let text = format!("{}{}", self.endpoint.origin(), self.path);
        Url::parse(&text).map_err(|error| {
            Failure::new(FailureKind::Redirect, format!("the URL `{text}` cannot be read: {error}"))
        })
    }
}
