//! The data that crosses the boundary to JS: options in, results and events out.
//!
//! Each of them is one struct. The struct is what the code reads or writes, and its TypeScript declaration is derived from it.

pub mod argument;
pub mod event;
mod fields;
pub mod options;
pub mod results;
