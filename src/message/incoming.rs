//! Messages, recalls and edits that a queue delivers.

use super::{conversation, from_meta, place, sender};
use crate::model::{
    Arrived, Body, ConversationId, Direction, Edit, ExtFields, JsonText, StoredMessage, Unreadable,
};
use roamkit_wire::body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::ext;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace, RouteType};

/// The meaning of a CHAT meta.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// A message.
    Message(Arrived),
    /// A message that only the devices get that are connected now. No history and no list has it.
    OnlineOnly(StoredMessage),
    /// A message was recalled for everyone.
    Recall {
        /// The conversation of the message.
        conversation: ConversationId,
        /// The message id.
        id: u64,
    },
    /// A message's content was replaced.
    Edit {
        /// The conversation of the message.
        conversation: ConversationId,
        /// The message id.
        id: u64,
        /// The replacement.
        edit: Edit,
    },
    /// The user read a conversation on another device.
    Read {
        /// The conversation.
        conversation: ConversationId,
        /// Messages with ids up to this one are read.
        id: u64,
    },
    /// A receipt of another user or an unknown kind, which changes nothing.
    Other,
}

impl Incoming {
    /// Reads a meta of a queue, as `user` sees it. `None` for a message that cannot be read.
    pub fn read(meta: &Meta, user: &str) -> Option<Self> {
        if meta.ns != Namespace::Chat as i32 {
            return Some(Self::Other);
        }
        let payload = MessageBody::from_payload(&meta.payload).ok()?;
        let Some(conversation) = conversation(meta, &payload, user) else { return Some(Self::Other) };
        Some(match MessageType::try_from(payload.r#type) {
            Ok(MessageType::Normal | MessageType::Chat | MessageType::GroupChat | MessageType::ChatRoom) => {
                let (key, message) = from_meta(meta, &payload, &conversation, user)?;
                let is_command = matches!(message.body, Body::Cmd(_));
                let is_unread = message.direction == Direction::Receive && !is_command;
                let message = StoredMessage { key, json: JsonText::of(&message) };
                if meta.routetype == RouteType::Online as i32 && conversation.chat_type != ChatType::Room {
                    Self::OnlineOnly(message)
                } else {
                    Self::Message(Arrived { conversation, message, is_unread, is_command })
                }
            }
            Ok(MessageType::Recall) => Self::Recall { conversation, id: payload.ack_message_id },
            Ok(MessageType::Edit) => {
                let body = Body::from(body::Body::from_content(payload.contents.first()?)?);
                let ext = ExtFields::from(ext::raw_from_pairs(&payload.ext));
                let edit =
                    Edit { body: JsonText::of(&body), ext: (!ext.is_empty()).then(|| JsonText::of(&ext)) };
                Self::Edit { conversation, id: payload.edit_message_id, edit }
            }
            Ok(MessageType::ChannelAck) if is_own(meta, &payload, user) => {
                Self::Read { conversation, id: meta.id }
            }
            Ok(MessageType::ReadAck) if is_own(meta, &payload, user) => {
                Self::Read { conversation, id: payload.ack_message_id }
            }
            _ => Self::Other,
        })
    }
}

/// The meaning of a meta that [`Incoming::read`] cannot read. `None` if nothing stored may miss it.
pub fn unreadable(meta: &Meta, user: &str) -> Option<Unreadable> {
    let payload = MessageBody::from_payload(&meta.payload).unwrap_or_default();
    let conversation = conversation(meta, &payload, user)?;
    if meta.routetype == RouteType::Online as i32 && conversation.chat_type != ChatType::Room {
        return None;
    }
    let is_message = payload.r#type != MessageType::Edit as i32;
    Some(Unreadable { conversation, message: if is_message { Some(place(meta)?) } else { None } })
}

/// Whether the user sent the meta, from another device.
fn is_own(meta: &Meta, payload: &MessageBody, user: &str) -> bool {
    sender(meta, payload).is_some_and(|sender| sender.eq_ignore_ascii_case(user))
}
