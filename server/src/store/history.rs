//! The messages of a conversation that one user can see, ordered by (timestamp, id).
//!
//! Message rows are shared. The query decides which of them a user sees, see [`visibility`](super::visibility).
//! Reading starts at an index key and stops at the floor of the user's conversation, so a page costs the same at
//! any depth.

use super::conversations::UserConversation;
use super::database::{Conn, Engine, Result};
use super::messages::COMMAND_KIND;
use super::sql_builder::SqlBuilder;
use super::visibility::push_visible;
use crate::ids::time_of;

/// A message in a page of history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HistoryRow {
    pub(crate) id: i64,
    pub(crate) timestamp: i64,
    pub(crate) meta: Vec<u8>,
}

/// A query for a page of history.
#[derive(Clone, Debug, Default)]
pub(crate) struct HistoryQuery {
    /// The message behind which the page starts. `None`: the oldest message if `forward`, else the newest.
    pub(crate) start: Option<i64>,
    /// From older to newer messages.
    pub(crate) forward: bool,
    /// Only messages at this time or later.
    pub(crate) from_time: Option<i64>,
    /// Only messages at this time or earlier.
    pub(crate) to_time: Option<i64>,
    /// Only these body kinds. Empty: all.
    pub(crate) kinds: Vec<String>,
    /// Only messages from this sender.
    pub(crate) sender: Option<i64>,
    pub(crate) limit: i64,
}

/// Reads a page of history.
///
/// The database returns the page as one string, because each row costs a switch between threads (SQLite) or a
/// network message (PostgreSQL), which is more than its content.
pub(crate) async fn read_page(
    conn: &mut Conn,
    engine: Engine,
    conversation: &UserConversation,
    page: &HistoryQuery,
) -> Result<Vec<HistoryRow>> {
    let mut query = SqlBuilder::new("");
    push_page(&mut query, engine, conversation, page);
    let text: Option<String> = query.fetch_scalar(conn).await?;
    let mut rows = text.as_deref().map_or_else(|| Some(Vec::new()), parse_rows).ok_or_else(malformed_page)?;
    // `string_agg` concatenates in an order of the engine's choice.
    rows.sort_unstable_by_key(|row| (row.timestamp, row.id));
    if !page.forward {
        rows.reverse();
    }
    Ok(rows)
}

fn push_page(query: &mut SqlBuilder, engine: Engine, conversation: &UserConversation, page: &HistoryQuery) {
    query.push("SELECT string_agg(p.item, ',') FROM (SELECT m.timestamp || ' ' || m.id || ' ' || ");
    query.push(match engine {
        Engine::Sqlite => "hex(m.meta)",
        Engine::Postgres => "encode(m.meta, 'hex')",
    });
    query.push(" AS item FROM messages m WHERE ");
    push_visible(query, conversation);
    push_bounds(query, engine, conversation, page);
    if let Some(sender) = page.sender {
        query.push(" AND m.sender = ").bind(sender);
    }
    if !page.kinds.is_empty() {
        query.push(" AND m.kind IN ").bind_list(page.kinds.iter().map(String::as_str));
    }
    query.push(if page.forward {
        " ORDER BY m.timestamp, m.id LIMIT "
    } else {
        " ORDER BY m.timestamp DESC, m.id DESC LIMIT "
    });
    query.bind(page.limit).push(") AS p");
}

/// Parses `TIMESTAMP ID META,…`, where the envelope is in hexadecimal digits.
fn parse_rows(text: &str) -> Option<Vec<HistoryRow>> {
    let parse = |row: &str| {
        let mut parts = row.split(' ');
        let timestamp = parts.next()?.parse().ok()?;
        let id = parts.next()?.parse().ok()?;
        Some(HistoryRow { id, timestamp, meta: hex::decode(parts.next()?).ok()? })
    };
    text.split(',').map(parse).collect()
}

fn malformed_page() -> sqlx::Error {
    sqlx::Error::Protocol("a page of history cannot be read".into())
}

/// The timestamp and id of the newest visible message up to a time, commands not included.
pub(crate) async fn find_newest(
    conn: &mut Conn,
    conversation: &UserConversation,
    until: i64,
) -> Result<Option<(i64, i64)>> {
    let mut query = SqlBuilder::new("SELECT m.timestamp, m.id FROM messages m WHERE ");
    push_visible(&mut query, conversation);
    query.push(" AND m.kind <> ").bind(COMMAND_KIND);
    query.push(" AND m.timestamp >= ").bind(conversation.floor).push(" AND m.timestamp <= ").bind(until);
    query.push(" ORDER BY m.timestamp DESC, m.id DESC LIMIT 1");
    query.fetch_optional(conn).await
}

/// The number of unread visible messages from other users, commands not included.
pub(crate) async fn count_unread(conn: &mut Conn, conversation: &UserConversation) -> Result<i64> {
    let mut query = SqlBuilder::new("SELECT COUNT(*) FROM messages m WHERE m.id > ");
    query.bind(conversation.read_id).push(" AND m.sender <> ").bind(conversation.user_id);
    query.push(" AND m.kind <> ").bind(COMMAND_KIND).push(" AND ");
    push_visible(&mut query, conversation);
    query.fetch_scalar(conn).await
}

/// Appends the conditions for the start and the end of the page.
///
/// An engine uses one lower and one upper bound for the index lookup, not always the tighter one, and filters
/// by the others. The start of the page is therefore one bound, and a unary `+` keeps the time bound of the
/// same side out of the index lookup.
fn push_bounds(query: &mut SqlBuilder, engine: Engine, conversation: &UserConversation, page: &HistoryQuery) {
    let lower = page.from_time.map_or(conversation.floor, |time| time.max(conversation.floor));
    let upper = page.to_time.unwrap_or(i64::MAX - 1);
    let timestamp = |is_start_side: bool| {
        if is_start_side && page.start.is_some() { " AND +m.timestamp" } else { " AND m.timestamp" }
    };
    query.push(timestamp(page.forward)).push(" >= ").bind(lower);
    if page.to_time.is_some() {
        query.push(timestamp(!page.forward)).push(" <= ").bind(upper);
    }
    let Some(id) = page.start else { return };
    let (compare, tighter, bound) = match (page.forward, engine) {
        (true, Engine::Sqlite) => (" > (", "MAX", lower.saturating_sub(1)),
        (true, Engine::Postgres) => (" > (", "GREATEST", lower.saturating_sub(1)),
        (false, Engine::Sqlite) => (" < (", "MIN", upper.saturating_add(1)),
        (false, Engine::Postgres) => (" < (", "LEAST", upper.saturating_add(1)),
    };
    query.push(" AND (m.timestamp, m.id)").push(compare).push(tighter).push("(");
    // An id without a stored message still contains a time.
    query.push("COALESCE((SELECT s.timestamp FROM messages s WHERE s.id = ").bind(id);
    query.push(" AND s.conversation_id = ").bind(conversation.conversation_id);
    query.push("), ").bind(time_of(id)).push("), ").bind(bound).push("), ").bind(id).push(")");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::database::Store;

    /// With the time bounds of a page in the index lookup, SQLite once scanned a whole conversation up to the
    /// start.
    #[tokio::test]
    async fn the_index_lookup_begins_at_the_start_of_the_page() {
        let store = Store::in_memory().await;
        let conversation = UserConversation {
            user_id: 1,
            conversation_id: 2,
            kind: 0,
            peer: String::new(),
            active: 0,
            last_id: 0,
            unread: 0,
            read_id: 0,
            pinned: 0,
            hidden: 0,
            floor: 5,
        };
        for forward in [false, true] {
            for (from_time, to_time) in [(None, None), (Some(7), None), (None, Some(9)), (Some(7), Some(9))] {
                let start = Some(3);
                let page =
                    HistoryQuery { start, forward, from_time, to_time, limit: 50, ..Default::default() };
                let mut query = SqlBuilder::new("EXPLAIN QUERY PLAN ");
                push_page(&mut query, Engine::Sqlite, &conversation, &page);
                let mut conn = store.acquire().await.unwrap();
                let plan: Vec<(i64, i64, i64, String)> = query.fetch_all(&mut conn).await.unwrap();
                let key = if forward { "(timestamp,id)>(?,?)" } else { "(timestamp,id)<(?,?)" };
                let steps: Vec<_> =
                    plan.iter().map(|(.., step)| step).filter(|step| step.contains(" m ")).collect();
                assert_eq!(steps.len(), 1, "{plan:?}");
                assert!(steps[0].contains(key), "{plan:?}");
            }
        }
    }
}
