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
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// Messages a page, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// Where to go on: a message id, which is not part of the page. Left out: from the newest (`up`) or the
    /// oldest (`down`) message.
    #[tsify(optional, type = "string")]
    pub start_msg_id: Option<MessageId>,
    /// `up`, towards older messages (the default), or `down`, towards newer ones.
    #[tsify(optional)]
    pub search_direction: Option<SearchDirection>,
    /// Only messages of this sender.
    #[tsify(optional, type = "string")]
    pub from: Option<SenderId>,
    /// Only messages of these kinds.
    #[tsify(optional, type = "Body[\"type\"][]")]
    pub msg_types: Option<MessageKinds>,
    /// Only messages since this time, in milliseconds.
    #[tsify(optional, type = "number")]
    pub start_time: Option<Timestamp>,
    /// Only messages until this time, in milliseconds.
    #[tsify(optional, type = "number")]
    pub end_time: Option<Timestamp>,
    /// Whether the page is kept in the local copy; true if left out.
    #[tsify(optional)]
    pub save: Option<bool>,
    /// Stops the request; the call then rejects with the signal's reason and nothing is kept.
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

    /// The question to the server.
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
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// Messages a page at most, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// `up`, from the newest message (the default), or `down`, from the oldest.
    #[tsify(optional)]
    pub search_direction: Option<SearchDirection>,
    /// Ends the walk; the loop then throws the signal's reason.
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

    /// The question to the server for the page that begins after a message.
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
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// Messages a page, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// Where to go on: a message id, which is not part of the page.
    #[tsify(optional, type = "string")]
    pub start_msg_id: Option<MessageId>,
    /// `up`, towards older messages (the default), or `down`, towards newer ones.
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

    /// Messages a page.
    pub fn page_size(&self) -> u32 {
        PageSize::or_default(self.page_size)
    }
}
