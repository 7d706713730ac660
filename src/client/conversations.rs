//! The conversation list: fetched from the server, read from the local copy, its pins and reads.

use super::context::Context;
use super::list_pages::fetch_moved;
use super::list_walk::ListWalk;
use super::tab;
use crate::api::options::{FetchConversationsOptions, PinConversationOptions};
use crate::api::results::{self, ConversationPage};
use crate::error::{Error, Failure};
use crate::model::{Conversation, ConversationId, JsonText, RequestTime};
use crate::platform::spawn;
use crate::rest::conversations::{self, Page, Query};
use crate::store::{Batch, Fact};
use crate::sync::Sync;
use crate::tabs::election::Input;
use futures_util::FutureExt;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Fetches a page of the server's list, and saves it.
pub async fn fetch(context: Rc<Context>, options: FetchConversationsOptions) -> Result<JsValue, Failure> {
    let caller = context.caller("fetchConversationsFromServer")?;
    if context.sync.store.is_open() {
        // If the copy cannot be read, saving the answer reports it.
        drop(context.sync.store.learn_latest_write().await);
    }
    let requested_at = context.sync.store.request_time();
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
    if options.is_default_window() {
        let saving = save_default_list(context.clone(), page.conversations.clone(), requested_at);
        if context.sync.store.is_open() {
            page.conversations = saving.await;
            apply_reads(&context, &mut page.conversations, requested_at).await;
        } else {
            spawn(saving.map(drop));
        }
        return to_js(without_removed(&context, page, requested_at).await);
    }
    let finished = context.list_walk.add_page(&options, &page, requested_at);
    let saving = save(context.clone(), page.conversations.clone(), requested_at, finished);
    // A database that is still being opened must not delay the answer.
    if context.sync.store.is_open() {
        saving.await;
        apply_reads(&context, &mut page.conversations, requested_at).await;
    } else {
        spawn(saving);
    }
    to_js(without_removed(&context, page, requested_at).await)
}

/// The page without what was removed while it was on its way; the whole page if the local copy cannot be read.
async fn without_removed(context: &Context, page: Page, asked_at: RequestTime) -> Page {
    let store = &context.sync.store;
    if store.is_open()
        && let Ok(conversations) = store.visible_list(&page.conversations, asked_at).await
    {
        return Page { conversations, ..page };
    }
    page
}

fn to_js(page: Page) -> Result<JsValue, Failure> {
    let texts: Vec<JsonText> = page.conversations.iter().map(|listed| listed.to_json().into()).collect();
    let conversations = results::array(texts.iter())?;
    Ok(results::to_js(&ConversationPage { conversations, cursor: page.cursor })?)
}

/// Saves the service's default list, and returns it with the pins and marks of the local copy.
async fn save_default_list(
    context: Rc<Context>,
    mut list: Vec<Conversation>,
    requested_at: RequestTime,
) -> Vec<Conversation> {
    let saved = context.sync.store.save_default_list(&mut list, requested_at).await;
    finish_saving(&context, saved);
    list
}

async fn save(
    context: Rc<Context>,
    list: Vec<Conversation>,
    requested_at: RequestTime,
    finished: Option<ListWalk>,
) {
    let store = &context.sync.store;
    finish_saving(&context, store.save_conversations(&list, requested_at).await);
    let Some(mut walk) = finished else { return };
    // Without these it is unknown which conversations are gone, so all stay.
    let requested_at = store.request_time();
    let Ok(moved) = fetch_moved(&context, &mut walk, "fetchConversationsFromServer").await else { return };
    finish_saving(&context, store.save_conversations(&moved, requested_at).await);
    finish_saving(&context, store.drop_unlisted(&walk.seen, walk.requested_at).await);
}

/// Replaces the unread counts of a list that may not reflect the user's latest reads by those of the local copy.
async fn apply_reads(context: &Context, list: &mut [Conversation], requested_at: RequestTime) {
    // If the copy cannot be read, the list stays as the server sent it.
    let counts = context.sync.store.counts_unknown_to_request(requested_at).await.unwrap_or_default();
    for (key, count) in counts {
        if let Some(listed) = list.iter_mut().find(|listed| listed.id().storage_key() == key) {
            listed.unread_count = count;
        }
    }
}

/// Tells the application of a changed list, or of a failure to save it.
fn finish_saving(context: &Rc<Context>, saved: Result<bool, Error>) {
    match saved {
        Ok(true) => tab::notify_changed(context),
        Ok(false) => {}
        Err(error) => context.sync.store.report(&error),
    }
}

/// Pins a conversation on the server, then in the local copy.
pub async fn pin(context: Rc<Context>, options: PinConversationOptions) -> Result<(), Failure> {
    let caller = context.caller("pinConversation")?;
    let (conversation, is_pinned) = (options.conversation(), options.is_pinned);
    let Sync { store, user, device, .. } = &context.sync;
    let answer = conversations::pin(user, device, &conversation, is_pinned).send(caller).await?;
    let time = conversations::pinned_time(&answer)?;
    let fact = Fact::Pinned { conversation, time: is_pinned.then_some(time) };
    store.apply(&Batch { queue: String::new(), position: None, facts: vec![(0, fact)], call: None }).await?;
    tab::notify_changed(&context);
    Ok(())
}

/// Marks a conversation as read in the local copy, and causes its receipt to be sent.
pub async fn mark_as_read(context: Rc<Context>, id: ConversationId) -> Result<(), Failure> {
    context.check_open()?;
    if context.sync.store.mark_as_read(&id).await? {
        tab::notify_changed(&context);
    }
    tab::handle(&context, Input::ReceiptsPending);
    Ok(())
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
