//! A WebSocket as its handler sees it: messages in and out, and who asked for it.
//!
//! A cheap handle to what the driver moves; clones speak on the same connection. Stays on its thread; other threads
//! reach it through `registry`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use dyno_proto::websocket::{
    CloseCode, CloseFrame, Endpoint, Message, PreparedMessage, SendError, WebSocketError,
};

use super::config::WebSocketConfig;
use super::outbox::Outbox;
use crate::request::{OwnedRequest, Request};

/// One open WebSocket.
#[derive(Clone)]
pub struct WebSocketConnection {
    shared: Rc<Shared>,
}

pub(super) struct Shared {
    pub(super) core: RefCell<Core>,
    pub(super) config: Rc<WebSocketConfig>,
    /// What other threads have to say.
    pub(super) outbox: Arc<Outbox>,
    /// False as long as no other thread can have anything to say.
    pub(super) is_registered: Cell<bool>,
    pub(super) request: OwnedRequest,
    path_params: Vec<(String, String)>,
    protocol: Option<String>,
}

/// What handler and driver work on by turns.
pub(super) struct Core {
    pub(super) endpoint: Endpoint,
    /// Messages that wait for [`WebSocketConnection::receive`].
    pub(super) inbox: VecDeque<Message>,
    /// Bytes of data messages among them.
    pub(super) inbox_bytes: usize,
    /// The driver reads nothing because of what waits here.
    pub(super) is_inbox_full: bool,
    /// The handler has ended: messages are forgotten as they come.
    pub(super) is_deaf: bool,
    /// How much of the endpoint's output is written.
    pub(super) sent: usize,
    /// The stream is gone: nothing comes and nothing can be sent.
    pub(super) is_over: bool,
    receivers: Vec<Waker>,
    senders: Vec<Waker>,
    driver: Option<Waker>,
}

impl Core {
    pub(super) fn pending_output(&mut self) -> usize {
        self.endpoint.output().len() - self.sent
    }

    pub(super) fn wake_receivers(&mut self) {
        self.receivers.drain(..).for_each(Waker::wake);
    }

    pub(super) fn wake_senders(&mut self) {
        self.senders.drain(..).for_each(Waker::wake);
    }

    pub(super) fn wake_driver(&mut self) {
        if let Some(waker) = self.driver.take() {
            waker.wake();
        }
    }

    pub(super) fn set_driver(&mut self, context: &Context<'_>) {
        self.driver = Some(context.waker().clone());
    }
}

impl WebSocketConnection {
    pub(super) fn new(
        endpoint: Endpoint,
        config: Rc<WebSocketConfig>,
        request: OwnedRequest,
        path_params: Vec<(String, String)>,
        protocol: Option<String>,
    ) -> Self {
        let core = Core {
            endpoint,
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            is_inbox_full: false,
            is_deaf: false,
            sent: 0,
            is_over: false,
            receivers: Vec::new(),
            senders: Vec::new(),
            driver: None,
        };
        let outbox = Arc::new(Outbox::new(config.output_bytes_max, config.slow_consumer));
        Self {
            shared: Rc::new(Shared {
                core: RefCell::new(core),
                config,
                outbox,
                is_registered: Cell::new(false),
                request,
                path_params,
                protocol,
            }),
        }
    }

    /// The next message of any kind, in the order in which they came; `None` once the conversation is over.
    ///
    /// A ping has been answered when it is seen here. A close frame is echoed when it is, so that the messages before it
    /// can still be answered. Cancel-safe.
    pub async fn receive(&self) -> Option<Message> {
        poll_fn(|context| self.poll_receive(context)).await
    }

    /// [`WebSocketConnection::receive`] for callers that poll.
    pub fn poll_receive(&self, context: &mut Context<'_>) -> Poll<Option<Message>> {
        let core = &mut *self.shared.core.borrow_mut();
        if let Some(message) = core.inbox.pop_front() {
            if message.is_text() || message.is_binary() {
                core.inbox_bytes -= message.data.len();
            }
            let has_closed = message.is_close() && core.endpoint.echo_close();
            if has_closed || std::mem::take(&mut core.is_inbox_full) {
                core.wake_driver();
            }
            return Poll::Ready(Some(message));
        }
        if core.is_over || core.endpoint.is_over() {
            return Poll::Ready(None);
        }
        add_waker(&mut core.receivers, context);
        Poll::Pending
    }

    /// Sends one message; waits while too much of what was sent before is not yet written.
    ///
    /// Cancel-safe: a message is queued as a whole or not at all. That it is queued does not mean that the peer got it.
    ///
    /// # Errors
    /// When the connection is closed, or the message may not be sent: text that is no UTF-8, a control frame
    /// above 125 bytes.
    pub async fn send(&self, message: &Message) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send(message)).await
    }

    /// Sends text.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send_text(&self, text: impl AsRef<str>) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send_text(text.as_ref())).await
    }

    /// Sends any bytes.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send_binary(&self, data: impl AsRef<[u8]>) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send_binary(data.as_ref())).await
    }

    /// Sends a message that was encoded before, for many connections.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send_prepared(&self, message: &PreparedMessage) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send_prepared(message)).await
    }

    /// Sends a ping; its pong comes as a message.
    ///
    /// # Errors
    /// When the connection is closed, or `data` has more than 125 bytes.
    pub async fn ping(&self, data: impl AsRef<[u8]>) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send_ping(data.as_ref())).await
    }

    /// Sends a pong that nobody asked for: pings are answered without it.
    ///
    /// # Errors
    /// When the connection is closed, or `data` has more than 125 bytes.
    pub async fn pong(&self, data: impl AsRef<[u8]>) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send_pong(data.as_ref())).await
    }

    /// Says good-bye; usually with [`CloseCode::NORMAL`]. The peer's answer comes as the last message.
    ///
    /// # Errors
    /// When the connection is closed already, or with a code that may not be sent.
    pub async fn close(&self, code: CloseCode, reason: &str) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.close(code, reason)).await
    }

    /// Sends the next piece of a message that is not known as a whole yet: the first piece begins it, the one with
    /// `is_final` ends it. Other messages have to wait until then; pings need not.
    ///
    /// # Errors
    /// When the connection is closed.
    pub async fn send_fragment(
        &self,
        opcode: dyno_proto::websocket::OpCode,
        data: impl AsRef<[u8]>,
        is_final: bool,
    ) -> Result<(), SendError> {
        self.queue(|endpoint| endpoint.send_fragment(opcode, data.as_ref(), is_final)).await
    }

    /// Sends bytes as they are, whether or not they are frames: for faults made on purpose.
    ///
    /// # Errors
    /// When the stream is gone.
    pub async fn send_raw(&self, bytes: impl AsRef<[u8]>) -> Result<(), SendError> {
        self.queue(|endpoint| {
            endpoint.send_raw(bytes.as_ref());
            Ok(())
        })
        .await
    }

    /// True when nothing more can be sent: after a close frame was sent, if only as an echo, and when the stream is gone.
    #[must_use]
    pub fn closed(&self) -> bool {
        let core = self.shared.core.borrow();
        core.is_over || core.endpoint.is_closing()
    }

    /// Code and reason of the end as far as it is known: the peer's close frame, or what stands in for one.
    ///
    /// 1005 for a close frame without a code, 1006 for a stream that ended without one.
    #[must_use]
    pub fn close_frame(&self) -> Option<CloseFrame> {
        let core = self.shared.core.borrow();
        let stand_in = |code| Some(CloseFrame { code, reason: String::new() });
        match (core.endpoint.close_received(), core.endpoint.failure()) {
            (Some(Some(frame)), _) => Some(frame.clone()),
            (Some(None), _) => stand_in(CloseCode::NO_STATUS),
            (None, Some(failure)) => stand_in(failure.close_code()),
            (None, None) if core.is_over => stand_in(CloseCode::ABNORMAL),
            (None, None) => None,
        }
    }

    /// What the peer did wrong, when that ended the connection.
    #[must_use]
    pub fn failure(&self) -> Option<WebSocketError> {
        self.shared.core.borrow().endpoint.failure().cloned()
    }

    /// The request that opened the connection, with all that can be asked of it.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        self.shared.request.as_request()
    }

    /// The path of that request, still percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.request().path()
    }

    /// The fields of that request.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.request().headers()
    }

    /// The parameters of the path, by name, when a router matched it.
    #[must_use]
    pub fn path_params(&self) -> &[(String, String)] {
        &self.shared.path_params
    }

    /// One parameter of the path.
    #[must_use]
    pub fn path_param(&self, name: &str) -> Option<&str> {
        self.path_params().iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The subprotocol agreed on.
    #[must_use]
    pub fn protocol(&self) -> Option<&str> {
        self.shared.protocol.as_deref()
    }

    pub(super) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }

    /// Waits for room, then lets `write` queue one message.
    async fn queue(
        &self,
        write: impl FnOnce(&mut Endpoint) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        // Even a limit of nothing lets one message through at a time.
        let limit = self.shared.config.output_bytes_max.max(1);
        poll_fn(|context| {
            let core = &mut *self.shared.core.borrow_mut();
            if core.is_over || core.pending_output() < limit {
                return Poll::Ready(());
            }
            add_waker(&mut core.senders, context);
            Poll::Pending
        })
        .await;
        let core = &mut *self.shared.core.borrow_mut();
        if core.is_over {
            return Err(SendError::Closed);
        }
        write(&mut core.endpoint)?;
        core.wake_driver();
        Ok(())
    }
}

/// A task that is polled for other reasons meanwhile waits only once.
fn add_waker(wakers: &mut Vec<Waker>, context: &Context<'_>) {
    if !wakers.iter().any(|known| known.will_wake(context.waker())) {
        wakers.push(context.waker().clone());
    }
}

impl fmt::Debug for WebSocketConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketConnection")
            .field("path", &self.path())
            .field("closed", &self.closed())
            .finish_non_exhaustive()
    }
}
