//! A message, from whichever form it came: its place, and the JSON that is kept and shown. Nothing here looks into it
//! again, so that it is never taken apart into fields: `form.rs` has them for TypeScript.

use super::body::Source;
use super::{ConversationId, JsonText, own};
use crate::json::{Read, Write};
use roamkit_wire::compact::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::json::{self, Fields, Json};
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::KeyValue;
use roamkit_wire::rest::ListMessage;

/// A message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredMessage {
    /// Its place in the conversation.
    pub key: MessageKey,
    /// The public `Message` object, as JSON: its fields in the order of their names.
    pub text: JsonText,
}

/// Where a message stands in its conversation: by time, and by id where times are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    Message(Arrived),
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
        /// What is to be replaced.
        edit: Edit,
    },
    /// A receipt, or of a kind not known here: nothing to do.
    Other,
}

/// What an edit replaces of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The body.
    pub body: JsonText,
    /// The application's own fields, where the edit brings any.
    pub ext: Option<JsonText>,
}

/// A message that came by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// Where it stands.
    pub conversation: ConversationId,
    /// The message.
    pub message: StoredMessage,
    /// Whether it is one for the user to read: someone else's, and no command.
    pub is_unread: bool,
}

/// All of a message but what it says.
struct Envelope<'a> {
    id: u64,
    conversation: &'a ConversationId,
    from: &'a str,
    to: &'a str,
    timestamp: u64,
    ext: Own<'a>,
}

/// An application's own fields.
enum Own<'a> {
    Pairs(&'a [KeyValue]),
    Json(&'a str),
}

impl Envelope<'_> {
    /// Writes the message, as `user` sees it; tells where it stands, and whether that is one to read. `None` where it
    /// is none that can be shown: then what was written is of no use.
    fn write(&self, mut body: Source<'_>, user: &str, to: &mut Vec<u8>) -> Option<(MessageKey, bool)> {
        let sent = self.from.eq_ignore_ascii_case(user);
        let mut fields = Fields::new(to);
        let written = body.write(fields.name("body"))?;
        fields.text("conversationId", &self.conversation.peer);
        fields.text("conversationType", self.conversation.chat_type.js());
        fields.text("direction", if sent { "send" } else { "receive" });
        let to = fields.name("ext");
        match self.ext {
            Own::Pairs(pairs) => own::write_pairs(pairs, to),
            Own::Json(text) => {
                own::write(&mut json::read(text.as_bytes()).unwrap_or(Json::NULL).fields(), to);
            }
        }
        fields.text("from", self.from).text("id", &self.id.to_string());
        fields.number("timestamp", self.timestamp as f64).text("to", self.to).end();
        let key = MessageKey { timestamp: self.timestamp, id: self.id };
        (self.id > 0).then_some((key, !sent && !written.is_command))
    }
}

impl StoredMessage {
    /// Its place in the conversation.
    pub fn key(&self) -> MessageKey {
        self.key
    }

    /// Reads a list's message, as `user` sees it. `None` where it is of a kind not known here.
    pub fn from_list(message: &ListMessage, conversation: &ConversationId, user: &str) -> Option<Self> {
        let envelope = Envelope {
            id: message.id,
            conversation,
            from: &message.from,
            to: &message.to,
            timestamp: message.timestamp.min(MAX_SAFE_INTEGER),
            ext: Own::Json(&message.ext),
        };
        let mut text = Vec::new();
        let body = json::read(message.body.as_bytes()).ok()?;
        let (key, _) = envelope.write(Source::Json(body), user, &mut text)?;
        Some(Self { key, text: text.into() })
    }

    /// Reads a history page's metas, into one text for all of them. What is no message that can be shown is left out.
    pub fn from_history(
        metas: &[Vec<u8>],
        conversation: &ConversationId,
        user: &str,
    ) -> Vec<(MessageKey, JsonText)> {
        let (mut whole, mut ends, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for meta in metas {
            let length = whole.len();
            match read_history(meta, conversation, user, &mut whole) {
                Some(key) => {
                    keys.push(key);
                    ends.push(whole.len() as u32);
                }
                None => whole.truncate(length),
            }
        }
        keys.into_iter().zip(JsonText::cut(whole, &ends)).collect()
    }

    /// The same as the edit has it; `None` where it cannot be read.
    pub fn edited(text: &JsonText, edit: &Edit) -> Option<JsonText> {
        let message = json::read(text.bytes()).ok().filter(|message| message.is_object())?;
        let mut edited = Vec::new();
        let mut fields = Fields::new(&mut edited);
        for (name, value) in message.fields() {
            let name = name.text()?;
            let replaced = match &*name {
                "body" => Some(&edit.body),
                "ext" => edit.ext.as_ref(),
                _ => None,
            };
            fields.name(&name).extend_from_slice(replaced.map_or(value.bytes(), JsonText::bytes));
        }
        fields.end();
        Some(edited.into())
    }
}

fn read_history(
    meta: &[u8],
    conversation: &ConversationId,
    user: &str,
    to: &mut Vec<u8>,
) -> Option<MessageKey> {
    let meta = Meta::decode(meta).ok()?;
    let mut payload = MessageBody::decode(meta.payload.as_slice()).ok()?;
    read(&meta, &mut payload, conversation, user, to).map(|(key, _)| key)
}

fn read(
    meta: &Meta,
    payload: &mut MessageBody,
    conversation: &ConversationId,
    user: &str,
    to: &mut Vec<u8>,
) -> Option<(MessageKey, bool)> {
    let mut contents = std::mem::take(&mut payload.contents);
    let envelope = Envelope {
        id: meta.id,
        conversation,
        from: sender(meta, payload).filter(|name| !name.is_empty()).unwrap_or(user),
        to: receiver(meta, payload).unwrap_or_default(),
        timestamp: Some(meta.timestamp).filter(|&time| time <= MAX_SAFE_INTEGER)?,
        ext: Own::Pairs(&payload.ext),
    };
    envelope.write(Source::Content(contents.first_mut()?), user, to)
}

impl Write for StoredMessage {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.text.bytes());
    }
}

impl Read for StoredMessage {
    fn read(value: Json<'_>) -> Option<Self> {
        let timestamp = value.get("timestamp")?.double()? as u64;
        let id = value.get("id")?.text()?.parse().unwrap_or_default();
        Some(Self { key: MessageKey { timestamp, id }, text: JsonText::of(&value) })
    }
}

impl Incoming {
    /// Reads a meta of a queue, as `user` sees it. `None` where it is a message that cannot be read.
    pub fn read(meta: &Meta, user: &str) -> Option<Self> {
        if meta.ns != Namespace::Chat as i32 {
            return Some(Self::Other);
        }
        let mut payload = MessageBody::decode(meta.payload.as_slice()).ok()?;
        let Some(conversation) = conversation(meta, &payload, user) else { return Some(Self::Other) };
        Some(match MessageType::try_from(payload.r#type) {
            Ok(MessageType::Normal | MessageType::Chat | MessageType::GroupChat | MessageType::ChatRoom) => {
                let mut text = Vec::new();
                let (key, is_unread) = read(meta, &mut payload, &conversation, user, &mut text)?;
                Self::Message(Arrived {
                    conversation,
                    message: StoredMessage { key, text: text.into() },
                    is_unread,
                })
            }
            Ok(MessageType::Recall) => Self::Recall { conversation, id: payload.ack_message_id },
            Ok(MessageType::Edit) => {
                let mut body = Vec::new();
                Source::Content(payload.contents.first_mut()?).write(&mut body)?;
                let mut ext = Vec::new();
                own::write_pairs(&payload.ext, &mut ext);
                let ext = (!payload.ext.is_empty()).then(|| ext.into());
                let edit = Edit { body: body.into(), ext };
                Self::Edit { conversation, id: payload.edit_message_id, edit }
            }
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

#[cfg(test)]
mod tests {
    use super::super::form::{self, Body, Direction, TxtBody};
    use super::super::{Conversation, ConversationType};
    use super::*;
    use roamkit_wire::body as wire_body;
    use roamkit_wire::ext::{self, Object};
    use roamkit_wire::msync::Jid;
    use roamkit_wire::rest::ListEntry;
    use serde_json::{Value, json};

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
            payload: payload.clone().encode_to_vec(),
            ..Meta::default()
        }
    }

    fn history(meta: &[u8], conversation: &ConversationId) -> Option<StoredMessage> {
        let mut read = StoredMessage::from_history(&[meta.to_vec()], conversation, "alice");
        read.pop().map(|(key, text)| StoredMessage { key, text })
    }

    /// What an edit would make of it, which changes nothing.
    fn unchanged(message: &StoredMessage) -> StoredMessage {
        let json: Value = serde_json::from_slice(message.text.bytes()).unwrap();
        let body = json::read(message.text.bytes()).unwrap().get("body").unwrap();
        let edit = Edit { body: JsonText::of(&body), ext: None };
        assert_eq!(serde_json::from_slice::<Value>(edit.body.bytes()).unwrap(), json["body"]);
        let text = StoredMessage::edited(&message.text, &edit).unwrap();
        StoredMessage { text, ..message.clone() }
    }

    #[test]
    fn every_body_is_the_same_message_from_protobuf_and_from_the_list() {
        let key = "demo#chat";
        let bob = ConversationId::new(ChatType::Single, "bob");
        let fields = json!({"n": 1, "half": 0.5, "deep": {"a": [true, "x"]}}).as_object().cloned().unwrap();
        for body in wire_body::samples() {
            let meta = meta(
                Jid::user(key, "bob"),
                Jid::user(key, "alice"),
                &payload(&body, &fields, MessageType::Chat),
            );
            let from_history = history(&meta.clone().encode_to_vec(), &bob).unwrap();

            let list = ListMessage {
                id: meta.id,
                from: "bob".into(),
                to: "alice".into(),
                timestamp: meta.timestamp,
                body: body.to_json().to_string(),
                ext: Value::from(fields.clone()).to_string(),
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
            let entry = entry.write_cursor_form(key).to_string();
            let read = ListEntry::read(json::read(entry.as_bytes()).unwrap(), key).unwrap();
            assert_eq!(
                Conversation::from_entry(read, "alice").last_message.as_ref(),
                Some(&from_history),
                "{body:?}"
            );
            let is_unread = !matches!(body, wire_body::Body::Command { .. });
            let arrived = Arrived { conversation: bob.clone(), message: from_history.clone(), is_unread };
            assert_eq!(Incoming::read(&meta, "alice"), Some(Incoming::Message(arrived)));
            // Read and written again it is the same, to the byte.
            assert_eq!(unchanged(&from_history), from_history);
            let json: Value = serde_json::from_slice(from_history.text.bytes()).unwrap();
            assert_eq!(json["body"]["type"], body.kind());
            assert_eq!(from_history.text.read(), Some(from_history.clone()));
            // The typings say the same.
            let form = from_history.form().unwrap();
            assert_eq!(StoredMessage::from(&form), from_history);
            let listed = Conversation::with_message(&bob, Some(from_history));
            assert_eq!(JsonText::of(&listed).read(), Some(listed));
        }
    }

    #[test]
    fn an_edit_replaces_what_it_brings_and_nothing_else() {
        let edit = |ext: &Object| {
            let body = wire_body::Body::Text { msg: "new".into() };
            let payload = MessageBody { edit_message_id: 7, ..payload(&body, ext, MessageType::Edit) };
            let meta = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &payload);
            match Incoming::read(&meta, "alice") {
                Some(Incoming::Edit { id: 7, edit, .. }) => edit,
                other => panic!("{other:?}"),
            }
        };
        let bob = ConversationId::new(ChatType::Single, "bob");
        let own = json!({"a": 1}).as_object().cloned().unwrap();
        let old = payload(&wire_body::Body::Command { action: "go".into() }, &own, MessageType::Chat);
        let old = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &old);
        let old = history(&old.clone().encode_to_vec(), &bob).unwrap();
        for (ext, expected) in [
            (Object::new(), own),
            (json!({"b": 2}).as_object().cloned().unwrap(), json!({"b": 2}).as_object().cloned().unwrap()),
        ] {
            let text = StoredMessage::edited(&old.text, &edit(&ext)).unwrap();
            let new = StoredMessage { text, ..old.clone() }.form().unwrap();
            let body = Body::Txt(TxtBody { msg: "new".into() });
            assert_eq!(new, form::Message { body, ext: expected, ..old.form().unwrap() });
        }
        assert_eq!(StoredMessage::edited(&JsonText::of(&"no object"), &edit(&Object::new())), None);
    }

    #[test]
    fn a_conversation_is_named_by_the_other_end() {
        let body = payload(&wire_body::Body::Text { msg: "x".into() }, &Object::new(), MessageType::Chat);
        let read =
            |from: Jid, to: Jid, body: &MessageBody| match Incoming::read(&meta(from, to, body), "alice") {
                Some(Incoming::Message(arrived)) => {
                    let form = arrived.message.form().unwrap();
                    assert_eq!(arrived.is_unread, form.direction == Direction::Receive);
                    (form.conversation_id, form.conversation_type, form.direction)
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
        assert_eq!(history(b"\xff\xff\xff", &bob), None);
        let mut unknown =
            payload(&wire_body::Body::Text { msg: "x".into() }, &Object::new(), MessageType::Chat);
        unknown.contents[0].r#type = 99;
        let unknown = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &unknown);
        assert_eq!(history(&unknown.clone().encode_to_vec(), &bob), None);
        assert_eq!(Incoming::read(&unknown, "alice"), None);
        let far = Meta { timestamp: u64::MAX, ..unknown };
        assert_eq!(history(&far.clone().encode_to_vec(), &bob), None);
    }
}
