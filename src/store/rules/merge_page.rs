//! A page of the server's history is merged.

use super::super::db::Result;
use super::super::facts::{EventScope, MergedPage};
use super::super::timeline::CoveringPage;
use super::super::unit_of_work::{UnitOfWork, last_message_key};
use super::event_log::batch_events;
use super::last_message::show_newer;
use super::{rooms, tombstones};
use crate::model::{ConversationId, HistoryPage, JsonText, MessageKey};

/// Merges a page as [`merge_page`] does, and returns the events, too.
pub fn merge_page_with_events(
    work: &mut UnitOfWork<'_>,
    id: &ConversationId,
    page: &HistoryPage,
    scope: EventScope,
) -> Result<MergedPage> {
    work.has_journals = scope != EventScope::Nobody;
    let visible = merge_page(work, id, page)?;
    let Some(changes) = work.take_changes()?.pop() else {
        return Ok(MergedPage { visible, ..MergedPage::default() });
    };
    if changes.only_adds() {
        return Ok(MergedPage { visible, events: None, added: Some(changes) });
    }
    Ok(MergedPage { visible, events: Some(batch_events(work, &[changes.text()], scope)?), added: None })
}

/// Merges a page, and returns its visible messages: those that were not removed meanwhile. Returns `None` if the page was
/// overtaken by a change since it was requested. An overtaken page changes nothing, and must be requested again.
pub fn merge_page(
    work: &mut UnitOfWork<'_>,
    id: &ConversationId,
    page: &HistoryPage,
) -> Result<Option<Vec<(MessageKey, JsonText)>>> {
    if tombstones::is_too_old(page.asked_at, work.page_time) {
        return Ok(None);
    }
    let key = id.storage_key();
    work.prefetch([&*key])?;
    let id = rooms::resolve(work, id)?;
    let messages: Vec<_> =
        page.messages.iter().map(|(key, text)| (*key, rooms::text_of(&id, text))).collect();
    let tombstones = tombstones::effective(work, &key)?.unknown_to_request_at(page.asked_at);
    if tombstones.deleted_since(page.asked_at) {
        return Ok(None);
    }
    let visible = without_unreadable(tombstones.filter_visible(&messages));
    let covering = CoveringPage {
        messages: &with_position(&messages),
        anchor: page.anchor,
        direction: page.direction,
        is_last: page.is_last,
    };
    if work.with_history(&key, |history| history.is_overtaken(&covering, page.asked_at))? {
        return Ok(None);
    }
    if page.covers {
        work.with_history(&key, |history| {
            history.merge(&covering, |key| tombstones.hides_id(key.id))?;
            tombstones.removed_until().map_or(Ok(false), |until| history.remove_until(until))
        })?;
    } else {
        let visible = with_position(&visible);
        work.with_history(&key, |history| history.insert_filtered(&visible))?;
    }
    // The page may have messages that the list does not know yet.
    let newest = work.history_header(&key)?.newest_key();
    let last = work.conversation(&key)?.as_ref().map(last_message_key);
    if last.is_some_and(|last| last < newest) {
        show_newer(work, &key)?;
    }
    Ok(Some(visible))
}

/// The messages that can be read.
pub fn without_unreadable(mut messages: Vec<(MessageKey, JsonText)>) -> Vec<(MessageKey, JsonText)> {
    messages.retain(|(_, text)| !text.is_unreadable());
    messages
}

/// The messages that have an id. A message without one has no position in the history.
fn with_position(messages: &[(MessageKey, JsonText)]) -> Vec<(MessageKey, JsonText)> {
    messages.iter().filter(|(key, _)| key.id != 0).cloned().collect()
}
