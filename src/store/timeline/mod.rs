//! The history of one conversation, as far as it is known: pure, with no database in sight.
//!
//! All messages stand in one order, by [`MessageKey`]. Between two neighbours the server either said that
//! nothing else stands (they *join*) or it did not (a *gap*). The beginning and the end of the history count as
//! neighbours too: the oldest message joins the beginning where the server said that nothing is older, the newest
//! joins the end where it was the newest when that was learnt.
//!
//! The order is cut into blocks of at most [`MAX_BLOCK`] messages. A [`Timeline`] knows of every block what
//! stands in the conversation's directory: its [`Span`], and whether it joins the block before. Joins between
//! blocks live in the directory alone, so that the two sides of an edge cannot disagree and a page appended at
//! either end rewrites no block. The blocks themselves are loaded when an operation asks for them: it returns
//! [`Missing`], the caller loads what it names and calls again. Operations may be repeated; nothing is half done.

mod insert;
mod merge;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_test;
mod read;
mod remove;
#[cfg(test)]
mod tests;
mod touched;
mod window;

pub(crate) use merge::Covered;
pub(crate) use read::Reading;
pub(crate) use touched::{Touch, Touched};

use crate::model::MessageKey;
use std::collections::{BTreeMap, BTreeSet};

/// The largest block. A page of 50, the largest, is a block of its own; smaller ones fill a block up.
pub(crate) const MAX_BLOCK: usize = 64;

/// These blocks, named by their first keys, must be loaded first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing(pub(crate) Vec<MessageKey>);

/// An operation's result, or the blocks it needs.
pub(crate) type Needs<T> = Result<T, Missing>;

/// What the directory knows of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its oldest message, which also names the block.
    pub(crate) first: MessageKey,
    /// Its newest message.
    pub(crate) last: MessageKey,
    /// Its smallest id: with `high` it tells most blocks in which an id cannot be.
    pub(crate) low: u64,
    /// Its largest id.
    pub(crate) high: u64,
    /// How many messages.
    pub(crate) count: u64,
}

/// A run of neighbouring messages, oldest first. What a message is does not matter here.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Block<M> {
    /// Where they stand.
    pub(crate) keys: Vec<MessageKey>,
    /// Whether each joins the one before it in the block; one fewer than keys.
    pub(crate) joins: Vec<bool>,
    /// The messages.
    pub(crate) items: Vec<M>,
}

impl<M> Block<M> {
    fn span(&self) -> Option<Span> {
        Some(Span {
            first: *self.keys.first()?,
            last: *self.keys.last()?,
            low: self.keys.iter().map(|key| key.id).min()?,
            high: self.keys.iter().map(|key| key.id).max()?,
            count: self.keys.len() as u64,
        })
    }
}

/// What must be written so that the database holds what the timeline holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// The directory.
    pub(crate) directory: bool,
    /// First of all, every block up to this one goes.
    pub(crate) cleared_through: Option<MessageKey>,
    /// Then these go.
    pub(crate) deleted: BTreeSet<MessageKey>,
    /// Then these are written.
    pub(crate) written: BTreeSet<MessageKey>,
}

/// What is known of a history without its blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directory {
    /// The blocks, oldest first.
    pub(crate) spans: Vec<Span>,
    /// One more than spans: whether each block joins the one before it; the first is the beginning of the
    /// history, the last its end.
    pub(crate) edges: Vec<bool>,
    /// What a page that is on its way may not know.
    pub(crate) touched: Touched,
}

impl Default for Directory {
    fn default() -> Self {
        Self { spans: Vec::new(), edges: vec![false], touched: Touched::default() }
    }
}

impl Directory {
    fn is_sound(&self) -> bool {
        self.edges.len() == self.spans.len() + 1
            && self.spans.windows(2).all(|pair| pair[0].last < pair[1].first)
            && self.spans.iter().all(|span| span.first <= span.last && span.count > 0)
    }
}

/// The history of one conversation: its directory, the blocks loaded so far, and what changed.
#[derive(Clone, Debug)]
pub(crate) struct Timeline<M> {
    directory: Directory,
    blocks: BTreeMap<MessageKey, Block<M>>,
    changes: Changes,
    /// The blocks that the database has not seen yet: of one that comes and goes there is nothing to delete.
    unseen: BTreeSet<MessageKey>,
}

impl<M> Timeline<M> {
    /// From a directory. One that is not well-formed counts as empty: it can be fetched again.
    pub(crate) fn new(directory: Directory) -> Self {
        let directory = if directory.is_sound() { directory } else { Directory::default() };
        Self { directory, blocks: BTreeMap::new(), changes: Changes::default(), unseen: BTreeSet::new() }
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn block(&self, first: MessageKey) -> Option<&Block<M>> {
        self.blocks.get(&first)
    }

    /// Hands over a block that was [`Missing`]. One that does not fit its span is emptied into it: what the
    /// directory says of its order is not to be trusted, so nothing in it joins.
    pub(crate) fn load(&mut self, first: MessageKey, block: Option<Block<M>>) {
        let Ok(at) = self.directory.spans.binary_search_by_key(&first, |span| span.first) else { return };
        let fits = block.filter(|block| {
            block.span() == Some(self.directory.spans[at])
                && block.items.len() == block.keys.len()
                && block.joins.len() + 1 == block.keys.len()
                && block.keys.is_sorted()
        });
        if let Some(block) = fits {
            self.blocks.insert(first, block);
        } else {
            // A block that is gone or damaged leaves a gap, which the next page fills.
            self.directory.spans.remove(at);
            self.directory.edges.remove(at);
            self.directory.edges[at] = false;
            self.changes.directory = true;
            self.changes.written.remove(&first);
            self.changes.deleted.insert(first);
        }
    }

    /// Lets go of every block but the newest.
    pub(crate) fn forget_older_blocks(&mut self) {
        let newest = self.directory.spans.last().map(|span| span.first);
        let kept = newest.and_then(|first| Some((first, self.blocks.remove(&first)?)));
        self.blocks.clear();
        if let Some((first, block)) = kept {
            self.blocks.insert(first, block);
        }
    }

    /// Lets go of every block.
    pub(crate) fn forget_blocks(&mut self) {
        self.blocks.clear();
    }

    /// Whether any block is loaded.
    pub(crate) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// What must be written; asking forgets it.
    pub(crate) fn take_changes(&mut self) -> Changes {
        self.unseen.clear();
        std::mem::take(&mut self.changes)
    }

    /// Whether nothing newer than the newest message is on the server, as far as was heard.
    pub(crate) fn knows_end(&self) -> bool {
        self.directory.edges.last() == Some(&true)
    }

    /// Where the newest message stands.
    pub(crate) fn newest_key(&self) -> Option<MessageKey> {
        self.directory.spans.last().map(|span| span.last)
    }

    /// The newest message.
    pub(crate) fn newest(&self) -> Needs<Option<&M>> {
        let Some(span) = self.directory.spans.last() else { return Ok(None) };
        let block = self.loaded(span.first)?;
        Ok(block.items.last())
    }

    /// Where those of the ids stand that are known.
    pub(crate) fn locate(&self, ids: &[u64]) -> Needs<Vec<MessageKey>> {
        let mut found = Vec::new();
        let mut missing = BTreeSet::new();
        for &id in ids {
            let (mut candidates, mut edge) = (Vec::new(), None);
            for span in &self.directory.spans {
                if span.low <= id && id <= span.high {
                    candidates.push(span);
                    for key in [span.first, span.last] {
                        if key.id == id {
                            edge = edge.or(Some(key));
                        }
                    }
                }
            }
            if let Some(key) = edge {
                found.push(key);
                continue;
            }
            // Newest first: what is removed or walked from is mostly young.
            for span in candidates.iter().rev() {
                match self.blocks.get(&span.first) {
                    Some(block) => {
                        if let Some(&key) = block.keys.iter().find(|key| key.id == id) {
                            found.push(key);
                            break;
                        }
                    }
                    None => {
                        missing.insert(span.first);
                    }
                }
            }
        }
        if missing.is_empty() { Ok(found) } else { Err(Missing(missing.into_iter().collect())) }
    }

    /// The newest message before that place, and whether it joins what stands there.
    pub(crate) fn before(&self, place: MessageKey) -> Needs<Option<(MessageKey, bool)>> {
        let after = self.directory.spans.partition_point(|span| span.first < place);
        let Some(at) = after.checked_sub(1) else { return Ok(None) };
        let block = self.loaded(self.directory.spans[at].first)?;
        let next = block.keys.partition_point(|key| *key < place);
        let joins = match block.keys.get(next) {
            Some(key) => *key == place && block.joins[next - 1],
            None => {
                let next = self.directory.spans.get(after);
                next.is_some_and(|span| span.first == place) && self.directory.edges[after]
            }
        };
        Ok(block.keys.get(next - 1).map(|key| (*key, joins)))
    }

    fn loaded(&self, first: MessageKey) -> Needs<&Block<M>> {
        self.blocks.get(&first).ok_or_else(|| Missing(vec![first]))
    }

    /// The index of the block that holds the key.
    fn holding(&self, key: MessageKey) -> Option<usize> {
        let at = self.directory.spans.partition_point(|span| span.last < key);
        self.directory.spans.get(at).filter(|span| span.first <= key).map(|_| at)
    }
}
