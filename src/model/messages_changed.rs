//! The change of a conversation's messages in the local copy.

use super::{ConversationId, ConversationType, StoredMessage};
use serde::Serialize;
use tsify::Tsify;

/// The messages of a conversation changed in the local copy.
///
/// The event follows every change, whatever its cause: messages that were received or fetched, edits, recalls, removals and
/// deletions by this tab, another tab or another device, and differences that a comparison with the server found. A list of
/// messages that applies each event stays equal to the local copy. `added` may contain messages older than those of the list,
/// and commands (`cmd`).
#[derive(Clone, Debug, PartialEq, Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct MessagesChangedEvent {
    /// The id of the conversation.
    pub conversation_id: String,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// Messages that the local copy did not have before, oldest first.
    #[tsify(type = "Message[]")]
    pub added: Vec<StoredMessage>,
    /// Messages with a new content or position, oldest first. Replace the message with the same id.
    #[tsify(type = "Message[]")]
    pub updated: Vec<StoredMessage>,
    /// The ids of messages that are gone.
    pub removed_ids: Vec<String>,
    /// Present if all messages up to this time are gone, in milliseconds since the epoch. Then `removedIds` names at most the
    /// newest few hundred of them, or none, so remove every message whose `timestamp` is not greater.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub removed_until: Option<u64>,
}

impl MessagesChangedEvent {
    /// No change of a conversation.
    pub fn new(conversation: &ConversationId) -> Self {
        Self {
            conversation_id: conversation.peer.clone(),
            conversation_type: conversation.chat_type.into(),
            added: Vec::new(),
            updated: Vec::new(),
            removed_ids: Vec::new(),
            removed_until: None,
        }
    }

    /// True if messages were added, and nothing else changed.
    pub fn only_adds(&self) -> bool {
        self.updated.is_empty() && self.removed_ids.is_empty() && self.removed_until.is_none()
    }

    /// The JSON text of the event with its name, `[name, event]`.
    pub fn text(&self) -> String {
        serde_json::to_string(&("messagesChanged", self)).unwrap_or_default()
    }
}
