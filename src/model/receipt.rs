//! The receipt with which a device tells the server that the user read a conversation.

use super::ConversationId;

/// A receipt: the user read a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The conversation.
    pub conversation: ConversationId,
    /// The local id of the receipt. It stays the same when the receipt is sent again.
    pub number: u64,
    /// The last message that was read; `None` for everything that the server has when the receipt reaches it.
    pub message: Option<u64>,
}
