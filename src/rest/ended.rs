//! Ends the requests of a client that logs out or is closed: no timer, listener or connection of theirs is left.

use crate::later::{Later, Teller, pair};
use std::cell::RefCell;

/// What is under way. Dropping it ends that.
pub struct UnderWay(RefCell<(Teller<()>, Ended)>);

/// Comes when what is under way is to end.
pub type Ended = Later<()>;

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
        let ended = self.0.replace(pair());
        // Dropping who would tell of it is what ends it.
        drop(ended);
    }
}

impl Default for UnderWay {
    fn default() -> Self {
        Self::new()
    }
}
