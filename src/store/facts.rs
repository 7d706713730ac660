//! The inputs and outputs of the local copy.

use super::records::EventBatch;
use crate::model::{
    Arrived, ConversationId, Edit, JsonText, MessageKey, MessagesChangedEvent, SearchDirection, Unreadable,
};

/// A query for a page of the local history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalQuery {
    /// The page begins after this message, or at an end of the history.
    pub anchor: Option<u64>,
    /// The direction of the page.
    pub direction: SearchDirection,
    /// The largest number of messages.
    pub size: u32,
}

/// A page of the local history.
#[derive(Clone, Debug)]
pub struct LocalPage {
    /// The messages, in the direction of the page.
    pub messages: Vec<(MessageKey, JsonText)>,
    /// The anchor of the next page: the page's last message, or the anchor if the page is empty; `None` after the last
    /// page.
    pub cursor: Option<u64>,
    /// True if the server confirmed that no message follows this page.
    pub is_last: bool,
    /// True if the server confirmed that no message is missing between the anchor and the page's end, and all can be read.
    pub complete: bool,
    /// True if there is no gap between the anchor and the page's end: the server has nothing that can be fetched there.
    pub is_contiguous: bool,
    /// The number of messages before the first gap.
    pub contiguous_count: usize,
}

/// The tabs that emit the events of a change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EventScope {
    /// None. The change has no events.
    #[default]
    Nobody,
    /// This tab. The events are returned, and not written to the event log.
    ThisTab,
    /// All tabs of the device. The events are also written to the event log.
    AllTabs,
}

/// The result of merging a page of the server's history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergedPage {
    /// The messages that may be shown; `None` if the page was overtaken, and must be requested again.
    pub visible: Option<Vec<(MessageKey, JsonText)>>,
    /// The events, if known messages changed or are gone.
    pub events: Option<EventBatch>,
    /// The new messages, if nothing else changed. The event log would be full after a few pages, so they are not in it.
    pub added: Option<MessagesChangedEvent>,
}

/// The facts of one response of a queue. They are applied together with the position that acknowledges them, or not at
/// all.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The name of the queue; empty for facts of this device.
    pub queue: String,
    /// The new position of the queue; `None` leaves it unchanged.
    pub position: Option<u64>,
    /// The meta id of each fact, and the fact, in the order of the queue. The meta id 0 is a fact of this device, and never
    /// counts as a repetition.
    pub facts: Vec<(u64, Fact)>,
    /// The call whose result this is.
    pub call: Option<Call>,
}

/// A call that changed something on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name that `Store::begin_call` returned.
    pub name: String,
    /// The server's time at which it had completed the call; `None` if the response does not tell.
    pub completed_at: Option<u64>,
}

/// The state of a call that removes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// The request is about to be sent again: the server may act from now on.
    Repeated,
    /// The result will never be known, and the server may still act. The local copy is compared with the server, and once
    /// more when the server can no longer act.
    Unknown,
    /// The result is known.
    Settled,
}

/// One event in the history or the conversation list.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A message arrived.
    Message(Arrived),
    /// A message arrived that is stored nowhere. Only its event tells of it.
    Unstored,
    /// Something arrived that cannot be read.
    Unreadable(Unreadable),
    /// Messages were removed for this user, here or on another device.
    Removed {
        /// The conversation.
        conversation: ConversationId,
        /// The ids of the messages.
        ids: Vec<u64>,
        /// Everything up to this time was removed, in milliseconds.
        until: Option<u64>,
    },
    /// A conversation was deleted. Its local messages go in any case: those that the server still has can be fetched.
    ConversationDeleted {
        /// The conversation.
        conversation: ConversationId,
        /// True if the history was deleted too, so that no page may restore it.
        with_messages: bool,
        /// The server's time of the deletion; 0 if it is unknown. Then all messages that are known now are deleted.
        timestamp: u64,
    },
    /// All conversations and messages of the user were deleted.
    AllDeleted {
        /// The server's time of the deletion; 0 if it is unknown.
        timestamp: u64,
    },
    /// A conversation was pinned or unpinned.
    Pinned {
        /// The conversation.
        conversation: ConversationId,
        /// The time of the pin; `None` if it was unpinned.
        time: Option<u64>,
    },
    /// A mark was added to a conversation, or removed.
    Marked {
        /// The conversation.
        conversation: ConversationId,
        /// The name of the mark, such as `mark_0`.
        mark: String,
        /// True if the mark was added.
        set: bool,
    },
    /// A message was recalled for everyone.
    Recalled {
        /// The conversation.
        conversation: ConversationId,
        /// The id of the message.
        id: u64,
    },
    /// The content of a message was replaced.
    Edited {
        /// The conversation.
        conversation: ConversationId,
        /// The id of the message.
        id: u64,
        /// The new content.
        edit: Edit,
    },
    /// The user read a conversation.
    Read {
        /// The conversation.
        conversation: ConversationId,
        /// Messages with ids up to this one are read.
        id: u64,
    },
}

impl Fact {
    /// The conversation that changes, if it is one.
    pub fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Message(arrived) => Some(&arrived.conversation),
            Self::Unreadable(unreadable) => Some(&unreadable.conversation),
            Self::Removed { conversation, .. }
            | Self::ConversationDeleted { conversation, .. }
            | Self::Pinned { conversation, .. }
            | Self::Marked { conversation, .. }
            | Self::Recalled { conversation, .. }
            | Self::Edited { conversation, .. }
            | Self::Read { conversation, .. } => Some(conversation),
            Self::Unstored | Self::AllDeleted { .. } => None,
        }
    }
}

/// The size of the local copy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The number of messages.
    pub messages: u64,
    /// The number of conversations on the list.
    pub conversations: u64,
    /// The size in bytes, roughly.
    pub bytes: u64,
}
