//! The wire of the Easemob / Agora Chat service, as far as message roaming needs it.
//!
//! The SDK and the server speak the same wire from two ends, so its forms stand here once:
//!
//! - [`msync`]: the frames of the WebSocket session (protobuf);
//! - [`meta`]: a message as it travels and is stored (protobuf);
//! - [`body`] and [`ext`]: what a message says, apart from how it is written: read from and written to
//!   protobuf and the JSON of lists and REST alike;
//! - [`compact`]: the same protobuf in little code, for the browser;
//! - [`json`]: JSON text in and out of values;
//! - [`notice`]: multi-device notices (JSON);
//! - [`rest`]: request and answer forms of the REST side (JSON);
//! - [`names`]: app keys, user ids, JIDs and queue names;
//! - [`conversation`]: the three conversation types and their spellings.
//!
//! Nothing here does I/O, and nothing here panics on what a network brings: readers return an error or
//! leave out what they do not know.

pub mod body;
pub mod compact;
pub mod conversation;
pub mod ext;
pub mod json;
pub mod meta;
pub mod msync;
pub mod names;
pub mod notice;
pub mod rest;

pub use prost;
