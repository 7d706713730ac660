//! The options of the calls about conversations.

use super::{check_conversation, conversation};
use crate::api::argument::{PageSize, PeerId, Signal};
use crate::api::fields::Fields;
use crate::error::Result;
use crate::model::{ConversationId, ConversationType};
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `fetchConversationsFromServer`.
///
/// If `pageSize`, `cursor`, `pinnedOnly` and `includeEmpty` are all left out, the call fetches the service's default
/// window: by default up to 10 conversations of the last 7 days.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FetchConversationsOptions {
    /// The number of conversations per page, 1 to 50. Default: 20.
    #[tsify(optional, type = "number")]
    pub page_size: Option<PageSize>,
    /// The `cursor` of the previous page. Left out: the first page.
    #[tsify(optional)]
    pub cursor: Option<String>,
    /// True if only pinned conversations are fetched. Default: false.
    #[tsify(optional)]
    pub pinned_only: Option<bool>,
    /// True if conversations without a message are fetched, too. Default: false.
    #[tsify(optional)]
    pub include_empty: Option<bool>,
    /// Aborts the request. The call then rejects with the signal's reason.
    #[tsify(optional, type = "AbortSignal")]
    pub signal: Option<Signal>,
}

impl FetchConversationsOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        Fields::new("fetchConversationsFromServer", value)?.read()
    }

    /// True if the service's default window is requested.
    pub fn is_default_window(&self) -> bool {
        self.page_size.is_none()
            && self.cursor.is_none()
            && self.pinned_only.is_none()
            && self.include_empty.is_none()
    }

    /// The number of conversations per page.
    pub fn page_size(&self) -> u32 {
        PageSize::or_default(self.page_size)
    }

    /// True if only pinned conversations are requested.
    pub fn pinned_only(&self) -> bool {
        self.pinned_only.unwrap_or(false)
    }

    /// True if conversations without a message are requested, too.
    pub fn include_empty(&self) -> bool {
        self.include_empty.unwrap_or(false)
    }
}

/// Options of `deleteConversationFromServer`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DeleteConversationOptions {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// True if the messages of the conversation are deleted on the server, too.
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

/// Options of `pinConversation`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct PinConversationOptions {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
    /// True to pin the conversation, false to unpin it.
    pub is_pinned: bool,
}

impl PinConversationOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("pinConversation", value)?;
        let options: Self = fields.read()?;
        check_conversation(&fields, &options.conversation_id, options.conversation_type)?;
        Ok(options)
    }

    /// The conversation.
    pub fn conversation(&self) -> ConversationId {
        conversation(&self.conversation_id, self.conversation_type)
    }
}

/// A conversation: the options of `markConversationAsRead`, and the arguments of `getConversation`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ConversationReference {
    /// The other user's id, the group id, or the chat room id.
    #[tsify(type = "string")]
    pub conversation_id: PeerId,
    /// The type of the conversation.
    pub conversation_type: ConversationType,
}

impl ConversationReference {
    /// Reads and checks the options of a call.
    pub fn read(call: &'static str, options: &JsValue) -> Result<ConversationId> {
        Self::check(&Fields::new(call, options)?)
    }

    /// Reads and checks the arguments of a call.
    pub fn read_arguments(
        call: &'static str,
        id: &JsValue,
        conversation_type: &JsValue,
    ) -> Result<ConversationId> {
        let arguments = [("conversationId", id), ("conversationType", conversation_type)];
        Self::check(&Fields::of_arguments(call, arguments)?)
    }

    fn check(fields: &Fields) -> Result<ConversationId> {
        let given: Self = fields.read()?;
        check_conversation(fields, &given.conversation_id, given.conversation_type)?;
        Ok(conversation(&given.conversation_id, given.conversation_type))
    }
}
