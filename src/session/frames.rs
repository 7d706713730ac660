//! The frames of a session: those that the client sends, and those that it understands.

use prost::Message as _;
use roamkit_wire::meta::Meta;
use roamkit_wire::msync::{
    CommNotice, CommSyncDl, CommSyncUl, CommUnreadDl, Command, Jid, MSync, Provision, Status, Version,
};
use serde_json::Value;

/// The number for "other", which browsers send as their operating system.
const OS_OTHER: i32 = 16;
const ACTION_VERSION: &str = "v5.2";

/// The sender of the frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The app key `org#app`.
    pub app_key: String,
    /// The user's id.
    pub user: String,
    /// The device's id.
    pub device: String,
}

impl Identity {
    fn frame(&self, command: Command, payload: Vec<u8>) -> MSync {
        MSync {
            version: Version::V2 as i32,
            guid: Some(Jid::device(&self.app_key, &self.user, &self.device)),
            command: command as i32,
            payload,
            ..MSync::default()
        }
    }

    /// The login on the socket.
    pub fn provision(&self, token: &str, now: u64) -> Vec<u8> {
        let provision = Provision {
            os_type: OS_OTHER,
            version: env!("CARGO_PKG_VERSION").into(),
            device_name: "RoamKit".into(),
            device_uuid: self.device.clone(),
            resource: self.device.clone(),
            auth_token: serde_json::json!({ "token": format!("$t${token}") }).to_string(),
            session_id: format!("{now}:"),
            action_version: ACTION_VERSION.into(),
            ..Provision::default()
        };
        MSync {
            auth: format!("$t${token}"),
            encrypt_type: vec![0],
            ..self.frame(Command::Provision, provision.encode_to_vec())
        }
        .encode_to_vec()
    }

    /// Asks which queues have something for this device. The session uses the same frame as its heartbeat.
    pub fn unread(&self) -> Vec<u8> {
        self.frame(Command::Unread, Vec::new()).encode_to_vec()
    }

    /// Requests the next batch of a queue. The key acknowledges everything up to it.
    pub fn sync(&self, queue: &Jid, key: Option<u64>) -> Vec<u8> {
        let sync = CommSyncUl { queue: Some(queue.clone()), key, ..CommSyncUl::default() };
        self.frame(Command::Sync, sync.encode_to_vec()).encode_to_vec()
    }

    /// Sends a meta.
    pub fn send(&self, meta: &Meta) -> Vec<u8> {
        let sync = CommSyncUl { meta: Some(meta.clone()), ..CommSyncUl::default() };
        self.frame(Command::Sync, sync.encode_to_vec()).encode_to_vec()
    }

    /// The logout.
    pub fn logout(&self) -> Vec<u8> {
        self.frame(Command::Logout, Vec::new()).encode_to_vec()
    }
}

/// A frame from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum ServerFrame {
    /// The answer to the login.
    Provision {
        /// The result; `None` for success.
        status: Option<Status>,
        /// When the token expires, ms since the epoch, if the server tells.
        expires_at: Option<u64>,
    },
    /// These queues have something for this device: the answer to UNREAD.
    Unread {
        /// The queues.
        queues: Vec<Jid>,
        /// The time of the server, ms since the epoch; 0 if it does not tell.
        server_time: u64,
    },
    /// This queue has something new for this device.
    Notice(Jid),
    /// A batch of a queue, or the answer to a sent meta.
    Sync(CommSyncDl),
    /// The server ends the session.
    Logout,
}

impl ServerFrame {
    /// Reads a frame; `None` if it cannot be read or is of no use.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let frame = MSync::decode(bytes).ok()?;
        let payload = frame.payload.as_slice();
        Some(match Command::try_from(frame.command).ok()? {
            Command::Provision => {
                let Provision { status, auth_token, .. } = Provision::decode(payload).ok()?;
                let auth: Option<Value> = serde_json::from_str(&auth_token).ok();
                Self::Provision { status, expires_at: auth.and_then(|auth| auth.get("expires_in")?.as_u64()) }
            }
            Command::Unread => {
                let CommUnreadDl { unread, timestamp, .. } = CommUnreadDl::decode(payload).ok()?;
                let queues = unread.into_iter().filter_map(|unread| unread.queue).collect();
                Self::Unread { queues, server_time: timestamp }
            }
            Command::Notice => Self::Notice(CommNotice::decode(payload).ok()?.queue?),
            Command::Sync => Self::Sync(CommSyncDl::decode(payload).ok()?),
            Command::Logout => Self::Logout,
        })
    }
}
