//! A batch of facts is applied.

use super::super::db::{Key, NotLoaded, Result};
use super::super::facts::{Batch, CallState, EventScope, Fact};
use super::super::records::{EventBatch, Queue};
use super::super::unit_of_work::UnitOfWork;
use super::conversations::{mark, pin};
use super::edits::edit_message;
use super::event_log::batch_events;
use super::messages::{add_message, add_unreadable};
use super::reads::read_elsewhere;
use super::reconciliation::set_call_state;
use super::removals::{delete_all, delete_conversation, remove_messages};
use super::rooms::{correct_event, is_room};
use crate::model::MessagesChangedEvent;

/// The number of meta ids that are kept for each queue. A server repeats one unacknowledged batch; the batches of
/// `roamkit-server` have at most this size.
const MAX_SEEN: usize = 1000;

/// The events of a batch: for each fact its `[name, event]` as JSON, or an empty text.
#[derive(Clone, Copy, Default)]
pub struct Events<'a> {
    pub texts: &'a [String],
    /// The tabs that emit the events of new facts.
    pub scope: EventScope,
}

/// The outcome of a batch.
#[derive(Debug, Default)]
pub struct Applied {
    /// For each fact: true if it was new.
    pub is_new: Vec<bool>,
    /// The events of the new facts; `None` if no fact was new.
    pub events: Option<EventBatch>,
}

/// Applies a batch.
///
/// If the browser drops the database during a commit, nobody knows whether the commit succeeded, and the transaction is
/// repeated. The repetition may find facts to be known that the first attempt found to be new. `applied` therefore keeps
/// its values from attempt to attempt.
pub fn apply_batch(
    work: &mut UnitOfWork<'_>,
    batch: &Batch,
    events: Events<'_>,
    applied: &mut Applied,
) -> Result<()> {
    applied.is_new.resize(batch.facts.len(), false);
    let key = Key::Name(batch.queue.clone());
    work.completed_at = batch.call.as_ref().and_then(|call| call.completed_at);
    let original = work.tx.get::<Queue>(&key)?.unwrap_or_default();
    let mut queue = original.clone();
    work.has_journals = events.scope != EventScope::Nobody;
    let mut new_texts: Vec<String> = Vec::new();
    let (mut all_loaded, mut any_new) = (true, false);
    for (at, (meta, fact)) in batch.facts.iter().enumerate() {
        let is_new = match queue.note(*meta).then(|| apply_fact(work, fact)) {
            // The rest of the batch is tried too, so that its missing records are loaded at once.
            Some(Err(NotLoaded)) => {
                all_loaded = false;
                continue;
            }
            result => matches!(result, Some(Ok(true))) && all_loaded,
        };
        if let Some(known) = applied.is_new.get_mut(at) {
            *known |= is_new;
        }
        any_new |= is_new;
        if let Some(text) = events.texts.get(at).filter(|text| is_new && !text.is_empty()) {
            let is_room = fact.conversation().map_or(Ok(false), |id| is_room(work, id));
            new_texts.push(if is_room? { correct_event(text) } else { text.clone() });
        }
    }
    if !all_loaded {
        return Err(NotLoaded);
    }
    if any_new {
        new_texts.extend(work.take_changes()?.iter().map(MessagesChangedEvent::text));
        applied.events = Some(batch_events(work, &new_texts, events.scope)?);
    }
    queue.position = batch.position.or(queue.position);
    queue.trim();
    if queue != original {
        work.tx.put(&key, &queue);
    }
    if let Some(call) = &batch.call {
        set_call_state(work, &call.name, CallState::Settled)?;
    }
    Ok(())
}

/// Applies one fact. Returns false if the application must not be told: a message that was removed before it arrived.
fn apply_fact(work: &mut UnitOfWork<'_>, fact: &Fact) -> Result<bool> {
    if let Some(conversation) = fact.conversation() {
        is_room(work, conversation)?;
    }
    match fact {
        Fact::Message(arrived) => return add_message(work, arrived),
        Fact::Unstored => {}
        Fact::Unreadable(unreadable) => {
            add_unreadable(work, unreadable)?;
            return Ok(false);
        }
        Fact::Removed { conversation, ids, until } => {
            remove_messages(work, &conversation.storage_key(), ids, *until)?;
        }
        Fact::Recalled { conversation, id } => {
            remove_messages(work, &conversation.storage_key(), &[*id], None)?;
        }
        Fact::ConversationDeleted { conversation, with_messages, timestamp } => {
            delete_conversation(work, &conversation.storage_key(), *with_messages, *timestamp)?;
        }
        Fact::AllDeleted { timestamp } => delete_all(work, *timestamp)?,
        Fact::Pinned { conversation, time } => pin(work, conversation, *time)?,
        Fact::Marked { conversation, mark: name, set } => mark(work, conversation, name, *set)?,
        Fact::Edited { conversation, id, edit } => edit_message(work, conversation, *id, edit)?,
        Fact::Read { conversation, id } => read_elsewhere(work, &conversation.storage_key(), *id)?,
    }
    Ok(true)
}

impl Queue {
    /// Notes a meta. Returns true if it is new; the id 0 always is.
    fn note(&mut self, meta: u64) -> bool {
        if meta == 0 {
            return true;
        }
        if self.seen.contains(&meta) {
            return false;
        }
        self.seen.push(meta);
        true
    }

    /// Drops all but the latest metas.
    fn trim(&mut self) {
        self.seen.drain(..self.seen.len().saturating_sub(MAX_SEEN));
    }
}
