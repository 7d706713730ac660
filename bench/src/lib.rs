//! The SDK's local copy, opened up for `cargo xtask bench`.
//!
//! An application cannot put history into its local copy without a server, and a server's answers would be part of
//! what is measured. So this crate hands the page [`struct@Copy`], the very `Store` that the SDK writes to, and [`Pages`],
//! the server's pages made ready beforehand.

// There is no local copy but in a browser.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

#[cfg(target_arch = "wasm32")]
mod answers;
#[cfg(target_arch = "wasm32")]
mod copy;
mod pages;

#[cfg(target_arch = "wasm32")]
pub use answers::Answers;
#[cfg(target_arch = "wasm32")]
pub use copy::Copy;
pub use pages::Pages;

use roamkit::model::{ConversationId, Message};
use roamkit_wire::conversation::ChatType;
use std::fmt::Display;
use wasm_bindgen::JsValue;

/// The group that the page calls so.
fn group(name: &str) -> ConversationId {
    ConversationId::new(ChatType::Group, name)
}

/// Reads a message that the page gives. It passes through JSON text, since a message keeps the sender's fields as text.
fn message(message: &JsValue) -> Result<Message, JsValue> {
    let text = String::from(js_sys::JSON::stringify(message)?);
    serde_json::from_str(&text).map_err(failed)
}

/// An error as JS throws it.
fn failed(error: impl Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
