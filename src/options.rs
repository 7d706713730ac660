//! What callers hand in: one object a call, every field checked before anything is sent.
//!
//! The structs carry the typings; [`Reader`] takes the fields out and says which argument was wrong, what it
//! was and what would be right.

mod calls;
mod login;
mod reader;
mod removal;

pub use calls::{
    DeleteConversationOptions, FetchConversationsOptions, FetchHistoryOptions, HistoryOptions,
    LoadMessagesOptions, OpenOptions, SearchDirection, conversation_id,
};
pub use login::{LoginOptions, LogoutOptions, token};
pub use reader::Reader;
pub use removal::{Removal, RemoveMessagesOptions};
