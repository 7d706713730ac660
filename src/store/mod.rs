//! The local copy: what the server said, kept in IndexedDB.
//!
//! One database for each app, user and device. Its object stores:
//!
//! | store | key | what | file |
//! |---|---|---|---|
//! | `conversations` | number | a part of the list, and what orders it | `conversations.rs` |
//! | `directories` | conversation | what is in its blocks, and what joins | `history.rs`, `timeline/` |
//! | `blocks` | conversation, oldest message | a run of up to 64 messages | `history.rs`, `timeline/` |
//! | `removals` | conversation, `""` for all | what must not come back | `removals.rs`, `sweep.rs` |
//! | `queues` | queue; `""` for when all was caught up | its position and the latest metas | `positions.rs`, `absence.rs` |
//! | `doubts` | conversation, `""` for all, `list` | what is to be compared with the server | `doubts.rs` |
//! | `news` | number | what the other tabs are to tell, too | `news.rs` |
//! | `stamps` | `""` | which transaction wrote last | `remembered.rs` |
//!
//! A conversation's key is [`ConversationId::storage_key`](crate::model::ConversationId::storage_key).
//!
//! From the middle to the edge: `timeline/` decides what joins what and knows of no database. `work.rs` and
//! `apply.rs` let each fact take effect in one transaction (`db/`), the disk's or, where there is none, one of the
//! page's memory. `handle.rs` owns the database: it opens it, opens it again when
//! the browser took it away, and says what is wrong. `docs/local-copy.md` tells why it is so.

mod absence;
mod apply;
mod conversations;
mod db;
mod doubts;
mod facts;
mod handle;
mod history;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod model_test;
mod news;
mod positions;
mod reading;
mod remembered;
mod removals;
mod sweep;
mod timeline;
mod work;

pub use crate::model::JsonText;
pub use absence::{ABSENCE_MS, NOTE_MS};
#[cfg(target_arch = "wasm32")]
pub use db::device::{device_id, passing_device_id};
pub use doubts::{CALL_MS, Check, Comparison};
pub use facts::{Batch, Call, CallState, Estimate, Fact, LocalPage, LocalQuery};
pub use handle::Store;
pub use news::EventBatch;
pub use removals::PATIENCE_MS;

use crate::error::Result;
use crate::model::{Conversation, ConversationId, HistoryPage, MessageKey};
use conversations::Shard;
use db::{Key, NotLoaded, Query, Table};
use handle::Boxed;
use positions::Queue;
use removals::{EVERYWHERE, Removals};
use timeline::{Block, Directory};
use work::{Work, those};

impl Store {
    /// The list: public `Conversation` objects, as JSON; pinned ones first, then by their last message, newest first.
    pub fn conversations(&self) -> impl Future<Output = Result<Vec<JsonText>>> {
        self.read(&[Table::Conversations], conversations::list)
    }

    /// One public `Conversation` object, as JSON.
    pub fn conversation(&self, id: &ConversationId) -> impl Future<Output = Result<Option<JsonText>>> {
        let key = id.storage_key();
        let name = conversations::name(conversations::shard(&key));
        self.read(&[Table::Conversations], move |tx| {
            let shard = tx.get::<Shard>(&name)?;
            Ok(shard.and_then(|shard| shard.get(&key).map(|listed| listed.shown.clone())))
        })
    }

    /// Takes over a page of the server's list that was asked for at that local time; `whole` where it is the list
    /// from start to end: then local conversations that are not in it go. Tells whether anything changed.
    pub fn save_conversations<'a>(
        &'a self,
        list: &'a [Conversation],
        whole: bool,
        asked_at: u64,
    ) -> Boxed<'a, Result<bool>> {
        self.write(move |work| work.save_conversations(list, whole, asked_at))
    }

    /// Takes over a page of the server's history; gives what of it may be shown: not what was removed meanwhile. A page
    /// that was overtaken by what changed since it was asked for does not count, and is to be asked for again: `None`.
    pub async fn save_page(
        &self,
        id: &ConversationId,
        page: &HistoryPage,
    ) -> Result<Option<Vec<(MessageKey, JsonText)>>> {
        let mut shown = None;
        self.save_page_telling(id, page, |told| shown = told).await?;
        Ok(shown)
    }

    /// The same, telling what may be shown as soon as that is known: the transaction that writes the page is there then.
    /// Whatever is read after that finds it; should it not arrive, it is missing from the copy as if it had not been fetched.
    pub fn save_page_telling<'a>(
        &'a self,
        id: &'a ConversationId,
        page: &'a HistoryPage,
        mut tell: impl FnMut(Option<Vec<(MessageKey, JsonText)>>) + 'a,
    ) -> Boxed<'a, Result<bool>> {
        self.write(move |work| {
            tell(work.save_page(id, page)?);
            Ok(())
        })
    }

    /// Applies a batch in one transaction; tells for each fact whether it was new.
    pub async fn apply(&self, batch: &Batch) -> Result<Vec<bool>> {
        self.apply_all(batch, &[], false).await.map(|(found, _)| found)
    }

    /// Does the same, and brings together what is new: `texts` has for each fact its `[name, event]`, or nothing.
    /// With `log` that is written into the log, too, for the other tabs. `None` where nothing was new.
    pub async fn apply_and_tell(
        &self,
        batch: &Batch,
        texts: &[String],
        log: bool,
    ) -> Result<Option<EventBatch>> {
        self.apply_all(batch, texts, log).await.map(|(_, news)| news)
    }

    async fn apply_all(
        &self,
        batch: &Batch,
        texts: &[String],
        log: bool,
    ) -> Result<(Vec<bool>, Option<EventBatch>)> {
        // Where the browser takes the database away at the very moment of a commit, nobody knows whether it came
        // about. The repetition then finds nothing new; what the attempt before found new still is.
        let mut found = vec![false; batch.facts.len()];
        let mut news = None;
        let apply = |work: &mut Work<'_>| {
            let key = Key::Name(batch.queue.clone());
            work.done_by = batch.call.as_ref().and_then(|call| call.done_by);
            let was = work.tx.get::<Queue>(&key)?.unwrap_or_default();
            let mut queue = was.clone();
            let mut told = Vec::new();
            let (mut all_read, mut any_new) = (true, false);
            for (at, (meta, fact)) in batch.facts.iter().enumerate() {
                let new = match queue.note(*meta).then(|| work.apply(fact)) {
                    // What the others need is asked for with it. They come to nothing without this one.
                    Some(Err(NotLoaded)) => {
                        all_read = false;
                        continue;
                    }
                    new => matches!(new, Some(Ok(true))) && all_read,
                };
                if let Some(found) = found.get_mut(at) {
                    *found |= new;
                }
                any_new |= new;
                if let Some(text) = texts.get(at).filter(|text| new && !text.is_empty()) {
                    told.push(text.as_str());
                }
            }
            if !all_read {
                return Err(NotLoaded);
            }
            if any_new {
                let events = format!("[{}]", told.join(","));
                news = Some(if log { work.tell(events)? } else { EventBatch { number: 0, prev: 0, events } });
            }
            queue.position = batch.position.or(queue.position);
            queue.trim();
            if queue != was {
                work.tx.put(&key, &queue);
            }
            if let Some(call) = &batch.call {
                work.note_call(&call.name, CallState::Settled)?;
            }
            Ok(())
        };
        self.write(apply).await?;
        Ok((found, news))
    }

    /// The number of the last news in the log.
    pub fn log_end(&self) -> impl Future<Output = Result<u64>> {
        self.read(&[Table::News], news::end)
    }

    /// The news after that number, as far as they are still there.
    pub fn log_after(&self, number: u64) -> impl Future<Output = Result<Vec<EventBatch>>> {
        self.read(&[Table::News], move |tx| news::after(tx, number))
    }

    /// How far a queue is acknowledged.
    pub fn position(&self, queue: &str) -> impl Future<Output = Result<Option<u64>>> {
        let key = Key::from(queue);
        self.read(&[Table::Queues], move |tx| Ok(tx.get::<Queue>(&key)?.and_then(|queue| queue.position)))
    }

    /// How much is there. The bytes are reckoned from a few blocks.
    pub fn estimate(&self) -> impl Future<Output = Result<Estimate>> {
        const SAMPLES: usize = 8;
        self.read(&[Table::Conversations, Table::Directories, Table::Blocks], |tx| {
            let (mut conversations, mut listed) = (0, 0);
            tx.prefetch(vec![
                Query::Values(Table::Conversations),
                Query::Keys(Table::Directories),
                Query::Values(Table::Directories),
            ])?;
            for shard in tx.values::<Shard>()? {
                conversations += shard.listed.len() as u64;
                listed += shard.bytes() as u64;
            }
            let (mut messages, mut looked_at, mut bytes) = (0, 0, 0);
            let mut samples = Vec::new();
            for (key, directory) in tx.all::<Directory>()? {
                messages += directory.spans.iter().map(|span| span.count).sum::<u64>();
                if let Some(span) = directory.spans.last().filter(|_| samples.len() < SAMPLES) {
                    samples.push(Key::Block(key, span.first));
                }
            }
            for block in tx.get_those::<Block<JsonText>>(&samples)? {
                looked_at += block.items.len() as u64;
                bytes += block.items.iter().map(|text| text.bytes().len() as u64).sum::<u64>();
            }
            let bytes = messages * bytes.checked_div(looked_at).unwrap_or(0) + listed;
            Ok(Estimate { messages, conversations, bytes })
        })
    }

    /// What a page that was asked for at that local time may still show: without the messages that were removed
    /// meanwhile.
    pub fn filter_removed(
        &self,
        id: &ConversationId,
        messages: &[(MessageKey, JsonText)],
        asked_at: u64,
    ) -> impl Future<Output = Result<Vec<(MessageKey, JsonText)>>> {
        let key = id.storage_key();
        self.read(&[Table::Removals], move |tx| {
            tx.prefetch(vec![
                Query::named(Table::Removals, &key),
                Query::named(Table::Removals, EVERYWHERE),
            ])?;
            let removed =
                Removals::load(tx, &key)?.with(&Removals::load(tx, EVERYWHERE)?).unknown_at(asked_at);
            Ok(those(messages, &|key| !removed.hides(key)))
        })
    }

    /// Notes that a removal is about to be asked for, in one conversation or in all: should the answer never be
    /// known here, what is kept is compared with the server. Where whole conversations are deleted, so is their list.
    /// [`Batch::call`] or [`Store::note_call`] ends what the name that comes back stands for.
    pub async fn begin_call(&self, id: Option<&ConversationId>, deletes: bool) -> Result<String> {
        let key = id.map_or_else(|| EVERYWHERE.to_owned(), ConversationId::storage_key);
        let name = doubts::call(&key, self.number(), self.next_call());
        let begin = |work: &mut Work<'_>| {
            work.begin_call(&name, self.number(), deletes);
            Ok(())
        };
        self.write(begin).await?;
        Ok(name)
    }

    /// Notes how such a call goes on.
    pub fn note_call<'a>(&'a self, call: &'a str, state: CallState) -> Boxed<'a, Result<bool>> {
        self.write(move |work| work.note_call(call, state))
    }

    /// What to compare next; where `with_list` says so, the conversation list first.
    pub async fn comparison(&self, with_list: bool) -> Result<Comparison> {
        let mut next = Comparison::Nothing { doubted: false };
        let look = |work: &mut Work<'_>| {
            next = work.comparison(self.number(), with_list)?;
            Ok(())
        };
        self.write(look).await?;
        Ok(next)
    }

    /// Takes over the server's whole list, which was asked for at that local time to compare.
    pub fn save_compared_list<'a>(
        &'a self,
        list: &'a [Conversation],
        asked_at: u64,
    ) -> Boxed<'a, Result<bool>> {
        self.write(move |work| {
            work.save_conversations(list, true, asked_at)?;
            work.list_compared(self.number(), asked_at)
        })
    }

    /// Takes over a page that was fetched to compare.
    pub fn save_compared<'a>(&'a self, check: &'a Check, page: HistoryPage) -> Boxed<'a, Result<bool>> {
        self.write(move |work| work.compared(check, &page))
    }

    /// To be called when the device's queues are empty: drops what was only kept for what might still have come.
    pub fn sweep(&self) -> Boxed<'_, Result<bool>> {
        self.write(|work| {
            let swept = work.sweep();
            work.trim_news()?;
            swept
        })
    }
}
