//! Compares the local copy with the server in the background, where something was removed and nobody said which messages:
//! one page after the other, the newest first.

use super::context::Context;
use super::tab;
use crate::error::{Failure, Result};
use crate::model::{HistoryPage, HistoryQuery};
use crate::platform::{self, now};
use crate::rest::{conversations, history};
use crate::store::{CALL_MS, Check, Comparison};
use crate::tabs::election::Input;
use roamkit_wire::rest::MAX_PAGE_SIZE;
use std::cell::Cell;
use std::rc::Rc;

/// The most pages that one run asks for; the next heartbeat goes on.
const MAX_PAGES: u32 = 2_000;

/// The server acts on a call within [`CALL_MS`]; the comparison after that waits a little longer.
const MARGIN_MS: u32 = 500;

/// Whether a comparison runs.
#[derive(Default)]
pub struct Reconciliation {
    is_running: Cell<bool>,
    /// Another run was asked for meanwhile.
    is_requested: Cell<bool>,
}

/// Notes that the device is present. After a long absence the local copy is compared, once the device caught up.
pub fn record_presence(context: &Rc<Context>, caught_up: bool) {
    let context = context.clone();
    platform::spawn(async move {
        if context.sync.present(caught_up).await {
            context.notify_changed();
        }
        if caught_up {
            start(&context);
        }
    });
}

/// Asks the tab with the session to compare.
pub fn request(context: &Rc<Context>) {
    tab::handle(context, Input::ReconciliationNeeded);
}

/// Starts a comparison in this tab, if it has a session and no comparison runs.
pub fn start(context: &Rc<Context>) {
    if !context.logins.is_connected() {
        return;
    }
    let Reconciliation { is_running, is_requested } = &context.reconciliation;
    if is_running.replace(true) {
        is_requested.set(true);
        return;
    }
    platform::spawn(run(context.clone()));
}

/// Compares until no other run is asked for. A failed run is repeated at the next heartbeat.
async fn run(context: Rc<Context>) {
    let Reconciliation { is_running, is_requested } = &context.reconciliation;
    let outcome = loop {
        is_requested.set(false);
        let outcome = compare_all(&context).await;
        if !is_requested.get() || !context.logins.is_connected() {
            break outcome;
        }
    };
    is_running.set(false);
    if let Ok(true) = outcome {
        // A call has no answer yet: compare again when the server must have acted on it.
        let cancelled = context.requests.token().cancelled();
        let client = Rc::downgrade(&context);
        drop(context);
        if platform::within(CALL_MS as u32 + MARGIN_MS, cancelled).await.is_some() {
            return;
        }
        if let Some(context) = client.upgrade() {
            request(&context);
        }
    }
}

/// Compares everything that is uncertain. Returns whether something stays uncertain.
async fn compare_all(context: &Rc<Context>) -> Result<bool, Failure> {
    let store = &context.sync.store;
    let mut with_list = true;
    for _ in 0..MAX_PAGES {
        let changed = match store.comparison(with_list).await? {
            Comparison::List => {
                with_list = false;
                compare_list(context).await?
            }
            Comparison::Page(check) => {
                let page = fetch_page(context, &check).await?;
                store.save_compared(&check, page).await?
            }
            Comparison::Nothing { is_stale } => return Ok(is_stale),
        };
        if changed {
            context.notify_changed();
        }
    }
    Ok(true)
}

/// Takes over the server's list from start to end: conversations that are not on it are gone. Returns whether that changed
/// anything.
async fn compare_list(context: &Rc<Context>) -> Result<bool, Failure> {
    let (asked_at, app_key) = (now(), context.app_key.text());
    let (mut list, mut cursor) = (Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let query = conversations::Query {
            size: MAX_PAGE_SIZE,
            cursor: cursor.as_deref(),
            pinned_only: false,
            include_empty: true,
        };
        let call = conversations::call(&context.sync.user, Some(query));
        let answer = call.send(context.caller("comparing")?).await?;
        let mut page = conversations::read(&answer, &app_key, &context.sync.user)?;
        list.append(&mut page.conversations);
        cursor = page.cursor;
        if cursor.is_none() {
            return Ok(context.sync.store.save_compared_list(&list, asked_at).await?);
        }
    }
    Ok(false)
}

async fn fetch_page(context: &Rc<Context>, check: &Check) -> Result<HistoryPage, Failure> {
    let (asked_at, query) = (now(), HistoryQuery::before(&check.conversation, check.anchor));
    let call = history::call(&context.sync.user, &query, None);
    let answer = call.send(context.caller("comparing")?).await?;
    Ok(history::read(&answer, &query, asked_at, &context.sync.user)?)
}
