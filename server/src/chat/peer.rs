//! The receiver of a message: a user, a group or a chat room.

use super::ChatError;
use crate::store::database::Conn;
use crate::store::groups::{self, Group};
use crate::store::users::{self, User};
use roamkit_wire::conversation::ChatType;
use roamkit_wire::msync::Jid;
use roamkit_wire::names;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    User(User),
    Group(Group),
}

impl Peer {
    /// Finds a user by name.
    pub(crate) async fn user(conn: &mut Conn, app: &str, name: &str) -> Result<Self, ChatError> {
        let not_found = || ChatError::UserNotFound(name.to_owned());
        let id = names::user_id(name).ok_or_else(not_found)?;
        users::find(conn, app, &id).await?.map(Self::User).ok_or_else(not_found)
    }

    /// Finds a group or chat room by id.
    pub(crate) async fn group(conn: &mut Conn, app: &str, id: &str) -> Result<Self, ChatError> {
        let found = groups::find(conn, app, id).await?;
        found.map(Self::Group).ok_or_else(|| ChatError::GroupNotFound(id.to_owned()))
    }

    /// Finds the peer of an address.
    pub(crate) async fn from_jid(conn: &mut Conn, app: &str, jid: &Jid) -> Result<Self, ChatError> {
        if jid.is_group() {
            Self::group(conn, app, &jid.name).await
        } else {
            Self::user(conn, app, &jid.name).await
        }
    }

    /// The user's name or the group's id, as clients see it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::User(user) => user.name.clone(),
            Self::Group(group) => group.id.to_string(),
        }
    }

    /// The type of a conversation with this peer.
    pub(crate) fn chat_type(&self) -> ChatType {
        match self {
            Self::User(_) => ChatType::Single,
            Self::Group(group) => group.chat_type,
        }
    }

    pub(crate) fn jid(&self, app: &str) -> Jid {
        match self {
            Self::User(user) => Jid::user(app, &user.name),
            Self::Group(group) => Jid::group(app, &group.id.to_string()),
        }
    }
}
