//! A live message arrives.

use super::super::db::Result;
use super::super::records::RecentChange;
use super::super::unit_of_work::{UnitOfWork, last_message_key};
use super::reads::is_read;
use super::reconciliation::{mark_list_stale, mark_stale};
use super::{rooms, tombstones};
use crate::model::{Arrived, Conversation, JsonText, Unreadable};

/// Keeps the place of a message that cannot be read. What changes a message and cannot be read is compared with the server.
pub fn add_unreadable(work: &mut UnitOfWork<'_>, unreadable: &Unreadable) -> Result<()> {
    let key = unreadable.conversation.storage_key();
    let Some(position) = unreadable.message else {
        mark_stale(work, &key);
        return Ok(());
    };
    work.prefetch([&*key])?;
    if tombstones::effective(work, &key)?.hides(position) {
        return Ok(());
    }
    let change = RecentChange { key: position, noted_at: work.now, is_edit: false };
    work.with_history(&key, |history| {
        history.insert_live(position, &JsonText::unreadable())?;
        history.record_change(change);
        Ok(())
    })?;
    // The server counts it as unread.
    mark_list_stale(work);
    Ok(())
}

/// Adds a message. Returns false if the application must not see it, because it was removed before it arrived.
pub fn add_message(work: &mut UnitOfWork<'_>, arrived: &Arrived) -> Result<bool> {
    let Arrived { conversation: id, message, is_unread, is_command } = arrived;
    let (key, position) = (id.storage_key(), message.key);
    // Both are read before either is required, so that they are loaded together.
    let is_read = if *is_unread { is_read(work, &key, position) } else { Ok(true) };
    work.prefetch([&*key])?;
    let is_read = is_read?;
    let id = &rooms::resolve(work, id)?;
    let message = &rooms::message_of(id, message);
    let tombstones = tombstones::effective(work, &key)?;
    if position.id == 0 || tombstones.hides_id(position.id) {
        return Ok(false);
    }
    if tombstones.hides(position) {
        // The message was on its way when everything up to a later time was removed, or it was sent after that with an old
        // time and is still on the server. Only the server knows.
        mark_stale(work, &key);
        return Ok(false);
    }
    let change = RecentChange { key: position, noted_at: work.now, is_edit: false };
    work.with_history(&key, |history| {
        history.insert_live(position, &message.json)?;
        // The change is recorded even if a page brought the message first: another page, requested earlier, may lack it.
        history.record_change(change);
        Ok(())
    })?;
    if *is_command {
        return Ok(true);
    }
    if tombstones.is_ambiguous(position) {
        mark_stale(work, &key);
        mark_list_stale(work);
    }
    // A message sent before the conversation was deleted does not bring it back to the list.
    if tombstones.covers_deletion_of(Some(position)) {
        return Ok(true);
    }
    let conversation = work.conversation(&key)?.get_or_insert_with(|| Conversation::with_message(id, None));
    // A message that a list or a page brought first is already shown and counted.
    if last_message_key(conversation).is_none_or(|last| last < position) {
        conversation.unread_count += u32::from(!is_read);
        conversation.last_message = Some(message.clone());
    }
    Ok(true)
}
