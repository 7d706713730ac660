//! What was removed, so that nothing brings it back. Table `removals`, key: the conversation's, or `""` for all
//! conversations together.
//!
//! Every path that writes messages asks here first, in its own transaction: a page that was on its way when the
//! removal came finds the mark. A mark is dropped when nothing that is older than it can still be on its way: no
//! answer of the server (each is refused after [`PATIENCE_MS`]) and nothing in the queue (see `sweep.rs`).

use super::db::{Record, Result, Table, Transaction};
use crate::model::MessageKey;
use std::collections::BTreeMap;
use std::rc::Rc;

/// An answer that took longer than this is not kept. Longer than the longest timeout of a request.
pub const PATIENCE_MS: u64 = 15 * 60_000;

/// The record that stands for all conversations.
pub(super) const EVERYWHERE: &str = "";

/// A time up to which something holds, and the local time at which that was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mark {
    pub(super) time: u64,
    pub(super) noted: u64,
}

/// What was removed from one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Removals {
    /// These messages, and when that was noted here. Shared: every fact looks at them, and there may be thousands.
    pub(super) ids: Rc<BTreeMap<u64, u64>>,
    /// Everything up to this time.
    pub(super) until: Option<Mark>,
    /// The conversation itself was deleted then: what is older does not bring it back into the list.
    pub(super) gone: Option<Mark>,
    /// The server's time by which it had deleted the conversation: of what was sent up to then, and was not known
    /// here, nobody knows whether it went with it, or brings the conversation back.
    pub(super) unsure: Option<Mark>,
}

impl Record for Removals {
    const TABLE: Table = Table::Removals;
}

impl Removals {
    /// Whether a message with that place was removed.
    pub(super) fn hides(&self, key: MessageKey) -> bool {
        self.hides_id(key.id) || self.until().is_some_and(|until| key.timestamp <= until)
    }

    pub(super) fn hides_id(&self, id: u64) -> bool {
        self.ids.contains_key(&id)
    }

    pub(super) fn until(&self) -> Option<u64> {
        self.until.map(|mark| mark.time)
    }

    /// Whether the conversation was deleted, and that message is no newer.
    pub(super) fn outlives(&self, newest: Option<MessageKey>) -> bool {
        self.gone.is_some_and(|gone| newest.is_none_or(|key| key.timestamp <= gone.time))
    }

    /// Whether the conversation was deleted since: an answer that was asked for before may not know.
    pub(super) fn gone_since(&self, time: u64) -> bool {
        self.gone.is_some_and(|gone| gone.noted >= time)
    }

    /// What an answer that was asked for at that time may not know: the server had removed everything else before.
    /// Ids count in any case; they are never given again.
    pub(super) fn unknown_at(mut self, asked_at: u64) -> Self {
        self.until.take_if(|mark| mark.noted < asked_at);
        self
    }

    pub(super) fn add_ids(&mut self, ids: &[u64], now: u64) {
        let mut all = (*self.ids).clone();
        for id in ids {
            all.insert(*id, now);
        }
        self.ids = Rc::new(all);
    }

    pub(super) fn add_until(&mut self, time: u64, noted: u64) {
        self.until = later(self.until, Some(Mark { time, noted }));
    }

    pub(super) fn add_gone(&mut self, time: u64, noted: u64) {
        self.gone = later(self.gone, Some(Mark { time, noted }));
    }

    pub(super) fn add_unsure(&mut self, time: u64, noted: u64) {
        self.unsure = later(self.unsure, Some(Mark { time, noted }));
    }

    /// Whether a message that comes now may be one that was deleted.
    pub(super) fn is_unsure(&self, key: MessageKey) -> bool {
        self.unsure.is_some_and(|unsure| key.timestamp <= unsure.time)
    }

    /// Both this conversation's and those of all.
    pub(super) fn with(&self, everywhere: &Self) -> Self {
        let mut both = self.clone();
        if !everywhere.ids.is_empty() {
            let mut ids = (*both.ids).clone();
            for (id, noted) in everywhere.ids.iter() {
                ids.insert(*id, *noted);
            }
            both.ids = Rc::new(ids);
        }
        both.until = later(both.until, everywhere.until);
        both.gone = later(both.gone, everywhere.gone);
        both.unsure = later(both.unsure, everywhere.unsure);
        both
    }

    /// Drops what was noted before that time.
    pub(super) fn sweep(&mut self, before: u64) {
        let mut ids = (*self.ids).clone();
        ids.retain(|_, noted| *noted >= before);
        self.ids = Rc::new(ids);
        self.until.take_if(|mark| mark.noted < before);
        self.gone.take_if(|mark| mark.noted < before);
        self.unsure.take_if(|mark| mark.noted < before);
    }

    pub(super) fn load(tx: &Transaction, key: &str) -> Result<Self> {
        Ok(tx.get(&key.into())?.unwrap_or_default())
    }

    pub(super) fn save(&self, tx: &Transaction, key: &str) {
        let empty = *self == Self::default();
        if empty {
            tx.delete(Table::Removals, &key.into());
        } else {
            tx.put(&key.into(), self);
        }
    }
}

/// The mark that reaches further; of two that reach as far, the one noted later.
fn later(one: Option<Mark>, other: Option<Mark>) -> Option<Mark> {
    match (one, other) {
        (Some(one), Some(other)) => {
            Some(Mark { time: one.time.max(other.time), noted: one.noted.max(other.noted) })
        }
        (one, other) => one.or(other),
    }
}
