//! Multi-device notices: what one device of a user did, told to the others.
//!
//! A notice is JSON in a NOTIFY meta. Clients in the field read it byte by byte as `%` and unpadded hex, so
//! a notice must hold no byte below 0x10; [`Notice::encode`] sees to it.

use crate::conversation::ChatType;
use crate::json::{self, Json};
use serde_json::json;

/// A notice that concerns message roaming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Messages were removed one-way.
    MessagesRemoved {
        /// The peer.
        conversation: String,
        /// Chat rooms are told as groups.
        chat_type: ChatType,
        /// The device that removed them.
        resource: String,
        /// Which messages; empty where the notice names none.
        ids: Vec<u64>,
        /// Everything up to this time, ms.
        time: Option<u64>,
    },
    /// Something happened to a conversation.
    Conversation {
        /// What.
        op: ConversationOp,
        /// The peer.
        conversation: String,
        /// The conversation's type.
        chat_type: ChatType,
        /// The device that did it.
        resource: String,
        /// When, ms.
        timestamp: u64,
        /// Who did it; may be empty.
        from: String,
        /// More about it; a mark's name, for one.
        ext: String,
    },
}

/// What happened to a conversation.
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
        let value = json::read(payload).ok()?;
        let data = value.get("data")?;
        let field = |key: &str| data.get(key).and_then(Json::text).unwrap_or_default();
        let chat_type = |key: &str| ChatType::parse(&field(key));
        match &*value.get("type")?.text()? {
            "roaming_delete" => Some(Self::MessagesRemoved {
                conversation: Some(field("to")).filter(|to| !to.is_empty())?,
                chat_type: chat_type("chatType")?,
                resource: field("resource"),
                ids: data.get("msgIdList").map(ids).unwrap_or_default(),
                time: data.get("deleteTime").and_then(Json::id).filter(|&time| time > 0),
            }),
            "conv" => Some(Self::Conversation {
                op: ConversationOp::parse(&field("op"))?,
                conversation: Some(field("id")).filter(|id| !id.is_empty())?,
                chat_type: chat_type("type")?,
                resource: field("res"),
                timestamp: data.get("ts").and_then(Json::id).unwrap_or(0),
                from: field("from"),
                ext: field("ext"),
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
        // serde_json writes no white space and escapes control characters, so this only guards the rule.
        value.to_string().into_bytes().into_iter().filter(|&byte| byte >= 0x10).collect()
    }

    /// The device that did it; it does not need to be told.
    pub fn resource(&self) -> &str {
        match self {
            Self::MessagesRemoved { resource, .. } | Self::Conversation { resource, .. } => resource,
        }
    }
}

/// Through a pointer: one list-making function for both.
fn each(next: &mut dyn FnMut() -> Option<Option<u64>>) -> Vec<u64> {
    let mut list = Vec::new();
    while let Some(id) = next() {
        list.extend(id);
    }
    list
}

/// Ids come as a list of texts or numbers, or as one text with commas.
fn ids(value: Json<'_>) -> Vec<u64> {
    match value.text() {
        Some(text) => {
            let mut rest = Some(&*text);
            each(&mut || {
                let text = rest?;
                let (id, others) =
                    text.split_once(',').map_or((text, None), |(id, others)| (id, Some(others)));
                rest = others;
                Some(id.trim_ascii().parse().ok())
            })
        }
        None => {
            let mut items = value.items();
            each(&mut || items.next().map(Json::id))
        }
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
        fn what_is_written_reads_back_and_holds_no_low_byte(notice in any_notice()) {
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
