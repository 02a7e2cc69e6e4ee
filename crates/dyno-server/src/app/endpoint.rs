//! How the function of a route is run: straight into the output, or into a response for middleware to change.
//!
//! `RouteFunction` is what the attributes implement, once for both ways; `Endpoint` is its form without type
//! parameters. Called by `dispatch` and `chain`.

use std::future::Future;

use crate::app::answer::Answer;
use crate::app::call::{Call, write_settled};
use crate::app::error::Error;
use crate::app::extract::BodyUse;
use crate::app::into_response::IntoResponse;
use crate::app::scope::Scope;
use crate::handler::{Action, Finish};
use crate::response::ResponseWriter;

/// The function of a route, with its arguments.
pub trait RouteFunction: 'static {
    /// What the arguments do with the body.
    fn body_use(&self) -> BodyUse;

    /// What the arguments lack in `scope`.
    ///
    /// # Errors
    /// A sentence for the person who starts the server.
    fn check(&self, scope: &Scope) -> Result<(), String>;

    /// Takes the arguments from the request, calls the function, and gives what it returns to `sink`.
    fn run<S: Sink>(&self, call: &Call<'_>, sink: S) -> S::Output;
}

/// Where the outcome of a function goes.
pub trait Sink {
    /// What becomes of it.
    type Output;

    /// An answer that is there.
    fn now(self, call: &Call<'_>, answer: impl IntoResponse) -> Self::Output;

    /// An answer that is on its way.
    fn later<F>(self, call: &Call<'_>, future: F) -> Self::Output
    where
        F: Future<Output: IntoResponse> + 'static;

    /// An argument could not be taken.
    fn refuse(self, call: &Call<'_>, error: Error) -> Self::Output;
}

/// The function of a route, whatever its arguments.
pub(crate) trait Endpoint: 'static {
    fn body_use(&self) -> BodyUse;
    fn check(&self, scope: &Scope) -> Result<(), String>;
    /// The way without middleware.
    fn write(&self, call: &Call<'_>, writer: &mut ResponseWriter<'_>) -> Action;
    /// The way with middleware; the answer holds no error.
    fn answer(&self, call: &Call<'_>) -> Answer;
}

impl<F: RouteFunction> Endpoint for F {
    fn body_use(&self) -> BodyUse {
        RouteFunction::body_use(self)
    }

    fn check(&self, scope: &Scope) -> Result<(), String> {
        RouteFunction::check(self, scope)
    }

    fn write(&self, call: &Call<'_>, writer: &mut ResponseWriter<'_>) -> Action {
        self.run(call, writer)
    }

    fn answer(&self, call: &Call<'_>) -> Answer {
        self.run(call, AsAnswer)
    }
}

impl Sink for &mut ResponseWriter<'_> {
    type Output = Action;

    fn now(self, call: &Call<'_>, answer: impl IntoResponse) -> Action {
        call.write(answer, self)
    }

    fn later<F>(self, call: &Call<'_>, future: F) -> Action
    where
        F: Future<Output: IntoResponse> + 'static,
    {
        call.write_later(future)
    }

    fn refuse(self, call: &Call<'_>, error: Error) -> Action {
        call.write_error(error, self)
    }
}

struct AsAnswer;

impl Sink for AsAnswer {
    type Output = Answer;

    fn now(self, call: &Call<'_>, answer: impl IntoResponse) -> Answer {
        Answer::Now(call.mounted.settle(answer.into_response()))
    }

    fn later<F>(self, call: &Call<'_>, future: F) -> Answer
    where
        F: Future<Output: IntoResponse> + 'static,
    {
        let mounted = std::rc::Rc::clone(call.mounted);
        Answer::later(async move { mounted.settle(future.await.into_response()) })
    }

    fn refuse(self, call: &Call<'_>, error: Error) -> Answer {
        Answer::Now(call.mounted.answer_error(error))
    }
}

/// A function of the whole call.
pub(crate) struct CallFunction<F>(pub(crate) F);

impl<F, R> RouteFunction for CallFunction<F>
where
    F: Fn(&Call<'_>) -> R + 'static,
    R: IntoResponse,
{
    fn body_use(&self) -> BodyUse {
        BodyUse::Whole
    }

    fn check(&self, _: &Scope) -> Result<(), String> {
        Ok(())
    }

    fn run<S: Sink>(&self, call: &Call<'_>, sink: S) -> S::Output {
        sink.now(call, (self.0)(call))
    }
}

/// A function that gives answers, for routes that the crate itself brings.
pub(crate) struct AnswerFunction<F>(pub(crate) F);

impl<F: Fn(&Call<'_>) -> Answer + 'static> Endpoint for AnswerFunction<F> {
    fn body_use(&self) -> BodyUse {
        BodyUse::None
    }

    fn check(&self, _: &Scope) -> Result<(), String> {
        Ok(())
    }

    fn write(&self, call: &Call<'_>, writer: &mut ResponseWriter<'_>) -> Action {
        write_answer(call, (self.0)(call), writer)
    }

    fn answer(&self, call: &Call<'_>) -> Answer {
        let mounted = std::rc::Rc::clone(call.mounted);
        (self.0)(call).map(move |response| mounted.settle(response))
    }
}

/// Writes an answer, at once or later; errors in it are answered by the scope of the route.
pub(crate) fn write_answer(call: &Call<'_>, answer: Answer, writer: &mut ResponseWriter<'_>) -> Action {
    match answer {
        Answer::Now(response) => write_settled(call.mounted.settle(response), writer),
        Answer::Later(future) => {
            let mounted = std::rc::Rc::clone(call.mounted);
            Action::Later(Box::pin(async move {
                let response = mounted.settle(future.await);
                let finish: Finish = Box::new(move |writer| write_settled(response, writer));
                finish
            }))
        }
    }
}
