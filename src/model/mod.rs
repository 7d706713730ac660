//! What applications get to see, conversations and messages, as plain JS objects: a [`StoredMessage`] is its JSON from the start.
//!
//! [`ConversationId`] and [`MessageKey`] are the forms in which the rest of the crate names them.

mod body;
mod conversation;
pub mod form;
mod history_page;
mod json_text;
mod message;
mod own;
mod query;

pub use conversation::{Conversation, ConversationId, ConversationType};
pub use history_page::HistoryPage;
pub use json_text::JsonText;
pub use message::{Arrived, Edit, Incoming, MessageKey, StoredMessage};
pub use query::{HistoryQuery, Removal, SearchDirection};

use crate::json::{self, Write};
use wasm_bindgen::JsValue;

/// A plain JS object. Through JSON: one crossing however much it is, where field by field each costs several.
pub fn to_js(value: &impl Write) -> Option<JsValue> {
    parse(&json::text(value))
}

/// The plain JS object, or list, of a JSON text; `None` of what is none.
pub fn parse(text: &[u8]) -> Option<JsValue> {
    js_sys::JSON::parse(str::from_utf8(text).ok()?).ok()
}
