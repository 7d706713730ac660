//! Multi-device notices: an action of one device of a user, reported to the user's other devices.
//!
//! A notice is JSON in a NOTIFY meta. Some deployed clients read each byte as `%` and unpadded hex, so a notice
//! must hold no byte below 0x10; [`Notice::encode`] leaves such bytes out.

use crate::conversation::ChatType;
use crate::lenient;
use serde_json::{Value, json};

/// A notice that concerns message roaming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Messages were removed one-way.
    MessagesRemoved {
        /// The peer.
        conversation: String,
        /// The conversation's type; chat rooms are reported as groups.
        chat_type: ChatType,
        /// The device that removed them.
        resource: String,
        /// The message ids; empty where the notice names none.
        ids: Vec<u64>,
        /// Everything up to this time was removed, ms.
        time: Option<u64>,
    },
    /// A conversation changed.
    Conversation {
        /// The kind of change.
        op: ConversationOp,
        /// The peer.
        conversation: String,
        /// The conversation's type.
        chat_type: ChatType,
        /// The device that acted.
        resource: String,
        /// The time of the change, ms.
        timestamp: u64,
        /// The user who made the change; may be empty.
        from: String,
        /// A detail of the change, such as a mark's name.
        ext: String,
    },
}

/// The kind of change to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationOp {
    /// It was deleted.
    Deleted,
    /// It was pinned to the top.
    Pinned,
    /// It was unpinned.
    Unpinned,
    /// A mark was set.
    Marked,
    /// A mark was taken away.
    Unmarked,
}

impl ConversationOp {
    const fn wire(self) -> &'static str {
        match self {
            Self::Deleted => "del",
            Self::Pinned => "top",
            Self::Unpinned => "not_top",
            Self::Marked => "mark",
            Self::Unmarked => "mark_delete",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "del" => Self::Deleted,
            "top" => Self::Pinned,
            "not_top" => Self::Unpinned,
            "mark" => Self::Marked,
            "mark_delete" => Self::Unmarked,
            _ => return None,
        })
    }
}

impl Notice {
    /// Reads a notice; `None` where it is of another kind, or not readable.
    pub fn decode(payload: &[u8]) -> Option<Self> {
        let notice: Value = serde_json::from_str(str::from_utf8(payload).ok()?).ok()?;
        let data = &notice["data"];
        let text = |name| lenient::as_text(&data[name]);
        let number = |name| lenient::as_number(&data[name]).unwrap_or(0);
        match notice["type"].as_str()? {
            "roaming_delete" => Some(Self::MessagesRemoved {
                conversation: Some(text("to").to_owned()).filter(|to| !to.is_empty())?,
                chat_type: ChatType::parse(text("chatType"))?,
                resource: text("resource").to_owned(),
                ids: ids(&data["msgIdList"]),
                time: Some(number("deleteTime")).filter(|&time| time > 0),
            }),
            "conv" => Some(Self::Conversation {
                op: ConversationOp::parse(text("op"))?,
                conversation: Some(text("id").to_owned()).filter(|id| !id.is_empty())?,
                chat_type: ChatType::parse(text("type"))?,
                resource: text("res").to_owned(),
                timestamp: number("ts"),
                from: text("from").to_owned(),
                ext: text("ext").to_owned(),
            }),
            _ => None,
        }
    }

    /// Writes a notice, with no byte below 0x10.
    pub fn encode(&self) -> Vec<u8> {
        let value = match self {
            Self::MessagesRemoved { conversation, chat_type, resource, ids, time } => {
                let mut data = json!({"to": conversation, "chatType": chat_type.rest(), "resource": resource,
                                      "messageRoamingType": "deleteRoaming"});
                if !ids.is_empty() {
                    data["msgIdList"] = ids.iter().map(u64::to_string).collect();
                    data["lastMsgId"] = ids.iter().max().map(u64::to_string).into();
                }
                if let Some(time) = time {
                    data["deleteTime"] = (*time).into();
                }
                json!({"type": "roaming_delete", "data": data})
            }
            Self::Conversation { op, conversation, chat_type, resource, timestamp, from, ext } => {
                let mut data = json!({"op": op.wire(), "id": conversation, "type": chat_type.rest(),
                                      "ts": timestamp, "res": resource, "from": from});
                if !ext.is_empty() {
                    data["ext"] = ext.as_str().into();
                }
                json!({"type": "conv", "data": data})
            }
        };
        // serde_json writes no white space and escapes control characters; the filter keeps the rule if that changes.
        value.to_string().into_bytes().into_iter().filter(|&byte| byte >= 0x10).collect()
    }

    /// Whether this device of this user acted, which then needs no notice. Another user may have a device of the same name. A
    /// removal concerns one user only, so it does not name the user.
    pub fn is_from(&self, user: &str, device: &str) -> bool {
        match self {
            Self::MessagesRemoved { resource, .. } => resource == device,
            Self::Conversation { resource, from, .. } => {
                resource == device && (from.is_empty() || from.eq_ignore_ascii_case(user))
            }
        }
    }

    /// The device that acted.
    pub fn resource(&self) -> &str {
        match self {
            Self::MessagesRemoved { resource, .. } | Self::Conversation { resource, .. } => resource,
        }
    }
}

/// Ids come as a list of texts or numbers, or as one text with commas.
fn ids(value: &Value) -> Vec<u64> {
    match value {
        Value::String(text) => text.split(',').filter_map(|id| id.trim_ascii().parse().ok()).collect(),
        Value::Array(list) => list.iter().filter_map(lenient::as_number).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_notice() -> impl Strategy<Value = Notice> {
        let chat = prop_oneof![Just(ChatType::Single), Just(ChatType::Group), Just(ChatType::Room)];
        let op = prop_oneof![
            Just(ConversationOp::Deleted),
            Just(ConversationOp::Pinned),
            Just(ConversationOp::Unpinned),
            Just(ConversationOp::Marked),
            Just(ConversationOp::Unmarked)
        ];
        prop_oneof![
            (".{1,20}", chat.clone(), ".{0,20}", proptest::collection::vec(any::<u64>(), 0..5), 0..9_u64)
                .prop_map(|(conversation, chat_type, resource, ids, time)| Notice::MessagesRemoved {
                    conversation,
                    chat_type,
                    resource,
                    ids,
                    time: (time > 0).then_some(time),
                }),
            (op, ".{1,20}", chat, ".{0,20}", any::<u64>(), ".{0,9}", ".{0,9}").prop_map(
                |(op, conversation, chat_type, resource, timestamp, from, ext)| Notice::Conversation {
                    op,
                    conversation,
                    chat_type,
                    resource,
                    timestamp,
                    from,
                    ext,
                }
            ),
        ]
    }

    proptest! {
        #[test]
        fn a_written_notice_reads_back_and_holds_no_low_byte(notice in any_notice()) {
            let bytes = notice.encode();
            prop_assert!(bytes.iter().all(|&b| b >= 0x10));
            prop_assert_eq!(Notice::decode(&bytes), Some(notice));
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Notice::decode(&bytes);
        }
    }

    #[test]
    fn older_services_name_only_the_conversation() {
        let json = br#"{"type":"roaming_delete","data":{"to":"bob","chatType":"chat","resource":"web_1"}}"#;
        assert_eq!(
            Notice::decode(json),
            Some(Notice::MessagesRemoved {
                conversation: "bob".into(),
                chat_type: ChatType::Single,
                resource: "web_1".into(),
                ids: vec![],
                time: None
            })
        );
        assert_eq!(Notice::decode(br#"{"type":"presence","data":{}}"#), None);
    }
}
