//! A page of the server's history.

use super::{JsonText, MessageKey, RequestTime, SearchDirection};

/// A page of history from the server, with the parts of its query that the local copy needs to merge it.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The messages, in the direction of the page. [`JsonText::unreadable`] stands for those that this version cannot read.
    pub messages: Vec<(MessageKey, JsonText)>,
    /// The number of messages that this version cannot read, with those that are not among `messages`.
    pub unreadable: usize,
    /// The message after which the page begins; `None` if it begins at an end of the history.
    pub anchor: Option<u64>,
    /// The direction of the page.
    pub direction: SearchDirection,
    /// True if the query had no filter and each message has a place, so that no message is between neighbors of the page.
    pub covers: bool,
    /// The anchor of the next page.
    pub cursor: Option<u64>,
    /// Whether this is the last page.
    pub is_last: bool,
    /// When the page was requested.
    pub asked_at: RequestTime,
}
