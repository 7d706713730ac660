//! The records of an export, one JSON object per line. Fields that an import does not need have defaults.

use roamkit_wire::ext::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    /// `org#app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) app: Option<String>,
    #[serde(flatten)]
    pub(super) record: Record,
}

/// The content of a line. Users come before groups, groups before messages, messages before views.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Record {
    User(UserLine),
    Group(GroupLine),
    Message(MessageLine),
    View(ViewLine),
    Removed(RemovedLine),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct UserLine {
    pub(super) username: String,
    /// The password as the user types it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
    /// An argon2 hash in PHC format.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) password_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GroupLine {
    pub(super) id: Id,
    #[serde(default = "default_group_type")]
    pub(super) chat_type: String,
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) description: String,
    #[serde(default)]
    pub(super) public: bool,
    #[serde(default)]
    pub(super) max_users: Option<i64>,
    pub(super) owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created: Option<i64>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) closed: bool,
    #[serde(default)]
    pub(super) members: Vec<Member>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Member {
    /// A present member, who sees all messages.
    Name(String),
    /// A member who sees the messages between two ids.
    Span {
        user: String,
        since: Id,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Id>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MessageLine {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Id>,
    pub(super) from: String,
    pub(super) to: String,
    #[serde(default = "default_chat_type")]
    pub(super) chat_type: String,
    /// Milliseconds since the epoch.
    pub(super) time: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ext: Option<Object>,
    /// The encoded message in base64, if `body` and `ext` do not contain all of it. Takes precedence over them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<String>,
    /// The names of the only members of a group who see the message besides its sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) receivers: Vec<String>,
    /// The sender was removed. A present user of this name is another one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) from_gone: bool,
    /// The receiver was removed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) to_gone: bool,
}

/// One user's view of one conversation.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ViewLine {
    pub(super) user: String,
    pub(super) peer: String,
    #[serde(default = "default_chat_type")]
    pub(super) chat_type: String,
    #[serde(default)]
    pub(super) active: Option<i64>,
    #[serde(default)]
    pub(super) unread: i64,
    #[serde(default)]
    pub(super) read_id: Option<Id>,
    #[serde(default)]
    pub(super) pinned: i64,
    #[serde(default)]
    pub(super) hidden: bool,
    #[serde(default)]
    pub(super) floor: Option<i64>,
    /// The removal marks: messages up to the time that were sent before the id are removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) marks: Vec<(i64, Id)>,
}

/// The single messages that one user removed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RemovedLine {
    pub(super) user: String,
    pub(super) peer: String,
    #[serde(default = "default_chat_type")]
    pub(super) chat_type: String,
    pub(super) ids: Vec<Id>,
}

/// An id. It is serialized as a string, because many JSON parsers round such large numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub(super) i64);

impl Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let id = match &value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        id.filter(|&id| id >= 0)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom(format!("{value} is not an id")))
    }
}

fn default_chat_type() -> String {
    "chat".into()
}

fn default_group_type() -> String {
    "groupchat".into()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
