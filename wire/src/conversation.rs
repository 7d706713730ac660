//! The three conversation types and their spellings.

use crate::jid::{GROUP_DOMAIN, USER_DOMAIN};

/// The type of a conversation: with one user, a group or a chat room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChatType {
    /// With one other user.
    Single,
    /// A group.
    Group,
    /// A chat room.
    Room,
}

impl ChatType {
    /// Reads each spelling that REST and notices use (`chat`, `groupchat`, `groupChat`, `chatroom`, …).
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "chat" | "singleChat" => Some(Self::Single),
            "groupchat" | "groupChat" | "group" => Some(Self::Group),
            "chatroom" | "chatRoom" => Some(Self::Room),
            _ => None,
        }
    }

    /// The spelling of REST requests and list entries: `chat`, `groupchat`, `chatroom`.
    pub const fn rest(self) -> &'static str {
        match self {
            Self::Single => "chat",
            Self::Group => "groupchat",
            Self::Room => "chatroom",
        }
    }

    /// The spelling of the JS API: `singleChat`, `groupChat`, `chatRoom`.
    pub const fn js(self) -> &'static str {
        match self {
            Self::Single => "singleChat",
            Self::Group => "groupChat",
            Self::Room => "chatRoom",
        }
    }

    /// The path word of the one-way deletion calls; chat rooms use the path of groups.
    pub const fn removal_path(self) -> &'static str {
        match self {
            Self::Single => "chat",
            Self::Group | Self::Room => "group",
        }
    }

    /// The JID domain of the peer.
    pub const fn domain(self) -> &'static str {
        match self {
            Self::Single => USER_DOMAIN,
            Self::Group | Self::Room => GROUP_DOMAIN,
        }
    }
}
