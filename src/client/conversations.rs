//! The conversation list: from the server, and from the local copy.

use super::context::Context;
use crate::api::options::FetchConversationsOptions;
use crate::api::results::{self, ConversationPage};
use crate::error::Failure;
use crate::model::{Conversation, ConversationId, JsonText};
use crate::platform::{now, spawn};
use crate::rest::conversations::{self, Query};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// The pages of a walk through the server's list, from its start. At its end, conversations that the walk did not meet are
/// gone on the server.
pub struct ListWalk {
    cursor: String,
    seen: Vec<Conversation>,
    include_empty: bool,
    /// The time of its first request: the list says nothing about later events.
    asked_at: u64,
}

/// Fetches a page of the server's list, and saves it.
pub async fn fetch(context: Rc<Context>, options: FetchConversationsOptions) -> Result<JsValue, Failure> {
    let caller = context.caller("fetchConversationsFromServer")?;
    let mut asked_at = now();
    let query = (!options.is_default_window()).then(|| Query {
        size: options.page_size(),
        cursor: options.cursor.as_deref(),
        pinned_only: options.pinned_only(),
        include_empty: options.include_empty(),
    });
    let mut call = conversations::call(&context.sync.user, query);
    call.signal = options.signal.as_ref().map(|signal| signal.0.clone());
    let answer = call.send(caller).await?;
    let mut page = conversations::read(&answer, &context.app_key.text(), &context.sync.user)?;
    if options.is_default_window() {
        page.cursor = None;
    }
    let finished = continue_walk(&context, &options, &page, asked_at);
    let is_whole = finished.is_some();
    let mut list = page.conversations.clone();
    if let Some(walk) = finished {
        (list, asked_at) = (walk.seen, walk.asked_at);
    }
    let saving = save(context.clone(), list, is_whole, asked_at);
    // A database that is still being opened must not delay the answer.
    if context.sync.store.is_open() {
        saving.await;
    } else {
        spawn(saving);
    }
    let texts: Vec<JsonText> = page.conversations.iter().map(|listed| listed.to_json().into()).collect();
    let conversations = results::array(texts.iter())?;
    Ok(results::to_js(&ConversationPage { conversations, cursor: page.cursor })?)
}

async fn save(context: Rc<Context>, list: Vec<Conversation>, is_whole: bool, asked_at: u64) {
    match context.sync.store.save_conversations(&list, is_whole, asked_at).await {
        Ok(true) => context.notify_changed(),
        Ok(false) => {}
        Err(error) => context.sync.store.report(&error),
    }
}

/// Adds a page to the walk that it belongs to. Returns the walk when it is at its end.
fn continue_walk(
    context: &Context,
    options: &FetchConversationsOptions,
    page: &conversations::Page,
    asked_at: u64,
) -> Option<ListWalk> {
    if options.is_default_window() || options.pinned_only() {
        return None;
    }
    let include_empty = options.include_empty();
    let mut slot = context.list_walk.borrow_mut();
    let mut walk = match (options.cursor.as_deref(), slot.take()) {
        (None | Some(""), _) => ListWalk { cursor: String::new(), seen: Vec::new(), include_empty, asked_at },
        (Some(cursor), Some(walk)) if walk.cursor == cursor && walk.include_empty == include_empty => walk,
        _ => return None,
    };
    walk.seen.extend(page.conversations.iter().cloned());
    match &page.cursor {
        Some(cursor) => {
            walk.cursor.clone_from(cursor);
            *slot = Some(walk);
            None
        }
        None => Some(walk),
    }
}

/// Reads the list of the local copy.
pub async fn load_all(context: Rc<Context>) -> Result<JsValue, Failure> {
    context.check_open()?;
    Ok(results::array(context.sync.store.conversations().await?.iter())?)
}

/// Reads one conversation of the local copy.
pub async fn get(context: Rc<Context>, id: ConversationId) -> Result<JsValue, Failure> {
    context.check_open()?;
    let known = context.sync.store.conversation(&id).await?;
    known.map_or(Ok(JsValue::UNDEFINED), |known| Ok(results::object(&known)?))
}
