//! A page of the local history is read: from the cache if it is current, otherwise from the tables.

use super::super::cache::{Cached, CachedConversation, History};
use super::super::db::{Key, Query, Result, Table};
use super::super::facts::{LocalPage, LocalQuery};
use super::super::records::{ConversationShard, Tombstones, WriteVersion, shard_number};
use super::super::tables::shard_key;
use super::super::timeline::{BlockResult, MissingBlocks, ReadResult};
use super::super::unit_of_work::{UnitOfWork, load_blocks, load_history};
use super::reconciliation::is_stale;
use super::rooms::text_of;
use crate::model::{ConversationId, JsonText, MessageKey};

/// The tables that a page is read from.
pub const TABLES: [Table; 6] = [
    Table::Conversations,
    Table::Directories,
    Table::Blocks,
    Table::Tombstones,
    Table::Reconciliations,
    Table::WriteVersions,
];

/// The records that a page is read from.
struct Source {
    version: Option<WriteVersion>,
    is_stale: bool,
    history: History,
    /// The position of the last message in the conversation list.
    last_message: Option<MessageKey>,
    /// The other cached records of the conversation.
    cached: CachedConversation,
}

impl LocalQuery {
    fn read(self, history: &History, last: Option<MessageKey>) -> BlockResult<ReadResult<JsonText>> {
        history.read(self.anchor, self.direction, self.size as usize, last)
    }
}

/// Reads a page.
pub fn read_page(work: &UnitOfWork<'_>, id: &ConversationId, query: LocalQuery) -> Result<LocalPage> {
    let key = &*id.storage_key();
    let source = match from_cache(work, key, query)? {
        Some(source) => source,
        None => from_tables(work, key)?,
    };
    let Source { version, is_stale, mut history, last_message, cached } = source;
    let mut removed_anchor = None;
    let page = loop {
        let page = match removed_anchor {
            None => query.read(&history, last_message),
            Some(anchor) => history.read_after(anchor, query.direction, query.size as usize, last_message),
        };
        match page {
            Ok(page) => {
                let unknown = query
                    .anchor
                    .filter(|id| removed_anchor.is_none() && page.messages.is_empty() && !history.knows(*id));
                removed_anchor = unknown.map_or(Ok(None), |id| removed_position(work, key, id))?;
                if removed_anchor.is_none() {
                    break page;
                }
            }
            Err(missing) => load_blocks(work.tx, key, &mut history, missing)?,
        }
    };
    let cached = CachedConversation {
        history: Some(history),
        last_message: Cached::Value(last_message),
        is_stale: Some(is_stale),
        ..cached
    };
    work.cache.borrow_mut().update(version, version, vec![(key.to_owned(), cached)], Vec::new(), None);
    let last = page.messages.last().map(|(key, _)| key.id).or(query.anchor);
    Ok(LocalPage {
        cursor: last.filter(|_| !page.is_last),
        messages: page.messages.into_iter().map(|(key, text)| (key, text_of(id, &text))).collect(),
        is_last: page.is_last,
        complete: page.is_complete && !is_stale,
        is_contiguous: page.is_contiguous && !is_stale,
        contiguous_count: if is_stale { 0 } else { page.contiguous_count },
    })
}

/// The position that a removed anchor had. The page begins there.
fn removed_position(work: &UnitOfWork<'_>, key: &str, id: u64) -> Result<Option<MessageKey>> {
    let tombstones = work.tx.get::<Tombstones>(&key.into())?;
    Ok(tombstones.and_then(|tombstones| tombstones.position(id)))
}

/// The cached records, if they are current. The blocks that the page needs are requested together with the version.
fn from_cache(work: &UnitOfWork<'_>, key: &str, query: LocalQuery) -> Result<Option<Source>> {
    let (cached, version) = {
        let cache = work.cache.borrow();
        (cache.lookup(key).cloned(), cache.version())
    };
    let (Some(mut cached), Some(version)) = (cached, version) else { return Ok(None) };
    let (Some(history), Cached::Value(last_message)) = (cached.history.take(), cached.last_message) else {
        return Ok(None);
    };
    let missing = query.read(&history, last_message).err().map_or_else(Vec::new, |MissingBlocks(keys)| keys);
    let blocks =
        missing.into_iter().map(|first| Query::Record(Table::Blocks, Key::Block(key.to_owned(), first)));
    let notes = cached.is_stale.is_none().then_some(Query::Keys(Table::Reconciliations));
    work.tx.prefetch(
        [Query::named(Table::WriteVersions, "")].into_iter().chain(blocks).chain(notes).collect(),
    )?;
    let found = work.tx.get(&Key::from(""))?;
    if found != Some(version) {
        return Ok(None);
    }
    let is_stale = match cached.is_stale {
        Some(is_stale) => is_stale,
        None => is_stale(work, key)?,
    };
    Ok(Some(Source { version: found, is_stale, history, last_message, cached }))
}

/// The records from the tables. They are requested at once: one request after the other takes as long for each as for all.
fn from_tables(work: &UnitOfWork<'_>, key: &str) -> Result<Source> {
    let shard = shard_key(shard_number(key));
    work.tx.prefetch(vec![
        Query::named(Table::WriteVersions, ""),
        Query::Keys(Table::Reconciliations),
        Query::named(Table::Directories, key),
        Query::Record(Table::Conversations, shard.clone()),
    ])?;
    let shard = work.tx.get::<ConversationShard>(&shard)?;
    Ok(Source {
        version: work.tx.get(&Key::from(""))?,
        is_stale: is_stale(work, key)?,
        history: load_history(work.tx, key)?,
        last_message: shard.and_then(|shard| shard.get(key)?.sort_key.last_message),
        cached: CachedConversation::default(),
    })
}
