//! The conversation list: from the server, and from the local copy.

use super::context::Context;
use super::tab;
use crate::api::options::FetchConversationsOptions;
use crate::api::results::{self, ConversationPage};
use crate::error::Failure;
use crate::model::{Conversation, ConversationId, JsonText};
use crate::platform::{now, spawn};
use crate::rest::conversations::{self, Query};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Fetches a page of the server's list, and saves it.
pub async fn fetch(context: Rc<Context>, options: FetchConversationsOptions) -> Result<JsValue, Failure> {
    let caller = context.caller("fetchConversationsFromServer")?;
    let mut requested_at = now();
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
    let finished = context.list_walk.add_page(&options, &page, requested_at);
    let is_whole = finished.is_some();
    let mut list = page.conversations.clone();
    if let Some(walk) = finished {
        (list, requested_at) = (walk.seen, walk.requested_at);
    }
    let saving = save(context.clone(), list, is_whole, requested_at);
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

async fn save(context: Rc<Context>, list: Vec<Conversation>, is_whole: bool, requested_at: u64) {
    match context.sync.store.save_conversations(&list, is_whole, requested_at).await {
        Ok(true) => tab::notify_changed(&context),
        Ok(false) => {}
        Err(error) => context.sync.store.report(&error),
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
