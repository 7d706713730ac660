//! One-way removal: messages that one user no longer sees.

use super::conversations::{self, UserConversation};
use super::database::{Conn, Result};
use super::sql_builder::SqlBuilder;
use super::summary;

/// Removes messages of a conversation by id, and ignores ids of other conversations.
pub(crate) async fn remove_by_ids(
    conn: &mut Conn,
    conversation: &UserConversation,
    ids: &[i64],
) -> Result<()> {
    let &UserConversation { user_id, conversation_id, .. } = conversation;
    let mut query =
        SqlBuilder::new("INSERT INTO removed_messages (user_id, message_id, conversation_id) SELECT ");
    query.bind(user_id).push(", m.id, m.conversation_id FROM messages m WHERE m.conversation_id = ");
    query.bind(conversation_id);
    query.push(" AND m.id IN ").bind_list(ids.iter().copied());
    query.push(" ON CONFLICT DO NOTHING");
    query.execute(&mut *conn).await?;

    let mut query = SqlBuilder::new(
        "DELETE FROM queue_items WHERE device_id IN (SELECT id FROM devices WHERE user_id = ",
    );
    query.bind(user_id);
    query.push(") AND seq IN (SELECT m.id FROM messages m WHERE m.conversation_id = ");
    query.bind(conversation_id).push(" AND m.id IN ").bind_list(ids.iter().copied());
    query.push(" UNION ALL SELECT d.seq FROM deliveries d JOIN messages m ON m.id = d.edits");
    query.push(" WHERE d.edits <> 0 AND m.conversation_id = ").bind(conversation_id);
    query.push(" AND d.edits IN ").bind_list(ids.iter().copied()).push(")");
    query.execute(&mut *conn).await?;
    summary::refresh(conn, user_id, conversation_id).await
}

/// Removes the messages with timestamps up to `until` that were sent before the id `before_id`.
pub(crate) async fn remove_up_to(
    conn: &mut Conn,
    conversation: &UserConversation,
    until: i64,
    before_id: i64,
) -> Result<()> {
    let &UserConversation { user_id, conversation_id, .. } = conversation;
    set_mark(conn, conversation, until, before_id).await?;
    let sql = "DELETE FROM queue_items WHERE device_id IN (SELECT id FROM devices WHERE user_id = $1)
               AND (EXISTS (SELECT 1 FROM messages m WHERE m.id = queue_items.seq
                            AND m.conversation_id = $2 AND m.timestamp <= $3)
                    OR EXISTS (SELECT 1 FROM deliveries d JOIN messages m ON m.id = d.edits
                               WHERE d.seq = queue_items.seq AND m.conversation_id = $2 AND m.timestamp <= $3))";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(until).execute(&mut *conn).await?;
    summary::refresh(conn, user_id, conversation_id).await
}

/// Stores a removal mark, and deletes the older marks that it covers.
pub(crate) async fn set_mark(
    conn: &mut Conn,
    conversation: &UserConversation,
    until: i64,
    before_id: i64,
) -> Result<()> {
    let &UserConversation { user_id, conversation_id, .. } = conversation;
    let sql = "DELETE FROM removal_marks WHERE user_id = $1 AND conversation_id = $2 AND until <= $3";
    sqlx::query(sql).bind(user_id).bind(conversation_id).bind(until).execute(&mut *conn).await?;
    sqlx::query(
        "INSERT INTO removal_marks (user_id, conversation_id, until, before_id) VALUES ($1, $2, $3, $4)",
    )
    .bind(user_id)
    .bind(conversation_id)
    .bind(until)
    .bind(before_id)
    .execute(&mut *conn)
    .await?;
    if until == i64::MAX {
        // The mark covers every existing message, so the removals of single messages are redundant.
        sqlx::query("DELETE FROM removed_messages WHERE user_id = $1 AND conversation_id = $2")
            .bind(user_id)
            .bind(conversation_id)
            .execute(&mut *conn)
            .await?;
    }
    conversations::raise_floor(conn, user_id, conversation_id, until.saturating_add(1)).await
}
