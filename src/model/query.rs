//! Questions to a history and orders to remove from it: plain data that the API, REST and the local copy share.

use super::ConversationId;
use serde::Deserialize;
use tsify::Tsify;

/// Which way to walk: `up`, towards older messages, or `down`, towards newer ones.
///
/// Android: `EMConversation.EMSearchDirection`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum SearchDirection {
    /// Towards older messages; without an anchor from the newest.
    #[default]
    Up,
    /// Towards newer messages; without an anchor from the oldest.
    Down,
}

/// One page of a conversation's history, as a caller asks the server for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryQuery {
    /// The conversation.
    pub conversation: ConversationId,
    /// At most so many messages, 1 to 50.
    pub page_size: u32,
    /// The message after which the page begins; `None` begins at the end of the history that the direction implies.
    pub anchor: Option<u64>,
    /// The direction of the walk.
    pub direction: SearchDirection,
    /// Only messages of this sender.
    pub from: Option<String>,
    /// Only messages of these kinds, as the wire names them, separated by commas; empty for all kinds.
    pub msg_types: String,
    /// Only messages since this time, ms.
    pub start_time: Option<u64>,
    /// Only messages until this time, ms.
    pub end_time: Option<u64>,
}

impl HistoryQuery {
    /// The largest unfiltered page before a message; before the end of the history where there is no message.
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

    /// Whether the answer holds every message in its range, so that its neighbours are neighbours on the server, too.
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
    /// Every message up to this time, ms.
    Until(u64),
}
