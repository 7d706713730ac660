//! A page of the server's history, taken over: what it says of its range replaces what was known.

use super::window::{Entry, replace};
use super::{Needs, Timeline};
use crate::model::{MessageKey, SearchDirection};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// A page that asked for everything.
#[derive(Clone, Debug)]
pub(crate) struct Covered<'a, M> {
    /// In any order.
    pub(crate) messages: &'a [(MessageKey, M)],
    /// The message after which the walk began; none where it began at an end of the history.
    pub(crate) anchor: Option<u64>,
    /// Which way it went.
    pub(crate) direction: SearchDirection,
    /// Whether the walk reached the other end of the history.
    pub(crate) is_last: bool,
}

/// What lies at one side of the page's range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// The page's own outermost message; nothing is said of what is beyond.
    Page,
    /// The message the walk began after: it joins the page.
    Anchor(MessageKey),
    /// The beginning of the history.
    Beginning,
    /// The end of the history as it was when the page was fetched: what is newer here stays.
    End,
}

impl<M: Clone> Timeline<M> {
    /// Takes a page over. Over its range, from anchor to last message, the server's word counts: what it did not
    /// return is gone, what it returned joins. `hidden` tells which of its messages were removed since it was
    /// asked for: they leave joins behind as if they had been there and were removed. Of a removal by time the
    /// caller reminds with [`Timeline::remove_until`] afterwards.
    #[allow(clippy::same_item_push, reason = "`vec!` brings functions of its own for that")]
    pub(crate) fn merge(&mut self, page: &Covered<'_, M>, hidden: impl Fn(MessageKey) -> bool) -> Needs<()> {
        let messages = ordered(page.messages, page.anchor);
        self.forget_moved(messages.keys().copied())?;
        let (lower, upper) = self.sides(page, &messages)?;
        let (Some(low), Some(high)) = (first_key(&messages), last_key(&messages)) else {
            return self.merge_empty(lower, upper);
        };
        // The blocks whose range meets the page's. One that only touches it with the anchor stays closed.
        let start = match lower {
            Side::Beginning | Side::End => 0,
            Side::Anchor(key) => self.directory.spans.partition_point(|span| span.last <= key),
            Side::Page => self.directory.spans.partition_point(|span| span.last < low),
        };
        let end = match upper {
            Side::Anchor(key) => self.directory.spans.partition_point(|span| span.first < key),
            _ => self.directory.spans.partition_point(|span| span.first <= high),
        };
        let blocks = self.widen(start..end.max(start), messages.len());
        let newest = blocks.end == self.directory.spans.len();
        let mut window = self.open(blocks)?;

        let from = match lower {
            Side::Beginning | Side::End => 0,
            Side::Anchor(key) => window.entries.partition_point(|entry| entry.key <= key),
            Side::Page => window.entries.partition_point(|entry| entry.key < low),
        };
        let to = match upper {
            Side::Anchor(key) => window.entries.partition_point(|entry| entry.key < key),
            _ => window.entries.partition_point(|entry| entry.key <= high),
        };
        let ends = newest && to == window.entries.len();
        let keeps = |at: Option<usize>, key| at.is_some_and(|at| window.entries[at].key == key);
        let older = match lower {
            Side::Page => from < to && keeps(Some(from), low) && window.joins[from],
            _ => true,
        };
        let newer = match upper {
            Side::Anchor(_) => true,
            Side::End if ends => true,
            _ => from < to && keeps(to.checked_sub(1), high) && window.joins[to],
        };

        let known = &window.entries[from..to];
        let count = messages.len();
        let (mut entries, mut removed) = (Vec::new(), Vec::new());
        for (key, item) in messages {
            let origin =
                known.binary_search_by_key(&key, |entry| entry.key).ok().and_then(|at| known[at].origin);
            if let Some(origin) = origin {
                window.replaced[origin] = true;
            }
            if hidden(key) {
                removed.push(key);
            }
            entries.push(Entry { key, item: item.clone(), origin });
        }
        replace(&mut window.entries, from..to, entries);
        let mut joins = vec![older];
        for _ in 1..count {
            joins.push(true);
        }
        joins.push(newer);
        replace(&mut window.joins, from..to + 1, joins);
        for key in removed {
            if let Ok(at) = window.entries.binary_search_by_key(&key, |entry| entry.key) {
                window.remove(at);
            }
        }
        self.close(window);
        Ok(())
    }

    /// The places of which the page says what stands there.
    pub(super) fn range(&self, page: &Covered<'_, M>) -> Needs<RangeInclusive<MessageKey>> {
        const FIRST: MessageKey = MessageKey { timestamp: 0, id: 0 };
        const LAST: MessageKey = MessageKey { timestamp: u64::MAX, id: u64::MAX };
        let messages = ordered(page.messages, page.anchor);
        let (lower, upper) = self.sides(page, &messages)?;
        let from = match lower {
            Side::Beginning | Side::End => Some(FIRST),
            Side::Anchor(key) => Some(key),
            Side::Page => first_key(&messages),
        };
        let to = match upper {
            Side::Anchor(key) => Some(key),
            _ => last_key(&messages),
        };
        // Of a page without messages nothing is said of what is newer than the end.
        Ok(from.zip(to).map_or(LAST..=FIRST, |(from, to)| from..=to))
    }

    /// Where the page's range begins and ends.
    fn sides(&self, page: &Covered<'_, M>, messages: &BTreeMap<MessageKey, &M>) -> Needs<(Side, Side)> {
        // An anchor that is not known here, or not where the page says, joins nothing.
        let anchor = match page.anchor {
            Some(id) => self.locate(&[id])?.first().copied().filter(|anchor| match page.direction {
                SearchDirection::Up => last_key(messages).is_none_or(|last| last < *anchor),
                SearchDirection::Down => first_key(messages).is_none_or(|first| first > *anchor),
            }),
            None => None,
        };
        let begun = |end| match (page.anchor, anchor) {
            (None, _) => end,
            (Some(_), Some(anchor)) => Side::Anchor(anchor),
            (Some(_), None) => Side::Page,
        };
        let reached = |end| if page.is_last { end } else { Side::Page };
        Ok(match page.direction {
            SearchDirection::Up => (reached(Side::Beginning), begun(Side::End)),
            SearchDirection::Down => (begun(Side::Beginning), reached(Side::End)),
        })
    }

    /// A page without messages says something only where it lies between two known places.
    fn merge_empty(&mut self, lower: Side, upper: Side) -> Needs<()> {
        match (lower, upper) {
            (Side::Beginning, Side::Anchor(key)) => {
                let end = self.directory.spans.partition_point(|span| span.last < key);
                let whole = self.directory.spans.get(end).is_some_and(|span| span.first == key);
                if whole && end == 0 {
                    self.set_edge(0);
                    return Ok(());
                }
                let mut window = self.open(0..end + usize::from(!whole))?;
                let to = window.entries.partition_point(|entry| entry.key < key);
                window.entries.drain(..to);
                window.joins.drain(..to);
                window.joins[0] = true;
                self.close(window);
            }
            (Side::Anchor(key), Side::End) if self.newest_key() == Some(key) => {
                self.set_edge(self.directory.spans.len());
            }
            (Side::Beginning, Side::End) if self.directory.spans.is_empty() => self.set_edge(0),
            _ => {}
        }
        Ok(())
    }

    fn set_edge(&mut self, at: usize) {
        self.changes.directory |= !self.directory.edges[at];
        self.directory.edges[at] = true;
    }
}

/// The page's messages by key, each id once and without the anchor itself.
fn ordered<M>(messages: &[(MessageKey, M)], anchor: Option<u64>) -> BTreeMap<MessageKey, &M> {
    let (mut ordered, mut ids) = (BTreeMap::new(), BTreeSet::new());
    for (key, item) in messages {
        if Some(key.id) != anchor && ids.insert(key.id) {
            ordered.insert(*key, item);
        }
    }
    ordered
}

fn first_key<M>(messages: &BTreeMap<MessageKey, M>) -> Option<MessageKey> {
    messages.keys().next().copied()
}

fn last_key<M>(messages: &BTreeMap<MessageKey, M>) -> Option<MessageKey> {
    messages.keys().last().copied()
}
