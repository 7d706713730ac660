//! The local copy: the server's conversations and histories, stored in IndexedDB.
//!
//! There is one database for each app, user and device. Its object stores:
//!
//! | store | key | record |
//! |---|---|---|
//! | `conversations` | number of the shard | a part of the conversation list |
//! | `directories` | conversation | a summary of each block, and the recent changes |
//! | `blocks` | conversation and oldest message | a run of up to 64 messages |
//! | `removals` | conversation; `""` for all | tombstones: removed messages must not come back |
//! | `queues` | queue; `""` for the last presence | the acknowledged position, and the latest metas |
//! | `doubts` | conversation; `""` for all; `list` | a pending comparison with the server |
//! | `news` | number; `""` for the index | the event log for other tabs |
//! | `stamps` | `""` | the version of the last write |
//!
//! The key of a conversation is [`ConversationId::storage_key`](crate::model::ConversationId::storage_key).
//!
//! The layers, from the lowest on; none imports from a higher one:
//!
//! 1. `records/`: plain data.
//! 2. `timeline/`: the history of one conversation, its gaps and joins; pure.
//! 3. `db/`: tables and transactions, over IndexedDB or in memory.
//! 4. `cache.rs` and `unit_of_work.rs`: the records that a transaction reads and changes.
//! 5. `rules/`: how facts, pages and lists change the copy, and how it is read.
//! 6. `Store`: the public face, below and in `handle.rs`.
//!
//! `docs/local-copy.md` explains the design.

mod cache;
mod db;
mod facts;
mod handle;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_test;
mod records;
mod rules;
mod tables;
mod timeline;
mod unit_of_work;

pub use crate::model::JsonText;
#[cfg(target_arch = "wasm32")]
pub use db::device::{device_id, passing_device_id};
pub use facts::{Batch, Call, CallState, Estimate, Fact, LocalPage, LocalQuery};
pub use handle::Store;
pub use records::EventBatch;
pub use rules::comparison::{Check, Comparison};
pub use rules::presence::{ABSENCE_MS, NOTE_MS};
pub use rules::reconciliation::CALL_MS;
pub use rules::tombstones::MAX_RESPONSE_AGE_MS;

use crate::error::Result;
use crate::model::{Conversation, ConversationId, HistoryPage, MessageKey};
use db::Table;
use handle::Boxed;
use records::ALL_CONVERSATIONS;
use rules::apply::{Applied, Events, apply_batch};
use rules::{
    comparison, event_log, merge_page, presence, queries, read_page, reconciliation, save_list, sweep,
};
use std::rc::Rc;

/// A page of the server's history that was merged.
pub struct MergedPage {
    /// The visible messages: those that were not removed since the page was requested. `None` if the page was overtaken by
    /// a change since then; it must be requested again.
    pub visible: Option<Vec<(MessageKey, JsonText)>>,
    /// The commit. It is already on its way, but must be awaited or spawned: dropping it may roll the page back. Its result
    /// is true if the conversation list changed.
    pub committed: Boxed<'static, Result<bool>>,
}

impl Store {
    /// The conversation list, as public `Conversation` objects: pinned ones first, then by last message, newest first.
    pub fn conversations(&self) -> impl Future<Output = Result<Vec<JsonText>>> {
        self.read(&[Table::Conversations], |work| queries::list(work.tx))
    }

    /// One conversation of the list, as a public `Conversation` object.
    pub fn conversation(&self, id: &ConversationId) -> impl Future<Output = Result<Option<JsonText>>> {
        let key = id.storage_key();
        self.read(&[Table::Conversations], move |work| queries::conversation(work.tx, &key))
    }

    /// Saves a page of the server's list that was requested at that local time. With `is_whole` it is the list from start
    /// to end, and local conversations that it lacks go. Returns true if the local list changed.
    pub fn save_conversations<'a>(
        &'a self,
        list: &'a [Conversation],
        is_whole: bool,
        requested_at: u64,
    ) -> Boxed<'a, Result<bool>> {
        self.write(move |work| save_list::save_list(work, list, is_whole, requested_at))
    }

    /// Merges a page of the server's history. Returns as soon as the visible messages are known and the commit is on its
    /// way: an answer need not wait for the disk.
    pub async fn merge_page(&self, id: &ConversationId, page: Rc<HistoryPage>) -> Result<MergedPage> {
        let id = id.clone();
        let prepared = self.prepare(move |work| merge_page::merge_page(work, &id, &page)).await?;
        Ok(MergedPage { visible: prepared.value, committed: prepared.committed })
    }

    /// Merges a page, waits for the commit, and returns the visible messages.
    pub async fn save_page(
        &self,
        id: &ConversationId,
        page: &HistoryPage,
    ) -> Result<Option<Vec<(MessageKey, JsonText)>>> {
        let MergedPage { visible, committed } = self.merge_page(id, Rc::new(page.clone())).await?;
        committed.await?;
        Ok(visible)
    }

    /// Applies a batch in one transaction. Returns for each fact whether it was new.
    pub async fn apply(&self, batch: &Batch) -> Result<Vec<bool>> {
        Ok(self.apply_with_events(batch, Events::default()).await?.is_new)
    }

    /// Applies a batch, and returns the events of the new facts, or `None` if no fact was new. `texts` has for each fact
    /// its `[name, event]`, or an empty text. With `to_log` the events are also written to the event log.
    pub async fn apply_and_tell(
        &self,
        batch: &Batch,
        texts: &[String],
        to_log: bool,
    ) -> Result<Option<EventBatch>> {
        Ok(self.apply_with_events(batch, Events { texts, to_log }).await?.events)
    }

    async fn apply_with_events(&self, batch: &Batch, events: Events<'_>) -> Result<Applied> {
        let mut applied = Applied::default();
        self.write(|work| apply_batch(work, batch, events, &mut applied)).await?;
        Ok(applied)
    }

    /// The number of the last batch in the event log; 0 if there is none.
    pub fn log_end(&self) -> impl Future<Output = Result<u64>> {
        self.read(&[Table::News], |work| event_log::last_number(work.tx))
    }

    /// The batches of the event log after that number.
    pub fn log_after(&self, number: u64) -> impl Future<Output = Result<Vec<EventBatch>>> {
        self.read(&[Table::News], move |work| event_log::batches_after(work.tx, number))
    }

    /// The acknowledged position of a queue.
    pub fn position(&self, queue: &str) -> impl Future<Output = Result<Option<u64>>> {
        let queue = queue.to_owned();
        self.read(&[Table::Queues], move |work| queries::position(work.tx, &queue))
    }

    /// The size of the local copy. The number of bytes is estimated.
    pub fn estimate(&self) -> impl Future<Output = Result<Estimate>> {
        let tables = &[Table::Conversations, Table::Directories, Table::Blocks];
        self.read(tables, |work| queries::estimate(work.tx))
    }

    /// Reads a page of the local history.
    pub fn page(&self, id: &ConversationId, query: LocalQuery) -> impl Future<Output = Result<LocalPage>> {
        let key = id.storage_key();
        self.read(&read_page::TABLES, move |work| read_page::read_page(work, &key, query))
    }

    /// The messages of a page that were not removed since the page was requested.
    pub fn filter_removed(
        &self,
        id: &ConversationId,
        messages: &[(MessageKey, JsonText)],
        requested_at: u64,
    ) -> impl Future<Output = Result<Vec<(MessageKey, JsonText)>>> {
        let key = id.storage_key();
        self.read(&[Table::Removals], move |work| {
            queries::filter_removed(work.tx, &key, messages, requested_at)
        })
    }

    /// Notes that a removal is about to be requested, in one conversation or in all. If its response is never known here,
    /// the local copy is compared with the server. With `is_deletion`, whole conversations are deleted, which concerns the
    /// list too. Pass the returned name to [`Store::note_call`], or in [`Batch::call`].
    pub async fn begin_call(&self, id: Option<&ConversationId>, is_deletion: bool) -> Result<String> {
        let key = id.map_or_else(|| ALL_CONVERSATIONS.to_owned(), ConversationId::storage_key);
        let name = reconciliation::call_name(&key, self.number(), self.next_call());
        self.write(|work| {
            reconciliation::begin_call(work, &name, is_deletion);
            Ok(())
        })
        .await?;
        Ok(name)
    }

    /// Notes the state of such a call.
    pub fn note_call<'a>(&'a self, call: &'a str, state: CallState) -> Boxed<'a, Result<bool>> {
        self.write(move |work| reconciliation::note_call(work, call, state))
    }

    /// The next comparison with the server; with `with_list`, the conversation list comes first.
    pub async fn comparison(&self, with_list: bool) -> Result<Comparison> {
        let mut next = Comparison::Nothing { is_stale: false };
        self.write(|work| {
            next = comparison::next_comparison(work, with_list)?;
            Ok(())
        })
        .await?;
        Ok(next)
    }

    /// Saves the server's whole list, which was requested for a comparison at that local time.
    pub fn save_compared_list<'a>(
        &'a self,
        list: &'a [Conversation],
        requested_at: u64,
    ) -> Boxed<'a, Result<bool>> {
        self.write(move |work| comparison::save_compared_list(work, list, requested_at))
    }

    /// Saves a page that was requested for a comparison.
    pub fn save_compared<'a>(&'a self, check: &'a Check, page: HistoryPage) -> Boxed<'a, Result<bool>> {
        self.write(move |work| comparison::save_compared_page(work, check, &page))
    }

    /// To be called when a session begins, and when the device's queues are empty. Returns true if the device was away for
    /// too long; everything is then compared with the server.
    pub async fn present(&self, is_caught_up: bool) -> Result<bool> {
        let mut was_absent = false;
        self.write(|work| {
            was_absent = presence::record_presence(work, is_caught_up)?;
            Ok(())
        })
        .await?;
        Ok(was_absent)
    }

    /// To be called when the device's queues are empty: drops records that are no longer needed.
    pub fn sweep(&self) -> Boxed<'_, Result<bool>> {
        self.write(sweep::sweep)
    }
}
