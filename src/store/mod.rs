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
//! | `reads` | conversation | up to where the user read it, and the receipt that the server must get |
//! | `rooms` | `""` | the chat rooms that are known as such |
//!
//! The key of a conversation is [`ConversationId::storage_key`](crate::model::ConversationId::storage_key).
//!
//! The layers, from the lowest to the highest. None imports from a higher one:
//!
//! 1. `records/`: plain data.
//! 2. `timeline/`: the history of one conversation, its gaps and joins; pure.
//! 3. `db/`: tables and transactions, over IndexedDB or in memory.
//! 4. `cache.rs` and `unit_of_work.rs`: the records that a transaction reads and changes.
//! 5. `rules/`: how facts, pages and lists change the copy, and how it is read.
//! 6. [`Store`]: its calls are below; `handle.rs` opens the database and runs the transactions.
//!
//! `docs/local-copy.md` explains the design.

mod cache;
mod clock;
mod db;
mod facts;
mod fault_reporter;
mod handle;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_test;
mod records;
mod rules;
mod tables;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod timeline;
mod unit_of_work;

pub use crate::model::JsonText;
#[cfg(target_arch = "wasm32")]
pub use db::device::{device_id, forget_device_id, temporary_device_id};
pub use facts::{Batch, Call, CallState, Estimate, EventScope, Fact, LocalPage, LocalQuery, MergedPage};
pub use handle::{Prepared, Store};
pub use records::EventBatch;
pub use rules::comparison::{Check, Comparison};
pub use rules::list_check::{BeforeCheck, CheckedPage, Suspicion};
pub use rules::presence::{ABSENCE_MS, NOTE_MS};
pub use rules::reconciliation::CALL_MS;
pub use rules::tombstones::MAX_RESPONSE_AGE_MS;

use crate::error::Result;
use crate::model::{Conversation, ConversationId, HistoryPage, MessageKey, Receipt, RequestTime};
use crate::sorted_set::SortedSet;
use db::Table;
use futures_util::future::LocalBoxFuture;
use records::ALL_CONVERSATIONS;
use rules::apply::{Applied, Events};
use rules::{
    apply, comparison, event_log, list_check, merge_page, presence, queries, read_page, reads,
    reconciliation, rooms, save_list, sweep,
};
use std::rc::Rc;
use unit_of_work::UnitOfWork;

/// The messages of a page, in its order.
pub type Messages = Vec<(MessageKey, JsonText)>;

impl Store {
    /// The conversation list as public `Conversation` objects: pinned conversations first, then by last message, newest
    /// first.
    pub fn conversations(&self) -> impl Future<Output = Result<Vec<JsonText>>> {
        self.read(&[Table::Conversations], |work| queries::list(work.tx))
    }

    /// One conversation of the list, as a public `Conversation` object.
    pub fn conversation(&self, id: &ConversationId) -> impl Future<Output = Result<Option<JsonText>>> {
        let key = id.storage_key();
        self.read(&[Table::Conversations], move |work| queries::conversation(work.tx, &key))
    }

    /// Reads the time of the latest write, so that the next [`Store::request_time`] knows the writes of other tabs. A list that is
    /// requested then drops the conversations that it does not contain, whichever tab wrote them.
    pub async fn learn_latest_write(&self) -> Result<u64> {
        self.read(&[Table::WriteVersions], queries::latest_write).await
    }

    /// The same, if the database is open and this tab knows no write yet. Without it, the first page that a tab requests would
    /// count as older than every change, and would be requested again.
    pub async fn learn_first_write(&self) {
        if self.is_open() && self.request_time().known_write == 0 {
            // If the copy cannot be read, saving the answer reports it.
            drop(self.learn_latest_write().await);
        }
    }

    /// Saves a page of the server's list that was requested then. Returns whether the local list changed.
    pub fn save_conversations<'a>(
        &'a self,
        list: &'a [Conversation],
        requested_at: RequestTime,
    ) -> LocalBoxFuture<'a, Result<bool>> {
        self.write(move |work| save_list::save_list(work, list, requested_at))
    }

    /// Removes the conversations from the local list whose keys are not among these, those of the server's whole list. Its
    /// first page was requested then. Returns whether the local list changed.
    pub fn drop_unlisted<'a>(
        &'a self,
        listed: &'a SortedSet<String>,
        requested_at: RequestTime,
    ) -> LocalBoxFuture<'a, Result<bool>> {
        self.write(move |work| save_list::drop_unlisted(work, listed, requested_at))
    }

    /// Adds the pins and marks of the local list to the service's default list, which says nothing about them, and saves it.
    /// Returns whether the local list changed.
    pub fn save_default_list<'a>(
        &'a self,
        list: &'a mut [Conversation],
        requested_at: RequestTime,
    ) -> LocalBoxFuture<'a, Result<bool>> {
        self.write(move |work| {
            save_list::complete_default_list(work, list)?;
            save_list::save_list(work, list, requested_at)
        })
    }

    /// Merges a page of the server's history. The result has the page without messages that were removed since its request,
    /// unless a change overtook the page, which must then be requested again.
    pub async fn merge_page(
        &self,
        id: &ConversationId,
        page: Rc<HistoryPage>,
        scope: EventScope,
    ) -> Result<Prepared<MergedPage>> {
        let id = id.clone();
        self.prepare(move |work| merge_page::merge_page_with_events(work, &id, &page, scope)).await
    }

    /// Merges a page like [`Store::merge_page`], and waits for the commit.
    pub async fn save_page(&self, id: &ConversationId, page: &HistoryPage) -> Result<Option<Messages>> {
        let page = Rc::new(page.clone());
        let Prepared { result, committed } = self.merge_page(id, page, EventScope::Nobody).await?;
        committed.await?;
        Ok(result.visible)
    }

    /// Applies a batch in one transaction. Returns for each fact whether it was new.
    pub async fn apply(&self, batch: &Batch) -> Result<Vec<bool>> {
        Ok(self.apply_batch(batch, Events::default()).await?.is_new)
    }

    /// Applies a batch, and returns the events of the new facts; `None` if no fact was new. `texts` has for each fact the
    /// event as `[name, event]`, or an empty text. The events `messagesChanged` follow them.
    pub async fn apply_with_events(
        &self,
        batch: &Batch,
        texts: &[String],
        scope: EventScope,
    ) -> Result<Option<EventBatch>> {
        Ok(self.apply_batch(batch, Events { texts, scope }).await?.events)
    }

    async fn apply_batch(&self, batch: &Batch, events: Events<'_>) -> Result<Applied> {
        let mut applied = Applied::default();
        self.write(|work| apply::apply_batch(work, batch, events, &mut applied)).await?;
        Ok(applied)
    }

    /// The number of the last batch in the event log; 0 if the log is empty.
    pub fn last_event_number(&self) -> impl Future<Output = Result<u64>> {
        self.read(&[Table::EventLog], |work| event_log::last_number(work.tx))
    }

    /// The batches in the event log after this number.
    pub fn events_after(&self, number: u64) -> impl Future<Output = Result<Vec<EventBatch>>> {
        self.read(&[Table::EventLog], move |work| event_log::batches_after(work.tx, number))
    }

    /// The acknowledged position of a queue.
    pub fn queue_position(&self, queue: &str) -> impl Future<Output = Result<Option<u64>>> {
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
        let id = id.clone();
        self.read(&read_page::TABLES, move |work| read_page::read_page(work, &id, query))
    }

    /// The messages of a page without those that were removed since its request.
    pub fn filter_removed(
        &self,
        id: &ConversationId,
        messages: &[(MessageKey, JsonText)],
        requested_at: RequestTime,
    ) -> impl Future<Output = Result<Messages>> {
        let key = id.storage_key();
        self.read(&[Table::Tombstones], move |work| {
            queries::filter_removed(work.tx, &key, messages, requested_at)
        })
    }

    /// The server's list without what was removed since it was requested.
    pub fn visible_list(
        &self,
        list: &[Conversation],
        requested_at: RequestTime,
    ) -> impl Future<Output = Result<Vec<Conversation>>> {
        self.read(&[Table::Conversations, Table::Tombstones], move |work| {
            queries::visible_list(work.tx, list, requested_at)
        })
    }

    /// Records that a removal is about to be requested, in one conversation or (with `None`) in all. If its response is
    /// lost, the local copy is compared with the server. `is_deletion`: the call deletes whole conversations, so the list is
    /// compared, too. Returns a name for [`Store::set_call_state`] and [`Batch::call`].
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

    /// Records the state of such a call.
    pub fn set_call_state<'a>(&'a self, call: &'a str, state: CallState) -> LocalBoxFuture<'a, Result<bool>> {
        self.write(move |work| reconciliation::set_call_state(work, call, state))
    }

    /// The next comparison with the server. If `with_list`, the conversation list comes first.
    pub async fn next_comparison(&self, with_list: bool) -> Result<Comparison> {
        let mut next = Comparison::Nothing { is_stale: false };
        self.write(|work| {
            next = comparison::next_comparison(work, with_list)?;
            Ok(())
        })
        .await?;
        Ok(next)
    }

    /// Saves the server's whole list, which was requested for a comparison from then on. Returns whether the local list changed.
    pub fn save_compared_list<'a>(
        &'a self,
        list: &'a [Conversation],
        requested_at: RequestTime,
    ) -> LocalBoxFuture<'a, Result<bool>> {
        self.write(move |work| comparison::save_compared_list(work, list, requested_at))
    }

    /// Saves a page that was requested for a comparison. Returns whether the local list changed, and the events if messages
    /// changed.
    pub async fn save_compared_page(
        &self,
        check: &Check,
        page: HistoryPage,
        scope: EventScope,
    ) -> Result<(bool, Option<EventBatch>)> {
        let mut events = None;
        let save = |work: &mut UnitOfWork<'_>| {
            work.has_journals = scope != EventScope::Nobody;
            comparison::save_compared_page(work, check, &page)?;
            // A repetition may find the changes of the first attempt in the copy.
            let found = event_log::batch_changes(work, scope)?;
            events = found.or(events.take());
            Ok(())
        };
        let list_changed = self.write(save).await?;
        Ok((list_changed, events))
    }

    /// Those of the messages that the local copy has, in its order.
    pub fn messages(&self, id: &ConversationId, ids: Vec<u64>) -> impl Future<Output = Result<Messages>> {
        let key = id.storage_key();
        self.read(&[Table::Directories, Table::Blocks, Table::WriteVersions], move |work| {
            work.with_history(&key, |history| history.find(&ids))
        })
    }

    /// Begins the check of a new session: the state of the copy before it, or `None` if the copy is empty.
    pub fn begin_list_check(&self) -> impl Future<Output = Result<Option<BeforeCheck>>> {
        self.read(&[Table::Conversations, Table::Directories], |work| list_check::before(work.tx))
    }

    /// Compares a page of the server's list, which was requested at this local time, with the copy, and saves it. Also returns
    /// whether the local list changed.
    pub async fn check_list_page(
        &self,
        before: &BeforeCheck,
        page: &[Conversation],
        requested_at: RequestTime,
    ) -> Result<(CheckedPage, bool)> {
        let mut checked = CheckedPage::default();
        let write = self.write(|work| {
            checked = list_check::check_page(work, before, page, requested_at)?;
            Ok(())
        });
        let list_changed = write.await?;
        Ok((checked, list_changed))
    }

    /// Ends such a check. `seen` are the keys of the conversations on the checked pages, which were requested from this local
    /// time on; if `is_whole`, they are the whole list. Also returns whether the local list changed.
    pub async fn finish_list_check(
        &self,
        seen: &SortedSet<String>,
        is_whole: bool,
        requested_at: RequestTime,
    ) -> Result<(Suspicion, bool)> {
        let mut suspicion = Suspicion::default();
        let write = self.write(|work| {
            suspicion = list_check::finish(work, seen, is_whole, requested_at)?;
            Ok(())
        });
        let list_changed = write.await?;
        Ok((suspicion, list_changed))
    }

    /// Marks stale what a check found and the queues, which were emptied since, did not explain. Returns whether anything is.
    pub async fn confirm_suspicion(&self, before: &BeforeCheck, suspicion: &Suspicion) -> Result<bool> {
        let mut is_confirmed = false;
        self.write(|work| {
            is_confirmed = list_check::confirm(work, before, suspicion)?;
            Ok(())
        })
        .await?;
        Ok(is_confirmed)
    }

    /// Records that the device is present: when a session begins, and when the device's queues are empty. Returns whether the
    /// device was absent for too long. Everything is then compared with the server.
    pub async fn record_presence(&self, is_caught_up: bool) -> Result<bool> {
        let mut was_absent = false;
        self.write(|work| {
            was_absent = presence::record_presence(work, is_caught_up)?;
            if !is_caught_up {
                rooms::forget_ends(work)?;
            }
            Ok(())
        })
        .await?;
        Ok(was_absent)
    }

    /// Marks a conversation as read, and notes the receipt that the server must get. Returns whether the local list changed.
    pub fn mark_as_read<'a>(&'a self, id: &'a ConversationId) -> LocalBoxFuture<'a, Result<bool>> {
        self.write(move |work| reads::read_here(work, id))
    }

    /// The receipts that the server must get.
    pub fn pending_receipts(&self) -> impl Future<Output = Result<Vec<Receipt>>> {
        self.read(&[Table::Reads, Table::Conversations], |work| reads::pending_receipts(work.tx))
    }

    /// The storage keys and the local unread counts of conversations whose reads a list requested then may not
    /// reflect.
    pub fn counts_unknown_to_request(
        &self,
        requested_at: RequestTime,
    ) -> impl Future<Output = Result<Vec<(String, u32)>>> {
        self.read(&[Table::Reads, Table::Conversations], move |work| {
            reads::counts_unknown_to_request(work.tx, requested_at)
        })
    }

    /// Records the answer to the receipt with this number: messages with ids up to `up_to` are read on the server; `None` if the
    /// server refused the receipt. Returns whether the local list changed.
    pub fn finish_receipt(&self, number: u64, up_to: Option<u64>) -> LocalBoxFuture<'_, Result<bool>> {
        self.write(move |work| reads::finish_receipt(work, number, up_to))
    }

    /// Drops records that are no longer needed. To be called when the device's queues are empty.
    pub fn sweep(&self) -> LocalBoxFuture<'_, Result<bool>> {
        let noted_until = self.old_write(MAX_RESPONSE_AGE_MS);
        self.write(move |work| sweep::sweep(work, noted_until))
    }
}
