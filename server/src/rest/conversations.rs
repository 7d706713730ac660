//! The three forms of the conversation list, and the deletion of a conversation.

use super::{JsonResult, data, find_conversation};
use crate::chat::deletion;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, JsonBody};
use crate::ids::now_ms;
use crate::state::{AppState, SharedState};
use crate::store::conversation_list::{self, ListKey, ListQuery, ListedConversation};
use crate::store::conversations::UserConversation;
use crate::store::database::Conn;
use crate::store::users::User;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, Meta};
use roamkit_wire::rest::{ListEntry, ListMessage, MAX_PAGE_SIZE};
use roamkit_wire::{ext, names, prost};
use serde::Deserialize;
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `GET /users/{user}/user_channels`: the newest conversations, within the service's default window.
pub(crate) async fn default_list(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    let settings = &state.settings;
    let query = ListQuery {
        include_empty: true,
        active_since: Some(now_ms() - i64::from(settings.list_window_days) * DAY_MS),
        limit: i64::from(settings.list_window_count),
        ..ListQuery::default()
    };
    list_in_channel_form(&state, &caller, &query).await
}

/// `GET /users/{user}/user_channels/page`: by page number.
pub(crate) async fn numbered_list(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    let number = caller.params.number("pageNum", 1, 1..=100_000)?;
    let limit = caller.params.number("pageSize", 20, 1..=20)?;
    let offset = (number - 1) * limit;
    let query = ListQuery { include_empty: true, offset, limit, ..ListQuery::default() };
    list_in_channel_form(&state, &caller, &query).await
}

async fn list_in_channel_form(state: &AppState, caller: &Caller, query: &ListQuery) -> JsonResult {
    let user = caller.owner()?;
    let listed = conversation_list::read_page(&mut *state.store.acquire().await?, user.id, query).await?;
    let app = &caller.params.app;
    let infos: Vec<Value> = listed.iter().map(|listed| list_entry(listed).write_channel_form(app)).collect();
    Ok(data(json!({"channel_infos": infos})))
}

/// `GET /sdk/user/{user}/user_channels/list`: by cursor.
pub(crate) async fn list(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    let (user, params) = (caller.owner()?, &caller.params);
    let limit = params.number("limit", 20, 1..=i64::from(MAX_PAGE_SIZE))?;
    let pinned = params.flag("is_top", false)?;
    let ascending = match params.query("sort") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(other) => return Err(ApiError::bad_request(format!("sort must be desc or asc, not {other:?}"))),
    };
    let after = params.query("cursor").map(decode_cursor).transpose()?;
    let include_empty = params.flag("needEmptySession", false)?;
    let with_marks = params.flag("need_mark", false)?;
    // One conversation more tells whether there is a next page.
    let query =
        ListQuery { pinned, include_empty, ascending, after, limit: limit + 1, ..ListQuery::default() };
    let mut listed =
        conversation_list::read_page(&mut *state.store.acquire().await?, user.id, &query).await?;
    let has_more = listed.len() > limit as usize;
    listed.truncate(limit as usize);
    let last = listed.last().filter(|_| has_more);
    let cursor = last.map(|last| encode_cursor(last.key(pinned))).unwrap_or_default();
    let infos: Vec<Value> = listed
        .iter()
        .map(|listed| {
            let mut entry = list_entry(listed).write_cursor_form(&params.app);
            if let Some(entry) = entry.as_object_mut().filter(|_| !with_marks) {
                entry.remove("marks");
            }
            entry
        })
        .collect();
    Ok(data(json!({"channel_infos": infos, "cursor": cursor})))
}

fn encode_cursor((a, b, c): ListKey) -> String {
    URL_SAFE_NO_PAD.encode(format!("{a}.{b}.{c}"))
}

fn decode_cursor(text: &str) -> ApiResult<ListKey> {
    let decode = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let key = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(key)
    };
    decode().ok_or_else(|| ApiError::bad_request(format!("cursor {text:?} is not one that this server gave")))
}

fn list_entry(listed: &ListedConversation) -> ListEntry {
    let conversation = &listed.conversation;
    ListEntry {
        peer: conversation.peer.clone(),
        chat_type: conversation.chat_type(),
        unread: conversation.unread.clamp(0, i64::from(u32::MAX)) as u32,
        is_pinned: conversation.pinned > 0,
        pinned_time: conversation.pinned as u64,
        marks: Vec::new(),
        last: listed.meta.as_deref().and_then(list_message),
    }
}

/// The newest message in the form of lists. Returns `None` for a body of an unknown type.
fn list_message(meta: &[u8]) -> Option<ListMessage> {
    let meta = Meta::decode(meta).ok()?;
    let body = MessageBody::from_payload(&meta.payload).ok()?;
    Some(ListMessage {
        id: meta.id,
        from: meta.from?.name,
        to: meta.to?.name,
        timestamp: meta.timestamp,
        body: Body::from_content(body.contents.first()?)?.to_json().to_string(),
        ext: Value::from(ext::from_pairs(&body.ext)).to_string(),
    })
}

#[derive(Deserialize)]
pub(crate) struct DeletionRequest {
    channel: String,
    r#type: String,
    #[serde(default)]
    delete_roam: bool,
}

/// `DELETE /user/{user}/user_channel` and `DELETE /users/{user}/user_channel`
pub(crate) async fn delete(
    State(state): State<SharedState>,
    caller: Caller,
    JsonBody(request): JsonBody<DeletionRequest>,
) -> JsonResult {
    let user = caller.owner_or_app(&state).await?;
    let app = &caller.params.app;
    let resource = caller.params.resource();
    let mut tx = state.store.begin().await?;
    let conversation = find_by_type(&mut tx, app, &user, &request.r#type, &request.channel).await?;
    // A missing conversation counts as deleted.
    let wakeups = match conversation {
        Some(conversation) => {
            let with_history = request.delete_roam;
            deletion::delete(&mut tx, state.chat(app), &user, resource, &conversation, with_history).await?
        }
        None => Vec::new(),
    };
    tx.commit().await?;
    state.wake(&wakeups);
    Ok(data(json!({"result": "ok"})))
}

/// Finds the user's conversation with a peer of a conversation type as REST spells it.
pub(super) async fn find_by_type(
    conn: &mut Conn,
    app: &str,
    user: &User,
    chat_type: &str,
    peer: &str,
) -> ApiResult<Option<UserConversation>> {
    let chat_type = ChatType::parse(chat_type).ok_or_else(|| {
        ApiError::bad_request(format!("type must be chat, groupchat or chatroom, not {chat_type:?}"))
    })?;
    let (peer, _) = names::split_jid(peer, app);
    let group = chat_type != ChatType::Single;
    find_conversation(conn, app, user, (peer, group), |peer| {
        ApiError::bad_request(format!("{peer:?} is not a user id"))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_survive_a_round_trip_and_other_texts_are_refused() {
        let key = (1_700_000_000_000, i64::MAX, 0);
        assert_eq!(decode_cursor(&encode_cursor(key)).unwrap(), key);
        for bad in ["", "x", "MS4y", "MS4yLjMuNA", "\u{fffd}", "MS4yLng"] {
            assert!(decode_cursor(bad).is_err(), "{bad:?}");
        }
    }
}
