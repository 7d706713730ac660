//! The wire of the Easemob / Agora Chat service, as far as message roaming needs it.
//!
//! The SDK and the server are the two ends of the same wire, so both use these types:
//!
//! - [`msync`]: the frames of the WebSocket session (protobuf);
//! - [`meta`]: a message as it travels and is stored (protobuf);
//! - [`jid`] and [`key_value`]: addresses and typed pairs, which both contain (protobuf);
//! - [`surrogates`]: halves of emoji in texts and JSON;
//! - [`body`] and [`ext`]: the content of a message and its sender's own fields, read from and written to both
//!   protobuf and the JSON of lists and REST;
//! - [`notice`]: multi-device notices (JSON);
//! - [`rest`]: request and answer forms of the REST side (JSON);
//! - [`lenient`]: fields of JSON whose form differs between senders;
//! - [`names`]: app keys, user ids, JIDs and queue names;
//! - [`conversation`]: the three conversation types and their spellings.
//!
//! The crate does no I/O and does not panic on input from the network: readers return an error or leave out
//! unknown parts.

pub mod body;
pub mod conversation;
pub mod ext;
pub mod jid;
pub mod key_value;
pub mod lenient;
pub mod meta;
pub mod msync;
pub mod names;
pub mod notice;
mod payload;
pub mod rest;
pub mod surrogates;

pub use prost;
