//! Merging a page of the server's history: over the page's range, the page replaces the known messages.

use super::item::Item;
use super::window::Entry;
use super::{BlockResult, Timeline};
use crate::model::{MessageKey, SearchDirection};
use crate::sorted_set::SortedSet;
use std::ops::RangeInclusive;

/// An unfiltered page: it contains every message that the server has in the page's range.
#[derive(Clone, Debug)]
pub(crate) struct CoveringPage<'a, M> {
    /// The messages, in any order.
    pub(crate) messages: &'a [(MessageKey, M)],
    /// The message after which the page begins; `None` if it begins at an end of the history.
    pub(crate) anchor: Option<u64>,
    /// The direction from the anchor.
    pub(crate) direction: SearchDirection,
    /// True if the page reaches the other end of the history.
    pub(crate) is_last: bool,
}

/// One bound of the page's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// The outermost message of the page. The page says nothing about messages beyond it.
    Message,
    /// The anchor, which joins the page.
    Anchor(MessageKey),
    /// The beginning of the history.
    Beginning,
    /// The end of the history when the page was fetched. Newer messages in the local copy stay.
    End,
}

impl<M: Item> Timeline<M> {
    /// Merges a page. Within its range, from the anchor to the last message, known messages that the page does not
    /// contain go, and the messages of the page join each other.
    ///
    /// `is_removed` is true for messages that were removed since the page was requested. The server had them, so the
    /// neighbors of a removed message join. After a removal by time, the caller also calls [`Timeline::remove_until`].
    pub(crate) fn merge(
        &mut self,
        page: &CoveringPage<'_, M>,
        is_removed: impl Fn(MessageKey) -> bool,
    ) -> BlockResult<()> {
        let messages = sort_messages(page.messages, page.anchor);
        self.remove_moved(messages.iter().map(|(key, _)| *key))?;
        let (lower, upper) = self.page_bounds(page, &messages)?;
        let (Some(first), Some(last)) = (first_key(&messages), last_key(&messages)) else {
            return self.merge_empty(lower, upper);
        };
        // The blocks that overlap the page. A block that only holds the anchor at its edge is not needed.
        let start = match lower {
            Bound::Beginning | Bound::End => 0,
            Bound::Anchor(key) => self.directory.spans.partition_point(|span| span.last <= key),
            Bound::Message => self.directory.spans.partition_point(|span| span.last < first),
        };
        let end = match upper {
            Bound::Anchor(key) => self.directory.spans.partition_point(|span| span.first < key),
            _ => self.directory.spans.partition_point(|span| span.first <= last),
        };
        let blocks = self.extend_to_neighbor(start..end.max(start), messages.len());
        let includes_newest_block = blocks.end == self.directory.spans.len();
        let mut window = self.open_window(blocks)?;

        let from = match lower {
            Bound::Beginning | Bound::End => 0,
            Bound::Anchor(key) => window.entries.partition_point(|entry| entry.key <= key),
            Bound::Message => window.entries.partition_point(|entry| entry.key < first),
        };
        let to = match upper {
            Bound::Anchor(key) => window.entries.partition_point(|entry| entry.key < key),
            _ => window.entries.partition_point(|entry| entry.key <= last),
        };
        let is_newest = includes_newest_block && to == window.entries.len();
        let is_known = |at: Option<usize>, key| at.is_some_and(|at| window.entries[at].key == key);
        let joins_older = match lower {
            Bound::Message => from < to && is_known(Some(from), first) && window.joins[from],
            _ => true,
        };
        let joins_newer = match upper {
            Bound::Anchor(_) => true,
            Bound::End if is_newest => true,
            _ => from < to && is_known(to.checked_sub(1), last) && window.joins[to],
        };

        let keys = messages.iter().map(|(key, _)| *key);
        let removed: Vec<_> = keys.filter(|key| is_removed(*key)).collect();
        let mut joins = vec![true; messages.len() + 1];
        joins[0] = joins_older;
        joins[messages.len()] = joins_newer;
        let known = &window.entries[from..to];
        let mut entries = Vec::with_capacity(messages.len());
        for entry in known {
            if messages.binary_search_by_key(&entry.key, |(key, _)| *key).is_err() {
                self.note_removed(entry.key);
            }
        }
        for (key, item) in messages {
            let known = known.binary_search_by_key(&key, |entry| entry.key).map(|at| &known[at]).ok();
            match known {
                Some(entry) if entry.item != *item => self.note_replaced(key, &entry.item, item),
                None if !removed.contains(&key) => self.note_added(key, item),
                _ => {}
            }
            let origin = known.and_then(|entry| entry.origin);
            if let Some(origin) = origin {
                window.is_replaced[origin] = true;
            }
            entries.push(Entry { key, item: item.clone(), origin });
        }
        window.entries.splice(from..to, entries);
        window.joins.splice(from..=to, joins);
        for key in removed {
            if let Ok(at) = window.entries.binary_search_by_key(&key, |entry| entry.key) {
                window.remove(at);
            }
        }
        self.close_window(window);
        Ok(())
    }

    /// The range of positions that the page covers.
    pub(super) fn page_range(&self, page: &CoveringPage<'_, M>) -> BlockResult<RangeInclusive<MessageKey>> {
        const FIRST: MessageKey = MessageKey { timestamp: 0, id: 0 };
        const LAST: MessageKey = MessageKey { timestamp: u64::MAX, id: u64::MAX };
        let messages = sort_messages(page.messages, page.anchor);
        let (lower, upper) = self.page_bounds(page, &messages)?;
        let from = match lower {
            Bound::Beginning | Bound::End => Some(FIRST),
            Bound::Anchor(key) => Some(key),
            Bound::Message => first_key(&messages),
        };
        let to = match upper {
            Bound::Anchor(key) => Some(key),
            _ => last_key(&messages),
        };
        // A page without messages has an empty range unless it lies between two known positions.
        Ok(from.zip(to).map_or(LAST..=FIRST, |(from, to)| from..=to))
    }

    /// The lower and the upper bound of the page's range.
    fn page_bounds(
        &self,
        page: &CoveringPage<'_, M>,
        messages: &[(MessageKey, &M)],
    ) -> BlockResult<(Bound, Bound)> {
        // An anchor that is unknown, or at an unexpected position, joins nothing.
        let anchor = match page.anchor {
            Some(id) => self.locate(&[id])?.first().copied().filter(|anchor| match page.direction {
                SearchDirection::Up => last_key(messages).is_none_or(|last| last < *anchor),
                SearchDirection::Down => first_key(messages).is_none_or(|first| first > *anchor),
            }),
            None => None,
        };
        let near = |end| match (page.anchor, anchor) {
            (None, _) => end,
            (Some(_), Some(anchor)) => Bound::Anchor(anchor),
            (Some(_), None) => Bound::Message,
        };
        let far = |end| if page.is_last { end } else { Bound::Message };
        Ok(match page.direction {
            SearchDirection::Up => (far(Bound::Beginning), near(Bound::End)),
            SearchDirection::Down => (near(Bound::Beginning), far(Bound::End)),
        })
    }

    /// Merges a page without messages. It tells something only between two known positions.
    fn merge_empty(&mut self, lower: Bound, upper: Bound) -> BlockResult<()> {
        match (lower, upper) {
            (Bound::Beginning, Bound::Anchor(key)) => {
                let end = self.directory.spans.partition_point(|span| span.last < key);
                let is_block_edge = self.directory.spans.get(end).is_some_and(|span| span.first == key);
                if is_block_edge && end == 0 {
                    self.set_edge(0);
                    return Ok(());
                }
                let mut window = self.open_window(0..end + usize::from(!is_block_edge))?;
                let to = window.entries.partition_point(|entry| entry.key < key);
                for entry in window.entries.drain(..to) {
                    self.note_removed(entry.key);
                }
                window.joins.drain(..to);
                window.joins[0] = true;
                self.close_window(window);
            }
            (Bound::Anchor(key), Bound::End) if self.newest_key() == Some(key) => {
                self.set_edge(self.directory.spans.len());
            }
            (Bound::Beginning, Bound::End) if self.directory.spans.is_empty() => self.set_edge(0),
            _ => {}
        }
        Ok(())
    }

    fn set_edge(&mut self, at: usize) {
        self.changes.directory |= !self.directory.edges[at];
        self.directory.edges[at] = true;
    }
}

/// The page's messages in order, without the anchor and without repeated ids.
fn sort_messages<M>(messages: &[(MessageKey, M)], anchor: Option<u64>) -> Vec<(MessageKey, &M)> {
    let mut ids = SortedSet::default();
    let unique = messages.iter().filter(|(key, _)| Some(key.id) != anchor && ids.insert(key.id));
    let mut sorted: Vec<_> = unique.map(|(key, item)| (*key, item)).collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    sorted
}

fn first_key<M>(messages: &[(MessageKey, M)]) -> Option<MessageKey> {
    messages.first().map(|(key, _)| *key)
}

fn last_key<M>(messages: &[(MessageKey, M)]) -> Option<MessageKey> {
    messages.last().map(|(key, _)| *key)
}
