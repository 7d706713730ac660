//! The REST side: one file for each resource, [`http`] underneath. Knows no local copy.

pub mod conversations;
pub mod ended;
pub mod history;
pub mod hosts;
pub mod http;
pub mod refusal;
pub mod removal;
pub mod retry;
pub mod token;

use crate::host_pool::HostPool;
use crate::platform::Work;
use ended::Ended;
use std::cell::Cell;
use std::rc::Rc;

/// Who asks: what every call needs to show, by value, so that nothing is borrowed while it waits.
pub struct Caller {
    /// `https://host/org/app`, of each host.
    pub api: Rc<HostPool>,
    /// The user token; empty where none is needed.
    pub token: String,
    /// How long a call may take, with all its attempts.
    pub timeout_ms: u32,
    /// Hears of a token that the server refuses.
    pub owner: Option<Rc<dyn TokenOwner>>,
    /// Comes when the call is to end.
    pub ended: Ended,
    /// What becomes of a call that changes something on the server.
    pub change: Option<Rc<Change>>,
}

/// Whose the token is.
pub trait TokenOwner {
    /// The server refused that token.
    fn token_refused(self: Rc<Self>, token: &str);
}

/// A call that changes something on the server.
pub struct Change {
    /// Done before the call is repeated: from then on the server may act anew.
    pub before_repeat: Box<dyn Fn() -> Work<()>>,
    /// Whether an attempt that failed may have acted all the same.
    pub uncertain: Cell<bool>,
}
