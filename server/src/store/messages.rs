//! The table `messages`: one row per message, shared by everyone who can see it.

use super::database::{Conn, Result};

/// The kind of commands. They are signals between applications: in the history, but neither in lists nor counts.
pub(crate) const COMMAND_KIND: &str = "cmd";

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct MessageRow {
    pub(crate) id: i64,
    pub(crate) conversation_id: i64,
    pub(crate) sender: i64,
    pub(crate) timestamp: i64,
    /// The kind of the body, for history filters.
    pub(crate) kind: String,
    /// The encoded envelope.
    pub(crate) meta: Vec<u8>,
}

impl MessageRow {
    pub(crate) fn is_command(&self) -> bool {
        self.kind == COMMAND_KIND
    }
}

/// Inserts a message. `receivers` are the only members of a group who see it besides the sender; `None`: all.
/// Returns `false` if its id is taken.
pub(crate) async fn insert(conn: &mut Conn, message: &MessageRow, receivers: Option<&[i64]>) -> Result<bool> {
    let sql = "INSERT INTO messages (id, conversation_id, sender, timestamp, kind, meta, targeted)
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    let result = sqlx::query(sql)
        .bind(message.id)
        .bind(message.conversation_id)
        .bind(message.sender)
        .bind(message.timestamp)
        .bind(&message.kind)
        .bind(&message.meta)
        .bind(i64::from(receivers.is_some()))
        .execute(&mut *conn)
        .await?;
    let is_inserted = result.rows_affected() == 1;
    for receiver in receivers.into_iter().flatten().filter(|_| is_inserted) {
        let sql =
            "INSERT INTO message_receivers (message_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(message.id).bind(receiver).execute(&mut *conn).await?;
    }
    Ok(is_inserted)
}

/// Finds a message that was not recalled.
pub(crate) async fn find(conn: &mut Conn, id: i64) -> Result<Option<MessageRow>> {
    let sql = "SELECT id, conversation_id, sender, timestamp, kind, meta FROM messages
               WHERE id = $1 AND recalled = 0";
    sqlx::query_as(sql).bind(id).fetch_optional(conn).await
}

/// Empties a message for everyone. Its position in history stays, so that pages can still start there.
pub(crate) async fn recall(conn: &mut Conn, id: i64) -> Result<()> {
    sqlx::query("UPDATE messages SET recalled = 1, meta = $2 WHERE id = $1")
        .bind(id)
        .bind(Vec::<u8>::new())
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces the content of a message.
pub(crate) async fn edit(conn: &mut Conn, id: i64, kind: &str, meta: &[u8]) -> Result<()> {
    sqlx::query("UPDATE messages SET kind = $2, meta = $3 WHERE id = $1")
        .bind(id)
        .bind(kind)
        .bind(meta)
        .execute(conn)
        .await?;
    Ok(())
}
