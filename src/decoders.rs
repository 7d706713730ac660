//! The readers of network input, for `fuzz/`. Not part of the package.

pub use crate::error::Error;
pub use crate::rest::conversations::read as conversations;
pub use crate::rest::history::read as history;
pub use crate::rest::refusal::error as refusal;
pub use crate::session::frames::Identity;
pub use crate::session::machine::{Effect, Input, Machine};
pub use crate::sync::interpret;
pub use crate::token_expiry::TokenExpiry;

use crate::rest::hosts::Hosts;
use crate::rest::{self, hosts, token};

/// Reads the host list for a page that may use hosts without TLS.
pub fn hosts(text: &str) -> Option<Hosts> {
    hosts::pick(&rest::decode(text).ok()?, false)
}

/// Reads the answer to a login.
pub fn token(text: &str) -> Result<(String, u64), Error> {
    token::read(text)
}
