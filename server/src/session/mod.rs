//! MSYNC sessions, each over a WebSocket. `socket` reads and writes frames and enforces timeouts, `provision`
//! logs a device in, `sync` reads queues, `upstream` processes what a device sends, and `reconcile` compares
//! sessions with the database.

mod frame;
mod provision;
mod reconcile;
pub(crate) mod socket;
mod sync;
mod upstream;

use crate::store::users::User;
use roamkit_wire::msync::Jid;
use std::collections::HashMap;

/// The session of a device that has logged in.
#[derive(Debug)]
struct Session {
    app: String,
    user: User,
    /// The device id that the client chose.
    resource: String,
    /// The device's id in the database.
    device: i64,
    /// For each queue, the last sequence number that was sent on this connection.
    last_sent: HashMap<String, i64>,
}

impl Session {
    /// The device's address.
    fn jid(&self) -> Jid {
        Jid::device(&self.app, &self.user.name, &self.resource)
    }
}
