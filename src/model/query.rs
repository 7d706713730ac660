//! Queries for a history and removals from it: plain data that the API, REST and the local copy share.

use super::ConversationId;
use serde::Deserialize;
use tsify::Tsify;

/// The direction of a page: `up` towards older messages, `down` towards newer ones.
///
/// Android: `EMConversation.EMSearchDirection`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum SearchDirection {
    /// Towards older messages. Without a start message, it begins with the newest.
    #[default]
    Up,
    /// Towards newer messages. Without a start message, it begins with the oldest.
    Down,
}

/// A query for one page of a conversation's history on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The conversation.
    pub conversation: ConversationId,
    /// The largest number of messages, 1 to 50.
    pub page_size: u32,
    /// The message after which the page begins; `None` begins with the newest (up) or oldest (down) message.
    pub anchor: Option<u64>,
    /// The direction of the walk.
    pub direction: SearchDirection,
    /// Only messages of this sender.
    pub from: Option<String>,
    /// Only messages of these types, by their names on the wire, separated by commas; empty for all types.
    pub msg_types: String,
    /// Only messages from this time on, in ms since the epoch.
    pub start_time: Option<u64>,
    /// Only messages up to this time, in ms since the epoch.
    pub end_time: Option<u64>,
}

impl HistoryQuery {
    /// The largest unfiltered page before a message, or (with `None`) of the newest messages.
    pub fn before(conversation: &ConversationId, message: Option<u64>) -> Self {
        Self {
            conversation: conversation.clone(),
            page_size: roamkit_wire::rest::MAX_PAGE_SIZE,
            anchor: message,
            direction: SearchDirection::Up,
            from: None,
            msg_types: String::new(),
            start_time: None,
            end_time: None,
        }
    }

    /// Whether the answer has every message in its range. Neighbors in the answer are then neighbors on the server, too.
    pub fn is_unfiltered(&self) -> bool {
        self.from.is_none()
            && self.msg_types.is_empty()
            && self.start_time.is_none()
            && self.end_time.is_none()
    }
}

/// The messages that a removal concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// These messages.
    Ids(Vec<u64>),
    /// Every message up to this time, in ms since the epoch.
    Until(u64),
}
