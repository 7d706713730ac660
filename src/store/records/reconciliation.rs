//! A note that stored data may differ from the server and must be compared with it.

/// A pending comparison of one conversation, of all conversations, or of the conversation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// The time of the copy at which the note was made.
    pub(crate) noted_at: u64,
    /// The number of the store handle whose call is in progress, or 0 if its result will never be known; `None` if a
    /// notice of the server caused the note.
    pub(crate) call: Option<u64>,
    /// The progress of the comparison; `None` before its first page.
    pub(crate) progress: Option<Progress>,
}

/// The progress of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The next page starts after the message with this id.
    pub(crate) id: u64,
    /// True if that message was not compared itself: it is the newest one below a gap, and is dropped once the page
    /// below it was compared.
    pub(crate) is_unverified: bool,
}
