//! The table `entries`: each user's own view of each of their conversations, as conversation lists show it.

use super::chat_type;
use super::database::{Conn, Result};
use super::messages::MessageRow;
use super::sql_builder::SqlBuilder;
use roamkit_wire::conversation::ChatType;

/// The number of users in one statement.
pub(super) const USER_CHUNK: usize = 500;

/// One user's view of one conversation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct UserConversation {
    pub(crate) user_id: i64,
    pub(crate) conversation_id: i64,
    /// The conversation type, see [`UserConversation::chat_type`].
    pub(crate) kind: i64,
    /// The other user's name, or the group's id.
    pub(crate) peer: String,
    /// The time of the newest visible message. If none is left, the time of the last one there was.
    pub(crate) active: i64,
    /// The id of the newest visible message; 0: none.
    pub(crate) last_id: i64,
    pub(crate) unread: i64,
    /// Messages with larger ids are unread.
    pub(crate) read_id: i64,
    /// The time when the user pinned the conversation; 0: not pinned.
    pub(crate) pinned: i64,
    /// 1 if the conversation is in no list.
    pub(crate) hidden: i64,
    /// No visible message is older than this time, so reading history can stop there.
    pub(crate) floor: i64,
}

impl UserConversation {
    pub(crate) const fn chat_type(&self) -> ChatType {
        chat_type::from_db(self.kind)
    }
}

/// The columns of [`UserConversation`], for a table with the alias `e`.
pub(super) const COLUMNS: &str = "e.user_id, e.conversation_id, e.kind, e.peer, e.active, e.last_id, e.unread, \
                                  e.read_id, e.pinned, e.hidden, e.floor";

/// Inserts a user's conversation if it is missing, and returns whether it was. It stays hidden until a message
/// arrives.
pub(crate) async fn insert_if_missing(
    conn: &mut Conn,
    user_id: i64,
    conversation_id: i64,
    chat_type: ChatType,
    peer: &str,
    now: i64,
) -> Result<bool> {
    let sql = "INSERT INTO entries (user_id, conversation_id, kind, peer, active, hidden, floor)
               VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT DO NOTHING";
    let result = sqlx::query(sql)
        .bind(user_id)
        .bind(conversation_id)
        .bind(chat_type::to_db(chat_type))
        .bind(peer)
        .bind(now)
        .bind(i64::MAX)
        .execute(conn)
        .await?;
    Ok(result.rows_affected() == 1)
}

fn select() -> SqlBuilder {
    let mut query = SqlBuilder::new("SELECT ");
    query.push(COLUMNS).push(" FROM entries e WHERE ");
    query
}

/// Finds a user's conversation with a peer. With `group`, chat rooms are found too.
pub(crate) async fn find(
    conn: &mut Conn,
    user_id: i64,
    group: bool,
    peer: &str,
) -> Result<Option<UserConversation>> {
    let kinds = if group { " AND e.kind IN (1, 2)" } else { " AND e.kind = 0" };
    let mut query = select();
    query.push("e.user_id = ").bind(user_id).push(" AND e.peer = ").bind(peer.to_owned()).push(kinds);
    query.fetch_optional(conn).await
}

/// Finds a user's conversation by the conversation's id.
pub(super) async fn find_by_id(
    conn: &mut Conn,
    user_id: i64,
    conversation_id: i64,
) -> Result<Option<UserConversation>> {
    let mut query = select();
    query.push("e.user_id = ").bind(user_id).push(" AND e.conversation_id = ").bind(conversation_id);
    query.fetch_optional(conn).await
}

/// All users' views of one conversation.
pub(crate) async fn of_conversation(conn: &mut Conn, conversation_id: i64) -> Result<Vec<UserConversation>> {
    let mut query = select();
    query.push("e.conversation_id = ").bind(conversation_id);
    query.fetch_all(conn).await
}

/// All conversations of one user.
pub(crate) async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<UserConversation>> {
    let mut query = select();
    query.push("e.user_id = ").bind(user_id);
    query.fetch_all(conn).await
}

/// Records a new message for the users who can see it: it becomes the newest one, counts as unread except for its
/// sender, and shows a deleted conversation again. A command does none of this; it is only found in the history.
pub(crate) async fn record_message(conn: &mut Conn, message: &MessageRow, users: &[i64]) -> Result<()> {
    let timestamp = message.timestamp;
    for users in users.chunks(USER_CHUNK) {
        let mut query = SqlBuilder::new("UPDATE entries SET floor = CASE WHEN floor > ");
        query.bind(timestamp).push(" THEN ").bind(timestamp).push(" ELSE floor END");
        if !message.is_command() {
            query.push(", hidden = 0, unread = unread + CASE WHEN user_id = ").bind(message.sender);
            query.push(" THEN 0 ELSE 1 END, last_id = CASE WHEN last_id = 0 OR active <= ").bind(timestamp);
            query.push(" THEN ").bind(message.id).push(" ELSE last_id END");
            query.push(", active = CASE WHEN last_id = 0 OR active <= ").bind(timestamp);
            query.push(" THEN ").bind(timestamp).push(" ELSE active END");
        }
        query.push(" WHERE conversation_id = ").bind(message.conversation_id).push(" AND user_id IN ");
        query.bind_list(users.iter().copied());
        query.execute(conn).await?;
    }
    Ok(())
}

/// Marks the messages up to an id as read. The caller refreshes the summary.
pub(crate) async fn mark_read_up_to(
    conn: &mut Conn,
    user_id: i64,
    conversation_id: i64,
    id: i64,
) -> Result<()> {
    let sql = "UPDATE entries SET read_id = $3 WHERE user_id = $1 AND conversation_id = $2 AND read_id < $3";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(id).execute(conn).await?;
    Ok(())
}

/// Marks all messages of a conversation as read, which are those up to an id.
pub(crate) async fn mark_read(conn: &mut Conn, user_id: i64, conversation_id: i64, id: i64) -> Result<()> {
    let sql = "UPDATE entries SET unread = 0, read_id = $3 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(id).execute(conn).await?;
    Ok(())
}

/// Sets the time of pinning; 0 unpins.
pub(crate) async fn set_pinned(conn: &mut Conn, user_id: i64, conversation_id: i64, time: i64) -> Result<()> {
    let sql = "UPDATE entries SET pinned = $3 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(time).execute(conn).await?;
    Ok(())
}

/// Removes a conversation from the user's lists and marks all messages up to an id as read.
pub(crate) async fn hide(conn: &mut Conn, user_id: i64, conversation_id: i64, id: i64) -> Result<()> {
    let sql = "UPDATE entries SET hidden = 1, unread = 0, pinned = 0, read_id = $3
               WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(id).execute(conn).await?;
    Ok(())
}

/// Raises the floor, below which no message is visible.
pub(crate) async fn raise_floor(
    conn: &mut Conn,
    user_id: i64,
    conversation_id: i64,
    floor: i64,
) -> Result<()> {
    let sql = "UPDATE entries SET floor = $3 WHERE user_id = $1 AND conversation_id = $2 AND floor < $3";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(floor).execute(conn).await?;
    Ok(())
}
