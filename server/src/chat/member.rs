//! The right to act in a conversation.

use super::ChatError;
use super::peer::Peer;
use crate::store::database::Conn;
use crate::store::groups;
use crate::store::users::User;

/// A user who is in a conversation now. Only such a user sends, edits and acknowledges there. Anybody is in a
/// conversation with another user; a group or chat room has members.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    user: &'a User,
    peer: &'a Peer,
}

impl<'a> Member<'a> {
    /// Checks that the user is in the conversation.
    pub(crate) async fn check(conn: &mut Conn, user: &'a User, peer: &'a Peer) -> Result<Self, ChatError> {
        match peer {
            Peer::Group(group) if !groups::is_member(conn, group.id, user.id).await? => {
                Err(ChatError::NotMember)
            }
            Peer::Group(_) | Peer::User(_) => Ok(Self { user, peer }),
        }
    }

    pub(crate) fn user(&self) -> &'a User {
        self.user
    }

    pub(crate) fn peer(&self) -> &'a Peer {
        self.peer
    }
}
