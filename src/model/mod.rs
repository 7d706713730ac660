//! What applications get to see: [`Conversation`], [`Message`] and its [`Body`], as plain JS objects.
//!
//! [`ConversationId`] and [`MessageKey`] are the forms in which the rest of the crate names them.

mod body;
mod conversation;
mod message;

pub use body::{
    Body, CmdBody, CombineBody, CustomBody, FileBody, ImgBody, LocBody, TxtBody, VideoBody, VoiceBody,
};
pub use conversation::{Conversation, ConversationId, ConversationType};
pub use message::{Direction, Incoming, Message, MessageKey};

use serde::Serialize;
use wasm_bindgen::JsValue;

/// A plain JS object: maps become objects, missing options are left out.
pub fn to_js<T: Serialize>(value: &T) -> Result<JsValue, serde_wasm_bindgen::Error> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible().serialize_missing_as_null(false))
}
