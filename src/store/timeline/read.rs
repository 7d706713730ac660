//! Reading a page.

use super::{Missing, Needs, Timeline};
use crate::model::{MessageKey, SearchDirection};

/// A page as it is known here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reading<M> {
    /// In walking order.
    pub(crate) messages: Vec<(MessageKey, M)>,
    /// Whether no gap lies between the anchor and the page's end.
    pub(crate) complete: bool,
    /// How many messages stand before the first gap.
    pub(crate) whole: usize,
    /// Whether the page ends where the history does.
    pub(crate) is_last: bool,
}

/// A place between two messages: before entry `entry` of block `block`, or after the last of all.
#[derive(Clone, Copy, Debug)]
struct Place {
    block: usize,
    entry: usize,
}

impl Place {
    fn is_beginning(self) -> bool {
        self.block == 0 && self.entry == 0
    }
}

impl<M: Clone> Timeline<M> {
    /// Reads at most `size` messages after the anchor. `known` is the newest message heard of elsewhere: if it is
    /// newer than the newest here, the end is not where it was. An unknown anchor gives nothing.
    pub(crate) fn read(
        &self,
        anchor: Option<u64>,
        direction: SearchDirection,
        size: usize,
        known: Option<MessageKey>,
    ) -> Needs<Reading<M>> {
        let mut reading = Reading { messages: Vec::new(), complete: true, whole: 0, is_last: false };
        let up = direction == SearchDirection::Up;
        let Some(mut place) = self.begin(anchor, up)? else {
            return Ok(Reading { complete: false, ..reading });
        };
        let ended = known <= self.newest_key();
        loop {
            let end = if up { place.is_beginning() } else { place.block == self.directory.spans.len() };
            // With the page full, only whether it also reached the end is of interest.
            if reading.messages.len() >= size && !end {
                return Ok(reading);
            }
            let joins = self.joins(place, ended, size - reading.messages.len(), up)?;
            if end {
                reading.is_last = joins;
                reading.complete &= joins || !reading.messages.is_empty();
                return Ok(reading);
            }
            if up && place.entry == 0 {
                place = Place { block: place.block - 1, entry: self.len(place.block - 1) };
            }
            let block = self.wanted(place.block, size - reading.messages.len(), up)?;
            let at = if up { place.entry - 1 } else { place.entry };
            reading.complete &= joins;
            reading.whole += usize::from(reading.complete);
            reading.messages.push((block.keys[at], block.items[at].clone()));
            place = match (up, at + 1 == block.keys.len()) {
                (true, _) => Place { entry: at, ..place },
                (false, false) => Place { entry: at + 1, ..place },
                (false, true) => Place { block: place.block + 1, entry: 0 },
            };
        }
    }

    /// Where the walk begins; `None` where the anchor is not known.
    fn begin(&self, anchor: Option<u64>, up: bool) -> Needs<Option<Place>> {
        let Some(id) = anchor else {
            return Ok(Some(Place { block: if up { self.directory.spans.len() } else { 0 }, entry: 0 }));
        };
        let Some(key) = self.locate(&[id])?.first().copied() else { return Ok(None) };
        let Some(block) = self.holding(key) else { return Ok(None) };
        let span = self.directory.spans[block];
        let entry = match key {
            key if key == span.first => 0,
            key if key == span.last => self.len(block) - 1,
            key => match self.loaded(span.first)?.keys.binary_search_by_key(&key, |key| *key) {
                Ok(entry) => entry,
                Err(_) => return Ok(None),
            },
        };
        Ok(Some(match (up, entry + 1 == self.len(block)) {
            (true, _) => Place { block, entry },
            (false, false) => Place { block, entry: entry + 1 },
            (false, true) => Place { block: block + 1, entry: 0 },
        }))
    }

    /// Whether what is on either side of the place joins.
    fn joins(&self, place: Place, ended: bool, rest: usize, up: bool) -> Needs<bool> {
        Ok(match place {
            Place { block, entry: 0 } => {
                self.directory.edges[block] && (ended || block < self.directory.spans.len())
            }
            Place { block, entry } => self.wanted(block, rest, up)?.joins[entry - 1],
        })
    }

    /// A block of the walk. Where it is not loaded, those after it that the page will need are asked for with it.
    fn wanted(&self, block: usize, rest: usize, up: bool) -> Needs<&super::Block<M>> {
        let first = self.directory.spans[block].first;
        if let Some(block) = self.blocks.get(&first) {
            return Ok(block);
        }
        let mut missing = Vec::new();
        let mut found = 0;
        let mut next = Some(block);
        while let Some(at) = next.filter(|at| *at < self.directory.spans.len() && found < rest.max(1)) {
            found += self.len(at);
            if !self.blocks.contains_key(&self.directory.spans[at].first) {
                missing.push(self.directory.spans[at].first);
            }
            next = if up { at.checked_sub(1) } else { Some(at + 1) };
        }
        Err(Missing(missing))
    }

    fn len(&self, block: usize) -> usize {
        self.directory.spans[block].count as usize
    }
}
