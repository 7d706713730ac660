//! The rule that decides which users see a message.
//!
//! A user sees the messages that were sent while the user was in the conversation, except those that were recalled,
//! that the user removed, or that were sent to other members only.

use super::conversations::{COLUMNS, UserConversation};
use super::database::{Conn, Result};
use super::sql_builder::SqlBuilder;
use roamkit_wire::conversation::ChatType;

/// The user whose view is asked for.
#[derive(Clone, Copy, Debug)]
enum Viewer {
    User(i64),
    /// The owner of the row `e` of `entries`.
    Owner,
}

impl Viewer {
    fn push(self, query: &mut SqlBuilder) {
        match self {
            Self::User(id) => query.bind(id),
            Self::Owner => query.push("e.user_id"),
        };
    }
}

/// Appends the condition that the owner of a conversation can see the message `m`.
pub(super) fn push_visible(query: &mut SqlBuilder, conversation: &UserConversation) {
    let viewer = Viewer::User(conversation.user_id);
    query.push("m.conversation_id = ").bind(conversation.conversation_id).push(" AND ");
    push_not_removed(query, viewer);
    if conversation.chat_type() != ChatType::Single {
        query.push(" AND ");
        push_received(query, viewer);
    }
}

/// Appends the condition that the message `m` was neither recalled nor removed by the viewer.
fn push_not_removed(query: &mut SqlBuilder, viewer: Viewer) {
    query.push("m.recalled = 0 AND NOT EXISTS (SELECT 1 FROM removed_messages r WHERE r.user_id = ");
    viewer.push(query);
    query.push(" AND r.message_id = m.id) AND NOT EXISTS (SELECT 1 FROM removal_marks k WHERE k.user_id = ");
    viewer.push(query);
    query.push(
        " AND k.conversation_id = m.conversation_id AND m.timestamp <= k.until AND m.id < k.before_id)",
    );
}

/// Appends the condition that the message `m` of a group was sent to the viewer, who was a member then.
fn push_received(query: &mut SqlBuilder, viewer: Viewer) {
    query.push("EXISTS (SELECT 1 FROM members b WHERE b.group_id = m.conversation_id AND b.user_id = ");
    viewer.push(query);
    query.push(
        " AND b.since < m.id AND (b.until IS NULL OR m.id < b.until)) AND (m.targeted = 0 OR m.sender = ",
    );
    viewer.push(query);
    query.push(" OR EXISTS (SELECT 1 FROM message_receivers t WHERE t.message_id = m.id AND t.user_id = ");
    viewer.push(query);
    query.push("))");
}

/// The sender of a message that the owner of a conversation can see.
pub(crate) async fn visible_sender(
    conn: &mut Conn,
    conversation: &UserConversation,
    message: i64,
) -> Result<Option<i64>> {
    let mut query = SqlBuilder::new("SELECT m.sender FROM messages m WHERE m.id = ");
    query.bind(message).push(" AND ");
    push_visible(&mut query, conversation);
    Ok(query.fetch_optional::<(i64,)>(conn).await?.map(|(sender,)| sender))
}

/// A user who can see a message, with the user's view of the conversation.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct MessageViewer {
    pub(crate) name: String,
    #[sqlx(flatten)]
    pub(crate) conversation: UserConversation,
}

/// The users who can see a message.
pub(crate) async fn viewers(conn: &mut Conn, message: i64) -> Result<Vec<MessageViewer>> {
    let mut query = SqlBuilder::new("SELECT u.name, ");
    query.push(COLUMNS).push(
        " FROM messages m JOIN entries e ON e.conversation_id = m.conversation_id
         JOIN users u ON u.id = e.user_id WHERE m.id = ",
    );
    query.bind(message).push(" AND ");
    push_not_removed(&mut query, Viewer::Owner);
    query.push(" AND (e.kind = 0 OR (");
    push_received(&mut query, Viewer::Owner);
    query.push("))");
    query.fetch_all(conn).await
}
