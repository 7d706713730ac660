//! Stale data: notes that stored data may differ from the server's and must be compared with it.
//!
//! A conversation becomes stale when it is unknown which messages were removed: after a notice without details, or after a call
//! whose response was lost. It is compared with the server page by page, from the newest on (see
//! `comparison.rs`); until that is done, no page of it counts as complete.
//!
//! A removal that is about to be requested is noted before the request, so that a tab that dies before the response
//! leaves a note. The record's key is the conversation's key or [`ALL_CONVERSATIONS`], followed by the call's own name.
//! A deletion also changes the conversation list and is noted a second time, with the key [`LIST`].

use super::super::db::{Key, Result, Table};
use super::super::facts::CallState;
use super::super::records::{ALL_CONVERSATIONS, Progress, Reconciliation};
use super::super::unit_of_work::UnitOfWork;

/// The time within which the server acts on a call, in milliseconds. A comparison that began earlier after the call may
/// not reflect it.
pub const CALL_MS: u64 = 5_000;

/// The key of the conversation list. No conversation has this key.
pub const LIST: &str = "list";
/// Owner of a call whose result will never be known.
const NO_OWNER: u64 = 0;
/// Separates the conversation's key from the call's own name.
const SEPARATOR: char = '\n';

/// The key of the conversation that a note is about.
pub fn subject(name: &str) -> &str {
    name.split_once(SEPARATOR).map_or(name, |(key, _)| key)
}

/// The name of a call: the conversation's key, the store handle that owns the call, and a number.
pub fn call_name(key: &str, handle: u64, number: u32) -> String {
    format!("{key}{SEPARATOR}{handle}.{number}")
}

/// The keys of a call's notes: the conversation's and, for a deletion, the list's.
fn note_keys(call: &str) -> Vec<Key> {
    let list = call.split_once(SEPARATOR).map(|(_, own)| Key::Name(format!("{LIST}{SEPARATOR}{own}")));
    [Key::from(call)].into_iter().chain(list).collect()
}

/// True if a conversation may differ from the server's. Calls of this handle do not count: their responses are awaited.
pub fn is_stale(work: &UnitOfWork<'_>, key: &str) -> Result<bool> {
    // Usually there are no notes, and one request finds that out.
    if work.tx.keys(Table::Reconciliations)?.is_empty() {
        return Ok(false);
    }
    let notes = work.tx.all::<Reconciliation>()?;
    Ok(notes.iter().any(|(name, note)| {
        let subject = subject(name);
        note.call != Some(work.handle()) && (subject == key || subject == ALL_CONVERSATIONS)
    }))
}

/// True if there is a note about the conversation, even of a call of this handle.
pub fn is_noted(work: &UnitOfWork<'_>, key: &str) -> Result<bool> {
    let notes = work.tx.keys(Table::Reconciliations)?;
    Ok(notes.iter().any(|name| matches!(subject(name), own if own == key || own == ALL_CONVERSATIONS)))
}

/// Notes that a conversation may differ from the server's. A comparison that is in progress starts again.
pub fn mark_stale(work: &UnitOfWork<'_>, key: &str) {
    let note = Reconciliation { noted_at: work.now, call: None, progress: None };
    work.tx.put(&Key::from(key), &note);
}

/// Notes that the conversation list may differ from the server's.
pub fn mark_list_stale(work: &UnitOfWork<'_>) {
    mark_stale(work, LIST);
}

/// Notes that a removal is about to be requested. `is_deletion` is true if it deletes whole conversations.
pub fn begin_call(work: &UnitOfWork<'_>, name: &str, is_deletion: bool) {
    let note = Reconciliation { noted_at: work.now, call: Some(work.handle()), progress: None };
    for key in note_keys(name).into_iter().take(1 + usize::from(is_deletion)) {
        work.tx.put(&key, &note);
    }
}

/// Notes the new state of such a call.
pub fn set_call_state(work: &UnitOfWork<'_>, name: &str, state: CallState) -> Result<()> {
    for key in note_keys(name) {
        if state == CallState::Settled {
            work.tx.delete(Table::Reconciliations, &key);
        } else if let Some(mut note) = work.tx.get::<Reconciliation>(&key)? {
            note.progress = None;
            if state == CallState::Repeated {
                note.noted_at = work.now;
            } else {
                note.call = Some(NO_OWNER);
            }
            work.tx.put(&key, &note);
        }
    }
    Ok(())
}

/// True if the server may still act at that time on a call whose note this page first saw at `seen_at`. Both are times of the
/// page's clock: the tab that made the call may have another one.
pub fn may_be_in_progress(seen_at: Option<u64>, page_time: u64) -> bool {
    seen_at.is_none_or(|seen_at| page_time < seen_at.saturating_add(CALL_MS))
}

impl Reconciliation {
    /// True if this handle may compare now.
    pub fn is_due(&self, handle: u64, may_be_in_progress: bool) -> bool {
        self.call != Some(handle) && !(self.is_finished() && may_be_in_progress)
    }

    /// True if a comparison came to its end, and another one must follow because the server may have acted since.
    pub fn is_finished(&self) -> bool {
        self.progress == Some(Progress::FINISHED)
    }
}

impl Progress {
    /// The comparison reached the end of the history. No message has the id 0.
    pub const FINISHED: Self = Self { id: 0, is_unverified: false };
}
