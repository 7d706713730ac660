//! Removing messages, by key and by time.

use super::{BlockResult, Timeline};
use crate::model::MessageKey;
use crate::sorted_set::SortedSet;

impl<M> Timeline<M> {
    /// Removes the messages with these ids. Returns true if any was known.
    pub(crate) fn remove_ids(&mut self, ids: &[u64]) -> BlockResult<bool> {
        let keys = self.locate(ids)?;
        self.remove_keys(keys)
    }

    /// Removes a message that the server may still have, so a gap takes its place. Returns true if it was known.
    pub(crate) fn replace_with_gap(&mut self, id: u64) -> BlockResult<bool> {
        let Some(key) = self.locate(&[id])?.first().copied() else { return Ok(false) };
        let Some(at) = self.block_index(key) else { return Ok(false) };
        let mut window = self.open_window(at..at + 1)?;
        if let Ok(at) = window.entries.binary_search_by_key(&key, |entry| entry.key) {
            window.remove(at);
            window.joins[at] = false;
            self.note_removed(key);
        }
        self.close_window(window);
        Ok(true)
    }

    pub(super) fn remove_keys(&mut self, keys: Vec<MessageKey>) -> BlockResult<bool> {
        // Closing a window moves only the blocks after it, so the newest block comes first.
        let keys: SortedSet<_> = keys.into_iter().collect();
        let mut affected: Vec<_> = keys.iter().rev().filter_map(|key| self.block_index(*key)).collect();
        affected.dedup();
        for at in &affected {
            self.require_blocks(*at..*at + 1)?;
        }
        for at in &affected {
            let mut window = self.open_window(*at..*at + 1)?;
            for key in keys.iter().rev() {
                if let Ok(at) = window.entries.binary_search_by_key(key, |entry| entry.key) {
                    window.remove(at);
                    self.note_removed(*key);
                }
            }
            self.close_window(window);
        }
        Ok(!affected.is_empty())
    }

    /// Removes everything up to that time. The server removed it too, so a message that joined the last removed one now
    /// joins the beginning. Blocks that go as a whole are not loaded, except those that the journal names. Returns true if
    /// anything was known.
    pub(crate) fn remove_until(&mut self, time: u64) -> BlockResult<bool> {
        let whole = self.directory.spans.partition_point(|span| span.last.timestamp <= time);
        let is_partial = self.directory.spans.get(whole).is_some_and(|span| span.first.timestamp <= time);
        self.require_blocks(self.unnamed_blocks(whole)..whole + usize::from(is_partial))?;
        self.remove_oldest_blocks(whole);
        if is_partial {
            let mut window = self.open_window(0..1)?;
            for key in window.remove_until(time) {
                self.note_removed(key);
            }
            self.close_window(window);
        }
        Ok(whole > 0 || is_partial)
    }

    /// Removes everything up to that time. The server may still have it, so the rest no longer joins the beginning.
    pub(crate) fn drop_until(&mut self, time: u64) -> BlockResult<bool> {
        let any = self.remove_until(time)?;
        self.forget_beginning();
        Ok(any)
    }

    /// Removes everything. The server may still have it. Returns true if anything was known.
    pub(crate) fn clear(&mut self) -> BlockResult<bool> {
        let all = self.directory.spans.len();
        self.require_blocks(self.unnamed_blocks(all)..all)?;
        self.remove_oldest_blocks(all);
        self.forget_beginning();
        Ok(all > 0)
    }

    fn forget_beginning(&mut self) {
        self.changes.directory |= self.directory.edges[0];
        self.directory.edges[0] = false;
    }

    fn remove_oldest_blocks(&mut self, count: usize) {
        self.note_removed_blocks(count);
        let Some(last) =
            count.checked_sub(1).and_then(|at| self.directory.spans.get(at)).map(|span| span.first)
        else {
            return;
        };
        self.directory.spans.drain(..count);
        self.directory.edges.drain(..count);
        self.blocks.retain(|first, _| *first > last);
        self.changes.written.retain(|first| *first > last);
        self.changes.deleted.retain(|first| *first > last);
        self.changes.cleared_through = self.changes.cleared_through.max(Some(last));
        self.changes.directory = true;
    }
}
