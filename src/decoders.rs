//! The readers of network input, for `fuzz/`. Not part of the package.

pub use crate::error::Error;
pub use crate::rest::refusal::error as refusal;
pub use crate::session::frames::Identity;
pub use crate::session::machine::{Effect, Input, Machine};
pub use crate::sync::interpret;

use crate::model::{HistoryPage, HistoryQuery};
use crate::rest::hosts::Hosts;
use crate::rest::{self, conversations, history, hosts};

/// Reads the host list for a page that may use hosts without TLS.
pub fn hosts(text: &str) -> Option<Hosts> {
    hosts::pick(rest::decode(text).ok()?, false)
}

/// Reads a page of the conversation list.
pub fn conversations(text: &str, app_key: &str, user: &str) -> Result<conversations::Page, Error> {
    Ok(conversations::read(rest::decode(text)?, app_key, user))
}

/// Reads a page of history.
pub fn history(text: &str, query: &HistoryQuery, asked_at: u64, user: &str) -> Result<HistoryPage, Error> {
    history::read(rest::decode(text)?, query, asked_at, user)
}
