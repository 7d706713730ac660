//! The frames a client sends.

use prost::Message as _;
use roamkit_wire::msync::{CommSyncUl, Command, Jid, MSync, Provision, Version};

/// OTHER, as browsers say.
const OS_OTHER: i32 = 16;
const ACTION_VERSION: &str = "v5.2";

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `org#app`.
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

    /// "What is there for me?", and "are you there?".
    pub fn unread(&self) -> Vec<u8> {
        self.frame(Command::Unread, Vec::new()).encode_to_vec()
    }

    /// The next batch of a queue; a key acknowledges everything up to it.
    pub fn sync(&self, queue: &Jid, key: Option<u64>) -> Vec<u8> {
        let sync = CommSyncUl { queue: Some(queue.clone()), key, ..CommSyncUl::default() };
        self.frame(Command::Sync, sync.encode_to_vec()).encode_to_vec()
    }

    /// The goodbye.
    pub fn logout(&self) -> Vec<u8> {
        self.frame(Command::Logout, Vec::new()).encode_to_vec()
    }
}
