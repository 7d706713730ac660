//! The history of a conversation: pages of the server, pages of the local copy, and walks through both.

use super::context::Context;
use super::{promise, tab};
use crate::api::argument::Signal;
use crate::api::event::Event;
use crate::api::options::{FetchHistoryOptions, HistoryOptions, LoadMessagesOptions};
use crate::api::results::{self, HistoryStep, LocalHistoryPage};
use crate::error::{Code, Error, Failure, Result};
use crate::model::{ConversationId, HistoryPage, HistoryQuery, JsonText, MessageKey};
use crate::platform::{abort::abort_reason, spawn};
use crate::rest::history;
use crate::store::{LocalQuery, MergedPage, Messages, Prepared};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// After this many attempts, a page that was overtaken each time is shown without being saved.
const MAX_ATTEMPTS: u32 = 3;

/// The outcome of saving a page.
enum Saving {
    /// The page is saved, and these messages may be shown.
    Saved(Messages),
    /// A change of the local copy overtook the page.
    Overtaken,
    /// The page must not be saved, could not be saved, or is not saved yet.
    Unsaved,
}

/// Fetches a page of the server's history, and saves it.
pub async fn fetch(context: Rc<Context>, options: FetchHistoryOptions) -> Result<JsValue, Failure> {
    let save = options.save.unwrap_or(true);
    let page =
        fetch_page(&context, "fetchHistoryMessages", &options.query(), save, options.signal.as_ref()).await?;
    Ok(results::to_js(&results::HistoryPage {
        messages: results::messages(&page.messages)?,
        cursor: page.cursor.map(|id| id.to_string()),
        is_last: page.is_last,
    })?)
}

/// Fetches a page, and saves it. A page that an edit, a live message or a deletion overtook is fetched again.
async fn fetch_page(
    context: &Rc<Context>,
    call: &str,
    query: &HistoryQuery,
    save: bool,
    signal: Option<&Signal>,
) -> Result<HistoryPage, Failure> {
    let signal = signal.map(|signal| &signal.0);
    let mut attempts = 0;
    let (page, messages) = loop {
        let caller = context.caller(call)?;
        context.sync.store.learn_first_write().await;
        let asked_at = context.sync.store.request_time();
        let answer = history::call(&context.sync.user, query, signal.cloned()).send(caller).await?;
        let page = Rc::new(history::read(&answer, query, asked_at, &context.sync.user)?);
        attempts += 1;
        let saving =
            if save { save_page(context, &query.conversation, &page).await } else { Saving::Unsaved };
        match saving {
            Saving::Overtaken if attempts < MAX_ATTEMPTS => {}
            Saving::Saved(messages) => break (page, Some(messages)),
            Saving::Overtaken | Saving::Unsaved => break (page, None),
        }
    };
    if page.unreadable > 0 {
        let message = format!("{} messages of the page cannot be read by this version", page.unreadable);
        context.sync.listeners.emit(&Event::Error(Error::new(Code::MessageInvalid, message)));
    }
    let messages = match messages {
        Some(messages) => messages,
        None => without_removed(context, &query.conversation, &page).await,
    };
    Ok(HistoryPage { messages, ..(*page).clone() })
}

/// The messages of a page without those that were removed since its request; all of them if the local copy cannot be read.
async fn without_removed(context: &Context, id: &ConversationId, page: &HistoryPage) -> Messages {
    let store = &context.sync.store;
    if store.is_open()
        && let Ok(messages) = store.filter_removed(id, &page.messages, page.asked_at).await
    {
        return messages;
    }
    page.messages.iter().filter(|(_, text)| !text.is_unreadable()).cloned().collect()
}

/// Saves a page. The outcome waits neither for a database that is being opened nor for a slow disk.
async fn save_page(context: &Rc<Context>, id: &ConversationId, page: &Rc<HistoryPage>) -> Saving {
    if !context.sync.store.is_open() {
        let (background, id, page) = (context.clone(), id.clone(), page.clone());
        spawn(async move {
            let store = &background.sync.store;
            match store.merge_page(&id, page, background.event_scope()).await {
                Ok(merging) => finish_saving(&background, merging).await,
                Err(error) => store.report(&error),
            }
        });
        return Saving::Unsaved;
    }
    match context.sync.store.merge_page(id, page.clone(), context.event_scope()).await {
        Ok(mut merging) => {
            let visible = merging.result.visible.take();
            let background = context.clone();
            spawn(async move { finish_saving(&background, merging).await });
            visible.map_or(Saving::Overtaken, Saving::Saved)
        }
        Err(error) => {
            context.sync.store.report(&error);
            Saving::Unsaved
        }
    }
}

/// Waits until a page is stored, and emits the events of its changes in all tabs.
async fn finish_saving(context: &Rc<Context>, merging: Prepared<MergedPage>) {
    let Prepared { result: MergedPage { events, added, .. }, committed } = merging;
    let list_changed = match committed.await {
        Ok(list_changed) => list_changed,
        Err(error) => return context.sync.store.report(&error),
    };
    if let Some(added) = added {
        tab::publish_added(context, added);
    }
    match events {
        Some(events) => tab::publish(context, events),
        None if list_changed => tab::notify_changed(context),
        None => {}
    }
}

/// Reads a page of the local copy.
pub async fn load(context: Rc<Context>, options: LoadMessagesOptions) -> Result<JsValue, Failure> {
    context.check_open()?;
    let query = LocalQuery {
        anchor: options.start_msg_id.map(|id| id.0),
        direction: options.search_direction.unwrap_or_default(),
        size: options.page_size(),
    };
    let page = context.sync.store.page(&options.conversation(), query).await?;
    Ok(results::to_js(&LocalHistoryPage {
        messages: results::messages(&page.messages)?,
        cursor: page.cursor.map(|id| id.to_string()),
        is_last: page.is_last,
        complete: page.complete,
    })?)
}

#[wasm_bindgen(module = "/src/js/application.js")]
extern "C" {
    fn pages(read: &JsValue) -> JsValue;
}

/// Returns an async iterable over the history. It holds the client until it is garbage collected.
pub fn walk(context: Rc<Context>, options: HistoryOptions) -> JsValue {
    let options = Rc::new(options);
    let read = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |cursor: JsValue| {
        let (context, options) = (context.clone(), options.clone());
        let anchor = cursor.as_string().and_then(|id| id.parse().ok());
        promise::boxed(Box::pin(async move { step(&context, &options, anchor).await })).into()
    });
    pages(&read.into_js_value())
}

/// Reads the messages after the anchor: from the local copy if that is complete there, else from the server.
async fn step(
    context: &Rc<Context>,
    options: &HistoryOptions,
    anchor: Option<u64>,
) -> Result<JsValue, Failure> {
    context.check_open()?;
    let signal = options.signal.as_ref();
    if let Some(reason) = abort_reason(signal.map(|signal| &signal.0)) {
        return Err(Failure::Aborted(reason));
    }
    let query = options.query(anchor);
    let local = LocalQuery { anchor, direction: query.direction, size: query.page_size };
    // If the local copy cannot be read, every page is fetched from the server.
    let local = context.sync.store.page(&query.conversation, local).await;
    if let Ok(mut local) = local.map_err(|error| context.sync.store.report(&error)) {
        if local.contiguous_count > 0 {
            local.messages.truncate(local.contiguous_count);
            let is_end = local.is_contiguous && local.is_last;
            let cursor = local.messages.last().map(|(key, _)| key.id).filter(|_| !is_end);
            return show_step(&local.messages, cursor);
        }
        if local.is_contiguous && local.is_last {
            return show_step(&[], None);
        }
    }
    let page = fetch_page(context, "history", &query, true, signal).await?;
    show_step(&page.messages, page.cursor.filter(|_| !page.is_last))
}

fn show_step(messages: &[(MessageKey, JsonText)], cursor: Option<u64>) -> Result<JsValue, Failure> {
    let messages = results::messages(messages)?;
    Ok(results::to_js(&HistoryStep { messages, cursor: cursor.map(|id| id.to_string()) })?)
}
