//! The frames of a session: those that the client sends, and those that it understands.

use prost::Message as _;
use roamkit_wire::meta::{Meta, Namespace};
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

/// A batch whose metas are not decoded yet.
#[derive(Clone, PartialEq, prost::Message)]
struct EncodedBatch {
    #[prost(bytes = "vec", repeated, tag = "4")]
    metas: Vec<Vec<u8>>,
    #[prost(uint64, optional, tag = "5")]
    next_key: Option<u64>,
    #[prost(message, optional, tag = "6")]
    queue: Option<Jid>,
    #[prost(bool, tag = "7")]
    is_last: bool,
}

/// The part of a meta that is read if the rest cannot be.
#[derive(Clone, PartialEq, prost::Message)]
struct MetaId {
    #[prost(uint64, tag = "1")]
    id: u64,
}

/// Reads a batch with a meta that cannot be read. Otherwise that meta would come again and again, and nothing after it. A
/// message without a readable payload takes its place.
fn decode_each(payload: &[u8]) -> Option<CommSyncDl> {
    let EncodedBatch { metas, next_key, queue, is_last } = EncodedBatch::decode(payload).ok()?;
    let decode = |bytes: &Vec<u8>| {
        Meta::decode(bytes.as_slice()).unwrap_or_else(|_| {
            let id = MetaId::decode(bytes.as_slice()).map_or(0, |meta| meta.id);
            Meta { id, ns: Namespace::Chat as i32, payload: vec![0xff], ..Meta::default() }
        })
    };
    Some(CommSyncDl {
        metas: metas.iter().map(decode).collect(),
        next_key,
        queue,
        is_last,
        ..CommSyncDl::default()
    })
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
            Command::Sync => Self::Sync(CommSyncDl::decode(payload).ok().or_else(|| decode_each(payload))?),
            Command::Logout => Self::Logout,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meta_that_cannot_be_read_costs_only_itself() {
        let meta = |id| Meta { id, payload: vec![1], ..Meta::default() };
        let batch = CommSyncDl {
            metas: vec![meta(1), meta(2), meta(3)],
            next_key: Some(9),
            queue: Some(Jid::user("d#c", "bob")),
            is_last: true,
            ..CommSyncDl::default()
        };
        let decode = |batch: Vec<u8>| {
            let frame = MSync { command: Command::Sync as i32, payload: batch, ..MSync::default() };
            match ServerFrame::decode(&frame.encode_to_vec()) {
                Some(ServerFrame::Sync(batch)) => batch,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(decode(batch.encode_to_vec()), batch);
        // Another message with the id 2, and a name that is not UTF-8.
        let mut damaged = batch.encode_to_vec();
        let second = damaged.windows(5).position(|bytes| bytes == [8, 2, 50, 1, 1]).unwrap();
        damaged[second + 2..second + 5].copy_from_slice(&[82, 1, 0xff]);
        let read = decode(damaged);
        let unreadable = Meta { id: 2, ns: Namespace::Chat as i32, payload: vec![0xff], ..Meta::default() };
        assert_eq!(read, CommSyncDl { metas: vec![meta(1), unreadable, meta(3)], ..batch });
    }
}
