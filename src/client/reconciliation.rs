//! Compares the local copy with the server, in the background: after the check of a new session, what is stale, first the
//! conversation list, then the conversations page by page, newest messages first.

use super::context::Context;
use super::list_check::ListCheck;
use super::list_pages::{fetch_moved, fetch_next};
use super::list_walk::ListWalk;
use super::mutations::record_unsettled;
use super::tab;
use crate::error::{Failure, Result};
use crate::model::{HistoryPage, HistoryQuery};
use crate::platform;
use crate::rest::history;
use crate::store::{CALL_MS, Check, Comparison};
use crate::tabs::election::Input;
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::{FutureExt, StreamExt};
use std::rc::{Rc, Weak};

/// The most pages of one comparison. The next heartbeat starts another one.
const MAX_PAGES: u32 = 2_000;

/// The server acts on a call within [`CALL_MS`], and the comparison after it waits this much longer.
const MARGIN_MS: u32 = 500;

/// Performs the requested comparisons, one after the other, as long as the client exists.
pub async fn run(client: Weak<Context>, mut requests: UnboundedReceiver<()>) {
    let mut is_stale = false;
    let mut list_check = ListCheck::default();
    loop {
        let request = if is_stale {
            platform::within(CALL_MS as u32 + MARGIN_MS, requests.next()).await
        } else {
            Some(requests.next().await)
        };
        let Some(context) = client.upgrade() else { return };
        is_stale = match request {
            Some(Some(())) if context.logins.is_connected() => {
                // One comparison serves all requests that came before it.
                while requests.next().now_or_never().flatten().is_some() {}
                // A failed comparison is repeated at the next heartbeat.
                compare_all(&context, &mut list_check).await.unwrap_or(false)
            }
            // The next session requests a comparison when it has caught up.
            Some(Some(())) => false,
            Some(None) => return,
            // The server must have acted on every call that was pending. Another tab may have the session now.
            None => {
                tab::handle(&context, Input::ReconciliationNeeded);
                false
            }
        };
    }
}

/// Checks the copy in a new session, and compares everything that is stale and can be compared now. Returns whether something stays stale.
async fn compare_all(context: &Rc<Context>, list_check: &mut ListCheck) -> Result<bool, Failure> {
    record_unsettled(context).await?;
    list_check.run(context).await?;
    let store = &context.sync.store;
    let mut with_list = true;
    for _ in 0..MAX_PAGES {
        let (list_changed, events) = match store.next_comparison(with_list).await? {
            Comparison::List => {
                with_list = false;
                (compare_list(context).await?, None)
            }
            Comparison::Page(check) => {
                let page = fetch_page(context, &check).await?;
                store.save_compared_page(&check, page, context.event_scope()).await?
            }
            Comparison::Nothing { is_stale } => return Ok(is_stale),
        };
        match events {
            Some(events) => tab::publish(context, events),
            None if list_changed => tab::notify_changed(context),
            None => {}
        }
    }
    Ok(true)
}

/// Fetches and saves the server's whole list. Conversations that are not on it are gone. Returns whether the local list
/// changed.
async fn compare_list(context: &Rc<Context>) -> Result<bool, Failure> {
    let mut walk = ListWalk::new(true, context.sync.store.request_time());
    let mut list = Vec::new();
    for _ in 0..MAX_PAGES {
        let (page, _) = fetch_next(context, &walk, "comparing").await?;
        let is_last = walk.add(&page);
        list.extend(page.conversations);
        if is_last {
            list.extend(fetch_moved(context, &mut walk, "comparing").await?);
            return Ok(context.sync.store.save_compared_list(&list, walk.requested_at).await?);
        }
    }
    Ok(false)
}

async fn fetch_page(context: &Rc<Context>, check: &Check) -> Result<HistoryPage, Failure> {
    let asked_at = context.sync.store.request_time();
    let query = HistoryQuery::before(&check.conversation, check.anchor);
    let call = history::call(&context.sync.user, &query, None);
    let answer = call.send(context.background_caller("comparing")?).await?;
    Ok(history::read(&answer, &query, asked_at, &context.sync.user)?)
}
