//! Removing messages, by key and by time.

use super::{Needs, Timeline};
use crate::model::MessageKey;
use std::collections::BTreeSet;

impl<M> Timeline<M> {
    /// The messages with these ids go. Tells whether any was there.
    pub(crate) fn remove_ids(&mut self, ids: &[u64]) -> Needs<bool> {
        let keys = self.locate(ids)?;
        self.remove_keys(keys)
    }

    /// The message with that id is no longer known; the server may still have it, so a gap takes its place.
    pub(crate) fn forget(&mut self, id: u64) -> Needs<bool> {
        let Some(key) = self.locate(&[id])?.first().copied() else { return Ok(false) };
        let Some(at) = self.holding(key) else { return Ok(false) };
        let mut window = self.open(at..at + 1)?;
        if let Ok(at) = window.entries.binary_search_by_key(&key, |entry| entry.key) {
            window.remove(at);
            window.joins[at] = false;
        }
        self.close(window);
        Ok(true)
    }

    pub(super) fn remove_keys(&mut self, keys: Vec<MessageKey>) -> Needs<bool> {
        // From the newest: closing a window moves only the blocks after it.
        let keys: Vec<_> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().rev().collect();
        let mut holding = Vec::new();
        for key in &keys {
            if let Some(at) = self.holding(*key).filter(|at| holding.last() != Some(at)) {
                holding.push(at);
            }
        }
        for at in &holding {
            self.require(*at..*at + 1)?;
        }
        for at in &holding {
            let mut window = self.open(*at..*at + 1)?;
            for key in &keys {
                if let Ok(at) = window.entries.binary_search_by_key(key, |entry| entry.key) {
                    window.remove(at);
                }
            }
            self.close(window);
        }
        Ok(!holding.is_empty())
    }

    /// Everything up to that time goes, on the server too: whoever joined the last of it joins the beginning now.
    /// Whole blocks go unread. Tells whether anything was there.
    pub(crate) fn remove_until(&mut self, time: u64) -> Needs<bool> {
        let whole = self.directory.spans.partition_point(|span| span.last.timestamp <= time);
        let partly = self.directory.spans.get(whole).is_some_and(|span| span.first.timestamp <= time);
        if partly {
            self.require(whole..whole + 1)?;
        }
        self.drop_oldest(whole);
        if partly {
            let mut window = self.open(0..1)?;
            window.remove_until(time);
            self.close(window);
        }
        Ok(whole > 0 || partly)
    }

    /// Forgets everything up to that time; the server may still have it, so the rest joins nothing older.
    pub(crate) fn forget_until(&mut self, time: u64) -> Needs<bool> {
        let any = self.remove_until(time)?;
        self.forget_beginning();
        Ok(any)
    }

    /// Forgets everything; the server may still have it. Tells whether anything was there.
    pub(crate) fn clear(&mut self) -> bool {
        let all = self.directory.spans.len();
        self.drop_oldest(all);
        self.forget_beginning();
        all > 0
    }

    fn forget_beginning(&mut self) {
        self.changes.directory |= self.directory.edges[0];
        self.directory.edges[0] = false;
    }

    fn drop_oldest(&mut self, count: usize) {
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
