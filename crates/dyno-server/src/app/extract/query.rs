//! The `Query` extractor: what follows `?` as a struct or a map.

use serde::de::DeserializeOwned;

use crate::app::call::Call;
use crate::app::error::{Error, Rejection};
use crate::app::extract::FromRequest;
use crate::app::query::pairs;
use crate::app::value::{Groups, group};

/// The query, decoded. A repeated key is read by a `Vec`, a key that may be missing by an `Option`.
///
/// ```
/// use dyno_server::{App, Query, get};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Search {
///     text: String,
///     #[serde(default)]
///     tag: Vec<String>,
///     limit: Option<u32>,
/// }
///
/// #[get("/search")]
/// fn search(Query(search): Query<Search>) -> String {
///     format!("{} in {:?}, {:?}", search.text, search.tag, search.limit)
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(search));
/// let answer = server.get("/search?text=wheel+nut&tag=new&tag=cheap&limit=5").send();
/// assert_eq!(answer.text(), r#"wheel nut in ["new", "cheap"], Some(5)"#);
/// let refused = server.get("/search?text=x&limit=many").send();
/// assert_eq!((refused.status(), refused.text().contains("query parameter `limit`: `many`")), (400, true));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<'a, T: DeserializeOwned> FromRequest<'a> for Query<T> {
    fn from_request(call: &Call<'a>) -> Result<Self, Error> {
        let groups = group(pairs(call.query().unwrap_or("")));
        match T::deserialize(Groups::new(&groups)) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(Rejection::bad_request(format!("query parameter {error}")).into()),
        }
    }
}
