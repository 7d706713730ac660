//! The options of `open` and of the calls that read.

use super::fields::{DEFAULT_PAGE_SIZE, Options};
use crate::model::{ConversationId, ConversationType};
use crate::model::{HistoryQuery, SearchDirection};
use crate::platform::record;
use roamkit_wire::names::AppKey;
use tsify::Tsify;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen(typescript_custom_section)]
const SEARCH_DIRECTION: &str = r#"
/**
 * Which way to walk: `up`, towards older messages, or `down`, towards newer ones.
 *
 * Android: `EMConversation.EMSearchDirection`.
 */
export type SearchDirection = "up" | "down";
"#;
const DEFAULT_TIMEOUT_MS: u64 = 30_000;

/// Options of `RoamClient.open`.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct OpenOptions {
    /// The app key, `org#app`.
    #[tsify(type = "string")]
    pub app_key: AppKey,
    /// The user's id: 1 to 64 of `a-z 0-9 _ - .`; capital letters become small ones.
    pub user: String,
    /// The REST address, such as `https://a1.example.com`; no user's name in it. Left out: found through the service's host list.
    #[tsify(optional)]
    pub api_url: Option<String>,
    /// The socket's address, such as `wss://ws.example.com/websocket`. Left out: found through the service's
    /// host list.
    #[tsify(optional)]
    pub socket_url: Option<String>,
    /// This device's id: 1 to 125 letters, digits, `_`, `-`, `.`. Left out: made once and kept. One device
    /// is one local copy.
    #[tsify(optional)]
    pub device_id: Option<String>,
    /// How long a request may take, in milliseconds: 1 to 600,000; 30,000 if left out.
    #[tsify(optional, type = "number")]
    pub request_timeout_ms: u64,
    /// Whether to ask the browser to keep this site's storage when space runs short; false if left out. Some
    /// browsers ask the user.
    #[tsify(optional, type = "boolean")]
    pub persist: bool,
}

impl OpenOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        let fields = "appKey! user! apiUrl socketUrl deviceId requestTimeoutMs persist";
        let mut options = Options::read("RoamClient.open", value, fields)?;
        let app_key = options.text().unwrap_or_default();
        let (org, app) = app_key.split_once('#').unwrap_or_default();
        Ok(Self {
            app_key: AppKey { org: org.into(), app: app.into() },
            user: options.text().unwrap_or_default(),
            api_url: options.text(),
            socket_url: options.text(),
            device_id: options.text(),
            request_timeout_ms: options.whole().unwrap_or(DEFAULT_TIMEOUT_MS),
            persist: options.flag().unwrap_or(false),
        })
    }
}

/// Options of `fetchConversationsFromServer`. With none of `pageSize`, `cursor`, `pinnedOnly` and
/// `includeEmpty` the service's default window is fetched: by default the conversations of the last 7 days,
/// 10 at most.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FetchConversationsOptions {
    /// Conversations a page, 1 to 50; 20 if left out.
    #[tsify(optional)]
    pub page_size: Option<u32>,
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
    pub signal: Option<AbortSignal>,
}

impl FetchConversationsOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        let fields = "pageSize cursor pinnedOnly includeEmpty signal";
        let mut options = Options::read("fetchConversationsFromServer", value, fields)?;
        Ok(Self {
            page_size: options.whole().map(|size| size as u32),
            cursor: options.text(),
            pinned_only: options.flag(),
            include_empty: options.flag(),
            signal: options.signal(),
        })
    }

    /// Whether nothing but the default window was asked for.
    pub fn default_window(&self) -> bool {
        self.page_size.is_none()
            && self.cursor.is_none()
            && self.pinned_only.is_none()
            && self.include_empty.is_none()
    }

    /// Conversations a page.
    pub fn size(&self) -> u32 {
        self.page_size.unwrap_or(DEFAULT_PAGE_SIZE)
    }
}

/// Options of `fetchHistoryMessages`.
#[derive(Clone, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FetchHistoryOptions {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    #[allow(dead_code, reason = "part of `conversation_id` here, a field of its own in JS")]
    pub conversation_type: ConversationType,
    /// Messages a page, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: u32,
    /// Where to go on: a message id, which is not part of the page. Left out: from the newest (`up`) or the
    /// oldest (`down`) message.
    #[tsify(optional, type = "string")]
    pub start_msg_id: Option<u64>,
    /// `up`, towards older messages (the default), or `down`, towards newer ones.
    #[tsify(optional, type = "SearchDirection")]
    pub search_direction: SearchDirection,
    /// Only messages of this sender.
    #[tsify(optional)]
    pub from: Option<String>,
    /// Only messages of these kinds.
    #[tsify(optional, type = "Body[\"type\"][]")]
    pub msg_types: String,
    /// Only messages since this time, in milliseconds.
    #[tsify(optional, type = "number")]
    pub start_time: Option<u64>,
    /// Only messages until this time, in milliseconds.
    #[tsify(optional, type = "number")]
    pub end_time: Option<u64>,
    /// Whether the page is kept in the local copy; true if left out.
    #[tsify(optional, type = "boolean")]
    pub save: bool,
    /// Stops the request; the call then rejects with the signal's reason and nothing is kept.
    #[tsify(optional, type = "AbortSignal")]
    pub signal: Option<AbortSignal>,
}

impl FetchHistoryOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        let fields = "conversationId! conversationType! pageSize searchDirection signal startMsgId from msgTypes \
                      startTime endTime save";
        Ok(Self::of(Options::read("fetchHistoryMessages", value, fields)?))
    }

    /// Reads and checks those of a walk, which fetches what it misses.
    pub fn read_walk(value: &JsValue) -> Result<Self, JsValue> {
        let fields = "conversationId! conversationType! pageSize searchDirection signal";
        Ok(Self::of(Options::read("history", value, fields)?))
    }

    /// Those of a walk are the first of them.
    fn of(mut options: Options) -> Self {
        let (conversation_id, conversation_type) = options.conversation();
        Self {
            conversation_id,
            conversation_type,
            page_size: options.page_size(),
            search_direction: options.direction(),
            signal: options.signal(),
            start_msg_id: options.message_id(),
            from: options.text(),
            msg_types: options.text().unwrap_or_default(),
            start_time: options.whole(),
            end_time: options.whole(),
            save: options.flag().unwrap_or(true),
        }
    }

    /// The question to the server.
    pub fn query(&self) -> HistoryQuery {
        HistoryQuery {
            conversation: self.conversation_id.clone(),
            page_size: self.page_size,
            anchor: self.start_msg_id,
            direction: self.search_direction,
            from: self.from.clone(),
            msg_types: self.msg_types.clone(),
            start_time: self.start_time,
            end_time: self.end_time,
        }
    }
}

/// Options of `history`.
#[derive(Tsify)]
#[expect(dead_code, reason = "it is the form for TypeScript")]
#[serde(rename_all = "camelCase")]
pub struct HistoryOptions {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    pub conversation_type: ConversationType,
    /// Messages a page at most, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: u32,
    /// `up`, from the newest message (the default), or `down`, from the oldest.
    #[tsify(optional, type = "SearchDirection")]
    pub search_direction: SearchDirection,
    /// Ends the walk; the loop then throws the signal's reason.
    #[tsify(optional, type = "AbortSignal")]
    pub signal: Option<AbortSignal>,
}

/// Options of `loadMessages`.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LoadMessagesOptions {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    #[allow(dead_code, reason = "part of `conversation_id` here, a field of its own in JS")]
    pub conversation_type: ConversationType,
    /// Messages a page, 1 to 50; 20 if left out.
    #[tsify(optional, type = "number")]
    pub page_size: u32,
    /// Where to go on: a message id, which is not part of the page.
    #[tsify(optional, type = "string")]
    pub start_msg_id: Option<u64>,
    /// `up`, towards older messages (the default), or `down`, towards newer ones.
    #[tsify(optional, type = "SearchDirection")]
    pub search_direction: SearchDirection,
}

impl LoadMessagesOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        let fields = "conversationId! conversationType! pageSize searchDirection startMsgId";
        let mut options = Options::read("loadMessages", value, fields)?;
        let (conversation_id, conversation_type) = options.conversation();
        Ok(Self {
            conversation_id,
            conversation_type,
            page_size: options.page_size(),
            search_direction: options.direction(),
            start_msg_id: options.message_id(),
        })
    }
}

/// Options of `deleteConversationFromServer`.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct DeleteConversationOptions {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    #[allow(dead_code, reason = "part of `conversation_id` here, a field of its own in JS")]
    pub conversation_type: ConversationType,
    /// Whether its history goes with it.
    pub is_delete_server_messages: bool,
}

impl DeleteConversationOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        let fields = "conversationId! conversationType! isDeleteServerMessages!";
        let mut options = Options::read("deleteConversationFromServer", value, fields)?;
        let (conversation_id, conversation_type) = options.conversation();
        let is_delete_server_messages = options.flag().unwrap_or(false);
        Ok(Self { conversation_id, conversation_type, is_delete_server_messages })
    }
}

/// The two separate arguments of `getConversation`.
pub fn conversation_id(id: &JsValue, conversation_type: &JsValue) -> Result<ConversationId, JsValue> {
    let names = "conversationId conversationType";
    let object = record(names, vec![id.clone(), conversation_type.clone()]);
    Ok(Options::read("getConversation", &object, "conversationId! conversationType!")?.conversation().0)
}
