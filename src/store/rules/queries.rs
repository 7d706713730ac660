//! Plain reads: the conversation list, a queue's position, an estimate of the size, a filter for removed messages.

use super::super::db::{Key, Query, Result, Table, Transaction};
use super::super::facts::Estimate;
use super::super::records::{
    ALL_CONVERSATIONS, Block, ConversationShard, Directory, Queue, Tombstones, shard_number,
};
use super::super::tables::shard_key;
use crate::model::{JsonText, MessageKey, RequestTime};

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
    Ok(tombstones.filter_visible(messages))
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
