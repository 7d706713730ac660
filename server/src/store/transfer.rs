//! Queries for exporting all data in pages, and for importing it.

use super::conversations::UserConversation;
use super::database::{Conn, Result};
use super::groups::{self, GroupRow};
use super::messages::MessageRow;
use super::sql_builder::SqlBuilder;
use roamkit_wire::conversation::ChatType;

/// The digests of imported file prefixes, with their numbers of lines.
pub(crate) async fn imports(conn: &mut Conn) -> Result<Vec<(Vec<u8>, i64)>> {
    sqlx::query_as("SELECT digest, lines FROM imports").fetch_all(conn).await
}

/// Records how far a file was imported, and deletes the earlier record of the same import.
pub(crate) async fn record_import(conn: &mut Conn, earlier: &[u8], digest: &[u8], lines: i64) -> Result<()> {
    sqlx::query("DELETE FROM imports WHERE digest = $1").bind(earlier).execute(&mut *conn).await?;
    let sql = "INSERT INTO imports (digest, lines) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(digest).bind(lines).execute(conn).await?;
    Ok(())
}

/// A row of `users`.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct UserRow {
    pub(crate) id: i64,
    pub(crate) app: String,
    pub(crate) name: String,
    pub(crate) password: String,
    pub(crate) created: i64,
}

/// A page of users.
pub(crate) async fn users(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<UserRow>> {
    let sql = "SELECT id, app, name, password, created FROM users WHERE id > $1 ORDER BY id LIMIT $2";
    sqlx::query_as(sql).bind(after).bind(limit).fetch_all(conn).await
}

/// A page of groups, open and closed.
pub(crate) async fn groups(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<GroupRow>> {
    let mut query = SqlBuilder::new("SELECT ");
    query.push(groups::COLUMNS).push(" FROM chat_groups WHERE id > ").bind(after);
    query.push(" ORDER BY id LIMIT ").bind(limit);
    query.fetch_all(conn).await
}

/// The memberships of a group over time, as (user name, since, until).
pub(crate) async fn memberships(conn: &mut Conn, group: i64) -> Result<Vec<(String, i64, Option<i64>)>> {
    let sql = "SELECT u.name, m.since, m.until FROM members m JOIN users u ON u.id = m.user_id
               WHERE m.group_id = $1 ORDER BY m.since, u.id";
    sqlx::query_as(sql).bind(group).fetch_all(conn).await
}

/// Adds a membership that may have ended already.
pub(crate) async fn add_membership(
    conn: &mut Conn,
    group: i64,
    user: i64,
    since: i64,
    until: Option<i64>,
) -> Result<()> {
    let sql = "INSERT INTO members (group_id, user_id, since, until) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(group).bind(user).bind(since).bind(until).execute(conn).await?;
    Ok(())
}

/// A page of messages in the order of their ids, without recalled ones.
pub(crate) async fn messages(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<MessageRow>> {
    let sql = "SELECT id, conversation_id, sender, timestamp, kind, meta FROM messages
               WHERE id > $1 AND recalled = 0 ORDER BY id LIMIT $2";
    sqlx::query_as(sql).bind(after).bind(limit).fetch_all(conn).await
}

/// Counts the messages, for the progress bar.
pub(crate) async fn count_messages(conn: &mut Conn) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM messages WHERE recalled = 0").fetch_one(conn).await
}

/// Filters user ids to those that exist.
pub(crate) async fn existing_users(conn: &mut Conn, ids: impl Iterator<Item = i64>) -> Result<Vec<i64>> {
    let mut query = SqlBuilder::new("SELECT id FROM users WHERE id IN ");
    query.bind_list(ids);
    Ok(query.fetch_all::<(i64,)>(conn).await?.into_iter().map(|(id,)| id).collect())
}

/// The users who have these direct conversations, as (conversation, user name).
pub(crate) async fn participants(
    conn: &mut Conn,
    conversations: impl Iterator<Item = i64>,
) -> Result<Vec<(i64, String)>> {
    let mut query = SqlBuilder::new(
        "SELECT e.conversation_id, u.name FROM entries e JOIN users u ON u.id = e.user_id
         WHERE e.kind = 0 AND e.conversation_id IN ",
    );
    query.bind_list(conversations);
    query.fetch_all(conn).await
}

/// The conversation and timestamp of a message, recalled or not.
pub(crate) async fn message_position(conn: &mut Conn, id: i64) -> Result<Option<(i64, i64)>> {
    let sql = "SELECT conversation_id, timestamp FROM messages WHERE id = $1";
    sqlx::query_as(sql).bind(id).fetch_optional(conn).await
}

/// The newest message id in a conversation; 0: none.
pub(crate) async fn newest_message(conn: &mut Conn, conversation: i64) -> Result<i64> {
    let sql = "SELECT MAX(id) FROM messages WHERE conversation_id = $1";
    let id: Option<i64> = sqlx::query_scalar(sql).bind(conversation).fetch_one(conn).await?;
    Ok(id.unwrap_or(0))
}

/// Lowers the floors of all users of a conversation, so that history reaches an imported message.
pub(crate) async fn lower_floors(
    conn: &mut Conn,
    conversation: i64,
    chat_type: ChatType,
    oldest: i64,
) -> Result<()> {
    let mut query = SqlBuilder::new("UPDATE entries SET floor = ");
    query.bind(oldest).push(" WHERE floor > ").bind(oldest).push(" AND ");
    push_participants(&mut query, conversation, chat_type);
    query.execute(conn).await?;
    Ok(())
}

/// Records the newest imported message for all users of a conversation. Lists show it, and it counts as read.
pub(crate) async fn record_newest_message(
    conn: &mut Conn,
    conversation: i64,
    chat_type: ChatType,
    (timestamp, id): (i64, i64),
) -> Result<()> {
    let mut query = SqlBuilder::new("UPDATE entries SET hidden = 0, last_id = CASE WHEN ");
    let push_is_newer = |query: &mut SqlBuilder| {
        query.push("last_id = 0 OR active < ").bind(timestamp);
        query.push(" OR (active = ").bind(timestamp).push(" AND last_id < ").bind(id).push(") THEN ");
    };
    push_is_newer(&mut query);
    query.bind(id).push(" ELSE last_id END, active = CASE WHEN ");
    push_is_newer(&mut query);
    query.bind(timestamp).push(" ELSE active END, read_id = CASE WHEN unread = 0 AND read_id < ");
    query.bind(id).push(" THEN ").bind(id).push(" ELSE read_id END WHERE ");
    push_participants(&mut query, conversation, chat_type);
    query.execute(conn).await?;
    Ok(())
}

/// Appends the condition for the rows that imported messages concern.
fn push_participants(query: &mut SqlBuilder, conversation_id: i64, chat_type: ChatType) {
    query.push("conversation_id = ").bind(conversation_id);
    if chat_type != ChatType::Single {
        query.push(" AND user_id IN (SELECT user_id FROM members WHERE until IS NULL AND group_id = ");
        query.bind(conversation_id).push(")");
    }
}

/// A user's conversation, with the user's app and name.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct OwnedConversation {
    pub(crate) app: String,
    pub(crate) owner: String,
    #[sqlx(flatten)]
    pub(crate) conversation: UserConversation,
}

/// A page of users' conversations after a key of user and conversation.
pub(crate) async fn conversations(
    conn: &mut Conn,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<OwnedConversation>> {
    let sql = "SELECT u.app, u.name AS owner, e.user_id, e.conversation_id, e.kind, e.peer, e.active, e.last_id,
               e.unread, e.read_id, e.pinned, e.hidden, e.floor FROM entries e JOIN users u ON u.id = e.user_id
               WHERE (e.user_id, e.conversation_id) > ($1, $2) ORDER BY e.user_id, e.conversation_id LIMIT $3";
    sqlx::query_as(sql).bind(after.0).bind(after.1).bind(limit).fetch_all(conn).await
}

/// A user's removal marks in a conversation, as (until, before id).
pub(crate) async fn removal_marks(conn: &mut Conn, user: i64, conversation: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT until, before_id FROM removal_marks WHERE user_id = $1 AND conversation_id = $2
               ORDER BY before_id";
    sqlx::query_as(sql).bind(user).bind(conversation).fetch_all(conn).await
}

/// Adds a removal mark. It replaces the marks that reach less far in both time and id.
pub(crate) async fn add_removal_mark(
    conn: &mut Conn,
    conversation: &UserConversation,
    until: i64,
    before_id: i64,
) -> Result<()> {
    let &UserConversation { user_id, conversation_id, .. } = conversation;
    let sql = "DELETE FROM removal_marks
               WHERE user_id = $1 AND conversation_id = $2 AND until <= $3 AND before_id <= $4";
    sqlx::query(sql)
        .bind(user_id)
        .bind(conversation_id)
        .bind(until)
        .bind(before_id)
        .execute(&mut *conn)
        .await?;
    let sql = "INSERT INTO removal_marks (user_id, conversation_id, until, before_id) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(until).bind(before_id).execute(conn).await?;
    Ok(())
}

/// A page of the ids of single messages that a user removed.
pub(crate) async fn removed_messages(
    conn: &mut Conn,
    user: i64,
    conversation: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<i64>> {
    let sql = "SELECT message_id FROM removed_messages WHERE user_id = $1 AND conversation_id = $2
               AND message_id > $3 ORDER BY message_id LIMIT $4";
    sqlx::query_scalar(sql).bind(user).bind(conversation).bind(after).bind(limit).fetch_all(conn).await
}

/// Updates all columns of a user's conversation that depend on the user's actions.
pub(crate) async fn update_conversation(conn: &mut Conn, conversation: &UserConversation) -> Result<()> {
    let sql =
        "UPDATE entries SET active = $3, last_id = $4, unread = $5, read_id = $6, pinned = $7, hidden = $8,
               floor = $9 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql)
        .bind(conversation.user_id)
        .bind(conversation.conversation_id)
        .bind(conversation.active)
        .bind(conversation.last_id)
        .bind(conversation.unread)
        .bind(conversation.read_id)
        .bind(conversation.pinned)
        .bind(conversation.hidden)
        .bind(conversation.floor)
        .execute(conn)
        .await?;
    Ok(())
}
