//! Cancellation of running work, such as the requests of a client that logs out or closes.

use futures_channel::oneshot;
use futures_util::future::{Either, FutureExt, Shared, select};
use std::cell::RefCell;
use std::convert::Infallible;
use std::pin::pin;

/// Hands out tokens and cancels them. Dropping it cancels its tokens, too.
pub struct CancellationSource(RefCell<(oneshot::Sender<Infallible>, CancellationToken)>);

impl CancellationSource {
    /// A source whose tokens are not cancelled.
    pub fn new() -> Self {
        Self(RefCell::new(Self::pair()))
    }

    fn pair() -> (oneshot::Sender<Infallible>, CancellationToken) {
        let (sender, receiver) = oneshot::channel();
        (sender, CancellationToken(receiver.shared()))
    }

    /// A token for work that begins now.
    pub fn token(&self) -> CancellationToken {
        self.0.borrow().1.clone()
    }

    /// Cancels all tokens handed out so far. Later tokens are not affected.
    pub fn cancel(&self) {
        // Nothing is ever sent: dropping the sender wakes everyone who holds a token.
        let cancelled = self.0.replace(Self::pair());
        drop(cancelled);
    }
}

impl Default for CancellationSource {
    fn default() -> Self {
        Self::new()
    }
}

/// Tells work that it should end.
#[derive(Clone)]
pub struct CancellationToken(Shared<oneshot::Receiver<Infallible>>);

impl CancellationToken {
    /// Whether the token is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.clone().cancelled().now_or_never().is_some()
    }

    /// Completes when the token is cancelled.
    pub async fn cancelled(self) {
        let _ = self.0.await;
    }

    /// The output of `work`, or `None` if the token is cancelled first. Where both are ready, the work wins.
    pub async fn run_until_cancelled<W: Future>(self, work: W) -> Option<W::Output> {
        match select(pin!(work), self.0).await {
            Either::Left((output, _)) => Some(output),
            Either::Right(_) => None,
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn cancelling_ends_the_work_of_all_tokens_handed_out_so_far() {
        let source = CancellationSource::new();
        let (first, second) = (source.token(), source.token());
        let mut pending = Box::pin(first.run_until_cancelled(std::future::pending::<()>()));
        assert_eq!(pending.as_mut().now_or_never(), None);
        source.cancel();
        assert_eq!(pending.now_or_never(), Some(None));
        assert_eq!(second.cancelled().now_or_never(), Some(()));
        assert_eq!(source.token().cancelled().now_or_never(), None);
    }

    #[test]
    fn dropping_the_source_cancels_its_tokens() {
        let source = CancellationSource::new();
        let token = source.token();
        drop(source);
        assert_eq!(token.cancelled().now_or_never(), Some(()));
    }

    #[test]
    fn finished_work_wins_over_a_cancelled_token() {
        let source = CancellationSource::new();
        let token = source.token();
        source.cancel();
        assert_eq!(token.run_until_cancelled(async { 1 }).now_or_never(), Some(Some(1)));
    }
}
