//! The calls that fetch, read and remove.

use super::inner::Inner;
use crate::error::{Code, Error, Failure, Result};
use crate::event::Event;
use crate::later::pair;
use crate::model::{self, Conversation, ConversationId, Message, MessageKey, Removal};
use crate::options::{
    DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions, LoadMessagesOptions,
};
use crate::platform::{Work, now, record, spawn};
use crate::rest::{Caller, Change, conversations, decode, history, http, removal};
use crate::store::{Batch, Call, CallState, Fact, JsonText, LocalQuery};
use crate::sync::Sync;
use serde::Serialize;
use std::cell::Cell;
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
#[derive(Tsify)]
#[expect(dead_code, reason = "it is the form for TypeScript")]
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
#[derive(Tsify)]
#[expect(dead_code, reason = "it is the form for TypeScript")]
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
    /// When it began: later news are not the list's to judge.
    asked_at: u64,
}

/// What became of a page that was to be kept.
enum Kept {
    /// It is, and these may be shown.
    As(Vec<(MessageKey, JsonText)>),
    /// What changed meanwhile overtook it.
    Overtaken,
    /// It was not to be kept, or could not be, or is not yet.
    Unknown,
}

/// What is to be changed on the server.
pub(super) enum Wanted {
    Removal(ConversationId, Removal),
    Deletion(DeleteConversationOptions),
    DeletionOfAll,
}

impl Wanted {
    fn name(&self) -> &'static str {
        match self {
            Self::Removal(..) => "removeMessagesFromServer",
            Self::Deletion(_) => "deleteConversationFromServer",
            Self::DeletionOfAll => "deleteAllMessagesAndConversations",
        }
    }

    /// The one that it concerns, if it is not all.
    fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Removal(conversation, _) => Some(conversation),
            Self::Deletion(options) => Some(&options.conversation_id),
            Self::DeletionOfAll => None,
        }
    }

    /// Whether whole conversations go.
    fn deletes(&self) -> bool {
        !matches!(self, Self::Removal(..))
    }

    /// What is asked of the server.
    fn call(&self, user: &str, device: &str) -> http::Call {
        match self {
            Self::Removal(conversation, what) => removal::of_messages(user, device, conversation, what),
            Self::Deletion(options) => {
                let with_messages = options.is_delete_server_messages;
                conversations::deletion(user, device, &options.conversation_id, with_messages)
            }
            Self::DeletionOfAll => removal::of_everything(user, device),
        }
    }

    /// That it was done.
    fn fact(self) -> Fact {
        match self {
            Self::Removal(conversation, Removal::Ids(ids)) => {
                Fact::Removed { conversation, ids, until: None }
            }
            Self::Removal(conversation, Removal::Until(time)) => {
                Fact::Removed { conversation, ids: Vec::new(), until: Some(time) }
            }
            Self::Deletion(options) => Fact::ConversationDeleted {
                conversation: options.conversation_id,
                with_messages: options.is_delete_server_messages,
                timestamp: 0,
            },
            Self::DeletionOfAll => Fact::AllDeleted { timestamp: 0 },
        }
    }
}

/// A page of history that changes overtake again and again is shown, and not kept, after so many tries.
const TRIES: u32 = 3;

impl Inner {
    pub(super) async fn fetch_conversations(
        self: Rc<Self>,
        options: FetchConversationsOptions,
    ) -> Result<JsValue, Failure> {
        let caller = self.caller("fetchConversationsFromServer")?;
        let mut asked_at = now();
        let query = (!options.default_window()).then(|| conversations::Query {
            size: options.size(),
            cursor: options.cursor.as_deref(),
            pinned_only: options.pinned_only.unwrap_or(false),
            include_empty: options.include_empty.unwrap_or(false),
        });
        let mut call = conversations::call(&self.sync.user, query);
        call.signal.clone_from(&options.signal);
        let answer = call.send(caller).await?;
        let mut page = conversations::read(decode(&answer)?, &self.app_key.text(), &self.sync.user);
        if options.default_window() {
            page.cursor = None;
        }
        let whole = self.walked(&options, &page, asked_at);
        let is_whole = whole.is_some();
        let mut list = page.conversations.clone();
        if let Some(walk) = whole {
            (list, asked_at) = (walk.seen, walk.asked_at);
        }
        let inner = self.clone();
        let keep: Work<()> = Box::pin(async move {
            match inner.sync.store.save_conversations(&list, is_whole, asked_at).await {
                Ok(true) => inner.changed(),
                Ok(false) => {}
                Err(error) => inner.sync.store.report(&error),
            }
        });
        // A database that is still being opened delays no answer.
        if self.sync.store.is_open() {
            keep.await;
        } else {
            spawn(keep);
        }
        plain(&ConversationPage { conversations: page.conversations, cursor: page.cursor })
    }

    /// Follows a walk through the list; hands it over at its end.
    fn walked(
        &self,
        options: &FetchConversationsOptions,
        page: &conversations::Page,
        asked_at: u64,
    ) -> Option<Walk> {
        if options.default_window() || options.pinned_only == Some(true) {
            return None;
        }
        let include_empty = options.include_empty.unwrap_or(false);
        let mut slot = self.walk.borrow_mut();
        let mut walk = match (options.cursor.as_deref(), slot.take()) {
            (None | Some(""), _) => Walk { cursor: String::new(), seen: Vec::new(), include_empty, asked_at },
            (Some(cursor), Some(walk)) if walk.cursor == cursor && walk.include_empty == include_empty => {
                walk
            }
            _ => return None,
        };
        for conversation in &page.conversations {
            walk.seen.push(conversation.clone());
        }
        match &page.cursor {
            Some(cursor) => {
                walk.cursor.clone_from(cursor);
                *slot = Some(walk);
                None
            }
            None => Some(walk),
        }
    }

    pub(super) async fn load_conversations(self: Rc<Self>) -> Result<JsValue, Failure> {
        self.alive()?;
        Ok(objects(self.sync.store.conversations().await?.iter())?)
    }

    pub(super) async fn get_conversation(self: Rc<Self>, id: ConversationId) -> Result<JsValue, Failure> {
        self.alive()?;
        let known = self.sync.store.conversation(&id).await?;
        known.map_or(Ok(JsValue::UNDEFINED), |known| Ok(object(&known)?))
    }

    pub(super) async fn fetch_history(
        self: Rc<Self>,
        options: FetchHistoryOptions,
    ) -> Result<JsValue, Failure> {
        let page = self.fetch_page("fetchHistoryMessages", &options).await?;
        let messages = objects(page.messages.iter().map(|(_, message)| message))?;
        let is_last = page.is_last.into();
        Ok(match page.cursor {
            Some(id) => record("messages isLast cursor", vec![messages, is_last, id.to_string().into()]),
            None => record("messages isLast", vec![messages, is_last]),
        })
    }

    /// Fetches a page of history, and keeps it. One that was overtaken by an edit, a live message or a deletion
    /// while it was on its way is fetched again.
    pub(super) async fn fetch_page(
        self: &Rc<Self>,
        call: &str,
        options: &FetchHistoryOptions,
    ) -> Result<model::HistoryPage, Failure> {
        let mut tries = 0;
        let query = options.query();
        let (page, messages) = loop {
            let (caller, asked_at) = (self.caller(call)?, now());
            let call = history::call(&self.sync.user, &query, options.signal.clone());
            let answer = call.send(caller).await?;
            let page = Rc::new(history::read(decode(&answer)?, &query, asked_at, &self.sync.user)?);
            tries += 1;
            match self.keep(options, &page).await {
                Kept::Overtaken if tries < TRIES => {}
                Kept::As(messages) => break (page, Some(messages)),
                Kept::Overtaken | Kept::Unknown => break (page, None),
            }
        };
        if page.unreadable > 0 {
            let message = format!("{} messages of the page cannot be read by this version", page.unreadable);
            self.sync.listeners.emit(&Event::Error(Error::new(Code::MessageInvalid, message)));
        }
        let messages = match messages {
            Some(messages) => messages,
            None => self.not_removed(&options.conversation_id, &page).await,
        };
        Ok(model::HistoryPage { messages, ..(*page).clone() })
    }

    /// What was removed while a page was on its way is not shown again. Without a copy, nobody knows.
    async fn not_removed(
        &self,
        id: &ConversationId,
        page: &model::HistoryPage,
    ) -> Vec<(MessageKey, JsonText)> {
        if self.sync.store.is_open() {
            let there = self.sync.store.filter_removed(id, &page.messages, page.asked_at).await;
            if let Ok(there) = there {
                return there;
            }
        }
        page.messages.clone()
    }

    /// Keeps a page, if it is to be kept.
    async fn keep(self: &Rc<Self>, options: &FetchHistoryOptions, page: &Rc<model::HistoryPage>) -> Kept {
        if !options.save {
            return Kept::Unknown;
        }
        let (inner, id, page) = (self.clone(), options.conversation_id.clone(), page.clone());
        let (tell, kept) = pair();
        let mut tell = Some(tell);
        spawn(async move {
            let tell = |shown| {
                if let Some(tell) = tell.take() {
                    drop(tell.tell(shown));
                }
            };
            if let Err(error) = inner.sync.store.save_page_telling(&id, &page, tell).await {
                inner.sync.store.report(&error);
            }
        });
        // Neither a database that is still being opened nor a disk delays the answer.
        if !self.sync.store.is_open() {
            return Kept::Unknown;
        }
        match kept.await {
            Some(Some(messages)) => Kept::As(messages),
            Some(None) => Kept::Overtaken,
            None => Kept::Unknown,
        }
    }

    pub(super) async fn load_messages(
        self: Rc<Self>,
        options: LoadMessagesOptions,
    ) -> Result<JsValue, Failure> {
        self.alive()?;
        let query = LocalQuery {
            anchor: options.start_msg_id,
            direction: options.search_direction,
            size: options.page_size,
        };
        let page = self.sync.store.page(&options.conversation_id, query).await?;
        let messages = objects(page.messages.iter().map(|(_, message)| message))?;
        let cursor = page.cursor.map_or(JsValue::UNDEFINED, |id| id.to_string().into());
        let fields = vec![messages, cursor, page.is_last.into(), page.complete.into()];
        Ok(record("messages cursor isLast complete", fields))
    }

    /// Changes something on the server, and then here. Noted before, so that whatever comes between leaves word of it.
    /// Where nobody knows what came of it, because the answer was lost, what is kept is compared with the server.
    pub(super) async fn change(self: Rc<Self>, wanted: Wanted) -> Result<JsValue, Failure> {
        let caller = self.caller(wanted.name())?;
        let Sync { store, user, device, .. } = &self.sync;
        let noted = store.begin_call(wanted.conversation(), wanted.deletes()).await;
        let noted = noted.map_err(|error| store.report(&error)).ok();
        let before_repeat = Box::new(self.repeating(noted.clone()));
        let change = Rc::new(Change { before_repeat, uncertain: Cell::new(false) });
        let call = wanted.call(user, device);
        let answer = call.send(Caller { change: Some(change.clone()), ..caller }).await;
        let done = answer.and_then(|answer| {
            // It said that it did something; what, cannot be read.
            Ok(removal::done_by(&answer).inspect_err(|_| change.uncertain.set(true))?)
        });
        match done {
            Ok(done_by) => {
                let call = noted.map(|name| Call { name, completed_at: done_by });
                let facts = vec![(0, wanted.fact())];
                store.apply(&Batch { queue: String::new(), position: None, facts, call }).await?;
                self.tell_past().await;
                self.changed();
                Ok(JsValue::UNDEFINED)
            }
            Err(failure) => {
                let failure = if change.uncertain.get() { told_uncertain(failure) } else { failure };
                if let Some(name) = noted {
                    let unknown = change.uncertain.get() || is_turned_away(&failure);
                    let state = if unknown { CallState::Unknown } else { CallState::Settled };
                    self.note(&name, state).await;
                    self.compare();
                }
                Err(failure)
            }
        }
    }

    /// What is to be done before such a call is repeated: other tabs must not take the doubt for older than it is.
    fn repeating(self: &Rc<Self>, noted: Option<String>) -> impl Fn() -> Work<()> + use<> {
        let inner = self.clone();
        move || {
            let (inner, noted) = (inner.clone(), noted.clone());
            Box::pin(async move {
                if let Some(name) = noted {
                    inner.note(&name, CallState::Repeated).await;
                }
            })
        }
    }

    async fn note(&self, call: &str, state: CallState) {
        if let Err(error) = self.sync.store.note_call(call, state).await {
            self.sync.store.report(&error);
        }
    }

    pub(super) async fn estimate(self: Rc<Self>) -> Result<JsValue, Failure> {
        self.alive()?;
        let estimate = self.sync.store.estimate().await?;
        let number = |number: u64| JsValue::from(number as f64);
        let fields = vec![number(estimate.messages), number(estimate.conversations), number(estimate.bytes)];
        Ok(record("messages conversations bytes", fields))
    }
}

/// A failure of which nobody knows whether the server did it all the same, saying so.
fn told_uncertain(failure: Failure) -> Failure {
    match failure {
        Failure::Error(mut error) => {
            error.message.push_str(
                "; it may or may not have been done: what is kept here is compared with the server as soon as that can be \
                 reached",
            );
            Failure::Error(error)
        }
        aborted @ Failure::Aborted(_) => aborted,
    }
}

/// Whether the server, or what stands before it, refused the call for what may have been otherwise a moment before: it had
/// no time, or the token's life is over. It did not do it; but a browser asks again by itself where a connection breaks,
/// and what the server did before that, or is still to do, is not seen here.
fn is_turned_away(failure: &Failure) -> bool {
    match failure {
        Failure::Error(error) => matches!(
            error.code,
            Code::ServerBusy
                | Code::ExceedServiceLimit
                | Code::InvalidToken
                | Code::TokenExpired
                | Code::UserPermissionDenied
                | Code::GroupNotJoined
        ),
        Failure::Aborted(_) => false,
    }
}

/// What the local copy holds, as JS has it.
fn object(text: &JsonText) -> Result<JsValue> {
    model::parse(text.bytes()).ok_or_else(unreadable)
}

/// A list of what the local copy holds, as JS has it.
pub(super) fn objects<'a>(texts: impl Iterator<Item = &'a JsonText>) -> Result<JsValue> {
    model::parse(&JsonText::list(texts)).ok_or_else(unreadable)
}

fn unreadable() -> Error {
    Error::new(Code::Database, "what the local copy holds cannot be read: it is no JSON")
}

pub(super) fn plain(value: &impl Serialize) -> Result<JsValue, Failure> {
    model::to_js(value).ok_or_else(unshowable)
}

fn unshowable() -> Failure {
    Error::new(Code::General, "the answer cannot be handed over").into()
}
