//! The tabs of one app, user and device share one session. One tab, the leader, has the session, and sends its events to the
//! others.
//!
//! [`election`] decides without I/O which tab leads. `cursor` decides which events a tab must still emit. [`message`] has the
//! messages between tabs. `lock` and `channel` use Web Locks and `BroadcastChannel`. `docs/tabs.md` explains the design.

#[cfg(target_arch = "wasm32")]
pub mod channel;
mod cursor;
pub mod election;
#[cfg(target_arch = "wasm32")]
pub mod lock;
pub mod message;
