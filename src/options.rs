//! What callers hand in: one object a call, every field checked before anything is sent.
//!
//! The structs carry the typings; [`Reader`] takes the fields out and says which argument was wrong, what it
//! was and what would be right.

mod calls;
mod reader;

pub use calls::{
    DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions, HistoryOptions,
    LoadMessagesOptions, LoginOptions, LogoutOptions, OpenOptions, Removal, RemoveMessagesOptions,
    SearchDirection, conversation_id, token,
};
pub use reader::Reader;
