//! Messages are removed, and conversations deleted.

use super::super::db::Result;
use super::super::records::ALL_CONVERSATIONS;
use super::super::unit_of_work::UnitOfWork;
use super::last_message::replace_if_removed;
use super::reconciliation::mark_stale;
use super::unread::{keep_unread, unread_messages};

/// Removes messages by id, and everything up to a time. A removal that names neither is compared with the server.
pub fn remove_messages(work: &mut UnitOfWork<'_>, key: &str, ids: &[u64], until: Option<u64>) -> Result<()> {
    if ids.is_empty() && until.is_none() {
        mark_stale(work, key);
        return Ok(());
    }
    work.prefetch([key])?;
    // A removal up to a future time removes the messages that exist now, not those sent later.
    let newest = newest_timestamp(work, key)?.unwrap_or(0).max(work.now);
    let until = until.map(|until| until.min(work.completed_at.unwrap_or(newest)));
    let unread = unread_messages(work, key)?;
    let now = work.now;
    let known = work.with_history(key, |history| history.locate(ids))?;
    let tombstones = work.tombstones(key)?;
    tombstones.add_ids(ids, &known, now);
    if let Some(until) = until {
        tombstones.add_removed_until(until, now);
    }
    let tombstones = tombstones.clone();
    work.with_history(key, |history| {
        history.remove_ids(ids)?;
        until.map_or(Ok(false), |until| history.remove_until(until))?;
        history.note_removal(ids, until);
        Ok(())
    })?;
    keep_unread(work, key, unread, |message| !tombstones.hides(*message))?;
    replace_if_removed(work, key)
}

/// Deletes a conversation. Newer messages stay, and keep it on the list. `timestamp` is the server's time of the deletion,
/// or 0 if that is unknown.
pub fn delete_conversation(
    work: &mut UnitOfWork<'_>,
    key: &str,
    with_messages: bool,
    timestamp: u64,
) -> Result<()> {
    let last = work.last_message_key(key)?.map(|last| last.timestamp);
    let until = match timestamp {
        0 => deletion_time(work, key)?,
        time => Some(time),
    };
    let (now, completed_at) = (work.now, work.completed_at);
    let tombstones = work.tombstones(key)?;
    // The deletion is noted even if the conversation is unknown here: a page or a list may be on its way.
    tombstones.add_deleted_at(until.unwrap_or_default(), now);
    if let Some(until) = until.filter(|_| with_messages) {
        tombstones.add_removed_until(until, now);
    }
    if let Some(completed_at) = completed_at {
        tombstones.add_ambiguous_until(completed_at, now);
    }
    work.with_history(key, |history| {
        match until {
            Some(until) if with_messages => history.remove_until(until),
            Some(until) => history.drop_until(until),
            None => history.clear(),
        }?;
        history.note_removal(&[], until);
        Ok(())
    })?;
    if last <= until {
        *work.conversation(key)? = None;
    }
    Ok(())
}

/// Deletes all conversations and their messages.
pub fn delete_all(work: &mut UnitOfWork<'_>, timestamp: u64) -> Result<()> {
    let mut until = Some(timestamp).filter(|time| *time > 0);
    let keys = work.known_keys()?;
    work.prefetch(keys.iter().map(String::as_str))?;
    for key in keys {
        if timestamp == 0 {
            until = until.max(deletion_time(work, &key)?);
        }
        work.history_header(&key)?.name_no_blocks();
        delete_conversation(work, &key, true, timestamp)?;
    }
    // Pages and lists with conversations that are unknown here may be on their way.
    let (now, completed_at) = (work.now, work.completed_at);
    let tombstones = work.tombstones(ALL_CONVERSATIONS)?;
    tombstones.add_deleted_at(until.unwrap_or_default(), now);
    if let Some(until) = until {
        tombstones.add_removed_until(until, now);
    }
    if let Some(completed_at) = completed_at {
        tombstones.add_ambiguous_until(completed_at, now);
    }
    Ok(())
}

/// The time of a deletion that came without one: that of the newest known message. A message that is newer than the
/// server's answer arrived while the answer was on its way, and was not deleted.
fn deletion_time(work: &mut UnitOfWork<'_>, key: &str) -> Result<Option<u64>> {
    let newest = newest_timestamp(work, key)?;
    Ok(newest.map(|time| time.min(work.completed_at.unwrap_or(u64::MAX))))
}

/// The time of the newest message that the history or the list knows.
fn newest_timestamp(work: &mut UnitOfWork<'_>, key: &str) -> Result<Option<u64>> {
    let newest = work.history_header(key)?.newest_key();
    Ok(newest.max(work.last_message_key(key)?).map(|key| key.timestamp))
}
