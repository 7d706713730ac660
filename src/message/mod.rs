//! Conversion of the wire's messages to the public JSON. A message becomes the same text from history, a queue or a list.

mod history;
mod incoming;
mod list;
pub mod receipt;
#[cfg(test)]
mod tests;

pub use history::from_history;
pub use incoming::{Incoming, unreadable};
pub use list::from_list;

use crate::model::{Body, ConversationId, Direction, ExtFields, Message, MessageKey};
use roamkit_wire::body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::ext;
use roamkit_wire::meta::{MessageBody, MessageType, Meta};

/// The largest whole number that a JS number holds exactly. Larger timestamps are invalid.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The fields of a message that both forms of the wire have.
struct WireMessage<'a> {
    id: u64,
    from: &'a str,
    to: &'a str,
    timestamp: u64,
    body: body::Body,
    ext: ExtFields,
}

impl WireMessage<'_> {
    /// The public form, as `user` sees it. `None` for a message without an id.
    fn into_message(self, conversation: &ConversationId, user: &str) -> Option<(MessageKey, Message)> {
        let sent = self.from.eq_ignore_ascii_case(user);
        let message = Message {
            body: Body::from(self.body),
            conversation_id: conversation.peer.clone(),
            conversation_type: conversation.chat_type.into(),
            direction: if sent { Direction::Send } else { Direction::Receive },
            ext: self.ext,
            from: self.from.to_owned(),
            id: self.id.to_string(),
            timestamp: self.timestamp,
            to: self.to.to_owned(),
        };
        (self.id > 0).then_some((MessageKey { timestamp: self.timestamp, id: self.id }, message))
    }
}

/// Reads a message in protobuf. `None` where its body is of an unknown type or its timestamp is invalid.
fn from_meta(
    meta: &Meta,
    payload: &MessageBody,
    conversation: &ConversationId,
    user: &str,
) -> Option<(MessageKey, Message)> {
    let message = WireMessage {
        id: meta.id,
        from: sender(meta, payload).filter(|name| !name.is_empty()).unwrap_or(user),
        to: receiver(meta, payload).unwrap_or_default(),
        timestamp: Some(meta.timestamp).filter(|&time| time <= MAX_SAFE_INTEGER)?,
        body: body::Body::from_content(payload.contents.first()?)?,
        ext: ext::raw_from_pairs(&payload.ext).into(),
    };
    message.into_message(conversation, user)
}

/// The place of a message in the history; `None` without an id or a valid time.
fn place(meta: &Meta) -> Option<MessageKey> {
    (meta.id > 0 && meta.timestamp <= MAX_SAFE_INTEGER)
        .then_some(MessageKey { timestamp: meta.timestamp, id: meta.id })
}

fn sender<'a>(meta: &'a Meta, payload: &'a MessageBody) -> Option<&'a str> {
    meta.from.as_ref().or(payload.from.as_ref()).map(|jid| jid.name.as_str())
}

fn receiver<'a>(meta: &'a Meta, payload: &'a MessageBody) -> Option<&'a str> {
    meta.to.as_ref().or(payload.to.as_ref()).map(|jid| jid.name.as_str())
}

/// The conversation of a meta: its group, or the other user.
fn conversation(meta: &Meta, payload: &MessageBody, user: &str) -> Option<ConversationId> {
    let to = meta.to.as_ref().or(payload.to.as_ref())?;
    if to.is_group() {
        let room = payload.r#type == MessageType::ChatRoom as i32;
        let chat_type = if room { ChatType::Room } else { ChatType::Group };
        return (!to.name.is_empty()).then(|| ConversationId::new(chat_type, &to.name));
    }
    let from = sender(meta, payload).unwrap_or(user);
    let peer = if from.eq_ignore_ascii_case(user) { to.name.as_str() } else { from };
    (!peer.is_empty()).then(|| ConversationId::new(ChatType::Single, peer))
}
