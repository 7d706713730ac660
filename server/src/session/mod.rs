//! The socket side: MSYNC sessions. `socket` moves frames and minds the clock, `provision` lets a device in,
//! `sync` reads queues, `upstream` takes what a device sends, `hub` knows who is online.

pub(crate) mod frame;
pub(crate) mod hub;
mod provision;
pub(crate) mod socket;
mod sync;
mod upstream;

use crate::store::users::User;
use roamkit_wire::msync::Jid;
use std::collections::HashMap;

/// A device that was let in.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) app: String,
    pub(crate) user: User,
    pub(crate) resource: String,
    pub(crate) device: i64,
    /// How far each queue was sent on this connection.
    pub(crate) sent: HashMap<String, i64>,
}

impl Session {
    /// The device's address.
    pub(crate) fn jid(&self) -> Jid {
        Jid::device(&self.app, &self.user.name, &self.resource)
    }
}
