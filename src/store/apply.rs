//! How each fact changes the local copy.

use super::facts::Fact;
use super::removals::EVERYWHERE;
use super::work::{Work, last_key, object};
use crate::error::{Code, Error, Result};
use crate::model::{Body, Conversation, ConversationId, Direction, Message};
use roamkit_wire::ext::Object;
use wasm_bindgen::JsValue;

impl Work<'_> {
    /// Applies one fact; tells whether it is to be told: a message that was removed before it came is not.
    pub(super) async fn apply(&mut self, fact: Fact) -> Result<bool> {
        match fact {
            Fact::Message(message) => return self.arrived(message).await,
            Fact::Removed { conversation, ids, until } => {
                self.remove(&conversation.storage_key(), &ids, until).await?;
            }
            Fact::Recalled { conversation, id } => {
                self.remove(&conversation.storage_key(), &[id], None).await?;
            }
            Fact::ConversationDeleted { conversation, with_messages, timestamp } => {
                self.delete(&conversation.storage_key(), with_messages, timestamp).await?;
            }
            Fact::AllDeleted { timestamp } => self.delete_all(timestamp).await?,
            Fact::Pinned { conversation, time } => {
                self.change(&conversation, |conversation| {
                    conversation.is_pinned = time.is_some();
                    conversation.pinned_time = time.unwrap_or(0) as f64;
                })
                .await?;
            }
            Fact::Marked { conversation, mark, set } => {
                self.change(&conversation, |conversation| {
                    conversation.marks.retain(|known| *known != mark);
                    if set {
                        conversation.marks.push(mark);
                    }
                })
                .await?;
            }
            Fact::Edited { conversation, id, body, ext } => {
                self.edit(&conversation, id, &body, ext.as_ref()).await?;
            }
            Fact::Read { conversation } => {
                self.change(&conversation, |conversation| conversation.unread_count = 0).await?;
            }
        }
        Ok(true)
    }

    async fn arrived(&mut self, message: Message) -> Result<bool> {
        let id = ConversationId::new(message.conversation_type.into(), &message.conversation_id);
        let (key, place) = (id.storage_key(), message.key());
        let removed = self.removed(&key).await?;
        if place.id == 0 || removed.hides(place) {
            return Ok(false);
        }
        let plain = object(&message)?;
        self.history(&key, |history| history.insert_live(place, &plain)).await?;
        // Sent before the conversation was deleted: it does not bring it back into the list.
        if removed.outlives(Some(place)) {
            return Ok(true);
        }
        let conversation =
            self.conversation(&key).await?.get_or_insert_with(|| Conversation::with_message(&id, None));
        // A list or a page that came first has shown and counted it.
        if last_key(conversation).is_none_or(|last| last < place) {
            if message.direction == Direction::Receive && !matches!(message.body, Body::Cmd(_)) {
                conversation.unread_count += 1;
            }
            conversation.last_message = Some(message);
        }
        Ok(true)
    }

    async fn remove(&mut self, key: &str, ids: &[u64], until: Option<u64>) -> Result<()> {
        if ids.is_empty() && until.is_none() {
            return self.doubt(key).await;
        }
        // A time in the future removes what is there now, not what is yet to be sent.
        let newest = self.history(key, |history| Ok(history.newest_key())).await?;
        let last = self.conversation(key).await?.as_ref().and_then(last_key);
        let now = newest.max(last).map_or(0, |key| key.timestamp).max(js_sys::Date::now() as u64);
        let until = until.map(|until| until.min(now));
        let removals = self.removals(key).await?;
        removals.add_ids(ids, js_sys::Date::now());
        if let Some(until) = until {
            removals.add_until(until);
        }
        self.history(key, |history| {
            history.remove_ids(ids)?;
            until.map_or(Ok(false), |until| history.remove_until(until))
        })
        .await?;
        self.refresh(key).await
    }

    /// Something was removed, and nobody says what (older services): nothing that is known can be relied on. It
    /// can be fetched again.
    async fn doubt(&mut self, key: &str) -> Result<()> {
        self.history(key, |history| Ok(history.clear())).await?;
        if let Some(conversation) = self.conversation(key).await? {
            conversation.last_message = None;
        }
        Ok(())
    }

    /// What is newer than the deletion stays, and keeps the conversation on the list.
    async fn delete(&mut self, key: &str, with_messages: bool, timestamp: u64) -> Result<()> {
        let newest = self.history(key, |history| Ok(history.newest_key())).await?;
        let last = self.conversation(key).await?.as_ref().and_then(last_key);
        let until = match timestamp {
            0 => newest.max(last).map(|key| key.timestamp),
            time => Some(time),
        };
        if let Some(until) = until {
            let removals = self.removals(key).await?;
            removals.add_gone(until);
            if with_messages {
                removals.add_until(until);
            }
        }
        self.history(key, |history| match until {
            Some(until) if with_messages => history.remove_until(until),
            Some(until) => history.forget_until(until),
            None => Ok(history.clear()),
        })
        .await?;
        if last.map(|key| key.timestamp) <= until {
            *self.conversation(key).await? = None;
        }
        Ok(())
    }

    async fn delete_all(&mut self, timestamp: u64) -> Result<()> {
        let mut until = Some(timestamp).filter(|time| *time > 0);
        for key in self.known().await? {
            if timestamp == 0 {
                let newest = self.history(&key, |history| Ok(history.newest_key())).await?;
                let last = self.conversation(&key).await?.as_ref().and_then(last_key);
                until = until.max(newest.max(last).map(|key| key.timestamp));
            }
            self.delete(&key, true, timestamp).await?;
        }
        // Conversations that are not known here may be on their way, too.
        if let Some(until) = until {
            let everywhere = self.removals(EVERYWHERE).await?;
            everywhere.add_until(until);
            everywhere.add_gone(until);
        }
        Ok(())
    }

    async fn edit(
        &mut self,
        id: &ConversationId,
        message: u64,
        body: &Body,
        ext: Option<&Object>,
    ) -> Result<()> {
        let write = |message: &mut Message| {
            message.body = body.clone();
            if let Some(ext) = ext {
                message.ext.clone_from(ext);
            }
        };
        let change = |known: &JsValue| {
            let mut message: Message = serde_wasm_bindgen::from_value(known.clone())
                .map_err(|error| Error::new(Code::Database, format!("could not read a message: {error}")))?;
            write(&mut message);
            object(&message)
        };
        self.history(&id.storage_key(), |history| history.edit(message, change)).await??;
        self.change(id, |conversation| {
            if let Some(last) = conversation.last_message.as_mut().filter(|last| last.key().id == message) {
                write(last);
            }
        })
        .await
    }

    /// Of a conversation that is not on the list nothing need be known: the server's list tells.
    async fn change(&mut self, id: &ConversationId, change: impl FnOnce(&mut Conversation)) -> Result<()> {
        if let Some(conversation) = self.conversation(&id.storage_key()).await? {
            change(conversation);
        }
        Ok(())
    }
}
