//! How a timeline writes its journal.

use super::Timeline;
use super::item::Item;
use super::journal::Journal;
use crate::model::MessageKey;

impl<M> Timeline<M> {
    /// Starts a journal, unless there is one.
    pub(crate) fn start_journal(&mut self) {
        self.journal.get_or_insert_default();
    }

    /// Names no messages of blocks that are removed as a whole, because many histories go at once.
    pub(crate) fn name_no_blocks(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.named_blocks = 0;
        }
    }

    /// Ends the journal, and returns it.
    pub(crate) fn take_journal(&mut self) -> Option<Journal<M>> {
        self.journal.take()
    }

    /// Notes a removal that names messages or a time, whether or not they are known here: an application may show messages that
    /// are not stored.
    pub(crate) fn note_removal(&mut self, ids: &[u64], until: Option<u64>) {
        let Some(journal) = &mut self.journal else { return };
        for id in ids {
            journal.note_removed(MessageKey { timestamp: 0, id: *id });
        }
        if let Some(time) = until {
            journal.note_removed_until(time);
        }
    }

    pub(super) fn note_removed(&mut self, key: MessageKey) {
        if let Some(journal) = &mut self.journal {
            journal.note_removed(key);
        }
    }

    /// The number of the oldest blocks whose messages need not be named when `count` blocks are removed. The blocks after them
    /// must be loaded.
    pub(super) fn unnamed_blocks(&self, count: usize) -> usize {
        self.journal.as_ref().map_or(count, |journal| count.saturating_sub(journal.named_blocks))
    }

    /// Notes the removal of the `count` oldest blocks.
    pub(super) fn note_removed_blocks(&mut self, count: usize) {
        let Some(newest) = count.checked_sub(1).and_then(|at| self.directory.spans.get(at)) else { return };
        let until = newest.last.timestamp;
        let named = self.unnamed_blocks(count)..count;
        let Some(journal) = &mut self.journal else { return };
        let is_partial = named.start > 0;
        for span in &self.directory.spans[named] {
            for key in self.blocks.get(&span.first).into_iter().flat_map(|block| &block.keys) {
                journal.note_removed(*key);
            }
        }
        if is_partial {
            journal.note_removed_until(until);
        }
    }
}

impl<M: Item> Timeline<M> {
    pub(super) fn note_added(&mut self, key: MessageKey, item: &M) {
        if let Some(journal) = self.journal.as_mut().filter(|_| !item.is_hidden()) {
            journal.note_added(key, item.clone());
        }
    }

    /// A message that becomes readable counts as added.
    pub(super) fn note_replaced(&mut self, key: MessageKey, old: &M, new: &M) {
        match &mut self.journal {
            Some(journal) if old.is_hidden() => journal.note_added(key, new.clone()),
            Some(journal) if !new.is_hidden() => journal.note_updated(key, new.clone()),
            _ => {}
        }
    }
}
