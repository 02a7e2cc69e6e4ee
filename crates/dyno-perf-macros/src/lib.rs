//! The attribute of `dyno-perf`: a function is timed once per call, and stays what it is.
//!
//! Only code is made here; what the code calls lives in `dyno_perf::attribute`. Objectives are read here as well, so
//! that a mistake in one is reported where it is written.

use proc_macro::TokenStream;

mod expand;
mod input;

/// Times every call of a function: `#[benchmark]`, `#[benchmark(name = "login", gate = "p99 < 20ms")]`.
///
/// - `name`: of the operation; otherwise the module and the function, and for methods the type and the method.
/// - `gate`: an objective, or several as `["p99 < 20ms", "errors < 1%"]`.
/// - `tags`: of the record, as `["nightly"]`.
///
/// Plain and async functions, methods and generic functions keep their arguments, values, panics and attributes. A call
/// fails when it panics, when it returns `Err`, and when its future is dropped before its end. What is returned counts
/// as a result when the type's name ends in `Result`.
#[proc_macro_attribute]
pub fn benchmark(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::benchmark(arguments.into(), &item.into()).into()
}
