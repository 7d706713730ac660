//! A user's own view of each of their conversations: what lists show.

use super::history;
use super::sql::Sql;
use super::{Conn, Result, kind_number};
use roamkit_wire::conversation::ChatType;

/// One user's view of one conversation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Entry {
    pub(crate) user_id: i64,
    pub(crate) conversation_id: i64,
    pub(crate) kind: i64,
    pub(crate) peer: String,
    pub(crate) active: i64,
    pub(crate) last_id: i64,
    pub(crate) unread: i64,
    pub(crate) read_id: i64,
    pub(crate) pinned: i64,
    pub(crate) hidden: i64,
    pub(crate) floor: i64,
}

const COLUMNS: &str = "e.user_id, e.conversation_id, e.kind, e.peer, e.active, e.last_id, e.unread, e.read_id, \
                       e.pinned, e.hidden, e.floor";

/// Makes the entry where there is none: hidden, until a message comes. Tells whether it is new.
pub(crate) async fn ensure(
    conn: &mut Conn,
    user_id: i64,
    conversation_id: i64,
    chat_type: ChatType,
    peer: &str,
    now: i64,
) -> Result<bool> {
    let sql = "INSERT INTO entries (user_id, conversation_id, kind, peer, active, hidden, floor)
               VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql)
        .bind(user_id)
        .bind(conversation_id)
        .bind(kind_number(chat_type))
        .bind(peer)
        .bind(now)
        .bind(i64::MAX)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds a user's entry for a peer; chat rooms are asked for as groups too.
pub(crate) async fn find(conn: &mut Conn, user_id: i64, group: bool, peer: &str) -> Result<Option<Entry>> {
    let kinds = if group { " AND e.kind IN (1, 2)" } else { " AND e.kind = 0" };
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(" FROM entries e WHERE e.user_id = ").bind(user_id);
    query.push(" AND e.peer = ").bind(peer.to_owned()).push(kinds);
    query.row(conn).await
}

/// Everyone's entries for a conversation.
pub(crate) async fn of_conversation(conn: &mut Conn, conversation_id: i64) -> Result<Vec<Entry>> {
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(" FROM entries e WHERE e.conversation_id = ").bind(conversation_id);
    query.rows(conn).await
}

/// All of a user's entries.
pub(crate) async fn of_user(conn: &mut Conn, user_id: i64) -> Result<Vec<Entry>> {
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(" FROM entries e WHERE e.user_id = ").bind(user_id);
    query.rows(conn).await
}

/// A new message: who shares a conversation sees it on top, counts it and, having deleted the conversation, gets
/// it back. Only present members of a group do.
pub(crate) async fn message_came(
    conn: &mut Conn,
    conversation_id: i64,
    chat_type: ChatType,
    (timestamp, id): (i64, i64),
    sender: i64,
) -> Result<()> {
    let mut query = Sql::new("UPDATE entries SET hidden = 0, unread = unread + CASE WHEN user_id = ");
    query.bind(sender).push(" THEN 0 ELSE 1 END, floor = CASE WHEN floor > ").bind(timestamp);
    query.push(" THEN ").bind(timestamp).push(" ELSE floor END");
    query.push(", last_id = CASE WHEN last_id = 0 OR active <= ").bind(timestamp);
    query.push(" THEN ").bind(id).push(" ELSE last_id END");
    query.push(", active = CASE WHEN last_id = 0 OR active <= ").bind(timestamp);
    query.push(" THEN ").bind(timestamp).push(" ELSE active END");
    query.push(" WHERE conversation_id = ").bind(conversation_id);
    if chat_type != ChatType::Single {
        query.push(" AND user_id IN (SELECT user_id FROM members WHERE until IS NULL AND group_id = ");
        query.bind(conversation_id).push(")");
    }
    query.execute(conn).await?;
    Ok(())
}

/// Everything up to an id is read.
pub(crate) async fn read(conn: &mut Conn, user_id: i64, conversation_id: i64, id: i64) -> Result<()> {
    let sql = "UPDATE entries SET unread = 0, read_id = $3 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(id).execute(conn).await?;
    Ok(())
}

/// Pins at a time, or unpins with 0.
pub(crate) async fn pin(conn: &mut Conn, user_id: i64, conversation_id: i64, time: i64) -> Result<()> {
    let sql = "UPDATE entries SET pinned = $3 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(time).execute(conn).await?;
    Ok(())
}

/// Takes an entry off the lists; everything up to an id counts as read.
pub(crate) async fn hide(conn: &mut Conn, user_id: i64, conversation_id: i64, id: i64) -> Result<()> {
    let sql = "UPDATE entries SET hidden = 1, unread = 0, pinned = 0, read_id = $3
               WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(id).execute(conn).await?;
    Ok(())
}

/// Raises the floor: nothing older is visible any more.
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

/// Finds out again what the newest visible message is and how many are unread, after some were removed.
pub(crate) async fn refresh(conn: &mut Conn, user_id: i64, conversation_id: i64) -> Result<()> {
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(" FROM entries e WHERE e.user_id = ").bind(user_id);
    query.push(" AND e.conversation_id = ").bind(conversation_id);
    let entry: Option<Entry> = query.row(&mut *conn).await?;
    let Some(entry) = entry else { return Ok(()) };
    let (active, last_id) = history::newest(conn, &entry, i64::MAX).await?.unwrap_or((entry.active, 0));
    let unread = if entry.unread > 0 { history::count_unread(conn, &entry).await? } else { 0 };
    let sql = "UPDATE entries SET active = $3, last_id = $4, unread = $5 WHERE user_id = $1 AND conversation_id = $2";
    sqlx::query(sql)
        .bind(user_id)
        .bind(conversation_id)
        .bind(active)
        .bind(last_id)
        .bind(unread)
        .execute(conn)
        .await?;
    Ok(())
}

/// Which part of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListPage {
    /// Only pinned ones, the latest pinned first.
    pub(crate) pinned: bool,
    /// Also those with no message left.
    pub(crate) empty: bool,
    /// Oldest first.
    pub(crate) ascending: bool,
    /// Only those active since.
    pub(crate) since: Option<i64>,
    /// Behind this key: (pin time or activity, last message, conversation).
    pub(crate) after: Option<(i64, i64, i64)>,
    /// Behind so many.
    pub(crate) offset: i64,
    /// At most.
    pub(crate) limit: i64,
}

/// An entry with its newest visible message.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Listed {
    #[sqlx(flatten)]
    pub(crate) entry: Entry,
    /// The newest message's envelope.
    pub(crate) meta: Option<Vec<u8>>,
}

impl Listed {
    /// The key behind which the next page starts.
    pub(crate) fn key(&self, pinned: bool) -> (i64, i64, i64) {
        let first = if pinned { self.entry.pinned } else { self.entry.active };
        (first, self.entry.last_id, self.entry.conversation_id)
    }
}

/// Reads a part of a user's list.
pub(crate) async fn list(conn: &mut Conn, user_id: i64, page: &ListPage) -> Result<Vec<Listed>> {
    let first = if page.pinned { "e.pinned" } else { "e.active" };
    let (sign, order) = if page.ascending { (">", "ASC") } else { ("<", "DESC") };
    let mut query = Sql::new("SELECT ");
    query.push(COLUMNS).push(", m.meta FROM entries e LEFT JOIN messages m ON m.id = e.last_id");
    query.push(" WHERE e.hidden = 0 AND e.user_id = ").bind(user_id);
    if page.pinned {
        query.push(" AND e.pinned > 0");
    }
    if !page.empty {
        query.push(" AND e.last_id > 0");
    }
    if let Some(since) = page.since {
        query.push(" AND e.active >= ").bind(since);
    }
    if let Some((a, b, c)) = page.after {
        query.push(&format!(" AND ({first}, e.last_id, e.conversation_id) {sign} ("));
        query.bind(a).push(", ").bind(b).push(", ").bind(c).push(")");
    }
    query.push(&format!(" ORDER BY {first} {order}, e.last_id {order}, e.conversation_id {order} LIMIT "));
    query.bind(page.limit).push(" OFFSET ").bind(page.offset);
    query.rows(conn).await
}
