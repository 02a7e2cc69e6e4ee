//! Where a request goes: endpoint, method and path, for the first request and for its redirects.
//!
//! May resolve a name that only an answer knows. Called by the session and by `debug`.

use std::rc::Rc;

use dyno_model::FailureKind;
use url::Url;

use super::failure::Failure;
use super::redirect::{Next, target_of};
use super::shared::Shared;
use crate::endpoint::Endpoint;
use crate::render::{Assembly, RenderedRequest, split_absolute};

/// Where a request goes.
#[derive(Debug)]
pub(crate) struct Hop {
    /// Whose connections carry it.
    pub endpoint: Rc<Endpoint>,
    /// The method.
    pub method: String,
    /// Whole path with query.
    pub path: String,
}

impl Hop {
    /// The first hop of a request; `home` is the endpoint of paths below the base URL.
    pub(crate) async fn first(
        shared: &Shared,
        home: usize,
        method: &str,
        request: &RenderedRequest,
    ) -> Result<Self, Failure> {
        let method = method.to_owned();
        let absolute = split_absolute(&request.url);
        let absolute = absolute.map_err(|error| Failure::new(FailureKind::Other, error.to_string()))?;
        if let Some(url) = absolute {
            let endpoint = shared.endpoint_of(&url).await?;
            return Ok(Self { endpoint, method, path: target_of(&url) });
        }
        let endpoint = Rc::clone(&shared.endpoints[home]);
        let path = format!("{}{}", endpoint.path_prefix, request.url);
        Ok(Self { endpoint, method, path })
    }

    /// The hop that a redirect leads to.
    pub(super) async fn next(shared: &Shared, next: Next) -> Result<Self, Failure> {
        let endpoint = shared.endpoint_of(&next.url).await?;
        Ok(Self { endpoint, path: target_of(&next.url), method: next.method })
    }

    /// The connection's part of the request.
    pub(crate) fn assembly<'a>(&'a self, cookie: Option<&'a str>) -> Assembly<'a> {
        Assembly {
            method: &self.method,
            authority: &self.endpoint.authority,
            prefix: "",
            path: &self.path,
            cookie,
            user_info: self.endpoint.user_info.as_ref(),
        }
    }

    /// The whole URL, for redirects that are relative to it.
    pub(super) fn url(&self) -> Result<Url, Failure> {
        let text = format!("{}{}", self.endpoint.origin(), self.path);
        Url::parse(&text).map_err(|error| {
            Failure::new(FailureKind::Redirect, format!("the URL `{text}` cannot be read: {error}"))
        })
    }
}
