//! The options of the calls that read a history.

use super::{check_conversation, conversation};
use crate::api::argument::{MessageId, MessageKinds, PageSize, PeerId, SenderId, Signal, Timestamp};
use crate::api::fields::Fields;
use crate::error::Result;
use crate::model::{ConversationId, ConversationType, HistoryQuery, SearchDirection};
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `fetchHistoryMessages`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FetchHistoryOptions {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The number of messages per page, 1 to 50. Default: 20.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// The page begins after this message id, which is not part of the page: pass the `cursor` of the previous page. Left out:
    /// the page begins with the newest (`up`) or the oldest (`down`) message.
    #[tsify(optional, type = "string")]
    pub start_msg_id: Option<MessageId>,
    /// `up` reads towards older messages, `down` towards newer ones. Default: `up`.
    #[tsify(optional)]
    pub search_direction: Option<SearchDirection>,
    /// Only messages from this user id.
    #[tsify(optional, type = "string")]
    pub from: Option<SenderId>,
    /// Only messages of these types, such as `["txt", "img"]`.
    #[tsify(optional, type = "Body[\"type\"][]")]
    pub msg_types: Option<MessageKinds>,
    /// Only messages from this time on, in milliseconds since the epoch.
    #[tsify(optional, type = "number")]
    pub start_time: Option<Timestamp>,
    /// Only messages up to this time, in milliseconds since the epoch.
    #[tsify(optional, type = "number")]
    pub end_time: Option<Timestamp>,
    /// True if the page is saved in the local copy. Default: true.
    #[tsify(optional)]
    pub save: Option<bool>,
    /// Aborts the request. The call then rejects with the signal's reason, and nothing is saved.
    #[tsify(optional, type = "AbortSignal")]
    pub signal: Option<Signal>,
}

impl FetchHistoryOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("fetchHistoryMessages", value)?;
        let options: Self = fields.read()?;
        check_conversation(&fields, &options.conversation_id, options.conversation_type)?;
        if let (Some(start), Some(end)) = (options.start_time, options.end_time)
            && start.0 > end.0
        {
            return Err(fields.refuse("startTime", &format!("not after endTime ({})", end.0)));
        }
        Ok(options)
    }

    /// The query for the server.
    pub fn query(&self) -> HistoryQuery {
        HistoryQuery {
            conversation: conversation(&self.conversation_id, self.conversation_type),
            page_size: PageSize::or_default(self.page_size),
            anchor: self.start_msg_id.map(|id| id.0),
            direction: self.search_direction.unwrap_or_default(),
            from: self.from.as_ref().map(|from| from.0.clone()),
            msg_types: self.msg_types.as_ref().map(MessageKinds::join).unwrap_or_default(),
            start_time: self.start_time.map(|time| time.0),
            end_time: self.end_time.map(|time| time.0),
        }
    }
}

/// Options of `history`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HistoryOptions {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The largest number of messages per step, 1 to 50. Default: 20.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// `up` begins with the newest message, `down` with the oldest. Default: `up`.
    #[tsify(optional)]
    pub search_direction: Option<SearchDirection>,
    /// Ends the walk. The loop then throws the signal's reason.
    #[tsify(optional, type = "AbortSignal")]
    pub signal: Option<Signal>,
}

impl HistoryOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("history", value)?;
        let options: Self = fields.read()?;
        check_conversation(&fields, &options.conversation_id, options.conversation_type)?;
        Ok(options)
    }

    /// The query for the server, for the page that begins after a message.
    pub fn query(&self, anchor: Option<u64>) -> HistoryQuery {
        HistoryQuery {
            page_size: PageSize::or_default(self.page_size),
            direction: self.search_direction.unwrap_or_default(),
            ..HistoryQuery::before(&conversation(&self.conversation_id, self.conversation_type), anchor)
        }
    }
}

/// Options of `loadMessages`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LoadMessagesOptions {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// The number of messages per page, 1 to 50. Default: 20.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// The page begins after this message id, which is not part of the page: pass the `cursor` of the previous page. Left out:
    /// the page begins with the newest (`up`) or the oldest (`down`) message.
    #[tsify(optional, type = "string")]
    pub start_msg_id: Option<MessageId>,
    /// `up` reads towards older messages, `down` towards newer ones. Default: `up`.
    #[tsify(optional)]
    pub search_direction: Option<SearchDirection>,
}

impl LoadMessagesOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("loadMessages", value)?;
        let options: Self = fields.read()?;
        check_conversation(&fields, &options.conversation_id, options.conversation_type)?;
        Ok(options)
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationId {
        conversation(&self.conversation_id, self.conversation_type)
    }

    /// The number of messages per page.
    pub fn page_size(&self) -> u32 {
        PageSize::or_default(self.page_size)
    }
}
