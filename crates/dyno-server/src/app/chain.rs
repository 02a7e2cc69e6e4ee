//! Running a route inside of its middleware.
//!
//! Only routes that have some come here. Called by `dispatch`, and by [`Next`] for the rest of a chain.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::mounted::Mounted;
use crate::app::response::Response;
use crate::app::router::PathValues;
use crate::app::type_map::TypeMap;
use crate::middleware::Step;
use crate::request::OwnedRequest;

/// Runs the middleware from index `at` on, then the route; the answer holds no error.
pub(crate) fn run(call: &Call<'_>, at: usize) -> Answer {
    let Some(middleware) = call.mounted.middleware.get(at) else {
        return call.mounted.endpoint.answer(call);
    };
    match middleware.handle(call) {
        Step::Continue => run(call, at + 1),
        Step::Answer(response) => Answer::Now(call.mounted.settle(response)),
        Step::After(change) => run(call, at + 1).map(move |mut response| {
            change(&mut response);
            response
        }),
        Step::Wrap(wrap) => settled(wrap(run(call, at + 1)), call.mounted),
        Step::Around(around) => settled(Answer::Later(around(Next::new(call, at + 1))), call.mounted),
    }
}

fn settled(answer: Answer, mounted: &Rc<Mounted>) -> Answer {
    let mounted = Rc::clone(mounted);
    answer.map(move |response| mounted.settle(response))
}

/// The rest of what a request goes through: inner middleware and the route.
pub struct Next {
    request: OwnedRequest,
    values: Vec<String>,
    mounted: Rc<Mounted>,
    extensions: TypeMap,
    at: usize,
}

impl Next {
    fn new(call: &Call<'_>, at: usize) -> Self {
        Self {
            request: call.to_owned(),
            values: call.values.as_slice().iter().map(|value| (*value).to_owned()).collect(),
            mounted: Rc::clone(call.mounted),
            extensions: call.extensions.take(),
            at,
        }
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> &OwnedRequest {
        &self.request
    }

    /// The pattern of the route.
    #[must_use]
    pub fn pattern(&self) -> &str {
        &self.mounted.pattern.text
    }

    /// Leaves a value for what handles this request after the caller.
    pub fn insert_extension<T: 'static>(&mut self, value: T) {
        self.extensions.insert(value);
    }

    /// A copy of a value that somebody left for this request.
    #[must_use]
    pub fn extension<T: Clone + 'static>(&self) -> Option<T> {
        self.extensions.get::<T>().cloned()
    }

    /// Runs the rest. Errors are answered already.
    pub async fn run(self) -> Response {
        let answer = {
            let request = self.request.as_request();
            let values = PathValues::new(self.values.iter().map(String::as_str));
            let extensions = RefCell::new(self.extensions);
            let call =
                Call { request: &request, values: &values, mounted: &self.mounted, extensions: &extensions };
            run(&call, self.at)
        };
        match answer {
            Answer::Now(response) => response,
            Answer::Later(future) => future.await,
        }
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Next").field("request", &self.request).field("at", &self.at).finish_non_exhaustive()
    }
}
