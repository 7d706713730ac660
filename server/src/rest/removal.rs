//! One-way removal: by ids, up to a time, of everything.

use super::history::must_be_on;
use super::{JsonResult, group_entry};
use crate::chat::{deletion, notices};
use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::request::{Call, Caller};
use crate::state::{Server, Shared};
use crate::store::entries::{self, Entry};
use crate::store::users::User;
use crate::store::{Conn, kind_of, removals};
use axum::Json as Answer;
use axum::extract::State;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::names;
use roamkit_wire::notice::Notice;
use roamkit_wire::rest::MAX_REMOVAL_IDS;
use serde_json::json;

/// `DELETE /sdk/message/roaming/chat/user/{user}`
pub(crate) async fn chat_ids(server: State<Shared>, caller: Caller) -> JsonResult {
    by_ids(server, caller, false).await
}

/// `DELETE /sdk/message/roaming/group/user/{user}`
pub(crate) async fn group_ids(server: State<Shared>, caller: Caller) -> JsonResult {
    by_ids(server, caller, true).await
}

/// `DELETE /sdk/message/roaming/chat/user/{user}/time`
pub(crate) async fn chat_time(server: State<Shared>, caller: Caller) -> JsonResult {
    by_time(server, caller, false).await
}

/// `DELETE /sdk/message/roaming/group/user/{user}/time`
pub(crate) async fn group_time(server: State<Shared>, caller: Caller) -> JsonResult {
    by_time(server, caller, true).await
}

async fn by_ids(State(server): State<Shared>, caller: Caller, group: bool) -> JsonResult {
    let user = caller.owner()?;
    must_be_on(&server)?;
    let ids = ids(caller.call.required("msgIdList")?)?;
    let mut tx = server.store.write().await?;
    let Some(entry) = find_entry(&mut tx, &caller.call, user, group).await? else { return Ok(done()) };
    removals::by_ids(&mut tx, &entry, &ids).await?;
    let wire = ids.iter().map(|&id| id as u64).collect();
    let wake = tell(&mut tx, &server, &caller.call, user, &entry, wire, None).await?;
    tx.commit().await?;
    server.wake(&[wake]);
    Ok(done())
}

async fn by_time(State(server): State<Shared>, caller: Caller, group: bool) -> JsonResult {
    let user = caller.owner()?;
    must_be_on(&server)?;
    caller.call.required("delTime")?;
    // What is still to come is not removed, and no device may take it for removed.
    let time = caller.call.number("delTime", 0, 1..=i64::MAX)?.min(now_ms());
    let mut tx = server.store.write().await?;
    let Some(entry) = find_entry(&mut tx, &caller.call, user, group).await? else { return Ok(done()) };
    removals::up_to(&mut tx, &entry, time, server.ids.next()).await?;
    let wake = tell(&mut tx, &server, &caller.call, user, &entry, Vec::new(), Some(time as u64)).await?;
    tx.commit().await?;
    server.wake(&[wake]);
    Ok(done())
}

/// `POST /sdk/message/roaming/user/{user}/delete/all`
pub(crate) async fn everything(State(server): State<Shared>, caller: Caller) -> JsonResult {
    let user = caller.owner()?;
    must_be_on(&server)?;
    let mut tx = server.store.write().await?;
    let wakes =
        deletion::delete_all(&mut tx, &server, &caller.call.app, user, caller.call.resource()).await?;
    tx.commit().await?;
    server.wake(&wakes);
    Ok(done())
}

fn done() -> Answer<serde_json::Value> {
    Answer(json!({"requestStatusCode": "ok", "timestamp": now_ms(), "duration": 0}))
}

async fn find_entry(conn: &mut Conn, call: &Call, user: &User, group: bool) -> ApiResult<Option<Entry>> {
    let name = if group { "groupId" } else { "userId" };
    let (peer, _) = names::split_jid(call.required(name)?, &call.app);
    if group {
        return group_entry(conn, &call.app, user, peer).await.map(Some);
    }
    let peer = names::user_id(peer)
        .ok_or_else(|| ApiError::bad_request(format!("{name} {peer:?} is not a user id")))?;
    Ok(entries::find(conn, user.id, false, &peer).await?)
}

async fn tell(
    conn: &mut Conn,
    server: &Server,
    call: &Call,
    user: &User,
    entry: &Entry,
    ids: Vec<u64>,
    time: Option<u64>,
) -> ApiResult<crate::chat::Wake> {
    let chat_type = match kind_of(entry.kind) {
        ChatType::Single => ChatType::Single,
        ChatType::Group | ChatType::Room => ChatType::Group,
    };
    let notice = Notice::MessagesRemoved {
        conversation: entry.peer.clone(),
        chat_type,
        resource: call.resource().to_owned(),
        ids,
        time,
    };
    Ok(notices::tell(conn, server, &call.app, user, user, &notice).await?)
}

/// The ids of a list with commas: 1 to 50 of them.
fn ids(text: &str) -> ApiResult<Vec<i64>> {
    let read: Option<Vec<i64>> =
        text.split(',').map(|id| id.trim().parse().ok().filter(|&id: &i64| id > 0)).collect();
    let ids =
        read.ok_or_else(|| ApiError::bad_request("msgIdList must be message ids with commas between"))?;
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
    fn id_lists_are_bounded_and_exact() {
        assert_eq!(ids("1,2, 3").unwrap(), [1, 2, 3]);
        let list = |n: usize| (1..=n).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(ids(&list(50)).unwrap().len(), 50);
        for bad in [list(51).as_str(), "", "1,,2", "a", "-1", "0", "99999999999999999999"] {
            assert!(ids(bad).is_err(), "{bad}");
        }
    }
}
