//! What goes into the local copy and what comes out of it.

use crate::model::{Arrived, ConversationId, Edit, JsonText, MessageKey, SearchDirection};

/// Which messages to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalQuery {
    /// Begin after this message; at the end of the history where left out.
    pub anchor: Option<u64>,
    /// Which way to go.
    pub direction: SearchDirection,
    /// At most so many messages.
    pub size: u32,
}

/// A page of history as the local copy has it.
#[derive(Clone, Debug)]
pub struct LocalPage {
    /// In walking order, as the server's page would have it.
    pub messages: Vec<(MessageKey, JsonText)>,
    /// Where to go on: the page's last message, or the anchor where the page is empty; none after the last page.
    pub cursor: Option<u64>,
    /// Whether the server said that nothing comes after this page.
    pub is_last: bool,
    /// Whether the server said that nothing else stands between the anchor and the page's end.
    pub complete: bool,
    /// How many of the messages stand before the first gap.
    pub whole: usize,
}

/// What one answer of a queue brings: applied as a whole, with the position that acknowledges it, or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The queue; empty for what was done here.
    pub queue: String,
    /// The queue's new position; none leaves it where it is.
    pub position: Option<u64>,
    /// Meta id and fact, in the queue's order. Id 0 is what was done here: it is never taken for a repetition.
    pub facts: Vec<(u64, Fact)>,
    /// The call whose outcome this is.
    pub call: Option<Call>,
}

/// A call that changed something on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// What `Store::begin_call` named it.
    pub name: String,
    /// The server's time by which it was done; none where the answer does not tell.
    pub done_by: Option<u64>,
}

/// How a call that removes something goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// It is about to be asked for once more: the server may act from now on.
    Repeated,
    /// Nobody knows what came of it, nor whether the server is still to act: what is kept is to be compared, and once more
    /// when the server can no longer be about to act.
    Unknown,
    /// What came of it is known.
    Settled,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A message arrived.
    Message(Arrived),
    /// Messages were removed one-way, here or on another device of the user.
    Removed {
        /// Where.
        conversation: ConversationId,
        /// Which.
        ids: Vec<u64>,
        /// Everything up to this time, in milliseconds.
        until: Option<u64>,
    },
    /// A conversation was deleted. Its local messages go in any case: what the server still has can be fetched
    /// again.
    ConversationDeleted {
        /// Which.
        conversation: ConversationId,
        /// Whether its history went with it, so that no page may bring it back.
        with_messages: bool,
        /// When, by the server's clock; 0 where that is not known: then what is known here by now is deleted.
        timestamp: u64,
    },
    /// All conversations and messages of the user were deleted.
    AllDeleted {
        /// When, by the server's clock; 0 where that is not known.
        timestamp: u64,
    },
    /// A conversation was pinned, or unpinned.
    Pinned {
        /// Which.
        conversation: ConversationId,
        /// When; none unpins.
        time: Option<u64>,
    },
    /// A mark was set on a conversation, or taken off.
    Marked {
        /// Which.
        conversation: ConversationId,
        /// Such as `mark_0`.
        mark: String,
        /// Set or taken off.
        set: bool,
    },
    /// A message was taken back, for everyone.
    Recalled {
        /// Where it stood.
        conversation: ConversationId,
        /// Which.
        id: u64,
    },
    /// A message's content was replaced.
    Edited {
        /// Where it stands.
        conversation: ConversationId,
        /// Which.
        id: u64,
        /// What is replaced.
        edit: Edit,
    },
    /// The user read a conversation.
    Read {
        /// Which.
        conversation: ConversationId,
    },
}

/// How much the local copy holds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Messages.
    pub messages: u64,
    /// Conversations in the list.
    pub conversations: u64,
    /// Bytes, roughly.
    pub bytes: u64,
}
