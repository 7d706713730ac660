//! Plain reads: the conversation list, a queue's position, an estimate of the size, a filter for removed messages.

use super::super::db::{Key, Query, Result, Table, Transaction};
use super::super::facts::Estimate;
use super::super::records::{
    ALL_CONVERSATIONS, Block, ConversationShard, Directory, Queue, Tombstones, shard_number,
};
use super::super::tables::shard_key;
use super::super::unit_of_work::UnitOfWork;
use super::merge_page::without_unreadable;
use crate::model::{Conversation, JsonText, MessageKey, RequestTime, StoredMessage};

/// The conversation list in its order, as public `Conversation` objects.
pub fn list(tx: &Transaction) -> Result<Vec<JsonText>> {
    let shards = tx.values::<ConversationShard>()?;
    let mut listed: Vec<_> = shards.into_iter().flat_map(|shard| shard.conversations).collect();
    listed.sort_unstable_by(|one, other| one.rank().cmp(&other.rank()));
    Ok(listed.into_iter().map(|conversation| conversation.json).collect())
}

/// One conversation of the list, as a public `Conversation` object.
pub fn conversation(tx: &Transaction, key: &str) -> Result<Option<JsonText>> {
    let shard = tx.get::<ConversationShard>(&shard_key(shard_number(key)))?;
    Ok(shard.and_then(|shard| shard.get(key).map(|listed| listed.json.clone())))
}

/// The time of the latest write to the copy, which the tab then knows.
pub fn latest_write(work: &mut UnitOfWork<'_>) -> Result<u64> {
    work.read_version()?;
    Ok(work.found().map_or(0, |found| found.time))
}

/// The acknowledged position of a queue.
pub fn position(tx: &Transaction, queue: &str) -> Result<Option<u64>> {
    Ok(tx.get::<Queue>(&queue.into())?.and_then(|queue| queue.position))
}

/// The messages of a page that were not removed since the page was requested.
pub fn filter_removed(
    tx: &Transaction,
    key: &str,
    messages: &[(MessageKey, JsonText)],
    requested_at: RequestTime,
) -> Result<Vec<(MessageKey, JsonText)>> {
    let keys = [key, ALL_CONVERSATIONS];
    tx.prefetch(keys.map(|key| Query::named(Table::Tombstones, key)).into())?;
    let [own, of_all] = keys.map(|key| tx.get::<Tombstones>(&key.into()));
    let (own, of_all) = (own?.unwrap_or_default(), of_all?.unwrap_or_default());
    let tombstones = own.merged_with(&of_all).unknown_to_request_at(requested_at);
    Ok(without_unreadable(tombstones.filter_visible(messages)))
}

/// The server's list without what was removed since the list was requested: removed messages, which the copy's last message
/// replaces, and deleted conversations, unless the copy has them again.
pub fn visible_list(
    tx: &Transaction,
    conversations: &[Conversation],
    requested_at: RequestTime,
) -> Result<Vec<Conversation>> {
    let tombstones = tx.all::<Tombstones>()?;
    let of_key = |key: &str| {
        let found = tombstones.iter().find(|(name, _)| name == key);
        found.map(|(_, tombstones)| tombstones.clone()).unwrap_or_default()
    };
    let of_all = of_key(ALL_CONVERSATIONS);
    let mut visible = Vec::with_capacity(conversations.len());
    for theirs in conversations {
        let key = theirs.id().storage_key();
        let tombstones = of_key(&key).merged_with(&of_all).unknown_to_request_at(requested_at);
        let is_deleted = tombstones.deleted_since(requested_at);
        let last = theirs.last_message.as_ref().map(StoredMessage::key);
        if !is_deleted && !last.is_some_and(|last| tombstones.hides(last)) {
            visible.push(theirs.clone());
            continue;
        }
        let ours: Option<Conversation> = conversation(tx, &key)?.and_then(|text| text.read());
        if is_deleted {
            visible.extend(ours);
        } else {
            visible.push(Conversation {
                last_message: ours.and_then(|ours| ours.last_message),
                ..theirs.clone()
            });
        }
    }
    Ok(visible)
}

/// The size of the local copy. The number of bytes is estimated from the newest blocks of a few conversations.
pub fn estimate(tx: &Transaction) -> Result<Estimate> {
    const SAMPLES: usize = 8;
    tx.prefetch(vec![
        Query::Values(Table::Conversations),
        Query::Keys(Table::Directories),
        Query::Values(Table::Directories),
    ])?;
    let shards = tx.values::<ConversationShard>()?;
    let conversations = shards.iter().map(|shard| shard.conversations.len() as u64).sum();
    let list_bytes: u64 = shards.iter().map(|shard| shard.bytes() as u64).sum();
    let directories = tx.all::<Directory>()?;
    let spans = directories.iter().flat_map(|(_, directory)| &directory.spans);
    let messages: u64 = spans.map(|span| span.count).sum();
    let newest_blocks = directories
        .iter()
        .filter_map(|(key, directory)| Some(Key::Block(key.clone(), directory.spans.last()?.first)));
    let blocks = tx.get_existing::<Block<JsonText>>(&newest_blocks.take(SAMPLES).collect::<Vec<_>>())?;
    let sampled = blocks.iter().flat_map(|block| &block.items);
    let sampled_bytes: u64 = sampled.map(|text| text.bytes().len() as u64).sum();
    let sampled_messages: u64 = blocks.iter().map(|block| block.items.len() as u64).sum();
    let bytes = messages * sampled_bytes.checked_div(sampled_messages).unwrap_or(0) + list_bytes;
    Ok(Estimate { messages, conversations, bytes })
}
