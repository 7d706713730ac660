//! A conversation: with whom, its latest message, and how it stands in the list.

use super::StoredMessage;
use crate::json::{object, words};
use roamkit_wire::conversation::ChatType;
use roamkit_wire::rest::ListEntry;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What a conversation is with: one user, a group or a chat room.
///
/// Android: `EMConversation.EMConversationType` (`Chat`, `GroupChat`, `ChatRoom`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum ConversationType {
    /// One other user.
    SingleChat,
    /// A group.
    GroupChat,
    /// A chat room.
    ChatRoom,
}

impl From<ChatType> for ConversationType {
    fn from(chat_type: ChatType) -> Self {
        match chat_type {
            ChatType::Single => Self::SingleChat,
            ChatType::Group => Self::GroupChat,
            ChatType::Room => Self::ChatRoom,
        }
    }
}

impl From<ConversationType> for ChatType {
    fn from(conversation_type: ConversationType) -> Self {
        match conversation_type {
            ConversationType::SingleChat => Self::Single,
            ConversationType::GroupChat => Self::Group,
            ConversationType::ChatRoom => Self::Room,
        }
    }
}

/// Names one conversation of the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId {
    /// Its type.
    pub chat_type: ChatType,
    /// The peer: a user id, group id or chat room id.
    pub peer: String,
}

impl ConversationId {
    /// User ids are lower case on the wire, whatever an application writes.
    pub fn new(chat_type: ChatType, peer: &str) -> Self {
        let peer = if chat_type == ChatType::Single { peer.to_ascii_lowercase() } else { peer.to_owned() };
        Self { chat_type, peer }
    }

    /// The key under which the local copy keeps it, such as `singleChat:bob`.
    pub fn storage_key(&self) -> String {
        format!("{}:{}", self.chat_type.js(), self.peer)
    }

    /// What such a key names.
    pub fn from_storage_key(key: &str) -> Option<Self> {
        let (name, peer) = key.split_once(':')?;
        let types = [ChatType::Single, ChatType::Group, ChatType::Room];
        let chat_type = types.into_iter().find(|chat_type| chat_type.js() == name)?;
        Some(Self { chat_type, peer: peer.to_owned() })
    }
}

/// A conversation as the list shows it.
///
/// Android: `EMConversation`.
#[derive(Clone, Debug, PartialEq, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// The other user's id, the group's id or the chat room's id. Android: `conversationId()`.
    pub conversation_id: String,
    /// What the conversation is with. Android: `getType()`.
    pub conversation_type: ConversationType,
    /// The newest message that is still there; left out where none is known. Android: `getLastMessage()`.
    #[tsify(optional, type = "Message")]
    pub last_message: Option<StoredMessage>,
    /// How many messages were not read. Android: `getUnreadMsgCount()`.
    pub unread_count: u32,
    /// Whether the conversation is pinned to the top. Android: `isPinned()`.
    pub is_pinned: bool,
    /// When it was pinned, in milliseconds; 0 where it is not. Android: `getPinnedTime()`.
    pub pinned_time: f64,
    /// Marks the user gave it, such as `mark_0`. Android: `marks()`.
    pub marks: Vec<String>,
}

words!(ConversationType { SingleChat: "singleChat", GroupChat: "groupChat", ChatRoom: "chatRoom" });
object!(Conversation {
    conversation_id: "conversationId",
    conversation_type: "conversationType",
    last_message: "lastMessage",
    unread_count: "unreadCount",
    is_pinned: "isPinned",
    pinned_time: "pinnedTime",
    marks: "marks",
});

impl Conversation {
    /// How the crate names it.
    pub fn id(&self) -> ConversationId {
        ConversationId::new(self.conversation_type.into(), &self.conversation_id)
    }

    /// Reads the public object.
    pub fn from_json(text: &[u8]) -> Option<Self> {
        roamkit_wire::json::read(text).ok().and_then(<Self as crate::json::Read>::read)
    }

    /// Writes it.
    pub fn to_json(&self) -> Vec<u8> {
        crate::json::text(self)
    }

    /// A conversation of which only a message is known yet.
    pub fn with_message(id: &ConversationId, last_message: Option<StoredMessage>) -> Self {
        Self {
            conversation_id: id.peer.clone(),
            conversation_type: id.chat_type.into(),
            last_message,
            unread_count: 0,
            is_pinned: false,
            pinned_time: 0.0,
            marks: Vec::new(),
        }
    }

    /// Reads a list's entry, as `user` sees it.
    pub fn from_entry(entry: ListEntry, user: &str) -> Self {
        let id = ConversationId::new(entry.chat_type, &entry.peer);
        Self {
            last_message: entry.last.and_then(|last| StoredMessage::from_list(&last, &id, user)),
            unread_count: entry.unread,
            is_pinned: entry.is_pinned,
            pinned_time: entry.pinned_time as f64,
            marks: entry.marks,
            ..Self::with_message(&id, None)
        }
    }
}
