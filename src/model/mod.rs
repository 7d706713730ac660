//! What applications get to see, conversations and messages, as plain JS objects: a [`Message`] is its JSON from the start.
//!
//! [`ConversationId`] and [`MessageKey`] are the forms in which the rest of the crate names them.

mod body;
mod conversation;
pub mod form;
mod message;
mod own;
mod text;

pub use conversation::{Conversation, ConversationId, ConversationType};
pub use message::{Arrived, Edit, Incoming, Message, MessageKey};
pub use text::Text;

use crate::json::{self, Write};
use wasm_bindgen::JsValue;

/// A plain JS object. Through JSON: one crossing however much it is, where field by field each costs several.
pub fn to_js(value: &impl Write) -> Result<JsValue, Unwritable> {
    parse(&json::text(value))
}

/// The plain JS object, or list, of a JSON text.
pub fn parse(text: &[u8]) -> Result<JsValue, Unwritable> {
    let text = str::from_utf8(text).ok();
    text.and_then(|text| js_sys::JSON::parse(text).ok()).ok_or_else(|| Unwritable("it is no JSON".into()))
}

/// Why something cannot be handed to JS.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unwritable(String);
