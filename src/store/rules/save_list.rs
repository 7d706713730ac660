//! The server's conversation list, or a page of it, is saved.

use super::super::db::Result;
use super::super::unit_of_work::{UnitOfWork, last_message_key};
use super::last_message::newest_message;
use super::reads::corrected_count;
use super::reconciliation::mark_list_stale;
use super::unread::received_after;
use super::{rooms, tombstones};
use crate::model::{Conversation, RequestTime, StoredMessage};
use crate::sorted_set::SortedSet;

/// Adds the fields of the local list to the service's default list that it does not have: pins and marks.
pub fn complete_default_list(work: &mut UnitOfWork<'_>, list: &mut [Conversation]) -> Result<()> {
    let keys: Vec<_> = list.iter().map(|conversation| conversation.id().storage_key()).collect();
    work.prefetch(keys.iter().map(String::as_str))?;
    for (theirs, key) in list.iter_mut().zip(&keys) {
        rooms::correct_type(work, theirs)?;
        if let Some(ours) = work.conversation(key)? {
            theirs.is_pinned = ours.is_pinned;
            theirs.pinned_time = ours.pinned_time;
            theirs.marks.clone_from(&ours.marks);
        }
    }
    Ok(())
}

/// Saves a list, or a page of it, that was requested then.
pub fn save_list(work: &mut UnitOfWork<'_>, list: &[Conversation], requested_at: RequestTime) -> Result<()> {
    if tombstones::is_too_old(requested_at, work.page_time) {
        return Ok(());
    }
    let keys: Vec<_> = list.iter().map(|conversation| conversation.id().storage_key()).collect();
    work.prefetch(keys.iter().map(String::as_str))?;
    for (conversation, key) in list.iter().zip(&keys) {
        save_conversation(work, key, conversation.clone(), requested_at)?;
    }
    Ok(())
}

/// The conversations of a list that the application did not ask for. Those without a message that are not on the local list
/// are left out: the application decides whether it wants empty conversations.
pub fn without_new_empty(work: &mut UnitOfWork<'_>, list: &[Conversation]) -> Result<Vec<Conversation>> {
    let mut wanted = Vec::with_capacity(list.len());
    for theirs in list {
        if theirs.last_message.is_some() || work.conversation(&theirs.id().storage_key())?.is_some() {
            wanted.push(theirs.clone());
        }
    }
    Ok(wanted)
}

/// Removes the conversations that are not on the server's whole list, of which the first page was requested at that time.
pub fn drop_unlisted(
    work: &mut UnitOfWork<'_>,
    listed: &SortedSet<String>,
    requested_at: RequestTime,
) -> Result<()> {
    let mut missing = work.listed_keys()?;
    missing.retain(|key| !listed.contains(key));
    work.prefetch(missing.iter().map(String::as_str))?;
    for key in missing {
        // A conversation with a message that arrived since the request may not be on the server's list yet.
        if !work.history_header(&key)?.has_arrivals_since(requested_at) {
            *work.conversation(&key)? = None;
        }
    }
    Ok(())
}

/// Adds the messages that arrived after the list was written to its unread count. `ours` is the local count.
fn add_unread(work: &mut UnitOfWork<'_>, key: &str, theirs: &mut Conversation, ours: u32) -> Result<()> {
    let arrived = received_after(work, key, last_message_key(theirs))?;
    if ours < arrived {
        // Some of them were read, so the list's count is outdated.
        theirs.unread_count = ours;
        mark_list_stale(work);
    } else {
        theirs.unread_count += arrived;
    }
    Ok(())
}

/// Saves one conversation of the server's list, unless newer data are known here.
fn save_conversation(
    work: &mut UnitOfWork<'_>,
    key: &str,
    mut theirs: Conversation,
    requested_at: RequestTime,
) -> Result<()> {
    rooms::correct_type(work, &mut theirs)?;
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
    let corrected = corrected_count(work, key, requested_at, &theirs, ours.as_ref())?;
    if let Some(ours) = ours.filter(|ours| last_message_key(ours) > last_message_key(&theirs)) {
        if corrected.is_none() && !is_hidden && theirs.last_message.is_some() {
            add_unread(work, key, &mut theirs, ours.unread_count)?;
        }
        theirs.last_message = ours.last_message;
    } else if is_hidden {
        theirs.last_message = newest_message(work, key)?;
    }
    theirs.unread_count = corrected.unwrap_or(theirs.unread_count);
    *work.conversation(key)? = Some(theirs);
    Ok(())
}
