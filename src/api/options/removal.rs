//! The options of `removeMessagesFromServer`.

use super::{check_conversation, conversation};
use crate::api::argument::{MessageIdList, PeerId, Timestamp};
use crate::api::fields::Fields;
use crate::error::Result;
use crate::model::{ConversationId, ConversationType, Removal};
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `removeMessagesFromServer`: either message ids or a time.
#[derive(Tsify)]
#[serde(untagged)]
pub enum RemoveMessagesOptions {
    /// Removes single messages.
    ByIds(RemoveByIds),
    /// Removes all messages up to a time.
    ByTime(RemoveByTime),
}

/// Removes single messages.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RemoveByIds {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The ids of the messages, 1 to 50.
    #[tsify(type = "string[]")]
    pub msg_id_list: MessageIdList,
    /// Not allowed together with `msgIdList`.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    time: (),
}

/// Removes all messages up to a time.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct RemoveByTime {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The time in milliseconds since the epoch. Messages with this timestamp are removed, too.
    #[tsify(type = "number")]
    pub time: Timestamp,
    /// Not allowed together with `time`.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    msg_id_list: (),
}

impl RemoveMessagesOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("removeMessagesFromServer", value)?;
        let options = if fields.has_first("msgIdList", "time")? {
            Self::ByIds(fields.read()?)
        } else {
            Self::ByTime(fields.read()?)
        };
        let (id, conversation_type) = options.names();
        check_conversation(&fields, id, conversation_type)?;
        Ok(options)
    }

    fn names(&self) -> (&PeerId, ConversationType) {
        match self {
            Self::ByIds(RemoveByIds { conversation_id, conversation_type, .. })
            | Self::ByTime(RemoveByTime { conversation_id, conversation_type, .. }) => {
                (conversation_id, *conversation_type)
            }
        }
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationId {
        let (id, conversation_type) = self.names();
        conversation(id, conversation_type)
    }

    /// The messages to remove.
    pub fn into_removal(self) -> Removal {
        match self {
            Self::ByIds(RemoveByIds { msg_id_list, .. }) => Removal::Ids(msg_id_list.0),
            Self::ByTime(RemoveByTime { time, .. }) => Removal::Until(time.0),
        }
    }
}
