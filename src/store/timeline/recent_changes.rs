//! Recent changes: edits and live messages that a page requested earlier may not contain.
//!
//! A live message may have been sent after the server made the page, and yet be inside the page's range. Such a page is
//! *overtaken*: the caller requests it again instead of merging it.

use super::item::Item;
use super::merge::CoveringPage;
use super::{BlockResult, RecentChange, Timeline};
use crate::model::{MessageKey, RequestTime};

/// The number of changes that are kept. If more happen while a page is on its way, the page is requested again.
const MAX_CHANGES: usize = 32;

impl<M: Item> Timeline<M> {
    /// Records that a message arrived or changed.
    pub(crate) fn record_change(&mut self, change: RecentChange) {
        let recent = &mut self.directory.recent;
        if recent.changes.len() >= MAX_CHANGES {
            recent.outdated_until = recent.outdated_until.max(recent.changes.remove(0).noted_at);
        }
        recent.changes.push(change);
        self.changes.directory = true;
    }

    /// Invalidates every page that was requested up to that time.
    pub(crate) fn outdate_until(&mut self, time: u64) {
        let recent = &mut self.directory.recent;
        self.changes.directory |= recent.outdated_until < time;
        recent.outdated_until = recent.outdated_until.max(time);
    }

    /// True if a response requested at that time is outdated.
    pub(crate) fn is_outdated(&self, request: RequestTime) -> bool {
        request.is_before(self.directory.recent.outdated_until)
    }

    /// True if a message may have arrived since that request.
    pub(crate) fn has_arrivals_since(&self, request: RequestTime) -> bool {
        let changes = &self.directory.recent.changes;
        self.is_outdated(request)
            || changes.iter().any(|change| request.is_before(change.noted_at) && !change.is_edit)
    }

    /// The ids of the messages in the range `after < key <= through` that were known before that request.
    pub(crate) fn ids_known_before(
        &self,
        request: RequestTime,
        after: Option<MessageKey>,
        through: Option<MessageKey>,
    ) -> BlockResult<Vec<u64>> {
        let from = self.directory.spans.partition_point(|span| Some(span.last) <= after);
        let to = self.directory.spans.partition_point(|span| Some(span.first) <= through).max(from);
        self.require_blocks(from..to)?;
        let has_arrived_since = |id| {
            let mut changes = self.directory.recent.changes.iter();
            changes.any(|change| change.key.id == id && request.is_before(change.noted_at) && !change.is_edit)
        };
        let blocks = self.directory.spans[from..to].iter().filter_map(|span| self.block(span.first));
        Ok(blocks
            .flat_map(|block| &block.keys)
            .filter(|key| Some(**key) > after && Some(**key) <= through)
            .map(|key| key.id)
            .filter(|id| !has_arrived_since(*id))
            .collect())
    }

    /// True if something changed that a page requested at that time may not reflect.
    pub(crate) fn is_overtaken(&self, page: &CoveringPage<'_, M>, request: RequestTime) -> BlockResult<bool> {
        if self.is_outdated(request) {
            return Ok(true);
        }
        let changes = &self.directory.recent.changes;
        if !changes.iter().any(|change| request.is_before(change.noted_at)) {
            return Ok(false);
        }
        let range = self.page_range(page)?;
        Ok(changes.iter().filter(|change| request.is_before(change.noted_at)).any(|change| {
            let is_in_page = page.messages.iter().any(|(key, _)| key.id == change.key.id);
            if change.is_edit { is_in_page } else { !is_in_page && range.contains(&change.key) }
        }))
    }
}
