//! Forms of the REST side that both ends read or write.

use crate::conversation::ChatType;
use crate::json::{self, Json};
use crate::names;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Page size of history and of the conversation list by cursor, at most.
pub const MAX_PAGE_SIZE: u32 = 50;
/// Message ids in one removal, at most.
pub const MAX_REMOVAL_IDS: usize = 50;

/// The error form of every REST answer that is not a success.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorBody {
    /// A word, such as `invalid_grant`.
    pub error: String,
    /// The service's class of error.
    pub exception: String,
    /// What was wrong; some clients compare it.
    pub error_description: String,
    /// Tells cases apart, where the service gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<i64>,
    /// The server's clock, ms.
    pub timestamp: u64,
    /// How long it took, ms.
    pub duration: u64,
}

/// The answer to a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// The token.
    pub access_token: String,
    /// Seconds.
    #[serde(default)]
    pub expires_in: u64,
    /// Who logged in; missing on app tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<TokenUser>,
}

/// The user of a [`TokenAnswer`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUser {
    /// The user id.
    pub username: String,
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
pub struct HistoryPage {
    /// In walking order.
    #[serde(default)]
    pub msgs: Vec<HistoryMessage>,
    /// Whether the walk ends here.
    #[serde(default)]
    pub is_last: bool,
    /// The next request's `start`; the text `undefined` where there is none.
    #[serde(default)]
    pub next_key: Value,
}

/// One message of a [`HistoryPage`].
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

/// An answer that only says that something was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The server's time, ms.
    #[serde(default)]
    pub timestamp: Option<u64>,
}

/// The `data` of a conversation list; its entries stay JSON, since their form varies: [`ListEntry::read`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ConversationList {
    /// The entries.
    #[serde(default)]
    pub channel_infos: Vec<Value>,
    /// Where the next page starts; empty or absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// One entry of a conversation list, whichever of the three forms it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct ListEntry {
    /// The peer: a user id, group id or chat room id.
    pub peer: String,
    /// The conversation's type.
    pub chat_type: ChatType,
    /// Unread messages.
    pub unread: u32,
    /// Whether it stands on top.
    pub is_pinned: bool,
    /// Since when, ms; 0 where it does not.
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
    /// What it says: the JSON of a [`crate::body::Body`], or of a kind that is not known here.
    pub body: String,
    /// The sender's own fields: the JSON of an object.
    pub ext: String,
}

impl ListEntry {
    /// Reads an entry; `None` where it does not say what conversation it is.
    pub fn read(entry: Json<'_>, app_key: &str) -> Option<Self> {
        let field = |key: &str| entry.get(key).and_then(Json::text).filter(|text| !text.is_empty());
        let (peer, fallback) = match field("session_to") {
            Some(peer) => (peer, ChatType::Single),
            None => {
                let id = field("channel_id")?;
                let (peer, group) = names::split_jid(&id, app_key);
                (peer.to_owned(), if group { ChatType::Group } else { ChatType::Single })
            }
        };
        let mut marks = Vec::new();
        for mark in entry.get("marks").unwrap_or(Json::NULL).items() {
            if let Some(mark) = mark.text() {
                marks.push(mark);
            }
        }
        Some(Self {
            peer: Some(peer).filter(|peer| !peer.is_empty())?,
            chat_type: field("session_type").and_then(|word| ChatType::parse(&word)).unwrap_or(fallback),
            unread: uint(entry, "unread_num").min(u64::from(u32::MAX)) as u32,
            is_pinned: entry.get("is_top").is_some_and(|top| top.flag() == Some(true) || top.is("true")),
            pinned_time: uint(entry, "update_top_status_time"),
            marks,
            last: entry.get("meta").and_then(|meta| ListMessage::read(meta, app_key)),
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
    fn read(meta: Json<'_>, app_key: &str) -> Option<Self> {
        let payload = meta.get("payload")?;
        let text = payload.text();
        let payload = match &text {
            Some(text) => json::read(text.as_bytes()).ok()?,
            None => payload,
        };
        let name = |name: &str| -> Option<String> {
            let inner = payload.get(name).and_then(Json::text).filter(|name| !name.is_empty());
            let text = inner.or_else(|| meta.get(name)?.text())?;
            Some(names::split_jid(&text, app_key).0.to_owned())
        };
        let part = |part: Json<'_>| String::from_utf8(part.bytes().to_vec()).ok();
        Some(Self {
            id: Some(uint(meta, "id")).filter(|&id| id > 0)?,
            from: name("from")?,
            to: name("to")?,
            timestamp: uint(meta, "timestamp"),
            body: part(payload.get("bodies")?.items().next()?)?,
            ext: payload
                .get("ext")
                .filter(|ext| ext.is_object())
                .and_then(part)
                .unwrap_or_else(|| "{}".into()),
        })
    }

    fn write(&self, chat_type: ChatType, app_key: &str) -> Value {
        let payload = json::object(&mut |payload| {
            payload.text("type", chat_type.rest()).text("from", &self.from).text("to", &self.to);
            payload.name("bodies").extend([b"[", self.body.as_bytes(), b"]"].concat());
            payload.name("ext").extend_from_slice(self.ext.as_bytes());
        });
        json!({
            "id": self.id.to_string(),
            "from": format!("{app_key}_{}@{}", self.from, ChatType::Single.domain()),
            "to": format!("{app_key}_{}@{}", self.to, chat_type.domain()),
            "timestamp": self.timestamp,
            "payload": payload,
        })
    }
}

fn uint(object: Json<'_>, key: &str) -> u64 {
    object.get(key).and_then(Json::id).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::{self, Body};

    fn read(entry: &Value) -> Option<ListEntry> {
        ListEntry::read(json::read(entry.to_string().as_bytes()).unwrap(), "demo#chat")
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
    fn an_entry_with_an_unreadable_message_keeps_the_conversation() {
        let value = json!({"session_to": "bob", "session_type": "chat", "meta": {"id": "1", "payload": "{"}});
        assert_eq!(read(&value).map(|entry| (entry.peer, entry.last)), Some(("bob".into(), None)));
        assert_eq!(read(&json!({"session_type": "chat"})), None);
        assert_eq!(read(&json!({"channel_id": "demo#chat_@easemob.com"})), None);
        assert_eq!(read(&json!(7)), None);
    }
}
