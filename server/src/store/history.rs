//! What a user can see of a conversation, walked by (timestamp, id).
//!
//! Messages are shared rows; what one user sees of them is decided here, in the query: sent while the user was a
//! member, not recalled, not removed by id, not under a removal mark. The walk starts at a key of an index and
//! stops at the entry's floor, so that a page costs the same at any depth.

use super::entries::Entry;
use super::sql::Sql;
use super::{Conn, Engine, Result, kind_of};
use crate::ids::time_of;
use roamkit_wire::conversation::ChatType;

/// A message of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) timestamp: i64,
    pub(crate) meta: Vec<u8>,
}

/// Which page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    /// The message behind which it starts; `None`: at the end of the conversation it walks away from.
    pub(crate) start: Option<i64>,
    /// From older to newer.
    pub(crate) forward: bool,
    /// Not before.
    pub(crate) from_time: Option<i64>,
    /// Not after.
    pub(crate) to_time: Option<i64>,
    /// Only of these kinds; empty: all.
    pub(crate) kinds: Vec<String>,
    /// Only from this sender.
    pub(crate) sender: Option<i64>,
    /// At most.
    pub(crate) limit: i64,
}

/// Reads a page of what the owner of an entry sees.
///
/// It comes as one text: each row costs a hand-over between threads or a message on the wire, more than its content.
pub(crate) async fn page(conn: &mut Conn, engine: Engine, entry: &Entry, page: &Page) -> Result<Vec<Item>> {
    let mut query = Sql::new("");
    push_page(&mut query, engine, entry, page);
    let text: Option<String> = query.value(conn).await?;
    let mut items = text.as_deref().map_or_else(|| Some(Vec::new()), read_items).ok_or_else(unreadable)?;
    // In which order they are brought together is up to the engine.
    items.sort_unstable_by_key(|item| (item.timestamp, item.id));
    if !page.forward {
        items.reverse();
    }
    Ok(items)
}

fn push_page(query: &mut Sql, engine: Engine, entry: &Entry, page: &Page) {
    query.push("SELECT string_agg(p.item, ',') FROM (SELECT m.timestamp || ' ' || m.id || ' ' || ");
    query.push(match engine {
        Engine::Sqlite => "hex(m.meta)",
        Engine::Postgres => "encode(m.meta, 'hex')",
    });
    query.push(" AS item FROM messages m WHERE ");
    push_visible(query, entry);
    push_bounds(query, engine, entry, page);
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

/// Reads `timestamp id meta,…`, the last in hex.
fn read_items(text: &str) -> Option<Vec<Item>> {
    let item = |item: &str| {
        let mut parts = item.split(' ');
        let timestamp = parts.next()?.parse().ok()?;
        let id = parts.next()?.parse().ok()?;
        Some(Item { id, timestamp, meta: hex::decode(parts.next()?).ok()? })
    };
    text.split(',').map(item).collect()
}

fn unreadable() -> sqlx::Error {
    sqlx::Error::Protocol("a page of history cannot be read".into())
}

/// Where the newest message up to a time stands that the owner of an entry sees: its timestamp and id.
pub(crate) async fn newest(conn: &mut Conn, entry: &Entry, until: i64) -> Result<Option<(i64, i64)>> {
    let mut query = Sql::new("SELECT m.timestamp, m.id FROM messages m WHERE ");
    push_visible(&mut query, entry);
    query.push(" AND m.timestamp >= ").bind(entry.floor).push(" AND m.timestamp <= ").bind(until);
    query.push(" ORDER BY m.timestamp DESC, m.id DESC LIMIT 1");
    query.row(conn).await
}

/// How many messages of others the owner of an entry has not read.
pub(crate) async fn count_unread(conn: &mut Conn, entry: &Entry) -> Result<i64> {
    let mut query = Sql::new("SELECT COUNT(*) FROM messages m WHERE m.id > ");
    query.bind(entry.read_id).push(" AND m.sender <> ").bind(entry.user_id).push(" AND ");
    push_visible(&mut query, entry);
    query.value(conn).await
}

/// Where the walk starts and where it ends. An engine looks up one bound of each side in the index, not always the
/// nearer one, and filters by the other: so where it starts is one bound, and the `+` keeps the other out of the index.
fn push_bounds(query: &mut Sql, engine: Engine, entry: &Entry, page: &Page) {
    let lower = page.from_time.map_or(entry.floor, |time| time.max(entry.floor));
    let upper = page.to_time.unwrap_or(i64::MAX - 1);
    let plus =
        |walks: bool| if walks && page.start.is_some() { " AND +m.timestamp" } else { " AND m.timestamp" };
    query.push(plus(page.forward)).push(" >= ").bind(lower);
    if page.to_time.is_some() {
        query.push(plus(!page.forward)).push(" <= ").bind(upper);
    }
    let Some(id) = page.start else { return };
    let (compare, nearer, bound) = match (page.forward, engine) {
        (true, Engine::Sqlite) => (" > (", "MAX", lower.saturating_sub(1)),
        (true, Engine::Postgres) => (" > (", "GREATEST", lower.saturating_sub(1)),
        (false, Engine::Sqlite) => (" < (", "MIN", upper.saturating_add(1)),
        (false, Engine::Postgres) => (" < (", "LEAST", upper.saturating_add(1)),
    };
    query.push(" AND (m.timestamp, m.id)").push(compare).push(nearer).push("(");
    // An id that is not there any more, or never was, still has a time in it.
    query.push("COALESCE((SELECT s.timestamp FROM messages s WHERE s.id = ").bind(id);
    query.push(" AND s.conversation_id = ").bind(entry.conversation_id);
    query.push("), ").bind(time_of(id)).push("), ").bind(bound).push("), ").bind(id).push(")");
}

fn push_visible(query: &mut Sql, entry: &Entry) {
    query.push("m.conversation_id = ").bind(entry.conversation_id);
    query.push(" AND m.recalled = 0");
    query.push(" AND NOT EXISTS (SELECT 1 FROM removed_messages r WHERE r.user_id = ").bind(entry.user_id);
    query.push(" AND r.message_id = m.id)");
    query.push(" AND NOT EXISTS (SELECT 1 FROM removal_marks k WHERE k.user_id = ").bind(entry.user_id);
    query.push(
        " AND k.conversation_id = m.conversation_id AND m.timestamp <= k.until AND m.id < k.before_id)",
    );
    if kind_of(entry.kind) != ChatType::Single {
        query.push(
            " AND EXISTS (SELECT 1 FROM members b WHERE b.group_id = m.conversation_id AND b.user_id = ",
        );
        query.bind(entry.user_id);
        query.push(" AND b.since < m.id AND (b.until IS NULL OR m.id < b.until))");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    /// With the times of a page as further bounds, SQLite once walked a whole conversation up to where the page starts.
    #[tokio::test]
    async fn a_page_starts_where_it_starts() {
        let store = Store::in_memory().await;
        let entry = Entry {
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
                let page = Page { start: Some(3), forward, from_time, to_time, limit: 50, ..Page::default() };
                let mut query = Sql::new("EXPLAIN QUERY PLAN ");
                push_page(&mut query, Engine::Sqlite, &entry, &page);
                let mut conn = store.read().await.unwrap();
                let plan: Vec<(i64, i64, i64, String)> = query.rows(&mut conn).await.unwrap();
                let key = if forward { "(timestamp,id)>(?,?)" } else { "(timestamp,id)<(?,?)" };
                let steps: Vec<_> =
                    plan.iter().map(|(.., step)| step).filter(|step| step.contains(" m ")).collect();
                assert_eq!(steps.len(), 1, "{plan:?}");
                assert!(steps[0].contains(key), "{plan:?}");
            }
        }
    }
}
