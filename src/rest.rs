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

use crate::choice::Choice;
use ended::Ended;
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

/// Who asks: what every call needs to name and to show.
pub struct Caller<'a> {
    /// `https://host/org/app`, of each host.
    pub api: &'a Choice,
    /// The user's id.
    pub user: &'a str,
    /// The device's id.
    pub device: &'a str,
    /// The user token; empty where none is needed.
    pub token: &'a str,
    /// How long a call may take, with all its attempts.
    pub timeout_ms: u32,
    /// Hears of a token that the server refuses.
    pub owner: Option<&'a dyn TokenOwner>,
    /// Comes when the call is to end.
    pub ended: Ended,
    /// What becomes of a call that changes something on the server.
    pub change: Option<&'a Change<'a>>,
}

/// Whose the token is.
pub trait TokenOwner {
    /// The server refused that token.
    fn token_refused(&self, token: &str);
}

/// A call that changes something on the server.
pub struct Change<'a> {
    /// Done before the call is repeated: from then on the server may act anew.
    pub before_repeat: &'a dyn Fn() -> Pin<Box<dyn Future<Output = ()>>>,
    /// Whether an attempt that failed may have acted all the same.
    pub uncertain: Cell<bool>,
}
