//! Requests that are put together for each arrival: with cookies, to absolute URLs, along redirects.
//!
//! The other half of the session; constant requests do not come here.

use std::rc::Rc;

use dyno_engine::Probe;
use tokio::time::Instant;

use super::{Final, HttpSession, Timing, unsendable};
use crate::general::StepPlan;
use crate::general::failure::Failure;
use crate::general::hop::Hop;
use crate::general::redirect::{Redirects, adapt};
use crate::render::{RenderedRequest, assemble};

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
        let mut hop = Hop::first(&shared, self.home, method, &request).await?;
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
            let Some(next) = redirects.follow(last.status, location, &hop.method, url, http.redirects_max)?
            else {
                return Ok(last);
            };
            adapt(&mut request, &hop.method, &next);
            hop = Hop::next(&shared, next).await?;
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
        let mut out = std::mem::take(&mut self.out);
        let assembled =
            assemble(&mut out, hop.assembly(cookie.as_deref()), request).map_err(|error| unsendable(&error));
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
}
