//! The options of `open` and of the calls that read.

use super::Reader;
use crate::error::{Code, Error, Result};
use crate::model::{ConversationId, ConversationType};
use crate::platform::record;
pub use crate::store::SearchDirection;
use crate::text::joined;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::names::{self, AppKey};
use roamkit_wire::rest::MAX_PAGE_SIZE;
use tsify::Tsify;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

const TYPES: &[(&str, ChatType)] =
    &[("singleChat", ChatType::Single), ("groupChat", ChatType::Group), ("chatRoom", ChatType::Room)];
const DIRECTIONS: &[(&str, SearchDirection)] =
    &[("up", SearchDirection::Up), ("down", SearchDirection::Down)];
/// Body kinds, as `msgTypes` and the wire name them.
const KINDS: [&str; 9] = ["txt", "img", "audio", "video", "file", "loc", "cmd", "custom", "combine"];
#[wasm_bindgen(typescript_custom_section)]
const SEARCH_DIRECTION: &str = r#"
/**
 * Which way to walk: `up`, towards older messages, or `down`, towards newer ones.
 *
 * Android: `EMConversation.EMSearchDirection`.
 */
export type SearchDirection = "up" | "down";
"#;
const DEFAULT_PAGE_SIZE: u64 = 20;
const DEFAULT_TIMEOUT_MS: u64 = 30_000;
const MAX_TIMEOUT_MS: u64 = 600_000;

/// Options of `RoamClient.open`.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct OpenOptions {
    /// The app key, `org#app`.
    #[tsify(type = "string")]
    pub app_key: AppKey,
    /// The user's id: 1 to 64 of `a-z 0-9 _ - .`; capital letters become small ones.
    pub user: String,
    /// The REST address, such as `https://a1.example.com`. Left out: found through the service's host list.
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::new("RoamClient.open", value)?;
        let app_key = options.required_string("appKey")?;
        let user = options.required_string("user")?;
        let device_id = options.string("deviceId")?;
        if let Some(device) = device_id.as_deref() {
            let fit = (1..=125).contains(&device.len())
                && device.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
            if !fit {
                let allowed = "1 to 125 letters, digits, _, - or .";
                return Err(options.wrong("deviceId", allowed, &device.into()));
            }
        }
        Ok(Self {
            app_key: AppKey::parse(&app_key).ok_or_else(|| {
                Error::new(
                    Code::InvalidAppKey,
                    format!("RoamClient.open: appKey must be of the form org#app, but was \"{app_key}\""),
                )
            })?,
            user: names::user_id(&user).ok_or_else(|| {
                Error::new(
                    Code::InvalidUserName,
                    format!(
                        "RoamClient.open: user must be 1 to {} letters, digits, _, - or ., but was \"{user}\"",
                        names::MAX_USER_ID_BYTES
                    ),
                )
            })?,
            api_url: address(&options, "apiUrl", &["http:", "https:"])?,
            socket_url: address(&options, "socketUrl", &["ws:", "wss:"])?,
            device_id,
            request_timeout_ms: options
                .integer("requestTimeoutMs", 1..=MAX_TIMEOUT_MS)?
                .unwrap_or(DEFAULT_TIMEOUT_MS),
            persist: options.boolean("persist")?.unwrap_or(false),
        })
    }
}

/// An absolute address with one of the schemes, without the slash at its end.
fn address(options: &Reader<'_>, name: &str, schemes: &[&str]) -> Result<Option<String>> {
    let Some(text) = options.string(name)? else { return Ok(None) };
    let fits = web_sys::Url::new(&text).is_ok_and(|url| schemes.contains(&url.protocol().as_str()));
    if !fits {
        let allowed = format!("an absolute address that starts with {}//", joined(schemes, "// or "));
        return Err(options.wrong(name, &allowed, &text.into()));
    }
    Ok(Some(text.trim_end_matches('/').to_owned()))
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::optional("fetchConversationsFromServer", value)?;
        Ok(Self {
            page_size: options.integer("pageSize", 1..=MAX_PAGE_SIZE.into())?.map(|size| size as u32),
            cursor: options.string("cursor")?,
            pinned_only: options.boolean("pinnedOnly")?,
            include_empty: options.boolean("includeEmpty")?,
            signal: options.signal()?,
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
        self.page_size.unwrap_or(DEFAULT_PAGE_SIZE as u32)
    }
}

/// Options of `fetchHistoryMessages`.
#[derive(Tsify)]
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
    pub msg_types: Vec<&'static str>,
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::new("fetchHistoryMessages", value)?;
        let (conversation_id, conversation_type) = conversation(&options)?;
        let start_time = options.time("startTime")?;
        let end_time = options.time("endTime")?;
        if let (Some(start), Some(end)) = (start_time, end_time)
            && start > end
        {
            let allowed = format!("not after endTime ({end})");
            return Err(options.wrong("startTime", &allowed, &(start as f64).into()));
        }
        let from = options.string("from")?;
        let from = from
            .map(|from| {
                let allowed = "a user id (letters, digits, _, - or .)";
                names::user_id(&from).ok_or_else(|| options.wrong("from", allowed, &from.into()))
            })
            .transpose()?;
        Ok(Self {
            conversation_id,
            conversation_type,
            page_size: page_size(&options)?,
            start_msg_id: options.message_id("startMsgId")?,
            search_direction: direction(&options)?,
            from,
            msg_types: options.some_of("msgTypes", &KINDS.map(|kind| (kind, kind)))?,
            start_time,
            end_time,
            save: options.boolean("save")?.unwrap_or(true),
            signal: options.signal()?,
        })
    }

    /// The page of a walk after that message.
    pub fn walk(walk: &HistoryOptions, at: Option<u64>) -> Self {
        Self {
            conversation_id: walk.conversation_id.clone(),
            conversation_type: walk.conversation_type,
            page_size: walk.page_size,
            start_msg_id: at,
            search_direction: walk.search_direction,
            from: None,
            msg_types: Vec::new(),
            start_time: None,
            end_time: None,
            save: true,
            signal: walk.signal.clone(),
        }
    }

    /// Whether the page is all there is in its range.
    pub fn unfiltered(&self) -> bool {
        self.from.is_none()
            && self.msg_types.is_empty()
            && self.start_time.is_none()
            && self.end_time.is_none()
    }
}

/// Options of `history`.
#[derive(Clone, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct HistoryOptions {
    /// The other user's id, the group's id or the chat room's id.
    #[tsify(type = "string")]
    pub conversation_id: ConversationId,
    /// What the conversation is with.
    #[allow(dead_code, reason = "part of `conversation_id` here, a field of its own in JS")]
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

impl HistoryOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::new("history", value)?;
        let (conversation_id, conversation_type) = conversation(&options)?;
        Ok(Self {
            conversation_id,
            conversation_type,
            page_size: page_size(&options)?,
            search_direction: direction(&options)?,
            signal: options.signal()?,
        })
    }
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::new("loadMessages", value)?;
        let (conversation_id, conversation_type) = conversation(&options)?;
        Ok(Self {
            conversation_id,
            conversation_type,
            page_size: page_size(&options)?,
            start_msg_id: options.message_id("startMsgId")?,
            search_direction: direction(&options)?,
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::new("deleteConversationFromServer", value)?;
        let (conversation_id, conversation_type) = conversation(&options)?;
        Ok(Self {
            conversation_id,
            conversation_type,
            is_delete_server_messages: options
                .boolean("isDeleteServerMessages")?
                .ok_or_else(|| options.missing("isDeleteServerMessages", "true or false"))?,
        })
    }
}

/// The two separate arguments of `getConversation`.
pub fn conversation_id(call: &str, id: &JsValue, conversation_type: &JsValue) -> Result<ConversationId> {
    let object = record("conversationId conversationType", vec![id.clone(), conversation_type.clone()]);
    Ok(conversation(&Reader::new(call, &object)?)?.0)
}

pub(super) fn conversation(options: &Reader<'_>) -> Result<(ConversationId, ConversationType)> {
    let peer = options.required_string("conversationId")?;
    let allowed = "\"singleChat\", \"groupChat\" or \"chatRoom\"";
    let chat_type = options
        .one_of("conversationType", TYPES)?
        .ok_or_else(|| options.missing("conversationType", allowed))?;
    if chat_type == ChatType::Single && names::user_id(&peer).is_none() {
        let allowed = "a user id of 1 to 64 letters, digits, _, - or .";
        return Err(options.wrong("conversationId", allowed, &peer.into()));
    }
    if peer.len() > names::MAX_USER_ID_BYTES || peer.chars().any(|c| c.is_control() || c == '@') {
        let allowed = "an id of 1 to 64 bytes without control characters and @";
        return Err(options.wrong("conversationId", allowed, &peer.into()));
    }
    Ok((ConversationId::new(chat_type, &peer), chat_type.into()))
}

fn page_size(options: &Reader<'_>) -> Result<u32> {
    Ok(options.integer("pageSize", 1..=MAX_PAGE_SIZE.into())?.unwrap_or(DEFAULT_PAGE_SIZE) as u32)
}

fn direction(options: &Reader<'_>) -> Result<SearchDirection> {
    Ok(options.one_of("searchDirection", DIRECTIONS)?.unwrap_or(SearchDirection::Up))
}
