//! The conversation list. Store `conversations`, key: the conversation's, such as `singleChat:bob`; value
//! `{conversation: Conversation, pinned, time, id}`: the plain object that JS gets, and what the list is ordered
//! by (when it was pinned, and its last message's time and padded id).

use super::database::{CONVERSATIONS, Tx, field, padded, record};
use crate::error::{Code, Error, Result};
use crate::model::{Conversation, MessageKey, to_js};
use wasm_bindgen::JsValue;

/// The list in its order: pinned ones first, the latest pinned on top, then by last message, newest first.
pub(super) async fn list(tx: &Tx<'_>) -> Result<Vec<JsValue>> {
    let records = tx.all(CONVERSATIONS).await?;
    let mut list: Vec<_> = records
        .iter()
        .map(|record| {
            let number = |name| field(record, name).as_f64().unwrap_or_default() as u64;
            let id = field(record, "id").as_string().unwrap_or_default();
            ((number("pinned"), number("time"), id), field(record, "conversation"))
        })
        .collect();
    list.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(list.into_iter().map(|(_, conversation)| conversation).collect())
}

/// One of the list, as JS gets it.
pub(super) async fn shown(tx: &Tx<'_>, key: &str) -> Result<Option<JsValue>> {
    Ok(tx.get(CONVERSATIONS, &key.into()).await?.map(|record| field(&record, "conversation")))
}

/// Where its last message stands, read without decoding it.
pub(super) async fn last_key(tx: &Tx<'_>, key: &str) -> Result<Option<MessageKey>> {
    let Some(record) = tx.get(CONVERSATIONS, &key.into()).await? else { return Ok(None) };
    let id = field(&record, "id").as_string().and_then(|id| id.parse().ok());
    let time = field(&record, "time").as_f64();
    Ok(id.zip(time).map(|(id, time)| MessageKey { timestamp: time as u64, id }))
}

/// One of the list. A record that cannot be read counts as none: the server's list brings it again.
pub(super) async fn load(tx: &Tx<'_>, key: &str) -> Result<Option<Conversation>> {
    Ok(shown(tx, key).await?.and_then(|value| serde_wasm_bindgen::from_value(value).ok()))
}

/// Writes one, or takes it off the list.
pub(super) fn save(tx: &Tx<'_>, key: &str, conversation: Option<&Conversation>) -> Result<()> {
    let Some(conversation) = conversation else { return tx.delete(CONVERSATIONS, JsValue::from_str(key)) };
    let last = conversation.last_message.as_ref().map(crate::model::Message::key);
    let value = to_js(conversation).map_err(|error| {
        Error::new(
            Code::Database,
            format!("could not write the conversation {key} to the local copy: {error}"),
        )
    })?;
    let value = record([
        ("conversation", value),
        ("pinned", conversation.pinned_time.into()),
        ("time", last.map_or(0.0, |last| last.timestamp as f64).into()),
        ("id", last.map_or_else(String::new, |last| padded(last.id)).into()),
    ])?;
    tx.put(CONVERSATIONS, &key.into(), &value)
}
