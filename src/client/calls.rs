//! The calls that fetch, read and remove.

use super::inner::Inner;
use crate::error::{Code, Error, Failure, Result};
use crate::event::Event;
use crate::model::{self, Conversation, ConversationId, Message};
use crate::options::{
    DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions, LoadMessagesOptions, Removal,
};
use crate::rest::{conversations, history, removal};
use crate::store::{Fact, Page, PageQuery};
use serde::Serialize;
use std::rc::Rc;
use tsify::Tsify;
use wasm_bindgen::JsValue;

/// A page of the server's conversation list.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPage {
    /// Newest activity first.
    pub conversations: Vec<Conversation>,
    /// Where the next page starts; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
}

/// A page of the server's history.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// In walking order: newest first with `up`.
    pub messages: Vec<Message>,
    /// The `startMsgId` of the next page; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// Whether the walk ends here.
    pub is_last: bool,
}

/// A page of the local copy's history.
///
/// Where the copy ends before the history does, the last page has `isLast: false`, and the one after it no
/// messages: go on with `fetchHistoryMessages({ startMsgId: cursor })`.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "it is the typing of what `load_messages` puts together from stored objects")]
pub struct LocalHistoryPage {
    /// In walking order: newest first with `up`.
    pub messages: Vec<Message>,
    /// The `startMsgId` of the next page; left out at the end.
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// Whether the walk ends here, as far as the server said.
    pub is_last: bool,
    /// Whether the server said that nothing else stands between these messages.
    pub complete: bool,
}

/// How much the local copy holds.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct StorageEstimate {
    /// Messages.
    pub messages: f64,
    /// Conversations.
    pub conversations: f64,
    /// Bytes, roughly.
    pub bytes: f64,
}

/// A walk through the server's conversation list from its start: once at its end, what the walk did not see
/// is gone on the server.
pub struct Walk {
    /// Where it goes on.
    cursor: String,
    seen: Vec<Conversation>,
    include_empty: bool,
    /// What the local copy had seen when the walk began: later news are not the list's to judge.
    changes: u64,
}

impl Inner {
    pub(super) async fn fetch_conversations(
        self: Rc<Self>,
        options: FetchConversationsOptions,
    ) -> Result<JsValue, Failure> {
        let access = self.access("fetchConversationsFromServer")?;
        let caller = access.caller(&self);
        let app_key = self.app_key.to_string();
        let changes = self.sync.changes.get();
        let signal = options.signal.as_ref();
        let page = if options.default_window() {
            conversations::default_window(&caller, &app_key, signal).await?
        } else {
            let query = conversations::Query {
                size: options.size(),
                cursor: options.cursor.as_deref(),
                pinned_only: options.pinned_only.unwrap_or(false),
                include_empty: options.include_empty.unwrap_or(false),
            };
            conversations::by_cursor(&caller, &app_key, &query, signal).await?
        };
        let whole = self.walked(&options, &page, changes);
        let list = whole.clone().unwrap_or_else(|| page.conversations.clone());
        match self.sync.store.save_conversations(list, whole.is_some()).await {
            Ok(true) => self.sync.changed(),
            Ok(false) => {}
            Err(error) => self.sync.listeners.emit(&Event::Error(error)),
        }
        plain(&ConversationPage { conversations: page.conversations, cursor: page.cursor })
    }

    /// Follows a walk through the list; at its end, all that it saw.
    fn walked(
        &self,
        options: &FetchConversationsOptions,
        page: &conversations::Page,
        changes: u64,
    ) -> Option<Vec<Conversation>> {
        if options.default_window() || options.pinned_only == Some(true) {
            return None;
        }
        let include_empty = options.include_empty.unwrap_or(false);
        let mut slot = self.walk.borrow_mut();
        let mut walk = match (options.cursor.as_deref(), slot.take()) {
            (None | Some(""), _) => Walk { cursor: String::new(), seen: Vec::new(), include_empty, changes },
            (Some(cursor), Some(walk)) if walk.cursor == cursor && walk.include_empty == include_empty => {
                walk
            }
            _ => return None,
        };
        walk.seen.extend(page.conversations.iter().cloned());
        match &page.cursor {
            Some(cursor) => {
                walk.cursor.clone_from(cursor);
                *slot = Some(walk);
                None
            }
            None => (walk.changes == self.sync.changes.get()).then_some(walk.seen),
        }
    }

    pub(super) async fn load_conversations(self: Rc<Self>) -> Result<JsValue, Failure> {
        self.alive()?;
        Ok(self.sync.store.conversations().await?.into())
    }

    pub(super) async fn get_conversation(self: Rc<Self>, id: &ConversationId) -> Result<JsValue, Failure> {
        self.alive()?;
        Ok(self.sync.store.conversation(id).await?.unwrap_or(JsValue::UNDEFINED))
    }

    pub(super) async fn fetch_history(
        self: Rc<Self>,
        options: FetchHistoryOptions,
    ) -> Result<JsValue, Failure> {
        let access = self.access("fetchHistoryMessages")?;
        let page = history::fetch(&access.caller(&self), &options).await?;
        if page.unreadable > 0 {
            let message = format!("{} messages of the page cannot be read by this version", page.unreadable);
            self.sync.listeners.emit(&Event::Error(Error::new(Code::MessageInvalid, message)));
        }
        let id = &options.conversation_id;
        let mut messages = page.messages;
        if options.save {
            let page = Page {
                messages: messages.clone(),
                anchor: options.start_msg_id,
                direction: options.search_direction,
                covers: options.unfiltered(),
                is_last: page.is_last,
            };
            if let Err(error) = self.sync.store.save_page(id, page).await {
                self.sync.listeners.emit(&Event::Error(error));
            }
        }
        // What was removed while the page was on its way is not shown again. Without a copy, nobody knows.
        if let Ok(still_there) = self.sync.store.filter_removed(id, messages.clone()).await {
            messages = still_there;
        }
        plain(&HistoryPage { messages, cursor: page.cursor.map(|id| id.to_string()), is_last: page.is_last })
    }

    pub(super) async fn load_messages(
        self: Rc<Self>,
        options: LoadMessagesOptions,
    ) -> Result<JsValue, Failure> {
        self.alive()?;
        let query = PageQuery {
            anchor: options.start_msg_id,
            direction: options.search_direction,
            size: options.page_size,
        };
        let page = self.sync.store.page(&options.conversation_id, query).await?;
        let object = js_sys::Object::new();
        let cursor = page.cursor.map(|id| JsValue::from(id.to_string()));
        for (name, value) in [
            ("messages", page.messages.into()),
            ("cursor", cursor.unwrap_or(JsValue::UNDEFINED)),
            ("isLast", page.is_last.into()),
            ("complete", page.complete.into()),
        ] {
            // Setting a field of a fresh object cannot fail.
            let _ = js_sys::Reflect::set(&object, &name.into(), &value);
        }
        Ok(object.into())
    }

    pub(super) async fn remove_messages(
        self: Rc<Self>,
        conversation: ConversationId,
        what: Removal,
    ) -> Result<JsValue, Failure> {
        let access = self.access("removeMessagesFromServer")?;
        removal::remove(&access.caller(&self), &conversation, &what).await?;
        let (ids, until) = match what {
            Removal::Ids(ids) => (ids, None),
            Removal::Until(time) => (Vec::new(), Some(time)),
        };
        self.sync.own(Fact::Removed { conversation, ids, until }).await?;
        Ok(JsValue::UNDEFINED)
    }

    pub(super) async fn delete_conversation(
        self: Rc<Self>,
        options: DeleteConversationOptions,
    ) -> Result<JsValue, Failure> {
        let access = self.access("deleteConversationFromServer")?;
        let (conversation, with_messages) = (options.conversation_id, options.is_delete_server_messages);
        conversations::delete(&access.caller(&self), &conversation, with_messages).await?;
        self.sync.own(Fact::ConversationDeleted { conversation, with_messages, timestamp: 0 }).await?;
        Ok(JsValue::UNDEFINED)
    }

    pub(super) async fn delete_everything(self: Rc<Self>) -> Result<JsValue, Failure> {
        let access = self.access("deleteAllMessagesAndConversations")?;
        removal::remove_everything(&access.caller(&self)).await?;
        self.sync.own(Fact::AllDeleted { timestamp: 0 }).await?;
        Ok(JsValue::UNDEFINED)
    }

    pub(super) async fn estimate(self: Rc<Self>) -> Result<JsValue, Failure> {
        self.alive()?;
        let estimate = self.sync.store.estimate().await?;
        plain(&StorageEstimate {
            messages: estimate.messages as f64,
            conversations: estimate.conversations as f64,
            bytes: estimate.bytes as f64,
        })
    }
}

fn plain<T: Serialize>(value: &T) -> Result<JsValue, Failure> {
    model::to_js(value).map_err(|error| {
        Error::new(Code::General, format!("the answer cannot be handed over: {error}")).into()
    })
}
