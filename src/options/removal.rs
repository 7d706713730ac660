//! The options of `removeMessagesFromServer`.

use super::Reader;
use super::calls::conversation;
use crate::error::{Error, Result};
use crate::model::{ConversationId, ConversationType};
use roamkit_wire::rest::MAX_REMOVAL_IDS;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `removeMessagesFromServer`: by ids or up to a time, not both.
#[derive(Tsify)]
#[serde(untagged)]
#[allow(dead_code, reason = "it is the typing of what `read` reads")]
pub enum RemoveMessagesOptions {
    /// By ids.
    ByIds(RemoveByIds),
    /// Up to a time.
    ByTime(RemoveByTime),
}

/// Removal of single messages.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "it is the typing of what `read` reads")]
pub struct RemoveByIds {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// 1 to 50 message ids.
    #[tsify(type = "string[]")]
    pub msg_id_list: Vec<u64>,
    /// Not beside ids.
    #[tsify(optional, type = "undefined")]
    pub time: (),
}

/// Removal of everything up to a time.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "it is the typing of what `read` reads")]
pub struct RemoveByTime {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// In milliseconds; a message of exactly this time goes, too.
    #[tsify(type = "number")]
    pub time: u64,
    /// Not beside a time.
    #[tsify(optional, type = "undefined")]
    pub msg_id_list: (),
}

/// What to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// These messages.
    Ids(Vec<u64>),
    /// Everything up to this time, in milliseconds.
    Until(u64),
}

impl RemoveMessagesOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<(ConversationId, Removal)> {
        let options = Reader::new("removeMessagesFromServer", value)?;
        let (conversation_id, _) = conversation(&options)?;
        match (options.message_ids("msgIdList", MAX_REMOVAL_IDS)?, options.time("time")?) {
            (Some(msg_id_list), None) => Ok((conversation_id, Removal::Ids(msg_id_list))),
            (None, Some(time)) => Ok((conversation_id, Removal::Until(time))),
            (both, _) => {
                let given = if both.is_some() { "both were" } else { "neither was" };
                Err(Error::param(format!(
                    "removeMessagesFromServer takes msgIdList (1 to {MAX_REMOVAL_IDS} ids) or time \
                     (milliseconds), but {given} given"
                )))
            }
        }
    }
}
