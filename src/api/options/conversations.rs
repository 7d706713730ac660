//! The options of the calls about conversations.

use super::{check_conversation, conversation};
use crate::api::argument::{PageSize, PeerId, Signal};
use crate::api::fields::Fields;
use crate::error::Result;
use crate::model::{ConversationId, ConversationType};
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `fetchConversationsFromServer`. With none of `pageSize`, `cursor`, `pinnedOnly` and
/// `includeEmpty` the service's default window is fetched: by default the conversations of the last 7 days,
/// 10 at most.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FetchConversationsOptions {
    /// Conversations a page, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// Where to go on: the `cursor` of the page before.
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// Only conversations pinned to the top.
    #[tsify(optional)]
    pub pinned_only: Option<bool>,
    /// Also conversations without a message.
    #[tsify(optional)]
    pub include_empty: Option<bool>,
    /// Stops the request; the call then rejects with the signal's reason.
    #[tsify(optional, type = "AbortSignal")]
    pub signal: Option<Signal>,
}

impl FetchConversationsOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        Fields::new("fetchConversationsFromServer", value)?.read()
    }

    /// Whether only the service's default window is asked for.
    pub fn is_default_window(&self) -> bool {
        self.page_size.is_none()
            && self.cursor.is_none()
            && self.pinned_only.is_none()
            && self.include_empty.is_none()
    }

    /// Conversations a page.
    pub fn page_size(&self) -> u32 {
        PageSize::or_default(self.page_size)
    }

    /// Whether only pinned conversations are asked for.
    pub fn pinned_only(&self) -> bool {
        self.pinned_only.unwrap_or(false)
    }

    /// Whether conversations without a message are asked for, too.
    pub fn include_empty(&self) -> bool {
        self.include_empty.unwrap_or(false)
    }
}

/// Options of `deleteConversationFromServer`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DeleteConversationOptions {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// Whether its history goes with it.
    pub is_delete_server_messages: bool,
}

impl DeleteConversationOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("deleteConversationFromServer", value)?;
        let options: Self = fields.read()?;
        check_conversation(&fields, &options.conversation_id, options.conversation_type)?;
        Ok(options)
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationId {
        conversation(&self.conversation_id, self.conversation_type)
    }
}

/// The arguments of `getConversation`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationArguments {
    conversation_id: PeerId,
    conversation_type: ConversationType,
}

impl ConversationArguments {
    /// Reads and checks the arguments.
    pub fn read(id: &JsValue, conversation_type: &JsValue) -> Result<ConversationId> {
        let arguments = [("conversationId", id), ("conversationType", conversation_type)];
        let fields = Fields::of_arguments("getConversation", arguments)?;
        let given: Self = fields.read()?;
        check_conversation(&fields, &given.conversation_id, given.conversation_type)?;
        Ok(conversation(&given.conversation_id, given.conversation_type))
    }
}
