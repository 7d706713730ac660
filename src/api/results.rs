//! The results of the calls, as JS gets them: plain objects that can be cloned to workers.
//!
//! Messages and conversations are JSON texts in the local copy. They reach JS through one `JSON.parse` for the whole list,
//! because a crossing for each field takes several times as long.

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
    /// Newest activity first.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Conversation[]")]
    pub conversations: JsValue,
    /// Where the next page starts; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
}

/// A page of the server's history.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HistoryPage {
    /// In walking order: newest first with `up`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Message[]")]
    pub messages: JsValue,
    /// The `startMsgId` of the next page; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// Whether the walk ends here.
    pub is_last: bool,
}

/// A page of the local copy's history.
///
/// Where the copy ends before the history does, the last page has `isLast: false`, and the one after it no
/// messages: go on with `fetchHistoryMessages({ startMsgId: cursor })`.
#[derive(Serialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LocalHistoryPage {
    /// In walking order: newest first with `up`.
    #[serde(with = "serde_wasm_bindgen::preserve")]
    #[tsify(type = "Message[]")]
    pub messages: JsValue,
    /// The `startMsgId` of the next page; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// Whether the walk ends here, as far as the server said.
    pub is_last: bool,
    /// Whether the server said that nothing else stands between these messages.
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

/// How much the local copy holds.
#[derive(Serialize, Tsify)]
pub struct StorageEstimate {
    /// Messages.
    pub messages: u64,
    /// Conversations.
    pub conversations: u64,
    /// Bytes, roughly.
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
