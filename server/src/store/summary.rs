//! The summary of a conversation in lists: its newest visible message and its unread count.

use super::database::{Conn, Result};
use super::{conversations, history};

/// Computes the summary of a user's conversation again, after messages were removed.
pub(crate) async fn refresh(conn: &mut Conn, user_id: i64, conversation_id: i64) -> Result<()> {
    let Some(conversation) = conversations::find_by_id(conn, user_id, conversation_id).await? else {
        return Ok(());
    };
    let newest = history::find_newest(conn, &conversation, i64::MAX).await?;
    let (active, last_id) = newest.unwrap_or((conversation.active, 0));
    let unread = if conversation.unread > 0 { history::count_unread(conn, &conversation).await? } else { 0 };
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
