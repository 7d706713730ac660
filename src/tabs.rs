//! Tabs of one app, user and device share one session: one of them, the leader, has it, and the others hear from
//! it what it hears.
//!
//! [`election`] decides, without I/O; [`message`] has the messages between tabs; `lock` and `channel` are the
//! browser's Web Locks and `BroadcastChannel`. `docs/tabs.md` tells why it is so.

#[cfg(target_arch = "wasm32")]
pub mod channel;
mod cursor;
pub mod election;
#[cfg(target_arch = "wasm32")]
pub mod lock;
pub mod message;
