//! Tombstones keep removed messages from coming back.
//!
//! Every rule that writes messages reads the tombstones in its own transaction. A page that was on its way during a
//! removal therefore finds the tombstone. A tombstone is dropped when nothing older can still arrive: neither a response
//! of the server (see [`MAX_RESPONSE_AGE_MS`]) nor a message from a queue (see `sweep.rs`).

use super::super::db::Result;
use super::super::records::{ALL_CONVERSATIONS, RemovedMessage, Tombstones, Watermark};
use super::super::unit_of_work::UnitOfWork;
use crate::model::{JsonText, MessageKey, RequestTime};
use std::rc::Rc;

/// A response that took longer than this is not saved. It is longer than the longest timeout of a request.
pub const MAX_RESPONSE_AGE_MS: u64 = 15 * 60_000;

/// The tombstones that apply to a conversation: its own, and those of all conversations.
pub fn effective(work: &mut UnitOfWork<'_>, key: &str) -> Result<Tombstones> {
    let own = work.tombstones(key)?.clone();
    Ok(own.merged_with(work.tombstones(ALL_CONVERSATIONS)?))
}

/// True if a response requested at that time is too old to be saved: tombstones that it needs may be gone.
pub fn is_too_old(request: RequestTime, page_time: u64) -> bool {
    request.sent_at.saturating_add(MAX_RESPONSE_AGE_MS) <= page_time
}

impl Tombstones {
    /// The tombstones that a response requested at that time may not reflect. Removals by time that were noted before the
    /// request are reflected. Ids always count, because the server never reuses them.
    pub fn unknown_to_request_at(mut self, request: RequestTime) -> Self {
        self.removed_until.take_if(|mark| !request.is_before(mark.noted_at));
        self
    }

    /// The messages that were not removed.
    pub fn filter_visible(&self, messages: &[(MessageKey, JsonText)]) -> Vec<(MessageKey, JsonText)> {
        messages.iter().filter(|(key, _)| !self.hides(*key)).cloned().collect()
    }

    /// Notes removed ids. `known` are the positions of those that the local copy had.
    pub fn add_ids(&mut self, ids: &[u64], known: &[MessageKey], now: u64) {
        let own = Rc::make_mut(&mut self.ids);
        for id in ids {
            let before = own.get(id).and_then(|removed| removed.timestamp);
            let timestamp = known.iter().find(|key| key.id == *id).map(|key| key.timestamp).or(before);
            own.insert(*id, RemovedMessage { noted_at: now, timestamp });
        }
    }

    pub fn add_removed_until(&mut self, time: u64, noted_at: u64) {
        self.removed_until = latest(self.removed_until, Some(Watermark { time, noted_at }));
    }

    pub fn add_deleted_at(&mut self, time: u64, noted_at: u64) {
        self.deleted_at = latest(self.deleted_at, Some(Watermark { time, noted_at }));
    }

    pub fn add_ambiguous_until(&mut self, time: u64, noted_at: u64) {
        self.ambiguous_until = latest(self.ambiguous_until, Some(Watermark { time, noted_at }));
    }

    /// Both these tombstones and the others.
    pub fn merged_with(mut self, other: &Self) -> Self {
        if !other.ids.is_empty() {
            let own = Rc::make_mut(&mut self.ids);
            for (id, removed) in other.ids.iter() {
                own.insert(*id, *removed);
            }
        }
        self.removed_until = latest(self.removed_until, other.removed_until);
        self.deleted_at = latest(self.deleted_at, other.deleted_at);
        self.ambiguous_until = latest(self.ambiguous_until, other.ambiguous_until);
        self
    }

    /// Drops everything that was noted before that time of the copy.
    pub fn drop_before(&mut self, time: u64) {
        Rc::make_mut(&mut self.ids).retain(|_, removed| removed.noted_at >= time);
        self.removed_until.take_if(|mark| mark.noted_at < time);
        self.deleted_at.take_if(|mark| mark.noted_at < time);
        self.ambiguous_until.take_if(|mark| mark.noted_at < time);
    }
}

/// The later time, noted at the later of both moments.
fn latest(one: Option<Watermark>, other: Option<Watermark>) -> Option<Watermark> {
    match (one, other) {
        (Some(one), Some(other)) => {
            Some(Watermark { time: one.time.max(other.time), noted_at: one.noted_at.max(other.noted_at) })
        }
        (one, other) => one.or(other),
    }
}
