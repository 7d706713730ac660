//! One-way removal of messages: by ids, up to a time, or all.

use super::history::require_roaming;
use super::{JsonResult, find_conversation};
use crate::chat::{Wakeup, deletion, notices};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, RequestParams};
use crate::ids::now_ms;
use crate::state::{AppState, SharedState};
use crate::store::conversations::UserConversation;
use crate::store::database::Conn;
use crate::store::removals;
use crate::store::users::User;
use axum::Json;
use axum::extract::State;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::names;
use roamkit_wire::notice::Notice;
use roamkit_wire::rest::MAX_REMOVAL_IDS;
use serde_json::{Value, json};

/// `DELETE /sdk/message/roaming/chat/user/{user}`
pub(crate) async fn chat_ids(state: State<SharedState>, caller: Caller) -> JsonResult {
    remove_by_ids(state, caller, false).await
}

/// `DELETE /sdk/message/roaming/group/user/{user}`
pub(crate) async fn group_ids(state: State<SharedState>, caller: Caller) -> JsonResult {
    remove_by_ids(state, caller, true).await
}

/// `DELETE /sdk/message/roaming/chat/user/{user}/time`
pub(crate) async fn chat_time(state: State<SharedState>, caller: Caller) -> JsonResult {
    remove_up_to(state, caller, false).await
}

/// `DELETE /sdk/message/roaming/group/user/{user}/time`
pub(crate) async fn group_time(state: State<SharedState>, caller: Caller) -> JsonResult {
    remove_up_to(state, caller, true).await
}

async fn remove_by_ids(State(state): State<SharedState>, caller: Caller, group: bool) -> JsonResult {
    let user = caller.owner()?;
    require_roaming(&state)?;
    let params = &caller.params;
    let ids = parse_ids(params.required("msgIdList")?)?;
    let mut tx = state.store.begin().await?;
    let Some(conversation) = find_peer(&mut tx, params, user, group).await? else { return Ok(ok()) };
    removals::remove_by_ids(&mut tx, &conversation, &ids).await?;
    let ids = ids.iter().map(|&id| id as u64).collect();
    let wakeup = notify(&mut tx, &state, params, user, &conversation, ids, None).await?;
    tx.commit().await?;
    state.wake(&[wakeup]);
    Ok(ok())
}

async fn remove_up_to(State(state): State<SharedState>, caller: Caller, group: bool) -> JsonResult {
    let user = caller.owner()?;
    require_roaming(&state)?;
    let params = &caller.params;
    params.required("delTime")?;
    // Future messages are not removed. A time in the future would make devices believe that they are.
    let time = params.number("delTime", 0, 1..=i64::MAX)?.min(now_ms());
    let mut tx = state.store.begin().await?;
    let Some(conversation) = find_peer(&mut tx, params, user, group).await? else { return Ok(ok()) };
    removals::remove_up_to(&mut tx, &conversation, time, state.ids.next()).await?;
    let wakeup = notify(&mut tx, &state, params, user, &conversation, Vec::new(), Some(time as u64)).await?;
    tx.commit().await?;
    state.wake(&[wakeup]);
    Ok(ok())
}

/// `POST /sdk/message/roaming/user/{user}/delete/all`
pub(crate) async fn everything(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    let user = caller.owner()?;
    require_roaming(&state)?;
    let params = &caller.params;
    let mut tx = state.store.begin().await?;
    let wakeups = deletion::delete_all(&mut tx, state.chat(&params.app), user, params.resource()).await?;
    tx.commit().await?;
    state.wake(&wakeups);
    Ok(ok())
}

fn ok() -> Json<Value> {
    Json(json!({"requestStatusCode": "ok", "timestamp": now_ms(), "duration": 0}))
}

async fn find_peer(
    conn: &mut Conn,
    params: &RequestParams,
    user: &User,
    group: bool,
) -> ApiResult<Option<UserConversation>> {
    let name = if group { "groupId" } else { "userId" };
    let (peer, _) = names::split_jid(params.required(name)?, &params.app);
    find_conversation(conn, &params.app, user, (peer, group), |peer| {
        ApiError::bad_request(format!("{name} {peer:?} is not a user id"))
    })
    .await
}

/// Sends a removal notice to the user's other devices.
async fn notify(
    conn: &mut Conn,
    state: &AppState,
    params: &RequestParams,
    user: &User,
    conversation: &UserConversation,
    ids: Vec<u64>,
    time: Option<u64>,
) -> ApiResult<Wakeup> {
    let chat_type = match conversation.chat_type() {
        ChatType::Single => ChatType::Single,
        ChatType::Group | ChatType::Room => ChatType::Group,
    };
    let notice = Notice::MessagesRemoved {
        conversation: conversation.peer.clone(),
        chat_type,
        resource: params.resource().to_owned(),
        ids,
        time,
    };
    Ok(notices::send(conn, state.chat(&params.app), user, user, &notice).await?)
}

/// Parses a comma-separated list of 1 to 50 message ids.
fn parse_ids(text: &str) -> ApiResult<Vec<i64>> {
    let ids: Option<Vec<i64>> =
        text.split(',').map(|id| id.trim().parse().ok().filter(|&id: &i64| id > 0)).collect();
    let ids =
        ids.ok_or_else(|| ApiError::bad_request("msgIdList must be message ids with commas between"))?;
    if ids.len() > MAX_REMOVAL_IDS {
        return Err(ApiError::bad_request(format!(
            "msgIdList may name {MAX_REMOVAL_IDS} messages, not {}",
            ids.len()
        )));
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_lists_are_validated_and_bounded() {
        assert_eq!(parse_ids("1,2, 3").unwrap(), [1, 2, 3]);
        let list = |n: usize| (1..=n).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(parse_ids(&list(50)).unwrap().len(), 50);
        for bad in [list(51).as_str(), "", "1,,2", "a", "-1", "0", "99999999999999999999"] {
            assert!(parse_ids(bad).is_err(), "{bad}");
        }
    }
}
