//! A message is edited.

use super::super::db::Result;
use super::super::records::RecentChange;
use super::super::unit_of_work::UnitOfWork;
use super::conversations::change_conversation;
use super::reconciliation::mark_stale;
use crate::model::{ConversationId, Edit, JsonText, MessageKey};

/// Replaces the content of a message, in the history and in the list.
pub fn edit_message(work: &mut UnitOfWork<'_>, id: &ConversationId, message: u64, edit: &Edit) -> Result<()> {
    let apply = |text: &JsonText| edit.apply(text).filter(|_| !text.is_unreadable()).ok_or(());
    // A page on its way may have the old content, even of a message that is not in the local copy.
    let key = MessageKey { timestamp: 0, id: message };
    let change = RecentChange { key, noted_at: work.now, is_edit: true };
    let key = id.storage_key();
    work.prefetch([&*key])?;
    let edited = work.with_history(&key, |history| {
        let edited = history.edit(message, apply)?;
        history.record_change(change);
        Ok(edited)
    })?;
    if edited.is_err() {
        // The server has the new content.
        mark_stale(work, &key);
    }
    change_conversation(work, id, |conversation| {
        if let Some(last) = conversation.last_message.as_mut().filter(|last| last.key.id == message)
            && let Some(edited) = last.edited(edit)
        {
            *last = edited;
        }
    })
}
