//! The conversation list. Table `conversations`, key: the conversation's, such as `singleChat:bob`.

use super::fault::Result;
use super::text::Text;
use super::tx::{Kept, Key, Table, Tx};
use crate::model::{Conversation, Message, MessageKey};

/// One of the list: what JS gets, and what orders it, readable without decoding that.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) shown: Text,
    /// When it was pinned; 0 where it is not.
    pub(super) pinned: u64,
    /// Where its last message stands.
    pub(super) last: Option<MessageKey>,
}

impl Kept for Listed {
    const TABLE: Table = Table::Conversations;
}

impl Listed {
    fn new(key: &str, conversation: &Conversation) -> Result<Self> {
        Ok(Self {
            shown: Text::of(&format!("the conversation {key}"), conversation)?,
            pinned: conversation.pinned_time as u64,
            last: conversation.last_message.as_ref().map(Message::key),
        })
    }
}

/// The list in its order: pinned ones first, the latest pinned on top, then by last message, newest first.
pub(super) async fn list(tx: &Tx<'_>) -> Result<Vec<Text>> {
    let mut list = tx.values::<Listed>().await?;
    list.sort_by_key(|listed| std::cmp::Reverse((listed.pinned, listed.last)));
    Ok(list.into_iter().map(|listed| listed.shown).collect())
}

/// One of the list. A record that cannot be read counts as none: the server's list brings it again.
pub(super) async fn load(tx: &Tx<'_>, key: &str) -> Result<Option<Conversation>> {
    Ok(tx.get::<Listed>(&key.into()).await?.and_then(|listed| listed.shown.read()))
}

/// Writes one, or takes it off the list.
pub(super) fn save(tx: &Tx<'_>, key: &str, conversation: Option<&Conversation>) -> Result<()> {
    match conversation {
        Some(conversation) => tx.put(&key.into(), &Listed::new(key, conversation)?),
        None => tx.delete(Table::Conversations, &Key::from(key)),
    }
}
