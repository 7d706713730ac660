//! The local copy: what the server said, kept in IndexedDB.
//!
//! One database for each app, user and device. Its object stores:
//!
//! | store | key | value |
//! |---|---|---|
//! | `conversations` | conversation | the list's entry, and what orders it: `conversations.rs` |
//! | `directories` | conversation | what is in its blocks and what joins: `history.rs` |
//! | `blocks` | `[conversation, time, id]` of the oldest message | a run of up to 64 messages: `history.rs` |
//! | `removals` | conversation, `""` for all | what must not come back: `removals.rs` |
//! | `queues` | queue | its position and the latest metas: `positions.rs` |
//!
//! A conversation's key is [`ConversationId::storage_key`]. Which device this is stands in a database of its own:
//! `device.rs`. What joins what is decided in `timeline`, which knows of no database; `work.rs` and `apply.rs`
//! carry it out, each fact in one transaction. `docs/local-copy.md` tells why it is so.

mod apply;
mod conversations;
mod database;
mod device;
mod facts;
mod history;
mod positions;
mod removals;
mod timeline;
mod work;

pub use device::device_id;
pub use facts::{Batch, Estimate, Fact, LocalPage, Page, PageQuery, SearchDirection};

use crate::error::{Code, Error, Result};
use crate::model::{Conversation, ConversationId, Message};
use database::{BLOCKS, CONVERSATIONS, DIRECTORIES, QUEUES, REMOVALS, Tx, field};
use indexed_db_futures::database::Database;
use indexed_db_futures::internals::SystemRepr;
use js_sys::{Array, JSON};
use positions::Queue;
use removals::{EVERYWHERE, Removals};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use work::Work;

/// The local copy of one user on one device; a cheap handle.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Rc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    db: RefCell<Option<Database>>,
    /// Lets go of the database when another tab wants to delete or upgrade it.
    _let_go: Closure<dyn FnMut()>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        close(&self.db);
    }
}

fn close(db: &RefCell<Option<Database>>) {
    if let Some(db) = db.take() {
        db.as_sys().set_onversionchange(None);
        db.close();
    }
}

impl Store {
    /// Opens the copy, or makes an empty one.
    pub async fn open(app_key: &str, user: &str, device: &str) -> Result<Self> {
        let name = database::name(app_key, user, device);
        let db = database::open(&name).await?;
        let handle = db.as_sys().clone();
        let let_go = Closure::<dyn FnMut()>::new(move || handle.close());
        db.as_sys().set_onversionchange(Some(let_go.as_ref().unchecked_ref()));
        Ok(Self { inner: Rc::new(Inner { name, db: RefCell::new(Some(db)), _let_go: let_go }) })
    }

    /// Lets go of the database; every later call fails. What is being written is still written.
    pub fn close(&self) {
        close(&self.inner.db);
    }

    /// Closes and deletes the copy.
    pub async fn wipe(&self) -> Result<()> {
        self.close();
        database::delete(&self.inner.name).await
    }

    /// The list: public `Conversation` objects, pinned ones first, then by their last message, newest first.
    pub async fn conversations(&self) -> Result<Array> {
        let db = self.db()?;
        let tx = Tx::read(&db, &[CONVERSATIONS])?;
        let list = conversations::list(&tx).await?;
        tx.commit().await?;
        Ok(list.into_iter().collect())
    }

    /// One public `Conversation` object.
    pub async fn conversation(&self, id: &ConversationId) -> Result<Option<JsValue>> {
        let db = self.db()?;
        let tx = Tx::read(&db, &[CONVERSATIONS])?;
        let shown = conversations::shown(&tx, &id.storage_key()).await?;
        tx.commit().await?;
        Ok(shown)
    }

    /// Takes over a page of the server's list; `whole` where it is the list from start to end: then local
    /// conversations that are not in it go. Tells whether anything changed.
    pub async fn save_conversations(&self, list: Vec<Conversation>, whole: bool) -> Result<bool> {
        let db = self.db()?;
        let mut work = Work::begin(&db)?;
        work.save_conversations(list, whole).await?;
        work.commit().await
    }

    /// Takes over a page of the server's history.
    pub async fn save_page(&self, id: &ConversationId, page: Page) -> Result<()> {
        let db = self.db()?;
        let mut work = Work::begin(&db)?;
        work.save_page(id, page).await?;
        work.commit().await.map(drop)
    }

    /// Reads a page of the local history.
    pub async fn page(&self, id: &ConversationId, query: PageQuery) -> Result<LocalPage> {
        let PageQuery { anchor, direction, size } = query;
        let key = id.storage_key();
        let db = self.db()?;
        let tx = Tx::read(&db, &[CONVERSATIONS, DIRECTORIES, BLOCKS])?;
        let known = conversations::last_key(&tx, &key).await?;
        let mut history = history::load(&tx, &key).await?;
        let reading = history::with(&tx, &key, &mut history, |history| {
            history.read(anchor, direction, size as usize, known)
        })
        .await?;
        tx.commit().await?;
        let last = reading.messages.last().map(|(key, _)| key.id).or(anchor);
        Ok(LocalPage {
            cursor: last.filter(|_| !reading.is_last),
            messages: reading.messages.into_iter().map(|(_, message)| message).collect(),
            is_last: reading.is_last,
            complete: reading.complete,
        })
    }

    /// Applies a batch in one transaction; tells for each fact whether it was new.
    pub async fn apply(&self, batch: Batch) -> Result<Vec<bool>> {
        let db = self.db()?;
        let mut work = Work::begin(&db)?;
        let Batch { queue: name, position, facts } = batch;
        let mut queue = Queue::load(&work.tx, &name).await?;
        let before = queue.clone();
        let mut new = Vec::with_capacity(facts.len());
        for (meta, fact) in facts {
            new.push(queue.note(meta) && work.apply(fact).await?);
        }
        queue.position = position.or(queue.position);
        if queue != before {
            queue.save(&work.tx, &name)?;
        }
        work.commit().await?;
        Ok(new)
    }

    /// How far a queue is acknowledged.
    pub async fn position(&self, queue: &str) -> Result<Option<u64>> {
        let db = self.db()?;
        let tx = Tx::read(&db, &[QUEUES])?;
        let queue = Queue::load(&tx, queue).await?;
        tx.commit().await?;
        Ok(queue.position)
    }

    /// How much is there. The bytes are reckoned from a few blocks.
    pub async fn estimate(&self) -> Result<Estimate> {
        const SAMPLES: usize = 8;
        let db = self.db()?;
        let tx = Tx::read(&db, &[CONVERSATIONS, DIRECTORIES, BLOCKS])?;
        let conversations = tx.keys(CONVERSATIONS).await?.len() as u64;
        let (mut messages, mut sampled, mut bytes) = (0, 0, 0);
        for (at, key) in tx.keys(DIRECTORIES).await?.into_iter().enumerate() {
            let history = history::load(&tx, &key).await?;
            messages += history.count();
            let Some(span) = history.spans().last().filter(|_| at < SAMPLES) else { continue };
            let block = tx.get(BLOCKS, &history::block_key(&key, span.first)).await?;
            let text = block.and_then(|block| JSON::stringify(&field(&block, "messages")).ok());
            sampled += span.count;
            bytes += text.map_or(0, |text| u64::from(text.length()));
        }
        tx.commit().await?;
        let bytes = messages * bytes.checked_div(sampled).unwrap_or(0) + conversations * 500;
        Ok(Estimate { messages, conversations, bytes })
    }

    /// What a fetched page may still show: without the messages that were removed meanwhile.
    pub async fn filter_removed(&self, id: &ConversationId, messages: Vec<Message>) -> Result<Vec<Message>> {
        let db = self.db()?;
        let tx = Tx::read(&db, &[REMOVALS])?;
        let own = Removals::load(&tx, &id.storage_key()).await?;
        let removed = own.with(&Removals::load(&tx, EVERYWHERE).await?);
        tx.commit().await?;
        Ok(messages.into_iter().filter(|message| !removed.hides(message.key())).collect())
    }

    fn db(&self) -> Result<Database> {
        let closed = || Error::new(Code::Database, "the local copy is closed; open the client anew");
        self.inner.db.borrow().clone().ok_or_else(closed)
    }
}
