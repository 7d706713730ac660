//! RoamKit: message roaming for the browser.
//!
//! A chat service keeps each user's conversations and history. This crate is the SDK that fetches them, keeps
//! an honest local copy in IndexedDB, removes messages one-way, deletes conversations, and hears over a
//! WebSocket what the user's other devices removed.
//!
//! The layers depend on each other in one direction: `client → sync → {rest, session, tabs, store} → {wire, model}`.
//!
//! - [`RoamClient`]: one short method for each promise of the API;
//! - `api`, `error`: the data that crosses the boundary to JS;
//! - `model`: conversations and messages, plain data that all parts share;
//! - `message`: the wire's messages to the public JSON;
//! - `rest`: one file for each resource of the REST side;
//! - `session`: MSYNC, a pure state machine and the link that moves its bytes;
//! - `store`: the local copy;
//! - `sync`: how one server fact changes the local copy;
//! - `tabs`: which of several tabs has the session, and how the others hear of it;
//! - `cancellation`: how running work is told to end;
//! - `platform`: what all of them need of the browser.

// Natively only the parts without I/O are of use, to test them; the lints of the wasm build see all of it.
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
mod rest;
mod session;
mod sorted_set;
#[doc(hidden)]
pub mod store;
mod sync;
mod tabs;

#[cfg(target_arch = "wasm32")]
pub use client::RoamClient;
