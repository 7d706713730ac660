//! The check of the local copy at the beginning of a session: the head of the server's conversation list is compared with it.

use super::context::Context;
use super::list_pages::{fetch_moved, fetch_next};
use super::list_walk::ListWalk;
use super::tab;
use crate::error::{Failure, Result};
use crate::platform::now;
use crate::store::{BeforeCheck, Suspicion};
use std::rc::Rc;

/// The most pages of one check. Older conversations are not checked.
const MAX_PAGES: u32 = 40;

/// A message or a notice on its way arrives within this time.
const ARRIVAL_MS: u64 = 1_000;

/// The checks of a client's sessions.
#[derive(Default)]
pub struct ListCheck {
    /// The suspicions of the last check that are not confirmed yet.
    pending: Option<Pending>,
}

struct Pending {
    before: BeforeCheck,
    suspicion: Suspicion,
    /// The time of the check.
    since: u64,
    /// How often the queues had been emptied then.
    emptied: u32,
}

impl ListCheck {
    /// Checks the local copy if a session began since the last check. To be called when the device's queues are empty.
    pub async fn run(&mut self, context: &Rc<Context>) -> Result<(), Failure> {
        if context.is_list_check_due.get() {
            self.pending = None;
            if let Some(before) = context.sync.store.begin_list_check().await? {
                self.check(context, before).await?;
            }
            context.is_list_check_due.set(false);
        }
        let is_over = |pending: &mut Pending| {
            context.queues_emptied.get() != pending.emptied && now().abs_diff(pending.since) >= ARRIVAL_MS
        };
        if let Some(Pending { before, suspicion, .. }) = self.pending.take_if(is_over) {
            context.sync.store.confirm_suspicion(&before, &suspicion).await?;
        }
        Ok(())
    }

    async fn check(&mut self, context: &Rc<Context>, before: BeforeCheck) -> Result<(), Failure> {
        let store = &context.sync.store;
        let mut walk = ListWalk::new(true, store.request_time());
        let (mut is_whole, mut list_changed) = (false, false);
        let mut suspicion = Suspicion::default();
        for _ in 0..MAX_PAGES {
            let (page, requested_at) = fetch_next(context, &walk, "checking").await?;
            let (checked, is_changed) =
                store.check_list_page(&before, &page.conversations, requested_at).await?;
            list_changed |= is_changed;
            suspicion.merge(checked.suspicion);
            is_whole = walk.add(&page);
            if is_whole || !checked.differs {
                break;
            }
        }
        if is_whole {
            let requested_at = store.request_time();
            let moved = fetch_moved(context, &mut walk, "checking").await?;
            list_changed |= store.save_conversations(&moved, requested_at).await?;
        }
        let (missing, is_changed) = store.finish_list_check(&walk.seen, is_whole, walk.requested_at).await?;
        suspicion.merge(missing);
        if list_changed || is_changed {
            tab::notify_changed(context);
        }
        let (since, emptied) = (now(), context.queues_emptied.get());
        self.pending = (!suspicion.is_empty()).then_some(Pending { before, suspicion, since, emptied });
        Ok(())
    }
}
