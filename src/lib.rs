//! RoamKit: message roaming for the browser.
//!
//! A chat service keeps the conversations and the history of each user. This crate is the SDK that fetches them, stores them in
//! a local copy in IndexedDB, removes messages one-way, deletes conversations, and receives the changes of the user's other
//! devices over a WebSocket.
//!
//! The layers depend on each other in one direction: `client → sync → {rest, session, tabs, store} → {wire, model}`.
//!
//! - [`RoamClient`]: one short method for each call of the API;
//! - `api`, `error`: the data that crosses the boundary to JS;
//! - `model`: conversations, messages and queries, plain data for all parts;
//! - `message`: converts the wire's messages to the public JSON;
//! - `rest`: the REST API, one file for each resource;
//! - `session`: the MSYNC session, a pure state machine and the driver that runs it;
//! - `tabs`: which of several tabs has the session, and the messages between tabs;
//! - `store`: the local copy;
//! - `sync`: how each fact of the server changes the local copy;
//! - `backoff`, `cancellation`, `deadline`, `host_pool`, `request_pace`, `server_clock`, `sorted_set`, `token_expiry`,
//!   `token_renewal`: small types for several parts;
//! - `platform`: the browser's time, timers, page lifecycle and abort signals.

// Native builds only test the parts without I/O. The lints of the wasm build see all code.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code, unused_imports))]

mod api;
mod backoff;
mod cancellation;
#[cfg(target_arch = "wasm32")]
mod client;
mod deadline;
#[cfg(not(target_arch = "wasm32"))]
#[doc(hidden)]
pub mod decoders;
#[doc(hidden)]
pub mod error;
mod host_pool;
#[doc(hidden)]
pub mod message;
#[doc(hidden)]
pub mod model;
mod platform;
mod request_pace;
mod rest;
mod server_clock;
mod session;
mod sorted_set;
#[doc(hidden)]
pub mod store;
mod sync;
mod tabs;
mod token_expiry;
mod token_renewal;

#[cfg(target_arch = "wasm32")]
pub use client::RoamClient;
