//! One-way removal: what one user no longer sees.

use super::entries::{self, Entry};
use super::sql::Sql;
use super::{Conn, Result};

/// Removes messages of a conversation by id. Ids of other conversations are left alone.
pub(crate) async fn by_ids(conn: &mut Conn, entry: &Entry, ids: &[i64]) -> Result<()> {
    let mut query = Sql::new("INSERT INTO removed_messages (user_id, message_id, conversation_id) SELECT ");
    query.bind(entry.user_id).push(", m.id, m.conversation_id FROM messages m WHERE m.conversation_id = ");
    query.bind(entry.conversation_id);
    query.push(" AND m.id IN ").bind_list(ids.iter().copied());
    query.push(" ON CONFLICT DO NOTHING");
    query.execute(&mut *conn).await?;

    let mut query =
        Sql::new("DELETE FROM queue_items WHERE device_id IN (SELECT id FROM devices WHERE user_id = ");
    query.bind(entry.user_id);
    query.push(") AND seq IN (SELECT m.id FROM messages m WHERE m.conversation_id = ");
    query.bind(entry.conversation_id);
    query.push(" AND m.id IN ").bind_list(ids.iter().copied());
    query.push(")");
    query.execute(&mut *conn).await?;
    entries::refresh(conn, entry.user_id, entry.conversation_id).await
}

/// Removes what stands up to a time and was sent before an id.
pub(crate) async fn up_to(conn: &mut Conn, entry: &Entry, until: i64, before_id: i64) -> Result<()> {
    mark(conn, entry, until, before_id).await?;
    let sql = "DELETE FROM queue_items WHERE device_id IN (SELECT id FROM devices WHERE user_id = $1)
               AND EXISTS (SELECT 1 FROM messages m WHERE m.id = queue_items.seq AND m.conversation_id = $2
                           AND m.timestamp <= $3)";
    sqlx::query(sql).bind(entry.user_id).bind(entry.conversation_id).bind(until).execute(&mut *conn).await?;
    entries::refresh(conn, entry.user_id, entry.conversation_id).await
}

/// Sets the mark itself. A mark covers every earlier one that does not reach further.
pub(crate) async fn mark(conn: &mut Conn, entry: &Entry, until: i64, before_id: i64) -> Result<()> {
    let sql = "DELETE FROM removal_marks WHERE user_id = $1 AND conversation_id = $2 AND until <= $3";
    sqlx::query(sql).bind(entry.user_id).bind(entry.conversation_id).bind(until).execute(&mut *conn).await?;
    sqlx::query(
        "INSERT INTO removal_marks (user_id, conversation_id, until, before_id) VALUES ($1, $2, $3, $4)",
    )
    .bind(entry.user_id)
    .bind(entry.conversation_id)
    .bind(until)
    .bind(before_id)
    .execute(&mut *conn)
    .await?;
    if until == i64::MAX {
        // The mark covers every message there is: no need to remember single ones.
        sqlx::query("DELETE FROM removed_messages WHERE user_id = $1 AND conversation_id = $2")
            .bind(entry.user_id)
            .bind(entry.conversation_id)
            .execute(&mut *conn)
            .await?;
    }
    entries::raise_floor(conn, entry.user_id, entry.conversation_id, until.saturating_add(1)).await
}
