//! The options of the calls. A call checks its options before anything else happens. An error names the call, the option, its
//! value and the allowed values.

mod conversations;
mod history;
mod login;
mod open;
mod removal;

pub use conversations::{
    ConversationReference, DeleteConversationOptions, FetchConversationsOptions, PinConversationOptions,
};
pub use history::{FetchHistoryOptions, HistoryOptions, LoadMessagesOptions};
pub use login::{LoginOptions, LogoutOptions, TokenArgument};
pub use open::OpenOptions;
pub use removal::RemoveMessagesOptions;

use super::argument::{OTHER_USER_ID, PeerId};
use super::fields::Fields;
use crate::error::Result;
use crate::model::{ConversationId, ConversationType};
use roamkit_wire::names;

/// The longest id of a group or chat room, in bytes.
const MAX_GROUP_ID_BYTES: usize = 64;

/// Checks that a conversation of this type may have this id.
fn check_conversation(fields: &Fields, id: &PeerId, conversation_type: ConversationType) -> Result<()> {
    let PeerId(id) = id;
    let (is_valid, expected) = match conversation_type {
        ConversationType::SingleChat => (names::user_id(id).is_some(), OTHER_USER_ID),
        ConversationType::GroupChat | ConversationType::ChatRoom => (
            id.len() <= MAX_GROUP_ID_BYTES && !id.chars().any(|c| c.is_control() || c == '@'),
            "an id of 1 to 64 bytes without control characters and @",
        ),
    };
    if is_valid { Ok(()) } else { Err(fields.refuse("conversationId", expected)) }
}

/// The id of a checked conversation.
fn conversation(id: &PeerId, conversation_type: ConversationType) -> ConversationId {
    ConversationId::new(conversation_type.into(), &id.0)
}
