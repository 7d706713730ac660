//! What reads the network, for `fuzz/`. Not part of the package.

pub use crate::error::Error;
pub use crate::rest::conversations::read as conversations;
pub use crate::rest::history::read as history;
pub use crate::rest::refusal::error as refusal;
pub use crate::session::frames::Identity;
pub use crate::session::machine::{Effect, Machine, Signal};
pub use crate::sync::understand;

/// The host list, as any page reads it.
pub fn hosts(text: &str) -> Option<crate::rest::hosts::Hosts> {
    crate::rest::hosts::pick(text, false)
}
