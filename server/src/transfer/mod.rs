//! Import and export of all data, as JSON Lines: one record per line.
//!
//! Both stream, so the memory use does not depend on the amount of data.

pub(crate) mod common;
pub(crate) mod export;
pub(crate) mod import;
mod record;
