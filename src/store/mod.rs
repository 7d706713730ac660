//! The local copy: what the server said, kept in IndexedDB.

mod facts;
mod timeline;

pub use facts::{Batch, Estimate, Fact, LocalPage, Page, PageQuery, SearchDirection};

use crate::error::{Code, Error, Result};
use crate::model::{Conversation, ConversationId, Message};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The local copy of one user on one device; a cheap handle.
#[derive(Clone, Debug)]
pub struct Store {
    _inner: Rc<()>,
}

fn unwritten<T>() -> Result<T> {
    Err(Error::new(Code::Database, "the local copy is not there yet"))
}

/// The id of this device for that user, made once and kept.
pub async fn device_id(_app_key: &str, _user: &str) -> Result<String> {
    unwritten()
}

impl Store {
    /// Opens the copy, or makes an empty one.
    pub async fn open(_app_key: &str, _user: &str, _device: &str) -> Result<Self> {
        unwritten()
    }

    /// Lets go of the database; every later call fails.
    pub fn close(&self) {}

    /// Closes and deletes the copy.
    pub async fn wipe(&self) -> Result<()> {
        unwritten()
    }

    /// The list: public `Conversation` objects, pinned ones first, then by their last message, newest first.
    pub async fn conversations(&self) -> Result<js_sys::Array> {
        unwritten()
    }

    /// One public `Conversation` object.
    pub async fn conversation(&self, _id: &ConversationId) -> Result<Option<JsValue>> {
        unwritten()
    }

    /// Takes over a page of the server's list; `whole` where it is the list from start to end: then local
    /// conversations that are not in it go. Tells whether anything changed.
    pub async fn save_conversations(&self, _list: Vec<Conversation>, _whole: bool) -> Result<bool> {
        unwritten()
    }

    /// Takes over a page of the server's history.
    pub async fn save_page(&self, _id: &ConversationId, _page: Page) -> Result<()> {
        unwritten()
    }

    /// Reads a page of the local history.
    pub async fn page(&self, _id: &ConversationId, _query: PageQuery) -> Result<LocalPage> {
        unwritten()
    }

    /// Applies a batch in one transaction; tells for each fact whether it was new.
    pub async fn apply(&self, _batch: Batch) -> Result<Vec<bool>> {
        unwritten()
    }

    /// How far a queue is acknowledged.
    pub async fn position(&self, _queue: &str) -> Result<Option<u64>> {
        unwritten()
    }

    /// How much is there.
    pub async fn estimate(&self) -> Result<Estimate> {
        unwritten()
    }

    /// What a fetched page may still show: without the messages that were removed meanwhile.
    pub async fn filter_removed(
        &self,
        _id: &ConversationId,
        _messages: Vec<Message>,
    ) -> Result<Vec<Message>> {
        unwritten()
    }
}
