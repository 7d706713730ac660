//! Plain data that the whole crate shares: conversations, messages, queries and pages.

mod body;
mod conversation;
mod conversation_id;
mod ext_fields;
mod history_page;
mod json_text;
mod message;
mod messages_changed;
mod query;
mod receipt;
mod request_time;
mod room;
mod unreadable;

pub use body::{
    Body, CmdBody, CombineBody, CustomBody, FileBody, ImgBody, LocBody, TxtBody, VideoBody, VoiceBody,
};
pub use conversation::Conversation;
pub use conversation_id::{ConversationId, ConversationType};
pub use ext_fields::ExtFields;
pub use history_page::HistoryPage;
pub use json_text::JsonText;
pub use message::{
    Arrived, Direction, Edit, Message, MessageKey, StoredMessage, is_command, is_unread_when_new,
};
pub use messages_changed::MessagesChangedEvent;
pub use query::{HistoryQuery, Removal, SearchDirection};
pub use receipt::Receipt;
pub use request_time::RequestTime;
pub use room::as_chat_room;
pub use unreadable::Unreadable;

use wasm_bindgen::JsValue;

/// The JS value of a JSON text; `None` where the text is not JSON.
pub fn parse(text: &[u8]) -> Option<JsValue> {
    js_sys::JSON::parse(str::from_utf8(text).ok()?).ok()
}
