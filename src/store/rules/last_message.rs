//! The last message of a conversation in the list.

use super::super::db::Result;
use super::super::unit_of_work::{UnitOfWork, last_message_key};
use super::reconciliation::mark_list_stale;
use super::tombstones;
use crate::model::{JsonText, StoredMessage, is_command};

/// Shows the newest local message in the list, or none. A conversation without messages has no unread ones.
pub fn show_newest(work: &mut UnitOfWork<'_>, key: &str) -> Result<()> {
    let newest = newest_message(work, key)?;
    if let Some(conversation) = work.conversation(key)? {
        if newest.is_none() {
            conversation.unread_count = 0;
        }
        conversation.last_message = newest;
    }
    Ok(())
}

/// Shows the newest local message in the list if it is newer than the one that the list shows.
pub fn show_newer(work: &mut UnitOfWork<'_>, key: &str) -> Result<()> {
    let newest = newest_message(work, key)?;
    if let Some(conversation) = work.conversation(key)?
        && newest.as_ref().map(StoredMessage::key) > last_message_key(conversation)
    {
        conversation.last_message = newest;
    }
    Ok(())
}

/// The newest message of the local history that is no command.
///
/// If the end of the history is unknown and the newest local message is older than the deletion of the conversation, the
/// result is `None`: the server may still have a message that is newer than that one.
pub fn newest_message(work: &mut UnitOfWork<'_>, key: &str) -> Result<Option<StoredMessage>> {
    let history = work.history_header(key)?;
    let (newest, knows_end) = (history.newest_key(), history.knows_end());
    if !knows_end && tombstones::effective(work, key)?.covers_deletion_of(newest) {
        return Ok(None);
    }
    let newest = work.with_history(key, |history| {
        history.newest(|text| !is_command(text)).map(Option::<&JsonText>::cloned)
    })?;
    Ok(newest.and_then(|text| text.read()))
}

/// Replaces the last message if it was removed. If the message before it is unknown here, the conversation list is
/// compared with the server, which also tells the unread count.
pub fn replace_if_removed(work: &mut UnitOfWork<'_>, key: &str) -> Result<()> {
    let tombstones = tombstones::effective(work, key)?;
    let last = work.last_message_key(key)?;
    if last.is_some_and(|last| tombstones.hides(last)) {
        show_newest(work, key)?;
        if work.last_message_key(key)?.is_none() && !work.history_header(key)?.knows_end() {
            mark_list_stale(work);
        }
    }
    Ok(())
}
