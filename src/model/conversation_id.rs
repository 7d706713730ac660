//! The type and the id of a conversation.

use roamkit_wire::conversation::ChatType;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The type of a conversation: with one user, a group or a chat room.
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

/// Identifies one conversation of the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId {
    /// Its type.
    pub chat_type: ChatType,
    /// The peer: a user id, group id or chat room id.
    pub peer: String,
}

impl ConversationId {
    /// The id of the conversation with a peer. User ids become lower case, as on the wire.
    pub fn new(chat_type: ChatType, peer: &str) -> Self {
        let peer = if chat_type == ChatType::Single { peer.to_ascii_lowercase() } else { peer.to_owned() };
        Self { chat_type, peer }
    }

    /// The key in the local copy, such as `singleChat:bob`. The ids of groups and of chat rooms are one namespace, and the
    /// service often names a room like a group, so the keys of both begin with `groupChat:`.
    pub fn storage_key(&self) -> String {
        let namespace = if self.chat_type == ChatType::Room { ChatType::Group } else { self.chat_type };
        format!("{}:{}", namespace.js(), self.peer)
    }

    /// The id for a [`Self::storage_key`]. A chat room has the type of a group here: the key does not tell them apart.
    pub fn from_storage_key(key: &str) -> Option<Self> {
        let (name, peer) = key.split_once(':')?;
        let types = [ChatType::Single, ChatType::Group];
        let chat_type = types.into_iter().find(|chat_type| chat_type.js() == name)?;
        Some(Self { chat_type, peer: peer.to_owned() })
    }
}
