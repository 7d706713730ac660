//! Messages: the public form, and the text that the local copy keeps.

use super::{Body, ConversationId, ConversationType, ExtFields, JsonText};
use roamkit_wire::ext::RawObject;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use tsify::Tsify;

/// Whether the user sent or received a message.
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
// The fields are sorted by name: an edit goes through a sorted map and must leave the text that a fresh answer gives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The content. Android: `getBody()`.
    pub body: Body,
    /// The conversation that the message belongs to. Android: `conversationId()`.
    pub conversation_id: String,
    /// That conversation's type. Android: `getChatType()`.
    pub conversation_type: ConversationType,
    /// Whether the user sent or received it. Android: `direct()`.
    pub direction: Direction,
    /// The sender's own fields. Android: `ext()`.
    ///
    /// They are JavaScript values, so a whole number beyond 2^53 (`Number.MAX_SAFE_INTEGER`) is rounded, in every call and event.
    /// Send such a number as a string.
    #[tsify(type = "Record<string, unknown>")]
    pub ext: ExtFields,
    /// The sender's user id. Android: `getFrom()`.
    pub from: String,
    /// The message id: up to 20 digits, too many for a JS number. Android: `getMsgId()`.
    pub id: String,
    /// The time at which the server accepted the message, in milliseconds. Android: `getMsgTime()`.
    pub timestamp: u64,
    /// The receiver: a user id, group id or chat room id. Android: `getTo()`.
    pub to: String,
}

/// The place of a message in its conversation: by time, and by id where times are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageKey {
    /// Milliseconds since the epoch.
    pub timestamp: u64,
    /// The message id.
    pub id: u64,
}

/// A message as the local copy keeps it and applications get it: the JSON of a [`Message`], with its key.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StoredMessage {
    /// The place in the conversation.
    pub key: MessageKey,
    /// The JSON of a [`Message`].
    pub json: JsonText,
}

impl StoredMessage {
    /// The place in the conversation.
    pub fn key(&self) -> MessageKey {
        self.key
    }

    /// The message, field by field.
    pub fn form(&self) -> Option<Message> {
        self.json.read()
    }

    /// True if it is a command.
    pub fn is_command(&self) -> bool {
        is_command(&self.json)
    }

    /// The message after an edit; `None` where its JSON cannot be read.
    pub fn edited(&self, edit: &Edit) -> Option<Self> {
        edit.apply(&self.json).map(|json| Self { json, key: self.key })
    }
}

/// True if the JSON is that of a command.
pub fn is_command(message: &JsonText) -> bool {
    let fields: RawObject = message.read().unwrap_or_default();
    field(&fields, "body")["type"] == "cmd"
}

/// True if the JSON is that of a message that counts as unread when it arrives: a received one that is no command.
pub fn is_unread_when_new(message: &JsonText) -> bool {
    let fields: RawObject = message.read().unwrap_or_default();
    field(&fields, "direction") == "receive" && field(&fields, "body")["type"] != "cmd"
}

/// A field of an object; `null` if it is missing.
fn field(fields: &RawObject, name: &str) -> Value {
    fields.get(name).and_then(|value| serde_json::from_str(value.get()).ok()).unwrap_or_default()
}

/// A message that came from a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// The conversation that it belongs to.
    pub conversation: ConversationId,
    /// The message.
    pub message: StoredMessage,
    /// Whether it counts as unread: somebody else sent it, and it is not a command.
    pub is_unread: bool,
    /// True if it is a command. Commands are signals between applications: the conversation list does not show them.
    pub is_command: bool,
}

/// The parts of a message that an edit replaces.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The new body.
    pub body: JsonText,
    /// The sender's new fields; `None` leaves the old ones.
    pub ext: Option<JsonText>,
}

impl Edit {
    /// The JSON of a message after this edit; `None` where the old JSON is not an object.
    pub fn apply(&self, message: &JsonText) -> Option<JsonText> {
        let mut fields: RawObject = message.read()?;
        fields.insert("body".to_owned(), self.body.read()?);
        if let Some(ext) = &self.ext {
            fields.insert("ext".to_owned(), ext.read()?);
        }
        Some(JsonText::of(&fields))
    }
}

impl From<&Message> for StoredMessage {
    fn from(message: &Message) -> Self {
        let key = MessageKey { timestamp: message.timestamp, id: message.id.parse().unwrap_or_default() };
        Self { key, json: JsonText::of(message) }
    }
}

impl Serialize for StoredMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

/// The fields of a [`Message`] that make its key.
#[derive(Deserialize)]
struct KeyFields {
    id: String,
    timestamp: u64,
}

impl<'de> Deserialize<'de> for StoredMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = JsonText::deserialize(deserializer)?;
        let KeyFields { id, timestamp } = serde_json::from_str(json.as_str()).map_err(D::Error::custom)?;
        let key = MessageKey { timestamp, id: id.parse().unwrap_or_default() };
        Ok(Self { key, json })
    }
}
