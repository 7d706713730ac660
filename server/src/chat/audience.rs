//! The users whom an envelope concerns.

use super::member::Member;
use super::peer::Peer;
use crate::store::conversations::UserConversation;
use crate::store::database::{Conn, Result};
use crate::store::users::User;
use crate::store::{groups, visibility};
use std::collections::BTreeMap;

/// The users who may see a message. Everything about the message goes to them and to nobody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Audience {
    /// The users by id.
    users: BTreeMap<i64, User>,
}

impl Audience {
    /// The users who can see a message that was sent: those who were in the conversation then, also if they have
    /// left since, without those who removed the message. Returns their views of the conversation, too.
    pub(crate) async fn of_message(conn: &mut Conn, id: i64) -> Result<(Self, Vec<UserConversation>)> {
        let viewers = visibility::viewers(conn, id).await?;
        let users =
            viewers.iter().map(|viewer| User { id: viewer.conversation.user_id, name: viewer.name.clone() });
        Ok((Self::of_users(users), viewers.into_iter().map(|viewer| viewer.conversation).collect()))
    }

    /// The users who will see a message that the member sends now. `receivers` are the names of the only members
    /// of a group to see it; empty: all.
    pub(crate) async fn of_new_message(
        conn: &mut Conn,
        sender: Member<'_>,
        receivers: &[String],
    ) -> Result<Self> {
        Ok(match sender.peer() {
            Peer::User(user) => Self::of_users([user.clone(), sender.user().clone()]),
            Peer::Group(group) => {
                let members = groups::members(conn, group.id).await?;
                Self::of_users(members.into_iter().filter(|member| {
                    receivers.is_empty() || member.id == sender.user().id || receivers.contains(&member.name)
                }))
            }
        })
    }

    pub(crate) fn of_users(users: impl IntoIterator<Item = User>) -> Self {
        Self { users: users.into_iter().map(|user| (user.id, user)).collect() }
    }

    /// Leaves one user out.
    pub(crate) fn without(mut self, user: &User) -> Self {
        self.users.remove(&user.id);
        self
    }

    pub(crate) fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    pub(crate) fn ids(&self) -> Vec<i64> {
        self.users.keys().copied().collect()
    }
}
