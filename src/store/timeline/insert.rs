//! Inserting messages whose neighbors are unknown, and editing a message in place.

use super::item::Item;
use super::{BlockResult, Timeline};
use crate::model::MessageKey;

impl<M: Item> Timeline<M> {
    /// Inserts a live message with a gap before it. If it is newer than all others and the end was known, it is the new
    /// end. A message that is already known stays as it is, because a page from the server includes edits and a
    /// repeated delivery does not. Returns true if the message was new.
    pub(crate) fn insert_live(&mut self, key: MessageKey, item: &M) -> BlockResult<bool> {
        if !self.locate(&[key.id])?.is_empty() {
            return Ok(false);
        }
        // If the end is unknown, the server may have a newer message: a live message may carry an old time.
        let knew_end = self.knows_end();
        self.insert(key, item)?;
        if knew_end
            && self.newest_key() == Some(key)
            && let Some(end) = self.directory.edges.last_mut()
        {
            self.changes.directory |= !*end;
            *end = true;
        }
        Ok(true)
    }

    /// Inserts the messages of a filtered page, which says nothing about the messages between them.
    pub(crate) fn insert_filtered(&mut self, messages: &[(MessageKey, M)]) -> BlockResult<()> {
        self.remove_moved(messages.iter().map(|(key, _)| *key))?;
        for (key, item) in messages {
            self.insert(*key, item)?;
        }
        Ok(())
    }

    /// Replaces the message with that id by the result of `change`. Returns true if the message is known.
    pub(crate) fn edit<E>(
        &mut self,
        id: u64,
        change: impl FnOnce(&M) -> Result<M, E>,
    ) -> BlockResult<Result<bool, E>> {
        let Some(key) = self.locate(&[id])?.first().copied() else { return Ok(Ok(false)) };
        let Some(at) = self.block_index(key) else { return Ok(Ok(false)) };
        self.require_blocks(at..at + 1)?;
        let first = self.directory.spans[at].first;
        let Some(block) = self.blocks.get_mut(&first) else { return Ok(Ok(false)) };
        let Ok(at) = block.keys.binary_search(&key) else { return Ok(Ok(false)) };
        match change(&block.items[at]) {
            Ok(item) => {
                let old = std::mem::replace(&mut block.items[at], item.clone());
                self.note_replaced(key, &old, &item);
            }
            Err(error) => return Ok(Err(error)),
        }
        self.changes.written.insert(first);
        Ok(Ok(true))
    }

    /// Removes messages that the server has moved: known ids at other positions than these. Each id is kept once.
    pub(super) fn remove_moved(&mut self, keys: impl Iterator<Item = MessageKey>) -> BlockResult<()> {
        let keys: Vec<_> = keys.collect();
        let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
        let moved: Vec<_> = self.locate(&ids)?.into_iter().filter(|known| !keys.contains(known)).collect();
        if !moved.is_empty() {
            self.remove_keys(moved)?;
        }
        Ok(())
    }

    fn insert(&mut self, key: MessageKey, item: &M) -> BlockResult<()> {
        let at = self.directory.spans.partition_point(|span| span.last < key);
        let blocks =
            self.block_index(key).map_or_else(|| self.extend_to_neighbor(at..at, 1), |at| at..at + 1);
        let mut window = self.open_window(blocks)?;
        match window.entries.binary_search_by_key(&key, |entry| entry.key) {
            Ok(at) => {
                if window.entries[at].item != *item {
                    self.note_replaced(key, &window.entries[at].item, item);
                }
                window.entries[at].item = item.clone();
                if let Some(origin) = window.entries[at].origin {
                    window.is_replaced[origin] = true;
                }
            }
            Err(at) => {
                self.note_added(key, item);
                window.insert(at, key, item.clone());
            }
        }
        self.close_window(window);
        Ok(())
    }
}
