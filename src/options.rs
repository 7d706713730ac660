//! What callers hand in: one object a call, every field checked before anything is sent.
//!
//! The structs carry the typings; `src/js/options.js` looks at the fields, and says which argument was wrong, what it was and
//! what would be right: JS knows what kinds of values it has.

mod calls;
mod fields;
mod login;
mod removal;

pub use calls::{
    DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions, LoadMessagesOptions,
    OpenOptions, conversation_id,
};
pub use login::{LoginOptions, LogoutOptions, token};
pub use removal::RemoveMessagesOptions;
