//! The attributes of `dyno-server`: each turns a function into a route.
//!
//! Only code is made here; what the code calls lives in `dyno_server::attribute`. Every argument is checked on its
//! own, under its own place in the source, so that a mistake is reported where it is.

use proc_macro::TokenStream;

mod expand;
mod input;
mod pattern;

use input::MethodArgument;

macro_rules! method_attributes {
    ($($name:ident $method:literal)*) => {$(
        #[doc = concat!("Makes a function the route for `", $method, "` on a path: `#[", stringify!($name), "(\"/path/{parameter}\")]`.")]
        #[doc = ""]
        #[doc = "The function may be async. Its arguments are taken from the request, and what it returns is answered."]
        #[proc_macro_attribute]
        pub fn $name(arguments: TokenStream, item: TokenStream) -> TokenStream {
            expand::route(&MethodArgument::Fixed($method), arguments.into(), &item.into()).into()
        }
    )*};
}

method_attributes! {
    get "GET"
    post "POST"
    put "PUT"
    patch "PATCH"
    delete "DELETE"
    head "HEAD"
    options "OPTIONS"
}

/// Makes a function the route for every method that no other route of the path answers: `#[any("/path")]`.
#[proc_macro_attribute]
pub fn any(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::route(&MethodArgument::Any, arguments.into(), &item.into()).into()
}

/// Makes a function the route for WebSocket handshakes on a path: `#[websocket("/chat/{room}")]`.
///
/// An async function whose first argument is the `WebSocketConnection` speaks on it; when it returns, the connection is
/// closed. A function that has something to say before takes a `WebSocketUpgrade` and returns a `WebSocketAnswer`.
#[proc_macro_attribute]
pub fn websocket(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::route(&MethodArgument::WebSocket, arguments.into(), &item.into()).into()
}

/// Makes a function the route for a method of any name: `#[route("/path", method = "PURGE")]`.
#[proc_macro_attribute]
pub fn route(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::route(&MethodArgument::Written, arguments.into(), &item.into()).into()
}
