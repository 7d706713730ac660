//! A conversation of the list changes: a pin or a mark.

use super::super::db::Result;
use super::super::unit_of_work::UnitOfWork;
use crate::model::{Conversation, ConversationId};

/// Changes a conversation if it is on the list. Otherwise nothing is stored: the server's list has the new state.
pub fn change_conversation(
    work: &mut UnitOfWork<'_>,
    id: &ConversationId,
    change: impl FnOnce(&mut Conversation),
) -> Result<()> {
    if let Some(conversation) = work.conversation(&id.storage_key())? {
        change(conversation);
    }
    Ok(())
}

/// Pins a conversation at that time, or unpins it.
pub fn pin(work: &mut UnitOfWork<'_>, id: &ConversationId, time: Option<u64>) -> Result<()> {
    change_conversation(work, id, |conversation| {
        conversation.is_pinned = time.is_some();
        conversation.pinned_time = time.unwrap_or(0);
    })
}

/// Adds a mark to a conversation, or removes it.
pub fn mark(work: &mut UnitOfWork<'_>, id: &ConversationId, mark: &str, is_set: bool) -> Result<()> {
    change_conversation(work, id, |conversation| {
        conversation.marks.retain(|known| known != mark);
        if is_set {
            conversation.marks.push(mark.to_owned());
        }
    })
}
