//! The latest message of a conversation, as lists carry it.

use super::{MAX_SAFE_INTEGER, WireMessage};
use crate::model::{ConversationId, ExtFields, JsonText, StoredMessage};
use roamkit_wire::body::Body;
use roamkit_wire::ext::RawObject;
use roamkit_wire::rest::ListMessage;
use serde_json::value::{RawValue, to_raw_value};

/// Reads a list's message, as `user` sees it. `None` where its body is of an unknown type.
pub fn from_list(message: &ListMessage, conversation: &ConversationId, user: &str) -> Option<StoredMessage> {
    let message = WireMessage {
        id: message.id,
        from: &message.from,
        to: &message.to,
        timestamp: message.timestamp.min(MAX_SAFE_INTEGER),
        body: Body::from_json(&serde_json::from_str(&message.body).ok()?)?,
        ext: ext_fields(&message.ext),
    };
    let (key, message) = message.into_message(conversation, user)?;
    Some(StoredMessage { key, json: JsonText::of(&message) })
}

fn ext_fields(text: &str) -> ExtFields {
    let mut fields: RawObject = serde_json::from_str(text).unwrap_or_default();
    fields.values_mut().for_each(unify_escapes);
    fields.into()
}

/// Writes a string as serde writes it: senders escape the same text in several ways.
fn unify_escapes(value: &mut Box<RawValue>) {
    if let Ok(text) = serde_json::from_str::<String>(value.get())
        && let Ok(written) = to_raw_value(&text)
    {
        *value = written;
    }
}
