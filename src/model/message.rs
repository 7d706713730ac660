//! A message, from whichever form it came.

use super::{Body, ConversationId, ConversationType};
use crate::json::{object, words};
use roamkit_wire::body as wire_body;
use roamkit_wire::compact::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::ext::{self, Object};
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::rest::ListMessage;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// Whether the user sent a message or got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Sent by the user, on this device or another.
    Send,
    /// Sent by someone else.
    Receive,
}

/// A message.
///
/// Android: `EMMessage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message id: up to 20 digits, too many for a JS number. Android: `getMsgId()`.
    pub id: String,
    /// The conversation it stands in. Android: `conversationId()`.
    pub conversation_id: String,
    /// That conversation's type. Android: `getChatType()`.
    pub conversation_type: ConversationType,
    /// The sender's user id. Android: `getFrom()`.
    pub from: String,
    /// The receiver: a user id, group id or chat room id. Android: `getTo()`.
    pub to: String,
    /// When the server took it, in milliseconds. Android: `getMsgTime()`.
    pub timestamp: f64,
    /// Whether the user sent it or got it. Android: `direct()`.
    pub direction: Direction,
    /// What it says. Android: `getBody()`.
    pub body: Body,
    /// The sender's own fields. Android: `ext()`.
    #[tsify(type = "Record<string, unknown>")]
    pub ext: Object,
}

/// Where a message stands in its conversation: by time, and by id where times are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageKey {
    /// Milliseconds since the epoch.
    pub timestamp: u64,
    /// The message id.
    pub id: u64,
}

/// The largest whole number a JS number holds exactly; a time beyond it is no time.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// What a CHAT meta brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// A message.
    Message(Box<Message>),
    /// A message was taken back, for everyone.
    Recall {
        /// Where it stood.
        conversation: ConversationId,
        /// Which one.
        id: u64,
    },
    /// A message's content was replaced.
    Edit {
        /// Where it stands.
        conversation: ConversationId,
        /// Which one.
        id: u64,
        /// What it says now.
        body: Body,
        /// The sender's own fields, where the edit brings any.
        ext: Option<Object>,
    },
    /// A receipt, or of a kind not known here: nothing to do.
    Other,
}

words!(Direction { Send: "send", Receive: "receive" });
object!(Message {
    id: "id",
    conversation_id: "conversationId",
    conversation_type: "conversationType",
    from: "from",
    to: "to",
    timestamp: "timestamp",
    direction: "direction",
    body: "body",
    ext: "ext",
});

impl Message {
    /// Its place in the conversation.
    pub fn key(&self) -> MessageKey {
        MessageKey { timestamp: self.timestamp as u64, id: self.id.parse().unwrap_or_default() }
    }

    /// Reads a list's message, as `user` sees it.
    pub fn from_list(message: ListMessage, conversation: &ConversationId, user: &str) -> Self {
        Self {
            id: message.id.to_string(),
            conversation_id: conversation.peer.clone(),
            conversation_type: conversation.chat_type.into(),
            direction: direction(&message.from, user),
            from: message.from,
            to: message.to,
            timestamp: message.timestamp.min(MAX_SAFE_INTEGER) as f64,
            body: message.body.into(),
            ext: message.ext,
        }
    }

    /// Reads a history page's meta. `None` where it is no message that can be shown.
    pub fn from_history(meta: &[u8], conversation: &ConversationId, user: &str) -> Option<Self> {
        let meta = Meta::decode(meta).ok()?;
        let payload = MessageBody::decode(meta.payload.as_slice()).ok()?;
        Self::read(&meta, &payload, conversation, user)
    }

    fn read(meta: &Meta, payload: &MessageBody, conversation: &ConversationId, user: &str) -> Option<Self> {
        let from = sender(meta, payload).filter(|name| !name.is_empty()).unwrap_or(user);
        let to = receiver(meta, payload).unwrap_or_default();
        Some(Self {
            id: Some(meta.id).filter(|&id| id > 0)?.to_string(),
            conversation_id: conversation.peer.clone(),
            conversation_type: conversation.chat_type.into(),
            from: from.to_owned(),
            to: to.to_owned(),
            timestamp: Some(meta.timestamp).filter(|&time| time <= MAX_SAFE_INTEGER)? as f64,
            direction: direction(from, user),
            body: wire_body::Body::from_content(payload.contents.first()?)?.into(),
            ext: ext::from_pairs(&payload.ext),
        })
    }
}

impl Incoming {
    /// Reads a meta of a queue, as `user` sees it. `None` where it is a message that cannot be read.
    pub fn read(meta: &Meta, user: &str) -> Option<Self> {
        if meta.ns != Namespace::Chat as i32 {
            return Some(Self::Other);
        }
        let payload = MessageBody::decode(meta.payload.as_slice()).ok()?;
        let Some(conversation) = conversation(meta, &payload, user) else { return Some(Self::Other) };
        Some(match MessageType::try_from(payload.r#type) {
            Ok(MessageType::Normal | MessageType::Chat | MessageType::GroupChat | MessageType::ChatRoom) => {
                Self::Message(Box::new(Message::read(meta, &payload, &conversation, user)?))
            }
            Ok(MessageType::Recall) => Self::Recall { conversation, id: payload.ack_message_id },
            Ok(MessageType::Edit) => Self::Edit {
                conversation,
                id: payload.edit_message_id,
                body: wire_body::Body::from_content(payload.contents.first()?)?.into(),
                ext: (!payload.ext.is_empty()).then(|| ext::from_pairs(&payload.ext)),
            },
            _ => Self::Other,
        })
    }
}

fn sender<'a>(meta: &'a Meta, payload: &'a MessageBody) -> Option<&'a str> {
    meta.from.as_ref().or(payload.from.as_ref()).map(|jid| jid.name.as_str())
}

fn receiver<'a>(meta: &'a Meta, payload: &'a MessageBody) -> Option<&'a str> {
    meta.to.as_ref().or(payload.to.as_ref()).map(|jid| jid.name.as_str())
}

/// The conversation a meta belongs to: its group, or whichever end is not the user.
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

fn direction(from: &str, user: &str) -> Direction {
    if from.eq_ignore_ascii_case(user) { Direction::Send } else { Direction::Receive }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roamkit_wire::msync::Jid;
    use roamkit_wire::rest::ListEntry;
    use serde_json::json;

    fn payload(body: &wire_body::Body, ext: &Object, r#type: MessageType) -> MessageBody {
        MessageBody {
            r#type: r#type as i32,
            contents: vec![body.to_content()],
            ext: ext::to_pairs(ext),
            ..MessageBody::default()
        }
    }

    fn meta(from: Jid, to: Jid, payload: &MessageBody) -> Meta {
        Meta {
            id: 1_500_000_000_000_000_001,
            from: Some(from),
            to: Some(to),
            timestamp: 1_700_000_000_123,
            ns: Namespace::Chat as i32,
            payload: payload.encode_to_vec(),
            ..Meta::default()
        }
    }

    #[test]
    fn every_body_is_the_same_message_from_protobuf_and_from_the_list() {
        let key = "demo#chat";
        let bob = ConversationId::new(ChatType::Single, "bob");
        let fields = json!({"n": 1, "deep": {"a": [true, "x"]}}).as_object().cloned().unwrap();
        for body in wire_body::samples() {
            let meta = meta(
                Jid::user(key, "bob"),
                Jid::user(key, "alice"),
                &payload(&body, &fields, MessageType::Chat),
            );
            let from_history = Message::from_history(&meta.encode_to_vec(), &bob, "alice").unwrap();

            let list = ListMessage {
                id: meta.id,
                from: "bob".into(),
                to: "alice".into(),
                timestamp: meta.timestamp,
                body: body.clone(),
                ext: fields.clone(),
            };
            let entry = ListEntry {
                peer: "bob".into(),
                chat_type: ChatType::Single,
                unread: 0,
                is_pinned: false,
                pinned_time: 0,
                marks: vec![],
                last: Some(list),
            };
            let read = ListEntry::read(&entry.write_cursor_form(key), key).unwrap();
            assert_eq!(
                Conversation::from_entry(read, "alice").last_message.as_ref(),
                Some(&from_history),
                "{body:?}"
            );
            assert_eq!(
                Incoming::read(&meta, "alice"),
                Some(Incoming::Message(Box::new(from_history.clone())))
            );
            let json = serde_json::to_value(&from_history).unwrap();
            assert_eq!(json["body"]["type"], body.kind());
            assert_eq!(serde_json::from_value::<Message>(json.clone()).unwrap(), from_history);
            // The forms by hand are those that `serde` derives.
            assert_eq!(<Message as crate::json::Read>::read(&json), Some(from_history.clone()));
            let text = crate::json::text(&from_history);
            assert_eq!(serde_json::from_slice::<Message>(&text).unwrap(), from_history);
            let listed = Conversation::with_message(&bob, Some(from_history.clone()));
            let text = crate::json::text(&listed);
            assert_eq!(serde_json::from_slice::<Conversation>(&text).unwrap(), listed);
            let json = serde_json::to_value(&listed).unwrap();
            assert_eq!(<Conversation as crate::json::Read>::read(&json), Some(listed));
        }
    }

    use super::super::Conversation;

    #[test]
    fn a_conversation_is_named_by_the_other_end() {
        let body = payload(&wire_body::Body::Text { msg: "x".into() }, &Object::new(), MessageType::Chat);
        let read =
            |from: Jid, to: Jid, body: &MessageBody| match Incoming::read(&meta(from, to, body), "alice") {
                Some(Incoming::Message(message)) => {
                    (message.conversation_id, message.conversation_type, message.direction)
                }
                other => panic!("{other:?}"),
            };
        let (alice, bob) = (Jid::user("d#c", "alice"), Jid::user("d#c", "bob"));
        let single = ConversationType::SingleChat;
        assert_eq!(read(alice.clone(), bob.clone(), &body), ("bob".into(), single, Direction::Send));
        assert_eq!(read(bob.clone(), alice.clone(), &body), ("bob".into(), single, Direction::Receive));
        let to = Jid::group("d#c", "77");
        let group = MessageBody { r#type: MessageType::GroupChat as i32, ..body.clone() };
        assert_eq!(
            read(bob.clone(), to.clone(), &group),
            ("77".into(), ConversationType::GroupChat, Direction::Receive)
        );
        let room = MessageBody { r#type: MessageType::ChatRoom as i32, ..body.clone() };
        assert_eq!(read(bob, to, &room), ("77".into(), ConversationType::ChatRoom, Direction::Receive));
        for nobody in [Jid::group("d#c", ""), Jid::user("d#c", "")] {
            assert_eq!(Incoming::read(&meta(alice.clone(), nobody, &body), "alice"), Some(Incoming::Other));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_so() {
        let bob = ConversationId::new(ChatType::Single, "bob");
        assert_eq!(Message::from_history(b"\xff\xff\xff", &bob, "alice"), None);
        let mut unknown =
            payload(&wire_body::Body::Text { msg: "x".into() }, &Object::new(), MessageType::Chat);
        unknown.contents[0].r#type = 99;
        let unknown = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &unknown);
        assert_eq!(Message::from_history(&unknown.encode_to_vec(), &bob, "alice"), None);
        assert_eq!(Incoming::read(&unknown, "alice"), None);
        let far = Meta { timestamp: u64::MAX, ..unknown };
        assert_eq!(Message::from_history(&far.encode_to_vec(), &bob, "alice"), None);
    }
}
