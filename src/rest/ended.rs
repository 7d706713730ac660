//! Ends the requests of a client that logs out or is closed: no timer, listener or connection of theirs is left.

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::Shared;
use std::cell::RefCell;

/// What is under way. Dropping it ends that.
pub struct UnderWay(RefCell<(oneshot::Sender<()>, Ended)>);

/// Comes when what is under way is to end.
pub type Ended = Shared<oneshot::Receiver<()>>;

fn pair() -> (oneshot::Sender<()>, Ended) {
    let (end, ended) = oneshot::channel();
    (end, ended.shared())
}

impl UnderWay {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(RefCell::new(pair()))
    }

    /// For something that begins now.
    pub fn ended(&self) -> Ended {
        self.0.borrow().1.clone()
    }

    /// Ends what has begun so far.
    pub fn end(&self) {
        // Dropping its sender is what ends it.
        drop(self.0.replace(pair()));
    }
}

impl Default for UnderWay {
    fn default() -> Self {
        Self::new()
    }
}
