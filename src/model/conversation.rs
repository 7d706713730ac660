//! Conversations, as the conversation list shows them.

use super::{ConversationId, ConversationType, StoredMessage, as_chat_room};
use roamkit_wire::rest::ListEntry;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// A conversation as the list shows it.
///
/// Android: `EMConversation`.
// Local copies hold the JSON of this struct: a new field needs `#[serde(default)]`, so that older records stay readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// The other user's id, the group id, or the chat room id. Android: `conversationId()`.
    pub conversation_id: String,
    /// The type of the conversation. Android: `getType()`.
    pub conversation_type: ConversationType,
    /// The newest message that was not removed; left out if none is known. Android: `getLastMessage()`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional, type = "Message")]
    pub last_message: Option<StoredMessage>,
    /// The number of unread messages. Android: `getUnreadMsgCount()`.
    pub unread_count: u32,
    /// Whether the conversation is pinned to the top. Android: `isPinned()`.
    pub is_pinned: bool,
    /// The time of pinning, in milliseconds since the epoch; 0 if the conversation is not pinned. Android: `getPinnedTime()`.
    pub pinned_time: u64,
    /// The marks that the user set, such as `mark_0`. Android: `marks()`.
    pub marks: Vec<String>,
}

impl Conversation {
    /// The id of this conversation.
    pub fn id(&self) -> ConversationId {
        ConversationId::new(self.conversation_type.into(), &self.conversation_id)
    }

    /// Reads the public object.
    pub fn from_json(text: &[u8]) -> Option<Self> {
        serde_json::from_str(str::from_utf8(text).ok()?).ok()
    }

    /// Writes the public object.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// A conversation of which only a message is known.
    pub fn with_message(id: &ConversationId, last_message: Option<StoredMessage>) -> Self {
        Self {
            conversation_id: id.peer.clone(),
            conversation_type: id.chat_type.into(),
            last_message,
            unread_count: 0,
            is_pinned: false,
            pinned_time: 0,
            marks: Vec::new(),
        }
    }

    /// Corrects the type of a group that turned out to be a chat room.
    pub fn become_room(&mut self) {
        self.conversation_type = ConversationType::ChatRoom;
        if let Some(last) = &mut self.last_message {
            last.json = as_chat_room(&last.json);
        }
    }

    /// The conversation of an entry of the server's list, with its latest message as the user sees it.
    pub fn from_entry(entry: ListEntry, last_message: Option<StoredMessage>) -> Self {
        let id = ConversationId::new(entry.chat_type, &entry.peer);
        Self {
            unread_count: entry.unread,
            is_pinned: entry.is_pinned,
            pinned_time: entry.pinned_time,
            marks: entry.marks,
            ..Self::with_message(&id, last_message)
        }
    }
}
