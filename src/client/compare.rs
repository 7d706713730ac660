//! Compares what is kept of a conversation with the server, in the background, where something was removed and
//! nobody said what: one page after the other, the newest first.

use super::inner::Inner;
use crate::error::{Failure, Result};
use crate::model::{HistoryPage, HistoryQuery};
use crate::platform::{self, now};
use crate::rest::{conversations, decode, history};
use crate::store::{CALL_MS, Check, Comparison};
use crate::tabs::election::Input;
use roamkit_wire::rest::MAX_PAGE_SIZE;
use std::rc::Rc;

/// More pages than that are not asked for in one go; the next heartbeat goes on.
const MAX_PAGES: u32 = 2_000;

impl Inner {
    /// Notes that the device is there; what that finds doubtful is compared once it has caught up.
    pub(super) fn present(self: &Rc<Self>, caught_up: bool) {
        let inner = self.clone();
        platform::spawn(async move {
            if inner.sync.present(caught_up).await {
                inner.changed();
            }
            if caught_up {
                inner.compare_here();
            }
        });
    }

    /// Has what is doubted compared by the tab that has the session.
    pub(super) fn compare(self: &Rc<Self>) {
        self.happened(Input::Doubted);
    }

    /// Starts comparing, unless that is being done or there is no session.
    pub(super) fn compare_here(self: &Rc<Self>) {
        if !self.is_connected() {
            return;
        }
        if self.comparing.replace(true) {
            self.compare_again.set(true);
            return;
        }
        let inner = self.clone();
        platform::spawn(async move {
            // What fails is still doubted: the next heartbeat tries again, or at once who could not begin meanwhile.
            let done = loop {
                inner.compare_again.set(false);
                let done = inner.compare_all().await;
                if !inner.compare_again.get() || !inner.is_connected() {
                    break done;
                }
            };
            inner.comparing.set(false);
            if let Ok(true) = done {
                // A call without an answer: once more when the server must have acted on it.
                let client = Rc::downgrade(&inner);
                let ended = inner.under_way.ended();
                drop(inner);
                if platform::within(CALL_MS as u32 + 500, ended).await.is_some() {
                    return;
                }
                if let Some(inner) = client.upgrade() {
                    inner.compare();
                }
            }
        });
    }

    /// Compares what there is to compare. Tells whether something is doubted all the same.
    async fn compare_all(self: &Rc<Self>) -> Result<bool, Failure> {
        let mut list = true;
        for _ in 0..MAX_PAGES {
            let changed = match self.sync.store.comparison(list).await? {
                Comparison::List => {
                    list = false;
                    self.compare_list().await?
                }
                Comparison::Page(check) => {
                    let page = self.page_to_compare(&check).await?;
                    self.sync.store.save_compared(&check, page).await?
                }
                Comparison::Nothing { is_stale } => return Ok(is_stale),
            };
            if changed {
                self.changed();
            }
        }
        Ok(true)
    }

    /// Takes over the server's list from start to end: what is not on it is gone. Tells whether that changed anything.
    async fn compare_list(self: &Rc<Self>) -> Result<bool, Failure> {
        let (asked_at, app_key) = (now(), self.app_key.text());
        let (mut list, mut cursor) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let query = conversations::Query {
                size: MAX_PAGE_SIZE,
                cursor: cursor.as_deref(),
                pinned_only: false,
                include_empty: true,
            };
            let call = conversations::call(&self.sync.user, Some(query));
            let answer = call.send(self.caller("comparing")?).await?;
            let mut page = conversations::read(decode(&answer)?, &app_key, &self.sync.user);
            list.append(&mut page.conversations);
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(self.sync.store.save_compared_list(&list, asked_at).await?);
            }
        }
        Ok(false)
    }

    async fn page_to_compare(self: &Rc<Self>, check: &Check) -> Result<HistoryPage, Failure> {
        let (asked_at, query) = (now(), HistoryQuery::before(&check.conversation, check.anchor));
        let call = history::call(&self.sync.user, &query, None);
        let answer = call.send(self.caller("comparing")?).await?;
        Ok(history::read(decode(&answer)?, &query, asked_at, &self.sync.user)?)
    }
}
