//! Stale data are compared with the server: the conversation list first, then the conversations page by page.

use super::super::db::{Key, Result, Table};
use super::super::records::{ALL_CONVERSATIONS, Progress, Reconciliation};
use super::super::unit_of_work::UnitOfWork;
use super::last_message::show_newest;
use super::merge_page::merge_page;
use super::reconciliation::{LIST, may_be_in_progress, subject};
use super::rooms;
use super::save_list::{drop_unlisted, save_list, without_new_empty};
use crate::model::{Conversation, ConversationId, HistoryPage, MessageKey, RequestTime, SearchDirection};

/// The next comparison with the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// The conversation list: fetch all of it, and pass it to [`Store::save_compared_list`](super::super::Store).
    List,
    /// A page of a conversation.
    Page(Check),
    /// Nothing can be compared now.
    Nothing {
        /// True if something is stale and can be compared later. Calls in progress of this handle do not count.
        is_stale: bool,
    },
}

/// A page to compare: fetch it, and pass it to [`Store::save_compared_page`](super::super::Store).
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The conversation.
    pub conversation: ConversationId,
    /// The page goes up from this message, or from the newest one.
    pub anchor: Option<u64>,
    /// The newest local message when the comparison was started.
    newest: Option<MessageKey>,
    name: String,
    note: Reconciliation,
    /// When this page first saw the note.
    seen_at: Option<u64>,
}

/// The next comparison: the list if `with_list` is set, then the conversation with the newest last message.
pub fn next_comparison(work: &mut UnitOfWork<'_>, with_list: bool) -> Result<Comparison> {
    let handle = work.handle();
    let notes = work.tx.all::<Reconciliation>()?;
    let is_stale = notes.iter().any(|(_, note)| note.call != Some(handle));
    work.see_notes(notes.iter().map(|(name, note)| (name.as_str(), note.noted_at)));
    let is_due = |(name, note): &(String, Reconciliation)| {
        note.is_due(handle, may_be_in_progress(work.note_seen_at(name), work.page_time))
    };
    let mut due: Vec<_> = notes.into_iter().filter(is_due).collect();
    if with_list && due.iter().any(|(name, _)| subject(name) == LIST) {
        return Ok(Comparison::List);
    }
    expand_all_conversations(work, &mut due)?;
    work.prefetch(due.iter().map(|(name, _)| subject(name)))?;
    let mut next: Option<(Option<MessageKey>, Check)> = None;
    for (name, note) in due {
        let Some(conversation) = ConversationId::from_storage_key(subject(&name)) else { continue };
        let last = work.last_message_key(&conversation.storage_key())?;
        if next.as_ref().is_none_or(|(newest, _)| *newest < last) {
            let anchor = note.progress.filter(|_| !note.is_finished()).map(|progress| progress.id);
            next = Some((
                last,
                Check { conversation, anchor, newest: None, seen_at: work.note_seen_at(&name), name, note },
            ));
        }
    }
    let Some((_, mut check)) = next else { return Ok(Comparison::Nothing { is_stale }) };
    let key = check.conversation.storage_key();
    check.conversation = rooms::resolve(work, &check.conversation)?;
    let now = work.now;
    let history = work.history_header(&key)?;
    if check.anchor.is_none() {
        // A page requested before the comparison could arrive after its end, and would never be compared.
        history.outdate_until(now);
    }
    check.newest = history.newest_key();
    Ok(Comparison::Page(check))
}

/// Replaces a note about all conversations by one note for each known conversation. A call that another tab has in
/// progress may also concern conversations that are unknown yet, so its note stays for now.
fn expand_all_conversations(
    work: &mut UnitOfWork<'_>,
    due: &mut Vec<(String, Reconciliation)>,
) -> Result<()> {
    let now = work.now;
    let can_expand = |work: &UnitOfWork<'_>, name: &str, note: &Reconciliation| {
        let may_be_in_progress = may_be_in_progress(work.note_seen_at(name), work.page_time);
        subject(name) == ALL_CONVERSATIONS && (note.call.is_none() || !may_be_in_progress)
    };
    while let Some(at) = due.iter().position(|(name, note)| can_expand(work, name, note)) {
        let (name, note) = due.swap_remove(at);
        work.tx.delete(Table::Reconciliations, &Key::from(&*name));
        for key in work.known_keys()? {
            let of_all = &name;
            let name = format!("{key}{of_all}");
            work.copy_note_seen_at(of_all, &name);
            work.tx.put(&Key::from(&*name), &note);
            due.push((name, note.clone()));
        }
        // Pages of conversations that are unknown here may be on their way.
        work.tombstones(ALL_CONVERSATIONS)?.add_deleted_at(0, now);
    }
    Ok(())
}

/// Saves the server's whole list, which was requested for a comparison.
pub fn save_compared_list(
    work: &mut UnitOfWork<'_>,
    list: &[Conversation],
    requested_at: RequestTime,
) -> Result<()> {
    let wanted = without_new_empty(work, list)?;
    save_list(work, &wanted, requested_at)?;
    let keys = list.iter().map(|conversation| conversation.id().storage_key()).collect();
    drop_unlisted(work, &keys, requested_at)?;
    for (name, note) in work.tx.all::<Reconciliation>()? {
        if subject(&name) != LIST || note.call == Some(work.handle()) {
            continue;
        }
        let seen_at = work.note_seen_at(&name);
        let key = Key::Name(name);
        if note.call.is_some() && may_be_in_progress(seen_at, requested_at.sent_at) {
            work.tx.put(&key, &Reconciliation { progress: Some(Progress::FINISHED), ..note });
        } else {
            work.tx.delete(Table::Reconciliations, &key);
        }
    }
    Ok(())
}

/// Saves a page that was requested for a comparison.
pub fn save_compared_page(work: &mut UnitOfWork<'_>, check: &Check, page: &HistoryPage) -> Result<()> {
    debug_assert_eq!(page.direction, SearchDirection::Up);
    let key = check.conversation.storage_key();
    let is_first_page = page.anchor.is_none();
    let is_merged = merge_page(work, &check.conversation, page)?.is_some();
    let name = Key::from(&*check.name);
    let note = work.tx.get::<Reconciliation>(&name)?;
    // If the conversation became stale again, or the page was overtaken, the comparison is repeated.
    if !is_merged || note.as_ref() != Some(&check.note) {
        return Ok(());
    }
    drop_unverified_anchor(work, &key, check)?;
    if is_first_page {
        // The page says nothing about newer messages. Those that were here before the request are gone on the server.
        let newest_on_server = page.messages.first().map(|(key, _)| *key);
        let removed = work.with_history(&key, |history| {
            history.ids_known_before(page.asked_at, newest_on_server, check.newest)
        })?;
        work.with_history(&key, |history| history.remove_ids(&removed))?;
        show_newest(work, &key)?;
    }
    let progress = progress_after(work, &key, page)?;
    // The server may have acted on a call without a response after this comparison began. It is then compared once more.
    let call = check
        .note
        .call
        .filter(|_| !is_first_page || may_be_in_progress(check.seen_at, page.asked_at.sent_at));
    match progress.or(call.map(|_| Progress::FINISHED)) {
        Some(progress) => {
            let note = Reconciliation { progress: Some(progress), call, ..check.note };
            work.tx.put(&name, &note);
        }
        None => work.tx.delete(Table::Reconciliations, &name),
    }
    Ok(())
}

/// Drops the message after which the page began, if that message was not compared itself.
fn drop_unverified_anchor(work: &mut UnitOfWork<'_>, key: &str, check: &Check) -> Result<()> {
    let Some(Progress { id, is_unverified: true }) =
        check.note.progress.filter(|progress| Some(progress.id) == check.anchor)
    else {
        return Ok(());
    };
    work.with_history(key, |history| history.replace_with_gap(id))?;
    if work.last_message_key(key)?.is_some_and(|last| last.id == id) {
        show_newest(work, key)?;
    }
    Ok(())
}

/// The progress after a page; `None` if no older messages are stored. The comparison skips gaps: below a gap it goes on at
/// the newest stored message.
fn progress_after(work: &mut UnitOfWork<'_>, key: &str, page: &HistoryPage) -> Result<Option<Progress>> {
    let Some((oldest, _)) = page.messages.last().filter(|_| !page.is_last) else { return Ok(None) };
    let older = work.with_history(key, |history| history.predecessor(*oldest))?;
    Ok(older.map(|(older, joins)| {
        if joins {
            Progress { id: oldest.id, is_unverified: false }
        } else {
            Progress { id: older.id, is_unverified: true }
        }
    }))
}
