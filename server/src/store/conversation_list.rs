//! Pages of a user's conversation list.

use super::conversations::{COLUMNS, UserConversation};
use super::database::{Conn, Result};
use super::sql_builder::SqlBuilder;

/// The position of a conversation in a list: pin time or activity, newest message, conversation.
pub(crate) type ListKey = (i64, i64, i64);

/// A query for a page of the conversation list.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListQuery {
    /// Only pinned conversations, ordered by pin time.
    pub(crate) pinned: bool,
    /// Include conversations without a visible message.
    pub(crate) include_empty: bool,
    /// Oldest first. The default is newest first.
    pub(crate) ascending: bool,
    /// Only conversations that were active at this time or later.
    pub(crate) active_since: Option<i64>,
    /// Start behind this key.
    pub(crate) after: Option<ListKey>,
    /// Skip this many conversations.
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

/// A conversation with its newest visible message.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct ListedConversation {
    #[sqlx(flatten)]
    pub(crate) conversation: UserConversation,
    /// The newest message's envelope.
    pub(crate) meta: Option<Vec<u8>>,
}

impl ListedConversation {
    /// The key behind which the next page starts.
    pub(crate) fn key(&self, pinned: bool) -> ListKey {
        let conversation = &self.conversation;
        let first = if pinned { conversation.pinned } else { conversation.active };
        (first, conversation.last_id, conversation.conversation_id)
    }
}

/// Reads a page of a user's conversation list.
pub(crate) async fn read_page(
    conn: &mut Conn,
    user_id: i64,
    page: &ListQuery,
) -> Result<Vec<ListedConversation>> {
    let first = if page.pinned { "e.pinned" } else { "e.active" };
    let (sign, order) = if page.ascending { (">", "ASC") } else { ("<", "DESC") };
    let mut query = SqlBuilder::new("SELECT ");
    query.push(COLUMNS).push(", m.meta FROM entries e LEFT JOIN messages m ON m.id = e.last_id");
    query.push(" WHERE e.hidden = 0 AND e.user_id = ").bind(user_id);
    if page.pinned {
        query.push(" AND e.pinned > 0");
    }
    if !page.include_empty {
        query.push(" AND e.last_id > 0");
    }
    if let Some(time) = page.active_since {
        query.push(" AND e.active >= ").bind(time);
    }
    if let Some((a, b, c)) = page.after {
        query.push(&format!(" AND ({first}, e.last_id, e.conversation_id) {sign} ("));
        query.bind(a).push(", ").bind(b).push(", ").bind(c).push(")");
    }
    query.push(&format!(" ORDER BY {first} {order}, e.last_id {order}, e.conversation_id {order} LIMIT "));
    query.bind(page.limit).push(" OFFSET ").bind(page.offset);
    query.fetch_all(conn).await
}
