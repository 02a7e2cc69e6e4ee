//! WebSockets for who would rather be called than ask: a function for the opening, each message, and the end.

use std::fmt;
use std::future::Future;
use std::rc::Rc;

use dyno_proto::websocket::{CloseCode, CloseFrame, Message};

use super::connection::WebSocketConnection;
use crate::handler::LocalFuture;

type OnOpen = Rc<dyn Fn(WebSocketConnection) -> LocalFuture<()>>;
type OnMessage = Rc<dyn Fn(WebSocketConnection, Message) -> LocalFuture<()>>;
type OnClose = Rc<dyn Fn(WebSocketConnection, CloseFrame) -> LocalFuture<()>>;

/// Functions that are called as things happen on a connection, one after the other.
///
/// Messages wait while a function runs; what should go on meanwhile belongs into a task of its own.
///
/// ```
/// use dyno_server::WebSocketEvents;
///
/// let echo = WebSocketEvents::new()
///     .on_open(|socket| async move {
///         let _ = socket.send_text("welcome").await;
///     })
///     .on_message(|socket, message| async move {
///         let _ = socket.send(&message).await;
///     })
///     .on_close(|_socket, close| async move {
///         assert_ne!(close.code.0, 1006, "the peer has said good-bye");
///     });
/// # let _ = echo;
/// // In a handler: `upgrade.serve(move |socket| echo.handle(socket))`.
/// ```
#[derive(Clone, Default)]
pub struct WebSocketEvents {
    on_open: Option<OnOpen>,
    on_message: Option<OnMessage>,
    on_ping: Option<OnMessage>,
    on_close: Option<OnClose>,
}

impl WebSocketEvents {
    /// No function yet: pings are answered, everything else is ignored.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Called once, before any message.
    #[must_use]
    pub fn on_open<F>(mut self, function: impl Fn(WebSocketConnection) -> F + 'static) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        self.on_open = Some(Rc::new(move |socket| Box::pin(function(socket))));
        self
    }

    /// Called for each message of text or binary data.
    #[must_use]
    pub fn on_message<F>(mut self, function: impl Fn(WebSocketConnection, Message) -> F + 'static) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        self.on_message = Some(Rc::new(move |socket, message| Box::pin(function(socket, message))));
        self
    }

    /// Called for each ping, which has been answered, and each pong.
    #[must_use]
    pub fn on_ping<F>(mut self, function: impl Fn(WebSocketConnection, Message) -> F + 'static) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        self.on_ping = Some(Rc::new(move |socket, message| Box::pin(function(socket, message))));
        self
    }

    /// Called once, after everything else, with the peer's code and reason; 1005 and 1006 where it gave none.
    #[must_use]
    pub fn on_close<F>(mut self, function: impl Fn(WebSocketConnection, CloseFrame) -> F + 'static) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        self.on_close = Some(Rc::new(move |socket, close| Box::pin(function(socket, close))));
        self
    }

    /// Plays the functions on one connection, to its end.
    pub async fn handle(self, socket: WebSocketConnection) {
        if let Some(function) = &self.on_open {
            function(socket.clone()).await;
        }
        while let Some(message) = socket.receive().await {
            let function = match (message.is_close(), message.is_text() || message.is_binary()) {
                (true, _) => continue,
                (_, true) => &self.on_message,
                (_, false) => &self.on_ping,
            };
            if let Some(function) = function {
                function(socket.clone(), message).await;
            }
        }
        if let Some(function) = &self.on_close {
            let without = CloseFrame { code: CloseCode::ABNORMAL, reason: String::new() };
            let close = socket.close_frame().unwrap_or(without);
            function(socket, close).await;
        }
    }
}

impl fmt::Debug for WebSocketEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketEvents").finish_non_exhaustive()
    }
}
