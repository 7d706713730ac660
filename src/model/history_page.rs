//! A page of the server's history.

use super::{JsonText, MessageKey, SearchDirection};

/// A page of history as the server answered it, with the question it answers: what the local copy needs to take it over.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryPage {
    /// The readable messages, in walking order.
    pub messages: Vec<(MessageKey, JsonText)>,
    /// How many messages this version cannot read.
    pub unreadable: usize,
    /// The message after which the walk began; `None` where it began at an end of the history.
    pub anchor: Option<u64>,
    /// The direction of the walk.
    pub direction: SearchDirection,
    /// Whether the server was asked for every message in the range, so that nothing stands between neighbours of the page.
    pub covers: bool,
    /// The anchor of the next page.
    pub cursor: Option<u64>,
    /// Whether the walk ends with this page.
    pub is_last: bool,
    /// The local time of the request, ms.
    pub asked_at: u64,
}
