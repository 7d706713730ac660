//! The options of `removeMessagesFromServer`.

use super::fields::Options;
use crate::model::{ConversationId, ConversationType, Removal};
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

impl RemoveMessagesOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<(ConversationId, Removal), JsValue> {
        let fields = "conversationId! conversationType! msgIdList|time";
        let mut options = Options::read("removeMessagesFromServer", value, fields)?;
        let (conversation, _) = options.conversation();
        let removal = match options.ids() {
            Some(ids) => Removal::Ids(ids),
            None => Removal::Until(options.whole().unwrap_or_default()),
        };
        Ok((conversation, removal))
    }
}
