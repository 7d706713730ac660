//! The user reads a conversation, here or on another device.
//!
//! A [`ReadMark`] notes up to where. It corrects what does not reflect the read: a list that was requested before, and a message
//! that arrives late. A read of this device stays in its mark until the server answered to its receipt, so it survives a restart.
//! Other marks go with the tombstones (`sweep.rs`).

use super::super::db::{Key, Result, Table, Transaction};
use super::super::records::{ConversationShard, ReadMark, shard_number};
use super::super::tables::shard_key;
use super::super::unit_of_work::{UnitOfWork, last_message_key};
use super::reconciliation::mark_list_stale;
use super::unread::{mark_read, newest_received};
use crate::model::{Conversation, ConversationId, MessageKey, Receipt, RequestTime};

/// Marks a conversation as read on this device: clears its unread count, and notes the receipt that the server must get.
pub fn read_here(work: &mut UnitOfWork<'_>, id: &ConversationId) -> Result<()> {
    let key = id.storage_key();
    // Both are read before either is required, so that they are loaded together.
    let marks = work.tx.all::<ReadMark>();
    work.prefetch([&*key])?;
    let marks = marks?;
    let newest = newest_received(work, &key)?;
    let unread = work.conversation(&key)?.as_ref().map_or(0, |listed| listed.unread_count);
    let known = marks.iter().find(|(name, _)| *name == key).map(|(_, mark)| mark.clone()).unwrap_or_default();
    let up_to = known.up_to.max(newest.map(|newest| newest.id));
    if unread == 0 && known.receipt.is_some() && known.up_to == up_to {
        // The receipt that waits says it already.
        return Ok(());
    }
    let cleared = if known.receipt.is_some() { known.cleared.saturating_add(unread) } else { unread };
    let receipt = Some(next_number(&marks, work.now));
    work.tx.put(&Key::Name(key.clone()), &ReadMark { up_to, noted_at: work.now, receipt, cleared });
    if let Some(conversation) = work.conversation(&key)? {
        conversation.unread_count = 0;
    }
    Ok(())
}

/// A number that no waiting receipt has.
fn next_number(marks: &[(String, ReadMark)], now: u64) -> u64 {
    let highest = marks.iter().filter_map(|(_, mark)| mark.receipt).max();
    highest.map_or(now, |highest| now.max(highest + 1))
}

/// The receipts that the server must get, with all messages counted that arrived since the reads.
pub fn pending_receipts(tx: &Transaction) -> Result<Vec<Receipt>> {
    // Usually there are no marks, and one request finds that out.
    if tx.keys(Table::Reads)?.is_empty() {
        return Ok(Vec::new());
    }
    let marks = tx.all::<ReadMark>()?.into_iter().filter(|(_, mark)| mark.receipt.is_some());
    let (keys, marks): (Vec<_>, Vec<_>) = marks.unzip();
    let counts = local_counts(tx, &keys)?;
    let receipts = keys.iter().zip(marks).zip(counts);
    let receipts =
        receipts.filter_map(|((key, mark), unread)| pending_receipt(key, &mark, unread.unwrap_or(0)));
    Ok(receipts.collect())
}

/// The receipt of a read that the server must get; `None` if there is nothing to send.
///
/// A receipt about the whole conversation also covers messages that arrived after the read. So if there are any, the receipt names
/// the last message that was read. If no message was known at the time of the read, the new ones are all there is.
fn pending_receipt(key: &str, mark: &ReadMark, unread: u32) -> Option<Receipt> {
    let message = if unread == 0 { None } else { Some(mark.up_to?) };
    Some(Receipt { conversation: ConversationId::from_storage_key(key)?, number: mark.receipt?, message })
}

/// The server answered to a receipt: messages with ids up to that one are read there. With `None`, it refused the receipt.
pub fn finish_receipt(work: &mut UnitOfWork<'_>, number: u64, up_to: Option<u64>) -> Result<()> {
    let marks = work.tx.all::<ReadMark>()?;
    let is_answered = |(_, mark): &(String, ReadMark)| mark.receipt == Some(number);
    // If the user read the conversation once more meanwhile, another receipt follows.
    let Some((key, mark)) = marks.into_iter().find(is_answered) else { return Ok(()) };
    let name = Key::Name(key.clone());
    let Some(up_to) = up_to else {
        work.tx.delete(Table::Reads, &name);
        mark_list_stale(work);
        return Ok(());
    };
    if mark.up_to == Some(up_to) {
        // Services may count other messages after a receipt of one message, so the list is compared with the server.
        mark_list_stale(work);
    }
    let settled =
        ReadMark { up_to: mark.up_to.max(Some(up_to)), noted_at: work.now, receipt: None, cleared: 0 };
    work.tx.put(&name, &settled);
    mark_read(work, &key, up_to)
}

/// The user read the messages with ids up to `id` on another device.
pub fn read_elsewhere(work: &mut UnitOfWork<'_>, key: &str, id: u64) -> Result<()> {
    let known = find_mark(work, key);
    mark_read(work, key, id)?;
    let known = known?.unwrap_or_default();
    // The server knows of a read of this device that reaches less far.
    let pending = known.receipt.filter(|_| known.up_to > Some(id));
    let cleared = if pending.is_some() { known.cleared } else { 0 };
    let up_to = known.up_to.max(Some(id));
    work.tx.put(&key.into(), &ReadMark { up_to, noted_at: work.now, receipt: pending, cleared });
    Ok(())
}

/// True if the user read the message before it arrived.
pub fn is_read(work: &UnitOfWork<'_>, key: &str, message: MessageKey) -> Result<bool> {
    Ok(find_mark(work, key)?.is_some_and(|mark| Some(message.id) <= mark.up_to))
}

fn find_mark(work: &UnitOfWork<'_>, key: &str) -> Result<Option<ReadMark>> {
    // Usually there are no marks, and one request finds that out.
    if work.tx.keys(Table::Reads)?.iter().any(|name| name == key) {
        work.tx.get::<ReadMark>(&key.into())
    } else {
        Ok(None)
    }
}

/// The unread count of a conversation of a list that does not reflect a read; `None` if the list's own count holds.
pub fn corrected_count(
    work: &UnitOfWork<'_>,
    key: &str,
    requested_at: RequestTime,
    theirs: &Conversation,
    ours: Option<&Conversation>,
) -> Result<Option<u32>> {
    let mark = find_mark(work, key)?;
    let Some(mark) = mark.filter(|mark| mark.is_unknown_to_request_at(requested_at)) else { return Ok(None) };
    let count = count_after_read(&mark, theirs, ours);
    if count.is_none() || last_message_key(theirs) > ours.and_then(last_message_key) {
        mark_list_stale(work);
    }
    Ok(count)
}

/// The unread count after a read that the list does not reflect; `None` if it is unknown.
fn count_after_read(mark: &ReadMark, theirs: &Conversation, ours: Option<&Conversation>) -> Option<u32> {
    let listed = last_message_key(theirs);
    match ours {
        // The copy counts everything that the list counts.
        Some(ours) if last_message_key(ours) >= listed => Some(ours.unread_count),
        _ if listed.is_some_and(|last| Some(last.id) <= mark.up_to) => Some(0),
        _ => mark.receipt.map(|_| theirs.unread_count.saturating_sub(mark.cleared)),
    }
}

/// The counts of the local list for conversations whose reads a list requested then may not reflect.
pub fn counts_unknown_to_request(tx: &Transaction, requested_at: RequestTime) -> Result<Vec<(String, u32)>> {
    // Usually there are no marks, and one request finds that out.
    if tx.keys(Table::Reads)?.is_empty() {
        return Ok(Vec::new());
    }
    let marks =
        tx.all::<ReadMark>()?.into_iter().filter(|(_, mark)| mark.is_unknown_to_request_at(requested_at));
    let keys: Vec<_> = marks.map(|(key, _)| key).collect();
    let counts = local_counts(tx, &keys)?;
    Ok(keys.into_iter().zip(counts).filter_map(|(key, count)| Some((key, count?))).collect())
}

/// The unread counts of conversations in the local list; `None` for those that it does not have.
fn local_counts(tx: &Transaction, keys: &[String]) -> Result<Vec<Option<u32>>> {
    let shards: Vec<_> = keys.iter().map(|key| shard_key(shard_number(key))).collect();
    let shards = tx.get_each::<ConversationShard>(&shards)?;
    let listed = keys.iter().zip(shards).map(|(key, shard)| shard?.read(key));
    Ok(listed.map(|listed| Some(listed?.unread_count)).collect())
}

/// Drops the marks that were noted before that time of the copy, except those whose receipt waits.
pub fn drop_before(work: &UnitOfWork<'_>, time: u64) -> Result<()> {
    for (key, mark) in work.tx.all::<ReadMark>()? {
        if mark.receipt.is_none() && mark.noted_at < time {
            work.tx.delete(Table::Reads, &Key::Name(key));
        }
    }
    Ok(())
}

impl ReadMark {
    /// True if a list that was requested then may not reflect the read.
    fn is_unknown_to_request_at(&self, requested_at: RequestTime) -> bool {
        self.receipt.is_some() || requested_at.is_before(self.noted_at)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
