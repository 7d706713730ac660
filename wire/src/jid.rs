//! Addresses of users, devices and groups.

use prost::Message;

/// The JID domain of users.
pub const USER_DOMAIN: &str = "easemob.com";
/// The JID domain of groups and chat rooms.
pub const GROUP_DOMAIN: &str = "conference.easemob.com";

/// The address of a user, a device or a group.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Jid {
    /// `org#app`.
    #[prost(string, tag = "1")]
    pub app_key: String,
    /// User id or group id.
    #[prost(string, tag = "2")]
    pub name: String,
    /// [`USER_DOMAIN`] or [`GROUP_DOMAIN`].
    #[prost(string, tag = "3")]
    pub domain: String,
    /// The device's id; empty for the user on all devices.
    #[prost(string, tag = "4")]
    pub client_resource: String,
}

impl Jid {
    /// The address of a user on all devices.
    pub fn user(app_key: &str, name: &str) -> Self {
        Self { app_key: app_key.into(), name: name.into(), domain: USER_DOMAIN.into(), ..Self::default() }
    }

    /// The address of a group or chat room.
    pub fn group(app_key: &str, name: &str) -> Self {
        Self { domain: GROUP_DOMAIN.into(), ..Self::user(app_key, name) }
    }

    /// The address of one device of a user.
    pub fn device(app_key: &str, name: &str, resource: &str) -> Self {
        Self { client_resource: resource.into(), ..Self::user(app_key, name) }
    }

    /// Whether this names a group or chat room.
    pub fn is_group(&self) -> bool {
        self.domain == GROUP_DOMAIN
    }
}
