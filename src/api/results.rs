//! The results of the calls: plain objects that JS can clone to workers.
//!
//! Messages and conversations are JSON texts in the local copy. One `JSON.parse` converts a whole list. To convert each field
//! on its own takes several times as long.

use crate::error::{Code, Error, Result};
use crate::model::{self, JsonText, MessageKey};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use tsify::Tsify;
use wasm_bindgen::JsValue;

/// A page of the server's conversation list.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConversationPage {
    /// The conversations, newest activity first.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Conversation[]")]
    pub conversations: JsValue,
    /// The `cursor` of the next page; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
}

/// A page of the server's history.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// The messages in the direction of the page: newest first with `up`, oldest first with `down`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Message[]")]
    pub messages: JsValue,
    /// The `startMsgId` of the next page; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// True if this is the last page.
    pub is_last: bool,
}

/// A page of the local copy's history.
///
/// If the server has messages beyond the local copy, the last page with messages has `isLast: false`, and the page after
/// it is empty. Continue with `fetchHistoryMessages({ startMsgId: cursor })` then.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LocalHistoryPage {
    /// The messages in the direction of the page: newest first with `up`, oldest first with `down`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Message[]")]
    pub messages: JsValue,
    /// The `startMsgId` of the next page; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// True if the server confirmed that no message follows this page.
    pub is_last: bool,
    /// True if the server confirmed that no message is missing in this page. False also if the page skips a message that this
    /// version cannot read.
    pub complete: bool,
}

/// One step of `history()`, for the generator in JS.
#[derive(Serialize)]
pub struct HistoryStep {
    /// The messages of this step.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    pub messages: JsValue,
    /// The message after which the next step begins; `None` at the end of the walk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The size of the local copy.
#[derive(Serialize, Tsify)]
pub struct StorageEstimate {
    /// The number of messages.
    pub messages: u64,
    /// The number of conversations.
    pub conversations: u64,
    /// The estimated size in bytes.
    pub bytes: u64,
}

/// The plain object of a result.
pub fn to_js(value: &impl Serialize) -> Result<JsValue> {
    let object = value.serialize(&Serializer::json_compatible());
    object.map_err(|_| Error::new(Code::General, "the answer cannot be handed over"))
}

/// The plain object of a message or conversation.
pub fn object(text: &JsonText) -> Result<JsValue> {
    model::parse(text.bytes()).ok_or_else(unreadable)
}

/// The array of plain objects of messages or conversations.
pub fn array<'a>(texts: impl Iterator<Item = &'a JsonText>) -> Result<JsValue> {
    model::parse(&JsonText::list(texts)).ok_or_else(unreadable)
}

/// The array of plain objects of a page's messages.
pub fn messages(page: &[(MessageKey, JsonText)]) -> Result<JsValue> {
    array(page.iter().map(|(_, message)| message))
}

fn unreadable() -> Error {
    Error::new(Code::Database, "what the local copy holds cannot be read: it is no JSON")
}
