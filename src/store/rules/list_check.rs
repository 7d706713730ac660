//! The check at the beginning of a session: does the head of the server's conversation list agree with the local copy?
//!
//! The queues tell a device what changed, but not everything: a backend may write in the user's name without telling the
//! user's devices, the server may have forgotten the device or been restored from a backup, or the user was registered anew.
//! The list shows most of it, since it has the newest message of each conversation.

use super::super::db::{Result, Table, Transaction};
use super::super::records::{ALL_CONVERSATIONS, ConversationShard, Queue};
use super::super::unit_of_work::UnitOfWork;
use super::last_message::newest_message;
use super::reconciliation::{is_noted, mark_list_stale, mark_stale};
use super::save_list::{save_list, without_new_empty};
use super::{rooms, tombstones};
use crate::model::{
    Conversation, ConversationType, MessageKey, RequestTime, StoredMessage, is_unread_when_new,
};
use crate::sorted_set::SortedSet;

/// The state of the local copy before a check.
#[derive(Clone, Debug)]
pub struct BeforeCheck {
    /// The conversation with the newest message, and that message.
    newest: Option<(String, MessageKey)>,
    /// The largest id of a last message.
    max_id: u64,
}

/// Differences that a notice or a message on its way may explain. Those that remain when the queues were emptied once more are
/// real.
#[derive(Clone, Debug, Default)]
pub struct Suspicion {
    /// Conversations, and their newest local message, which the server does not have.
    missing: Vec<(String, MessageKey)>,
    /// The ids of received messages that are newer than everything in the local copy. If no queue delivers them, the server
    /// has forgotten this device.
    unknown: Vec<u64>,
}

impl Suspicion {
    /// Adds what another part of the check found.
    pub fn merge(&mut self, other: Self) {
        self.missing.extend(other.missing);
        self.unknown.extend(other.unknown);
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unknown.is_empty()
    }
}

/// The outcome for one page of the server's list.
#[derive(Clone, Debug, Default)]
pub struct CheckedPage {
    /// True if a conversation differs from the local copy. The next page may then differ, too.
    pub differs: bool,
    /// The differences that must be confirmed.
    pub suspicion: Suspicion,
}

/// The state of the local copy, before a check; `None` if the copy is empty and there is nothing to check.
pub fn before(tx: &Transaction) -> Result<Option<BeforeCheck>> {
    // Both are queried before either is required, so that they are loaded together.
    let (shards, histories) = (tx.values::<ConversationShard>(), tx.keys(Table::Directories));
    let (shards, histories) = (shards?, histories?);
    let mut newest: Option<(String, MessageKey)> = None;
    let (mut max_id, mut is_empty) = (0, histories.is_empty());
    for listed in shards.iter().flat_map(|shard| &shard.conversations) {
        is_empty = false;
        let Some(last) = listed.sort_key.last_message else { continue };
        max_id = last.id.max(max_id);
        if newest.as_ref().is_none_or(|(_, newest)| *newest < last) {
            newest = listed.key.read().map(|key| (key, last));
        }
    }
    Ok((!is_empty).then_some(BeforeCheck { newest, max_id }))
}

/// Compares a page of the server's list with the local copy, and saves it.
pub fn check_page(
    work: &mut UnitOfWork<'_>,
    before: &BeforeCheck,
    page: &[Conversation],
    requested_at: RequestTime,
) -> Result<CheckedPage> {
    let keys: Vec<_> = page.iter().map(|theirs| theirs.id().storage_key()).collect();
    work.prefetch(keys.iter().map(String::as_str))?;
    let mut checked = CheckedPage::default();
    for (theirs, key) in page.iter().zip(&keys) {
        if is_noted(work, key)? {
            // It will be compared anyway, or a call is changing it.
            continue;
        }
        let last = theirs.last_message.as_ref().filter(|last| !last.is_command());
        if last.is_some_and(|last| last.key.id > before.max_id) && is_queued(work, theirs)? {
            checked.suspicion.unknown.extend(last.map(|last| last.key.id));
        }
        match compare(work, key, last.map(StoredMessage::key), requested_at)? {
            Difference::None => {}
            Difference::NewerOnServer => {
                work.history_header(key)?.forget_end();
                checked.differs = true;
            }
            Difference::NewerHere(newest) => {
                checked.suspicion.missing.push((key.clone(), newest));
                checked.differs = true;
            }
        }
    }
    let wanted = without_new_empty(work, page)?;
    save_list(work, &wanted, requested_at)?;
    Ok(checked)
}

/// Ends a check. `seen` are the keys of the conversations on the pages that were requested from `requested_at` on; if
/// `is_whole`, they are the whole list.
pub fn finish(
    work: &mut UnitOfWork<'_>,
    seen: &SortedSet<String>,
    is_whole: bool,
    requested_at: RequestTime,
) -> Result<Suspicion> {
    // Conversations that should have been on the pages; all others are older than those.
    let mut oldest: Option<MessageKey> = None;
    for key in seen.iter() {
        let last = work.last_message_key(key)?;
        if last.is_some() && (oldest.is_none() || last < oldest) {
            oldest = last;
        }
    }
    let mut suspicion = Suspicion::default();
    for key in work.listed_keys()? {
        let is_in_range = is_whole || work.last_message_key(&key)? > oldest && oldest.is_some();
        let is_seen = seen.contains(&key) || !is_in_range || is_noted(work, &key)?;
        if is_seen || work.history_header(&key)?.has_arrivals_since(requested_at) {
            continue;
        }
        if is_whole {
            *work.conversation(&key)? = None;
        } else {
            mark_list_stale(work);
        }
        if let Some(newest) = work.history_header(&key)?.newest_key() {
            suspicion.missing.push((key, newest));
        }
    }
    Ok(suspicion)
}

/// Marks stale what the queues did not explain. Returns whether anything is.
pub fn confirm(work: &mut UnitOfWork<'_>, before: &BeforeCheck, suspicion: &Suspicion) -> Result<bool> {
    let mut is_confirmed = is_any_undelivered(work, &suspicion.unknown)?;
    if is_confirmed {
        doubt_everything(work);
    }
    for (key, newest) in &suspicion.missing {
        if is_noted(work, key)? || work.with_history(key, |history| history.locate(&[newest.id]))?.is_empty()
        {
            continue;
        }
        is_confirmed = true;
        mark_stale(work, key);
        if before.newest.as_ref().is_some_and(|(newest, _)| newest == key) {
            doubt_everything(work);
        }
    }
    Ok(is_confirmed)
}

/// Notes that the whole local copy must be compared with the server.
fn doubt_everything(work: &UnitOfWork<'_>) {
    mark_stale(work, ALL_CONVERSATIONS);
    mark_list_stale(work);
}

/// True if one of these messages is one that no queue delivered and no page brought.
fn is_any_undelivered(work: &UnitOfWork<'_>, ids: &[u64]) -> Result<bool> {
    let queues = work.tx.values::<Queue>()?;
    Ok(ids.iter().any(|id| !queues.iter().any(|queue| queue.seen.contains(id))))
}

/// True if the service queues the last message of this conversation for the user's devices.
fn is_queued(work: &mut UnitOfWork<'_>, theirs: &Conversation) -> Result<bool> {
    let is_room =
        theirs.conversation_type == ConversationType::ChatRoom || rooms::is_room(work, &theirs.id())?;
    let last = theirs.last_message.as_ref();
    Ok(!is_room && last.is_some_and(|last| is_unread_when_new(&last.json)))
}

/// How a conversation's newest message differs.
enum Difference {
    None,
    /// The server has a newer message, although the local copy claims to know the newest.
    NewerOnServer,
    /// The server does not have this newest message of the local copy.
    NewerHere(MessageKey),
}

fn compare(
    work: &mut UnitOfWork<'_>,
    key: &str,
    theirs: Option<MessageKey>,
    requested_at: RequestTime,
) -> Result<Difference> {
    let history = work.history_header(key)?;
    let (newest, knows_end) = (history.newest_key(), history.knows_end());
    let is_outdated = history.is_outdated(requested_at);
    if newest == theirs || is_outdated {
        return Ok(Difference::None);
    }
    let tombstones = tombstones::effective(work, key)?;
    if theirs.is_some_and(|theirs| tombstones.hides(theirs)) || tombstones.deleted_since(requested_at) {
        return Ok(Difference::None);
    }
    if newest < theirs {
        return Ok(if knows_end { Difference::NewerOnServer } else { Difference::None });
    }
    // Commands are not in the list, and neither is what arrived since the request.
    let known = work.with_history(key, |history| history.ids_known_before(requested_at, theirs, newest))?;
    let newest = newest_message(work, key)?;
    let missing = newest.filter(|newest| Some(newest.key) > theirs && known.contains(&newest.key.id));
    Ok(missing.map_or(Difference::None, |newest| Difference::NewerHere(newest.key)))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
