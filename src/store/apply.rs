//! How each fact changes the local copy.

use super::db::Result;
use super::facts::Fact;
use super::removals::EVERYWHERE;
use super::timeline::Touch;
use super::work::{Work, last_key};
use crate::model::{Arrived, Conversation, ConversationId, Edit, JsonText, MessageKey, StoredMessage};

impl Work<'_> {
    /// Applies one fact; tells whether it is to be told: a message that was removed before it came is not.
    pub(super) fn apply(&mut self, fact: &Fact) -> Result<bool> {
        match fact {
            Fact::Message(arrived) => return self.arrived(arrived),
            Fact::Removed { conversation, ids, until } => {
                self.remove(&conversation.storage_key(), ids, *until)?;
            }
            Fact::Recalled { conversation, id } => {
                self.remove(&conversation.storage_key(), &[*id], None)?;
            }
            Fact::ConversationDeleted { conversation, with_messages, timestamp } => {
                self.delete(&conversation.storage_key(), *with_messages, *timestamp)?;
            }
            Fact::AllDeleted { timestamp } => self.delete_all(*timestamp)?,
            Fact::Pinned { conversation, time } => {
                self.change(conversation, |conversation| {
                    conversation.is_pinned = time.is_some();
                    conversation.pinned_time = time.unwrap_or(0) as f64;
                })?;
            }
            Fact::Marked { conversation, mark, set } => {
                self.change(conversation, |conversation| {
                    conversation.marks.retain(|known| known != mark);
                    if *set {
                        conversation.marks.push(mark.clone());
                    }
                })?;
            }
            Fact::Edited { conversation, id, edit } => {
                self.edit(conversation, *id, edit)?;
            }
            Fact::Read { conversation } => {
                self.change(conversation, |conversation| conversation.unread_count = 0)?;
            }
        }
        Ok(true)
    }

    fn arrived(&mut self, arrived: &Arrived) -> Result<bool> {
        let Arrived { conversation: id, message, is_unread } = arrived;
        let (key, place) = (id.storage_key(), message.key);
        self.prepare(&[&key])?;
        let removed = self.removed(&key)?;
        if place.id == 0 || removed.hides_id(place.id) {
            return Ok(false);
        }
        if removed.hides(place) {
            // It was on its way when everything up to a later time was removed; or it was sent after that, under an
            // old time, and the server still has it.
            self.doubt(&key);
            return Ok(false);
        }
        let touch = Touch { key: place, noted: self.now, edited: false };
        self.history(&key, |history| {
            history.insert_live(place, &message.text)?;
            // Also where a page brought it first: another that was asked for earlier does not know of it.
            history.touch(touch);
            Ok(())
        })?;
        if removed.is_unsure(place) {
            self.doubt(&key);
            self.doubt_list();
        }
        // Sent before the conversation was deleted: it does not bring it back into the list.
        if removed.outlives(Some(place)) {
            return Ok(true);
        }
        let conversation =
            self.conversation(&key)?.get_or_insert_with(|| Conversation::with_message(id, None));
        // A list or a page that came first has shown and counted it.
        if last_key(conversation).is_none_or(|last| last < place) {
            conversation.unread_count += u32::from(*is_unread);
            conversation.last_message = Some(message.clone());
        }
        Ok(true)
    }

    fn remove(&mut self, key: &str, ids: &[u64], until: Option<u64>) -> Result<()> {
        if ids.is_empty() && until.is_none() {
            self.doubt(key);
            return Ok(());
        }
        self.prepare(&[key])?;
        // A time in the future removes what is there now, not what is yet to be sent.
        let newest = self.outline(key)?.newest_key();
        let last = self.last(key)?;
        let latest = newest.max(last).map_or(0, |key| key.timestamp).max(self.now);
        let until = until.map(|until| until.min(self.done_by.unwrap_or(latest)));
        let now = self.now;
        let removals = self.removals(key)?;
        removals.add_ids(ids, now);
        if let Some(until) = until {
            removals.add_until(until, now);
        }
        self.history(key, |history| {
            history.remove_ids(ids)?;
            until.map_or(Ok(false), |until| history.remove_until(until))
        })?;
        self.refresh(key)
    }

    /// What is newer than the deletion stays, and keeps the conversation on the list.
    fn delete(&mut self, key: &str, with_messages: bool, timestamp: u64) -> Result<()> {
        let newest = self.outline(key)?.newest_key();
        let last = self.last(key)?;
        let until = match timestamp {
            // What is newer than the answer came while that was on its way.
            0 => newest.max(last).map(|key| key.timestamp.min(self.done_by.unwrap_or(u64::MAX))),
            time => Some(time),
        };
        let (now, done_by) = (self.now, self.done_by);
        let removals = self.removals(key)?;
        // Also where nothing is known here: a page or a list may be on its way.
        removals.add_gone(until.unwrap_or_default(), now);
        if let Some(until) = until.filter(|_| with_messages) {
            removals.add_until(until, now);
        }
        if let Some(done_by) = done_by {
            removals.add_unsure(done_by, now);
        }
        self.history(key, |history| match until {
            Some(until) if with_messages => history.remove_until(until),
            Some(until) => history.forget_until(until),
            None => Ok(history.clear()),
        })?;
        if last.map(|key| key.timestamp) <= until {
            *self.conversation(key)? = None;
        }
        Ok(())
    }

    fn delete_all(&mut self, timestamp: u64) -> Result<()> {
        let mut until = Some(timestamp).filter(|time| *time > 0);
        let known = self.known()?;
        self.prepare(&known.iter().map(String::as_str).collect::<Vec<_>>())?;
        for key in known {
            if timestamp == 0 {
                let newest = self.outline(&key)?.newest_key();
                let last = self.last(&key)?;
                // What is newer than the answer came while that was on its way.
                let latest = newest.max(last).map(|key| key.timestamp);
                until = until.max(latest.map(|time| time.min(self.done_by.unwrap_or(u64::MAX))));
            }
            self.delete(&key, true, timestamp)?;
        }
        // Conversations that are not known here may be on their way, too.
        let (now, done_by) = (self.now, self.done_by);
        let everywhere = self.removals(EVERYWHERE)?;
        everywhere.add_gone(until.unwrap_or_default(), now);
        if let Some(until) = until {
            everywhere.add_until(until, now);
        }
        if let Some(done_by) = done_by {
            everywhere.add_unsure(done_by, now);
        }
        Ok(())
    }

    fn edit(&mut self, id: &ConversationId, message: u64, edit: &Edit) -> Result<()> {
        let tx = self.tx;
        let change = |known: &JsonText| {
            let unreadable = || tx.fail("could not read a message of the local copy".into());
            StoredMessage::edited(known, edit).ok_or_else(unreadable)
        };
        // A page on its way may bring the old content, also of a message that is not known here.
        let touch = Touch { key: MessageKey { timestamp: 0, id: message }, noted: self.now, edited: true };
        let key = id.storage_key();
        self.prepare(&[&key])?;
        self.history(&key, |history| {
            let done = history.edit(message, change)?;
            history.touch(touch);
            Ok(done)
        })??;
        self.change(id, |conversation| {
            if let Some(last) = conversation.last_message.as_mut().filter(|last| last.key.id == message)
                && let Some(text) = StoredMessage::edited(&last.text, edit)
            {
                last.text = text;
            }
        })
    }

    /// Of a conversation that is not on the list nothing need be known: the server's list tells.
    fn change(&mut self, id: &ConversationId, change: impl FnOnce(&mut Conversation)) -> Result<()> {
        if let Some(conversation) = self.conversation(&id.storage_key())? {
            change(conversation);
        }
        Ok(())
    }
}
