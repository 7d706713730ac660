//! Requests and answers of the REST side.
//!
//! Clients read answers field by field from a parsed [`Value`] ([`lenient`]), since services differ: an id is a text or a
//! number, and a missing field has its default.

use crate::conversation::ChatType;
use crate::ext::RawObject;
use crate::{lenient, names, surrogates};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// Page size of history and of the conversation list by cursor, at most.
pub const MAX_PAGE_SIZE: u32 = 50;
/// Message ids in one removal, at most.
pub const MAX_REMOVAL_IDS: usize = 50;

/// The body of every REST answer that is not a success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    /// A word, such as `invalid_grant`.
    pub error: String,
    /// The service's class of error.
    pub exception: String,
    /// Describes the mistake; some clients compare this text.
    pub error_description: String,
    /// A number that tells cases apart, where the service gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    /// The server's clock, ms.
    pub timestamp: u64,
    /// The time that the server spent on the request, ms.
    pub duration: u64,
}

impl ErrorBody {
    /// Reads a body. Fields that are missing or have another form are empty.
    pub fn read(body: &str) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name| lenient::as_text(&body[name]).to_owned();
        let number = |name| lenient::as_number(&body[name]).unwrap_or(0);
        Self {
            error: text("error"),
            exception: text("exception"),
            error_description: text("error_description"),
            error_code: body["error_code"].as_i64(),
            timestamp: number("timestamp"),
            duration: number("duration"),
        }
    }
}

/// A request for a page of history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryRequest {
    /// `<peer>@easemob.com` or `<group>@conference.easemob.com`.
    pub queue: String,
    /// `-1`, `""` or a message id, which is not part of the page.
    #[serde(default)]
    pub start: Value,
    /// `-1`.
    #[serde(default)]
    pub end: Value,
    /// 1 to 50.
    pub pull_number: u32,
    /// From older to newer.
    #[serde(default)]
    pub is_positive: bool,
    /// Kinds, with commas; empty: all.
    #[serde(rename = "msgType", default)]
    pub msg_type: Option<String>,
    /// Not before this time, ms.
    #[serde(rename = "startTime", default)]
    pub start_time: Option<i64>,
    /// Not after this time, ms.
    #[serde(rename = "endTime", default)]
    pub end_time: Option<i64>,
    /// Only from this sender.
    #[serde(rename = "userId", default)]
    pub user_id: Option<String>,
}

/// The `data` of a page of history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryAnswer {
    /// The messages in walking order.
    pub msgs: Vec<HistoryMessage>,
    /// Whether the walk ends here.
    pub is_last: bool,
    /// The `start` of the next request; the text `undefined` where there is none.
    pub next_key: Value,
}

/// One message of a [`HistoryAnswer`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryMessage {
    /// Base64 of a protobuf [`crate::meta::Meta`].
    pub msg: String,
}

/// An answer that wraps its content in `data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data<T> {
    /// The content.
    pub data: T,
}

/// One entry of a conversation list, read from any of its three forms.
#[derive(Clone, Debug, PartialEq)]
pub struct ListEntry {
    /// The peer: a user id, group id or chat room id.
    pub peer: String,
    /// The conversation's type.
    pub chat_type: ChatType,
    /// Unread messages.
    pub unread: u32,
    /// Whether the conversation is pinned to the top.
    pub is_pinned: bool,
    /// The time of pinning, ms; 0 for a conversation that is not pinned.
    pub pinned_time: u64,
    /// Names of marks.
    pub marks: Vec<String>,
    /// The latest message.
    pub last: Option<ListMessage>,
}

/// The latest message of a conversation, as lists carry it.
#[derive(Clone, Debug, PartialEq)]
pub struct ListMessage {
    /// The message id.
    pub id: u64,
    /// The sender's user id.
    pub from: String,
    /// The receiver: a user id or group id.
    pub to: String,
    /// Milliseconds since the epoch.
    pub timestamp: u64,
    /// The JSON of a [`crate::body::Body`], or of a body of an unknown type.
    pub body: String,
    /// The JSON object of the sender's own fields.
    pub ext: String,
}

/// The `payload` of a message in a list, as the server writes it.
#[derive(Serialize)]
struct WrittenPayload<'a> {
    r#type: &'a str,
    from: &'a str,
    to: &'a str,
    bodies: [&'a RawValue; 1],
    ext: &'a RawValue,
}

impl ListEntry {
    /// Reads an entry; `None` where it does not name its conversation.
    pub fn read(entry: &Value, app_key: &str) -> Option<Self> {
        let peer = lenient::as_text(&entry["session_to"]);
        let (peer, fallback) = if peer.is_empty() {
            let (peer, group) = names::split_jid(lenient::as_text(&entry["channel_id"]), app_key);
            (peer, if group { ChatType::Group } else { ChatType::Single })
        } else {
            (peer, ChatType::Single)
        };
        let unread = lenient::as_number(&entry["unread_num"]).unwrap_or(0);
        // The service also sets this time when a conversation is unpinned.
        let is_pinned = lenient::as_flag(&entry["is_top"]);
        let pinned_time = lenient::as_number(&entry["update_top_status_time"]);
        Some(Self {
            peer: Some(peer.to_owned()).filter(|peer| !peer.is_empty())?,
            chat_type: ChatType::parse(lenient::as_text(&entry["session_type"])).unwrap_or(fallback),
            unread: u32::try_from(unread).unwrap_or(u32::MAX),
            is_pinned,
            pinned_time: pinned_time.filter(|_| is_pinned).unwrap_or(0),
            marks: lenient::as_texts(&entry["marks"]),
            last: ListMessage::read(&entry["meta"], app_key),
        })
    }

    /// Writes the cursor form.
    pub fn write_cursor_form(&self, app_key: &str) -> Value {
        json!({
            "session_to": self.peer,
            "session_type": self.chat_type.rest(),
            "is_top": self.is_pinned,
            "update_top_status_time": self.pinned_time,
            "unread_num": self.unread,
            "marks": self.marks,
            "meta": self.meta(app_key),
        })
    }

    /// Writes the form of the default list and of the list by page number.
    pub fn write_channel_form(&self, app_key: &str) -> Value {
        let peer = match self.chat_type {
            ChatType::Single => self.peer.clone(),
            ChatType::Group | ChatType::Room => format!("{app_key}_{}", self.peer),
        };
        json!({
            "channel_id": names::queue(&peer, self.chat_type.domain()),
            "unread_num": self.unread,
            "meta": self.meta(app_key),
        })
    }

    fn meta(&self, app_key: &str) -> Value {
        self.last.as_ref().map_or_else(|| json!({}), |last| last.write(self.chat_type, app_key))
    }
}

impl ListMessage {
    fn read(meta: &Value, app_key: &str) -> Option<Self> {
        // An object, or the text of one. Its parts stay JSON, so that each number stays as its sender wrote it.
        let payload: RawObject = match &meta["payload"] {
            Value::String(text) => serde_json::from_str(&surrogates::repair_json(text)),
            payload => serde_json::from_str(&serde_json::to_string(payload).ok()?),
        }
        .ok()?;
        let part = |name| payload.get(name).map_or("null", |part| part.get());
        let name = |field| {
            let inner = serde_json::from_str(part(field)).unwrap_or_default();
            let outer = &meta[field];
            let jid = [&inner, outer]
                .into_iter()
                .find_map(|jid: &Value| jid.as_str().filter(|jid| !jid.is_empty()))?;
            Some(names::split_jid(jid, app_key).0.to_owned())
        };
        let bodies: Vec<Box<RawValue>> = serde_json::from_str(part("bodies")).ok()?;
        Some(Self {
            id: lenient::as_number(&meta["id"]).filter(|&id| id > 0)?,
            from: name("from")?,
            to: name("to")?,
            timestamp: lenient::as_number(&meta["timestamp"]).unwrap_or(0),
            body: bodies.into_iter().next()?.get().to_owned(),
            ext: Some(part("ext")).filter(|ext| ext.starts_with('{')).unwrap_or("{}").to_owned(),
        })
    }

    fn write(&self, chat_type: ChatType, app_key: &str) -> Value {
        let payload = WrittenPayload {
            r#type: chat_type.rest(),
            from: &self.from,
            to: &self.to,
            bodies: [serde_json::from_str(&self.body).unwrap_or(RawValue::NULL)],
            ext: serde_json::from_str(&self.ext).unwrap_or(RawValue::NULL),
        };
        json!({
            "id": self.id.to_string(),
            "from": format!("{app_key}_{}@{}", self.from, ChatType::Single.domain()),
            "to": format!("{app_key}_{}@{}", self.to, chat_type.domain()),
            "timestamp": self.timestamp,
            "payload": serde_json::to_string(&payload).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{self, Body};

    fn read(entry: &Value) -> Option<ListEntry> {
        ListEntry::read(entry, "demo#chat")
    }

    fn entry(chat_type: ChatType, body: &Body) -> ListEntry {
        ListEntry {
            peer: "42".into(),
            chat_type,
            unread: 3,
            is_pinned: true,
            pinned_time: 1_700_000_000_001,
            marks: vec!["mark_0".into()],
            last: Some(ListMessage {
                id: 1_234_567_890_123_456_789,
                from: "alice".into(),
                to: "42".into(),
                timestamp: 1_700_000_000_000,
                body: body.to_json().to_string(),
                ext: r#"{"k":[1,2]}"#.into(),
            }),
        }
    }

    #[test]
    fn the_cursor_form_reads_back_with_every_body() {
        for body in body::samples() {
            for chat_type in [ChatType::Single, ChatType::Group] {
                let entry = entry(chat_type, &body);
                assert_eq!(read(&entry.write_cursor_form("demo#chat")), Some(entry));
            }
        }
    }

    #[test]
    fn the_channel_form_reads_back_without_pins_and_marks() {
        let entry = entry(ChatType::Group, &Body::Text { msg: "hi".into() });
        let read = read(&entry.write_channel_form("demo#chat"));
        assert_eq!(read, Some(ListEntry { is_pinned: false, pinned_time: 0, marks: vec![], ..entry }));
    }

    #[test]
    fn an_entry_that_was_unpinned_has_no_time_of_pinning() {
        let value = json!({"session_to": "bob", "is_top": false, "update_top_status_time": 5});
        assert_eq!(read(&value).map(|entry| (entry.is_pinned, entry.pinned_time)), Some((false, 0)));
        let value = json!({"session_to": "bob", "is_top": "true", "update_top_status_time": "5"});
        assert_eq!(read(&value).map(|entry| (entry.is_pinned, entry.pinned_time)), Some((true, 5)));
    }

    #[test]
    fn an_entry_with_an_unreadable_message_keeps_the_conversation() {
        let value = json!({"session_to": "bob", "session_type": "chat", "meta": {"id": "1", "payload": "{"}});
        assert_eq!(read(&value).map(|entry| (entry.peer, entry.last)), Some(("bob".into(), None)));
        assert_eq!(read(&json!({"session_type": "chat"})), None);
        assert_eq!(read(&json!({"channel_id": "demo#chat_@easemob.com"})), None);
        assert_eq!(read(&json!(7)), None);
    }
}
