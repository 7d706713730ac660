//! The unread count of a conversation in the list: the number of received messages after the last one that the user read.
//!
//! The list has only a number. The unread messages themselves are the newest received ones, as many as the number says, if the
//! local history has them without a gap. Where it does not, only the server knows the count, and the list is compared with it.

use super::super::db::Result;
use super::super::unit_of_work::UnitOfWork;
use super::reconciliation::mark_list_stale;
use crate::model::{MessageKey, SearchDirection, StoredMessage, is_unread_when_new};

/// The most messages that are read to find the unread ones.
const MAX_SEARCHED: usize = 500;
/// The most messages that are read to find the newest received one.
const MAX_SENT: usize = 50;

/// The positions of the unread messages, newest first; `None` if the local history does not have all of them.
pub fn unread_messages(work: &mut UnitOfWork<'_>, key: &str) -> Result<Option<Vec<MessageKey>>> {
    let count = work.conversation(key)?.as_ref().map_or(0, |listed| listed.unread_count as usize);
    if count == 0 {
        return Ok(Some(Vec::new()));
    }
    // The user's own messages and commands stand between the unread ones.
    let size = count.saturating_mul(2).saturating_add(20).min(MAX_SEARCHED);
    let newest_listed = work.last_message_key(key)?;
    let newest =
        work.with_history(key, |history| history.read(None, SearchDirection::Up, size, newest_listed))?;
    let contiguous = newest.messages.into_iter().take(newest.contiguous_count);
    let received = contiguous.filter(|(_, text)| is_unread_when_new(text)).map(|(key, _)| key);
    let unread: Vec<_> = received.take(count).collect();
    Ok((unread.len() == count).then_some(unread))
}

/// The number of received messages after a position, as far as the local history has them.
pub fn received_after(work: &mut UnitOfWork<'_>, key: &str, after: Option<MessageKey>) -> Result<u32> {
    let newest =
        work.with_history(key, |history| history.read(None, SearchDirection::Up, MAX_SEARCHED, None))?;
    let newer = newest.messages.iter().take_while(|(key, _)| Some(*key) > after);
    Ok(newer.filter(|(_, text)| is_unread_when_new(text)).count() as u32)
}

/// The newest received message that is known here.
pub fn newest_received(work: &mut UnitOfWork<'_>, key: &str) -> Result<Option<MessageKey>> {
    let last = work.conversation(key)?.as_ref().and_then(|listed| listed.last_message.clone());
    let newest_listed = last.as_ref().map(StoredMessage::key);
    let newest =
        work.with_history(key, |history| history.read(None, SearchDirection::Up, MAX_SENT, newest_listed))?;
    let received = newest.messages.into_iter().find(|(_, text)| is_unread_when_new(text)).map(|(key, _)| key);
    let listed = last.filter(|last| is_unread_when_new(&last.json)).map(|last| last.key);
    Ok(received.max(listed))
}

/// Sets the unread count to the number of those messages that are still unread. If they are unknown, the list is compared with
/// the server.
pub fn keep_unread(
    work: &mut UnitOfWork<'_>,
    key: &str,
    unread: Option<Vec<MessageKey>>,
    is_still_unread: impl Fn(&MessageKey) -> bool,
) -> Result<()> {
    let Some(unread) = unread else {
        mark_list_stale(work);
        return Ok(());
    };
    let count = unread.iter().filter(|message| is_still_unread(message)).count() as u32;
    if let Some(conversation) = work.conversation(key)?
        && conversation.unread_count != count
    {
        conversation.unread_count = count;
    }
    Ok(())
}

/// The user read the messages with ids up to `id` on another device, or here.
pub fn mark_read(work: &mut UnitOfWork<'_>, key: &str, id: u64) -> Result<()> {
    work.prefetch([key])?;
    let is_all = work.last_message_key(key)?.is_none_or(|last| last.id <= id);
    let unread = if is_all { Some(Vec::new()) } else { unread_messages(work, key)? };
    keep_unread(work, key, unread, |message| message.id > id)
}
