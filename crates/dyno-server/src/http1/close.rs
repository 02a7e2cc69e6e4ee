//! The ways in which a connection ends: refusal, close with patience, hand-over to another protocol.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;

use super::respond::call;
use super::{Connection, Refusal};
use crate::handler::{Action, Handler, LocalFuture};
use crate::response::Exchange;
use crate::transport::Transport;
use crate::upgraded::Upgraded;

/// How much of an unwanted body is read on, so that the client sees the answer instead of a reset.
pub(super) const LINGER_BYTES_MAX: usize = 64 * 1024;
pub(super) const LINGER_TIME_MAX: Duration = Duration::from_secs(2);

impl Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::Rejected(rejection) => rejection.status(),
            Self::HeadTooSlow | Self::BodyTooSlow => 408,
            Self::Overloaded => 503,
            Self::Broken => 500,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Rejected(rejection) => rejection.to_string(),
            Self::HeadTooSlow => "the request head came too slowly".to_owned(),
            Self::BodyTooSlow => "the request body came too slowly".to_owned(),
            Self::Overloaded => "the server is short of memory".to_owned(),
            Self::Broken => "Internal Server Error".to_owned(),
        }
    }
}

impl<S: Transport, H: Handler> Connection<S, H> {
    /// Answers a refused request and closes, with patience for what the client is still sending.
    pub(super) async fn refuse(mut self, refusal: &Refusal) -> io::Result<()> {
        let text = format!("{}\n", refusal.text());
        call(&self.shared, &mut self.out, Exchange::default(), |response| {
            response.respond(refusal.status(), "text/plain; charset=utf-8", text.as_bytes());
            Action::Done
        });
        self.flush().await?;
        self.watch.set_in_progress(0);
        self.stream.shutdown().await?;
        self.linger().await;
        Ok(())
    }

    /// Sends what is written and closes.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.flush().await?;
        // A stop that comes now cuts no request, only patience.
        self.watch.set_in_progress(0);
        self.stream.shutdown().await?;
        if self.incoming.is_some() || !self.input.unread().is_empty() {
            self.linger().await;
        }
        Ok(())
    }

    /// Hands the stream to its new owner and waits until that is done with it.
    pub(super) async fn upgrade(
        mut self,
        owner: Box<dyn FnOnce(Upgraded) -> LocalFuture<()>>,
    ) -> io::Result<()> {
        self.flush().await?;
        self.watch.clear_deadline();
        self.watch.set_says_goodbye();
        let early = Bytes::copy_from_slice(self.input.unread());
        let shutdown = self.shared.clock.shutdown_signal();
        let Self { stream, watch, shared, .. } = self;
        // What the connection held for HTTP is of no use any more; the thread's own parts live on.
        owner(Upgraded::new(early, stream, shutdown)).await;
        drop((watch, shared));
        Ok(())
    }

    /// Reads on for a while: a reset while the client sends would destroy the answer on its way.
    async fn linger(&mut self) {
        let linger = async {
            let mut left = LINGER_BYTES_MAX;
            while left > 0 {
                match self.read_and_forget().await {
                    Ok(0) | Err(_) => break,
                    Ok(count) => left = left.saturating_sub(count),
                }
            }
        };
        // Running out of time is as good an end as any.
        let _ = tokio::time::timeout(LINGER_TIME_MAX, linger).await;
    }

    pub(super) async fn read_and_forget(&mut self) -> io::Result<usize> {
        self.input.consume(self.input.unread().len());
        poll_fn(|context| self.input.poll_read(context, &mut self.stream, &self.shared.pool)).await
    }
}
