//! One transaction's work: what it reads is read once, what it changes is written at its end, all or nothing.

use super::conversations;
use super::database::{ALL, CONVERSATIONS, DIRECTORIES, Tx};
use super::facts::Page;
use super::history::{self, History};
use super::removals::{EVERYWHERE, Removals};
use super::timeline::{Covered, Needs};
use crate::error::{Code, Error, Result};
use crate::model::{Conversation, ConversationId, Message, MessageKey, to_js};
use indexed_db_futures::database::Database;
use std::collections::{BTreeMap, BTreeSet};
use wasm_bindgen::JsValue;

/// A record as it was found and as it is to be.
struct Kept<T> {
    was: T,
    is: T,
}

pub(super) struct Work<'a> {
    pub(super) tx: Tx<'a>,
    histories: BTreeMap<String, History>,
    removals: BTreeMap<String, Kept<Removals>>,
    conversations: BTreeMap<String, Kept<Option<Conversation>>>,
}

impl<'a> Work<'a> {
    pub(super) fn begin(db: &'a Database) -> Result<Self> {
        Ok(Self {
            tx: Tx::write(db, &ALL)?,
            histories: BTreeMap::new(),
            removals: BTreeMap::new(),
            conversations: BTreeMap::new(),
        })
    }

    /// Writes everything. Tells whether the conversation list changed.
    pub(super) async fn commit(mut self) -> Result<bool> {
        for (key, history) in &mut self.histories {
            history::save(&self.tx, key, history)?;
        }
        for (key, removals) in self.removals.iter().filter(|(_, removals)| removals.was != removals.is) {
            removals.is.save(&self.tx, key)?;
        }
        let mut changed = false;
        for (key, kept) in self.conversations.iter().filter(|(_, kept)| kept.was != kept.is) {
            conversations::save(&self.tx, key, kept.is.as_ref())?;
            changed = true;
        }
        self.tx.commit().await?;
        Ok(changed)
    }

    /// Does something with a history.
    pub(super) async fn history<R>(
        &mut self,
        key: &str,
        work: impl FnMut(&mut History) -> Needs<R>,
    ) -> Result<R> {
        if !self.histories.contains_key(key) {
            let history = history::load(&self.tx, key).await?;
            self.histories.insert(key.to_owned(), history);
        }
        match self.histories.get_mut(key) {
            Some(history) => history::with(&self.tx, key, history, work).await,
            None => Err(lost(key)),
        }
    }

    /// What was removed from one conversation, to add to.
    pub(super) async fn removals(&mut self, key: &str) -> Result<&mut Removals> {
        if !self.removals.contains_key(key) {
            let removals = Removals::load(&self.tx, key).await?;
            self.removals.insert(key.to_owned(), Kept { was: removals.clone(), is: removals });
        }
        self.removals.get_mut(key).map(|kept| &mut kept.is).ok_or_else(|| lost(key))
    }

    /// What must not come back into a conversation.
    pub(super) async fn removed(&mut self, key: &str) -> Result<Removals> {
        let own = self.removals(key).await?.clone();
        Ok(own.with(self.removals(EVERYWHERE).await?))
    }

    /// One of the list, to change.
    pub(super) async fn conversation(&mut self, key: &str) -> Result<&mut Option<Conversation>> {
        if !self.conversations.contains_key(key) {
            let conversation = conversations::load(&self.tx, key).await?;
            self.conversations.insert(key.to_owned(), Kept { was: conversation.clone(), is: conversation });
        }
        self.conversations.get_mut(key).map(|kept| &mut kept.is).ok_or_else(|| lost(key))
    }

    /// Every conversation on the list.
    pub(super) async fn listed(&mut self) -> Result<BTreeSet<String>> {
        let mut keys: BTreeSet<_> = self.tx.keys(CONVERSATIONS).await?.into_iter().collect();
        for (key, kept) in &self.conversations {
            if kept.is.is_some() {
                keys.insert(key.clone());
            } else {
                keys.remove(key);
            }
        }
        Ok(keys)
    }

    /// Every conversation of which anything is known.
    pub(super) async fn known(&mut self) -> Result<BTreeSet<String>> {
        let mut keys = self.listed().await?;
        keys.extend(self.tx.keys(DIRECTORIES).await?);
        keys.extend(self.histories.keys().cloned());
        Ok(keys)
    }

    /// Takes over a page of the server's history.
    pub(super) async fn save_page(&mut self, id: &ConversationId, page: Page) -> Result<()> {
        let key = id.storage_key();
        let removed = self.removed(&key).await?;
        let messages = plain(&page.messages)?;
        if page.covers {
            let covered = Covered {
                messages: &messages,
                anchor: page.anchor,
                direction: page.direction,
                is_last: page.is_last,
            };
            self.history(&key, |history| {
                history.merge(&covered, |key| removed.hides_id(key.id))?;
                removed.until().map_or(Ok(false), |until| history.remove_until(until))
            })
            .await?;
        } else {
            let shown: Vec<_> = messages.into_iter().filter(|(key, _)| !removed.hides(*key)).collect();
            self.history(&key, |history| history.save(&shown)).await?;
        }
        // The list may not know of these messages yet; one that is no longer there is not its last either.
        let newest = self.history(&key, |history| Ok(history.newest_key())).await?;
        let last = self.conversation(&key).await?.as_ref().map(last_key);
        if last.is_some_and(|last| last < newest) {
            self.show_newest(&key).await?;
        }
        Ok(())
    }

    /// The conversation shows its newest local message, or none. Without any there is nothing unread.
    pub(super) async fn show_newest(&mut self, key: &str) -> Result<()> {
        let newest = self.newest(key).await?;
        if let Some(conversation) = self.conversation(key).await? {
            if newest.is_none() {
                conversation.unread_count = 0;
            }
            conversation.last_message = newest;
        }
        Ok(())
    }

    /// The newest message of the local history.
    pub(super) async fn newest(&mut self, key: &str) -> Result<Option<Message>> {
        let newest = self.history(key, |history| history.newest().map(Option::<&JsValue>::cloned)).await?;
        Ok(newest.and_then(|message| serde_wasm_bindgen::from_value(message).ok()))
    }

    /// If the message that the list shows was removed, the one before it takes its place.
    pub(super) async fn refresh(&mut self, key: &str) -> Result<()> {
        let removed = self.removed(key).await?;
        let last = self.conversation(key).await?.as_ref().and_then(last_key);
        if last.is_some_and(|last| removed.hides(last)) { self.show_newest(key).await } else { Ok(()) }
    }

    /// Takes over the server's list, or a page of it.
    pub(super) async fn save_conversations(&mut self, list: Vec<Conversation>, whole: bool) -> Result<()> {
        let mut gone = if whole { self.listed().await? } else { BTreeSet::new() };
        for mut theirs in list {
            let key = theirs.id().storage_key();
            let removed = self.removed(&key).await?;
            // A list that was on its way when the conversation was deleted does not bring it back.
            if removed.outlives(last_key(&theirs)) {
                continue;
            }
            gone.remove(&key);
            let hidden = last_key(&theirs).is_some_and(|last| removed.hides(last));
            if hidden {
                theirs.last_message = None;
            }
            let ours = self.conversation(&key).await?.clone();
            if let Some(ours) = ours.filter(|ours| last_key(ours) > last_key(&theirs)) {
                if !hidden && theirs.last_message.is_some() {
                    theirs.unread_count = ours.unread_count;
                }
                theirs.last_message = ours.last_message;
            } else if hidden {
                theirs.last_message = self.newest(&key).await?;
            }
            *self.conversation(&key).await? = Some(theirs);
        }
        for key in gone {
            *self.conversation(&key).await? = None;
        }
        Ok(())
    }
}

/// Where the message stands that the list shows for it.
pub(super) fn last_key(conversation: &Conversation) -> Option<MessageKey> {
    conversation.last_message.as_ref().map(Message::key)
}

/// Messages as they are kept: a message without an id has no place.
pub(super) fn plain(messages: &[Message]) -> Result<Vec<(MessageKey, JsValue)>> {
    let keyed = messages.iter().map(|message| (message.key(), message)).filter(|(key, _)| key.id != 0);
    keyed.map(|(key, message)| Ok((key, object(message)?))).collect()
}

/// The plain object of a message.
pub(super) fn object(message: &Message) -> Result<JsValue> {
    to_js(message).map_err(|error| {
        let id = &message.id;
        Error::new(Code::Database, format!("could not write the message {id} to the local copy: {error}"))
    })
}

fn lost(key: &str) -> Error {
    Error::new(Code::Database, format!("the local copy lost hold of {key}; open the client anew"))
}
