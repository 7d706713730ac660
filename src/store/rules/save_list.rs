//! The server's conversation list, or a page of it, is saved.

use super::super::db::Result;
use super::super::unit_of_work::{UnitOfWork, last_message_key};
use super::last_message::newest_message;
use super::tombstones;
use crate::model::{Conversation, StoredMessage};
use crate::sorted_set::SortedSet;

/// Saves a list that was requested at that local time. If `is_whole`, local conversations that it does not contain go.
pub fn save_list(
    work: &mut UnitOfWork<'_>,
    list: &[Conversation],
    is_whole: bool,
    requested_at: u64,
) -> Result<()> {
    if tombstones::is_too_old(requested_at, work.now) {
        return Ok(());
    }
    let keys: Vec<_> = list.iter().map(|conversation| conversation.id().storage_key()).collect();
    work.prefetch(keys.iter().map(String::as_str))?;
    let mut missing = if is_whole { work.listed_keys()? } else { SortedSet::default() };
    for (conversation, key) in list.iter().zip(&keys) {
        missing.remove(key);
        save_conversation(work, key, conversation.clone(), requested_at)?;
    }
    for key in missing {
        // A conversation with a message that arrived since the request may not be on the server's list yet.
        if !work.history_header(&key)?.has_arrivals_since(requested_at) {
            *work.conversation(&key)? = None;
        }
    }
    Ok(())
}

/// Saves one conversation of the server's list, unless newer data are known here.
fn save_conversation(
    work: &mut UnitOfWork<'_>,
    key: &str,
    mut theirs: Conversation,
    requested_at: u64,
) -> Result<()> {
    let tombstones = tombstones::effective(work, key)?.unknown_to_request_at(requested_at);
    // A list requested before the conversation was deleted neither restores it, nor removes it if something newer
    // restored it.
    if tombstones.deleted_since(requested_at) {
        return Ok(());
    }
    // A list requested before a comparison began may show a message that the comparison found to be removed.
    let is_outdated = work.history_header(key)?.is_outdated(requested_at);
    let is_hidden = is_outdated
        || last_message_key(&theirs).is_some_and(|last| tombstones.hides(last))
        || theirs.last_message.as_ref().is_some_and(StoredMessage::is_command);
    if is_hidden {
        theirs.last_message = None;
    }
    let ours = work.conversation(key)?.clone();
    // Earlier versions of this code showed commands.
    let ours = ours.filter(|ours| !ours.last_message.as_ref().is_some_and(StoredMessage::is_command));
    if let Some(ours) = ours.filter(|ours| last_message_key(ours) > last_message_key(&theirs)) {
        if !is_hidden && theirs.last_message.is_some() {
            theirs.unread_count = ours.unread_count;
        }
        theirs.last_message = ours.last_message;
    } else if is_hidden {
        theirs.last_message = newest_message(work, key)?;
    }
    *work.conversation(key)? = Some(theirs);
    Ok(())
}
