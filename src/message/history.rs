//! Messages of a history page.

use super::{from_meta, place};
use crate::model::{ConversationId, JsonText, MessageKey};
use prost::Message as _;
use roamkit_wire::meta::{MessageBody, Meta};

/// Reads the metas of a page into one text for all messages. [`JsonText::unreadable`] stands for a message that cannot be read.
/// A meta without a place in the history is left out.
pub fn from_history(
    metas: &[Vec<u8>],
    conversation: &ConversationId,
    user: &str,
) -> Vec<(MessageKey, JsonText)> {
    let (mut whole, mut ends, mut keys) = (Vec::new(), Vec::new(), Vec::new());
    for meta in metas {
        let length = whole.len();
        let key = write_message(meta, conversation, user, &mut whole).or_else(|| {
            whole.truncate(length);
            let key = place(&Meta::decode(meta.as_slice()).ok()?)?;
            whole.extend_from_slice(JsonText::unreadable().bytes());
            Some(key)
        });
        if let Some(key) = key {
            keys.push(key);
            ends.push(whole.len() as u32);
        }
    }
    keys.into_iter().zip(JsonText::cut(whole, &ends)).collect()
}

fn write_message(
    meta: &[u8],
    conversation: &ConversationId,
    user: &str,
    to: &mut Vec<u8>,
) -> Option<MessageKey> {
    let meta = Meta::decode(meta).ok()?;
    let payload = MessageBody::from_payload(&meta.payload).ok()?;
    let (key, message) = from_meta(&meta, &payload, conversation, user)?;
    serde_json::to_writer(to, &message).ok()?;
    Some(key)
}
