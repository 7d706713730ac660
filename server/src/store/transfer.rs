//! Reading everything out, in pages, and putting it in elsewhere.

use super::entries::Entry;
use super::messages::Message;
use super::sql::Sql;
use super::{Conn, Result};
use roamkit_wire::conversation::ChatType;

/// What files were imported, and how far: digest and lines.
pub(crate) async fn imports(conn: &mut Conn) -> Result<Vec<(Vec<u8>, i64)>> {
    sqlx::query_as("SELECT digest, lines FROM imports").fetch_all(conn).await
}

/// Notes how far a file was imported; an earlier note of the same import goes.
pub(crate) async fn imported(conn: &mut Conn, earlier: &[u8], digest: &[u8], lines: i64) -> Result<()> {
    sqlx::query("DELETE FROM imports WHERE digest = $1").bind(earlier).execute(&mut *conn).await?;
    let sql = "INSERT INTO imports (digest, lines) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(digest).bind(lines).execute(conn).await?;
    Ok(())
}

/// A user as stored.
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

/// A group as stored, closed or not.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct GroupRow {
    pub(crate) id: i64,
    pub(crate) app: String,
    pub(crate) kind: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_public: i64,
    pub(crate) max_users: i64,
    pub(crate) owner: String,
    pub(crate) created: i64,
    pub(crate) closed: i64,
}

const GROUP: &str = "id, app, kind, name, description, is_public, max_users, owner, created, closed";

/// A page of groups.
pub(crate) async fn groups(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<GroupRow>> {
    let mut query = Sql::new("SELECT ");
    query
        .push(GROUP)
        .push(" FROM chat_groups WHERE id > ")
        .bind(after)
        .push(" ORDER BY id LIMIT ")
        .bind(limit);
    query.rows(conn).await
}

/// A group, closed or not, of whatever app.
pub(crate) async fn group(conn: &mut Conn, id: i64) -> Result<Option<GroupRow>> {
    let mut query = Sql::new("SELECT ");
    query.push(GROUP).push(" FROM chat_groups WHERE id = ").bind(id);
    query.row(conn).await
}

/// Marks a group as closed; its members are as they are.
pub(crate) async fn close_group(conn: &mut Conn, id: i64) -> Result<()> {
    sqlx::query("UPDATE chat_groups SET closed = 1 WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Who was in a group from when to when.
pub(crate) async fn spans(conn: &mut Conn, group: i64) -> Result<Vec<(String, i64, Option<i64>)>> {
    let sql = "SELECT u.name, m.since, m.until FROM members m JOIN users u ON u.id = m.user_id
               WHERE m.group_id = $1 ORDER BY m.since, u.id";
    sqlx::query_as(sql).bind(group).fetch_all(conn).await
}

/// Has a user have been in a group from an id to an id.
pub(crate) async fn add_span(
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

/// A page of messages in the order in which they came, without those that were recalled.
pub(crate) async fn messages(conn: &mut Conn, after: i64, limit: i64) -> Result<Vec<Message>> {
    let sql = "SELECT id, conversation_id, sender, timestamp, kind, meta FROM messages
               WHERE id > $1 AND recalled = 0 ORDER BY id LIMIT $2";
    sqlx::query_as(sql).bind(after).bind(limit).fetch_all(conn).await
}

/// How many messages there are, for those who wait.
pub(crate) async fn count_messages(conn: &mut Conn) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM messages WHERE recalled = 0").fetch_one(conn).await
}

/// Of these users, those that there are.
pub(crate) async fn known_users(conn: &mut Conn, ids: impl Iterator<Item = i64>) -> Result<Vec<i64>> {
    let mut query = Sql::new("SELECT id FROM users WHERE id IN ");
    query.bind_list(ids);
    Ok(query.rows::<(i64,)>(conn).await?.into_iter().map(|(id,)| id).collect())
}

/// Who has an entry for these conversations: conversation and name.
pub(crate) async fn parties(
    conn: &mut Conn,
    conversations: impl Iterator<Item = i64>,
) -> Result<Vec<(i64, String)>> {
    let mut query = Sql::new(
        "SELECT e.conversation_id, u.name FROM entries e JOIN users u ON u.id = e.user_id
         WHERE e.kind = 0 AND e.conversation_id IN ",
    );
    query.bind_list(conversations);
    query.rows(conn).await
}

/// Keeps a message under an id that may be taken; `false` where it is.
pub(crate) async fn add_message(conn: &mut Conn, message: &Message) -> Result<bool> {
    let sql = "INSERT INTO messages (id, conversation_id, sender, timestamp, kind, meta)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql)
        .bind(message.id)
        .bind(message.conversation_id)
        .bind(message.sender)
        .bind(message.timestamp)
        .bind(&message.kind)
        .bind(&message.meta)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Where the message of an id stands, recalled or not: conversation and time.
pub(crate) async fn place(conn: &mut Conn, id: i64) -> Result<Option<(i64, i64)>> {
    let sql = "SELECT conversation_id, timestamp FROM messages WHERE id = $1";
    sqlx::query_as(sql).bind(id).fetch_optional(conn).await
}

/// The newest id in a conversation; 0: none.
pub(crate) async fn newest(conn: &mut Conn, conversation: i64) -> Result<i64> {
    let sql = "SELECT MAX(id) FROM messages WHERE conversation_id = $1";
    let id: Option<i64> = sqlx::query_scalar(sql).bind(conversation).fetch_one(conn).await?;
    Ok(id.unwrap_or(0))
}

/// Messages came into a conversation that nobody is to be told of: the lists show the newest, and count none.
pub(crate) async fn history_came(
    conn: &mut Conn,
    conversation: i64,
    chat_type: ChatType,
    oldest: i64,
    (timestamp, id): (i64, i64),
) -> Result<()> {
    let mut query = Sql::new("UPDATE entries SET hidden = 0, floor = CASE WHEN floor > ");
    query.bind(oldest).push(" THEN ").bind(oldest).push(" ELSE floor END, last_id = CASE WHEN ");
    let newer = |query: &mut Sql| {
        query.push("last_id = 0 OR active < ").bind(timestamp);
        query.push(" OR (active = ").bind(timestamp).push(" AND last_id < ").bind(id).push(") THEN ");
    };
    newer(&mut query);
    query.bind(id).push(" ELSE last_id END, active = CASE WHEN ");
    newer(&mut query);
    query.bind(timestamp).push(" ELSE active END, read_id = CASE WHEN unread = 0 AND read_id < ");
    query.bind(id).push(" THEN ").bind(id).push(" ELSE read_id END WHERE conversation_id = ");
    query.bind(conversation);
    if chat_type != ChatType::Single {
        query.push(" AND user_id IN (SELECT user_id FROM members WHERE until IS NULL AND group_id = ");
        query.bind(conversation).push(")");
    }
    query.execute(conn).await?;
    Ok(())
}

/// An entry with whose it is.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EntryRow {
    pub(crate) app: String,
    pub(crate) owner: String,
    #[sqlx(flatten)]
    pub(crate) entry: Entry,
}

/// A page of entries, behind a user and a conversation.
pub(crate) async fn entries(conn: &mut Conn, after: (i64, i64), limit: i64) -> Result<Vec<EntryRow>> {
    let sql = "SELECT u.app, u.name AS owner, e.user_id, e.conversation_id, e.kind, e.peer, e.active, e.last_id,
               e.unread, e.read_id, e.pinned, e.hidden, e.floor FROM entries e JOIN users u ON u.id = e.user_id
               WHERE (e.user_id, e.conversation_id) > ($1, $2) ORDER BY e.user_id, e.conversation_id LIMIT $3";
    sqlx::query_as(sql).bind(after.0).bind(after.1).bind(limit).fetch_all(conn).await
}

/// What an entry's owner removed up to a time: time and id.
pub(crate) async fn marks(conn: &mut Conn, user: i64, conversation: i64) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT until, before_id FROM removal_marks WHERE user_id = $1 AND conversation_id = $2
               ORDER BY before_id";
    sqlx::query_as(sql).bind(user).bind(conversation).fetch_all(conn).await
}

/// Sets such a mark, which covers those that reach less far in both.
pub(crate) async fn add_mark(conn: &mut Conn, entry: &Entry, until: i64, before_id: i64) -> Result<()> {
    let sql = "DELETE FROM removal_marks
               WHERE user_id = $1 AND conversation_id = $2 AND until <= $3 AND before_id <= $4";
    sqlx::query(sql)
        .bind(entry.user_id)
        .bind(entry.conversation_id)
        .bind(until)
        .bind(before_id)
        .execute(&mut *conn)
        .await?;
    let sql = "INSERT INTO removal_marks (user_id, conversation_id, until, before_id) VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    sqlx::query(sql)
        .bind(entry.user_id)
        .bind(entry.conversation_id)
        .bind(until)
        .bind(before_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// A page of the single messages that an entry's owner removed.
pub(crate) async fn removed(
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

/// Sets what an entry tells of its owner's doings.
pub(crate) async fn set_entry(conn: &mut Conn, entry: &Entry) -> Result<()> {
    let sql =
        "UPDATE entries SET active = $3, last_id = $4, unread = $5, read_id = $6, pinned = $7, hidden = $8,
               floor = $9 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql)
        .bind(entry.user_id)
        .bind(entry.conversation_id)
        .bind(entry.active)
        .bind(entry.last_id)
        .bind(entry.unread)
        .bind(entry.read_id)
        .bind(entry.pinned)
        .bind(entry.hidden)
        .bind(entry.floor)
        .execute(conn)
        .await?;
    Ok(())
}
