//! `history()`: a walk through a conversation, read locally as far as the copy is whole; only what it misses is
//! asked of the server, and kept, so that the next walk asks for nothing.

use super::calls::objects;
use super::inner::Inner;
use crate::error::{Failure, Result};
use crate::options::FetchHistoryOptions;
use crate::platform::{Attempt, list, promise, record};
use crate::store::LocalQuery;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/application.js")]
extern "C" {
    fn pages(read: &JsValue) -> JsValue;
}

/// The iterable. Its garbage collection lets the client go.
pub(super) fn walk(inner: Rc<Inner>, options: FetchHistoryOptions) -> JsValue {
    let read = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |at: JsValue| {
        let inner = inner.clone();
        let start_msg_id = at.as_string().and_then(|at| at.parse().ok());
        let options = FetchHistoryOptions { start_msg_id, ..options.clone() };
        promise(async move { step(&inner, &options).await }).into()
    });
    pages(&read.into_js_value())
}

/// The messages from where it is, and where to go on; without that the walk is over.
async fn step(inner: &Rc<Inner>, options: &FetchHistoryOptions) -> Result<JsValue, Failure> {
    inner.alive()?;
    if let Some(reason) = Attempt::new(options.signal.as_ref()).reason() {
        return Err(Failure::Aborted(reason));
    }
    let query = LocalQuery {
        anchor: options.start_msg_id,
        direction: options.search_direction,
        size: options.page_size,
    };
    // A copy that cannot be read is a copy that misses everything.
    let local = inner.sync.store.page(&options.conversation_id, query).await;
    if let Ok(mut local) = local.map_err(|error| inner.sync.store.report(&error)) {
        let whole = local.whole == local.messages.len();
        if local.whole > 0 {
            local.messages.truncate(local.whole);
            let last = local.messages.last().map(|(key, _)| JsValue::from(key.id.to_string()));
            let cursor = if whole && local.is_last { JsValue::UNDEFINED } else { last.unwrap_or_default() };
            return Ok(page(objects(local.messages.iter().map(|(_, message)| message))?, cursor));
        }
        if whole && local.complete && local.is_last {
            return Ok(page(list(Vec::new()), JsValue::UNDEFINED));
        }
    }
    let fetched = inner.fetch_page("history", options).await?;
    let cursor = fetched.cursor.filter(|_| !fetched.is_last);
    Ok(page(
        objects(fetched.messages.iter().map(|(_, message)| message))?,
        cursor.map_or(JsValue::UNDEFINED, |cursor| cursor.to_string().into()),
    ))
}

fn page(messages: JsValue, cursor: JsValue) -> JsValue {
    record("messages cursor", vec![messages, cursor])
}
