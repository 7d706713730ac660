//! Putting in single messages, of whose neighbours nothing is known, and replacing one in its place.

use super::{Needs, Timeline};
use crate::model::MessageKey;

impl<M: Clone> Timeline<M> {
    /// A live message: it stands alone, with a gap before it; newer than the newest it is the end where that was known.
    /// One that is known already stays as it is: the history's answer knows of edits, the queue's repetition does not.
    pub(crate) fn insert_live(&mut self, key: MessageKey, item: &M) -> Needs<bool> {
        if !self.locate(&[key.id])?.is_empty() {
            return Ok(false);
        }
        // Where the end is not known there may be something newer: a message may come with an old time.
        let ended = self.knows_end();
        self.insert(key, item)?;
        if ended
            && self.newest_key() == Some(key)
            && let Some(end) = self.directory.edges.last_mut()
        {
            self.changes.directory |= !*end;
            *end = true;
        }
        Ok(true)
    }

    /// Messages of a fetch that did not ask for everything: known now, with nothing said of what is between.
    pub(crate) fn save(&mut self, messages: &[(MessageKey, M)]) -> Needs<()> {
        self.forget_moved(messages.iter().map(|(key, _)| *key))?;
        for (key, item) in messages {
            self.insert(*key, item)?;
        }
        Ok(())
    }

    /// Replaces the message with that id by what `change` makes of it. Tells whether it was there.
    pub(crate) fn edit<E>(
        &mut self,
        id: u64,
        change: impl FnOnce(&M) -> Result<M, E>,
    ) -> Needs<Result<bool, E>> {
        let Some(key) = self.locate(&[id])?.first().copied() else { return Ok(Ok(false)) };
        let Some(at) = self.holding(key) else { return Ok(Ok(false)) };
        self.require(at..at + 1)?;
        let first = self.directory.spans[at].first;
        let Some(block) = self.blocks.get_mut(&first) else { return Ok(Ok(false)) };
        let Ok(at) = block.keys.binary_search_by_key(&key, |key| *key) else { return Ok(Ok(false)) };
        match change(&block.items[at]) {
            Ok(item) => block.items[at] = item,
            Err(error) => return Ok(Err(error)),
        }
        self.changes.written.insert(first);
        Ok(Ok(true))
    }

    /// A message that stood elsewhere under the same id was moved by the server: it must not be there twice.
    pub(super) fn forget_moved(&mut self, keys: impl Iterator<Item = MessageKey>) -> Needs<()> {
        let keys: Vec<_> = keys.collect();
        let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
        let moved: Vec<_> = self.locate(&ids)?.into_iter().filter(|known| !keys.contains(known)).collect();
        if !moved.is_empty() {
            self.remove_keys(moved)?;
        }
        Ok(())
    }

    fn insert(&mut self, key: MessageKey, item: &M) -> Needs<()> {
        let at = self.directory.spans.partition_point(|span| span.last < key);
        let blocks = self.holding(key).map_or_else(|| self.widen(at..at, 1), |at| at..at + 1);
        let mut window = self.open(blocks)?;
        match window.entries.binary_search_by_key(&key, |entry| entry.key) {
            Ok(at) => {
                window.entries[at].item = item.clone();
                if let Some(origin) = window.entries[at].origin {
                    window.replaced[origin] = true;
                }
            }
            Err(at) => window.insert(at, key, item.clone()),
        }
        self.close(window);
        Ok(())
    }
}
