//! The three forms of the conversation list, and deleting a conversation.

use super::{JsonResult, data, group_entry};
use crate::chat::deletion;
use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::request::{Caller, Json};
use crate::state::{Server, Shared};
use crate::store::entries::{self, Entry, ListPage, Listed};
use crate::store::users::User;
use crate::store::{Conn, kind_of};
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

/// `GET /users/{user}/user_channels`: the service's default window.
pub(crate) async fn default_list(State(server): State<Shared>, caller: Caller) -> JsonResult {
    let settings = &server.settings;
    let page = ListPage {
        empty: true,
        since: Some(now_ms() - i64::from(settings.list_window_days) * DAY_MS),
        limit: i64::from(settings.list_window_count),
        ..ListPage::default()
    };
    channel_form(&server, &caller, &page).await
}

/// `GET /users/{user}/user_channels/page`: by page number.
pub(crate) async fn numbered_list(State(server): State<Shared>, caller: Caller) -> JsonResult {
    let number = caller.call.number("pageNum", 1, 1..=100_000)?;
    let limit = caller.call.number("pageSize", 20, 1..=20)?;
    let page = ListPage { empty: true, offset: (number - 1) * limit, limit, ..ListPage::default() };
    channel_form(&server, &caller, &page).await
}

async fn channel_form(server: &Server, caller: &Caller, page: &ListPage) -> JsonResult {
    let user = caller.owner()?;
    let rows = entries::list(&mut *server.store.read().await?, user.id, page).await?;
    let app = &caller.call.app;
    let infos: Vec<Value> = rows.iter().map(|row| list_entry(row).write_channel_form(app)).collect();
    Ok(data(json!({"channel_infos": infos})))
}

/// `GET /sdk/user/{user}/user_channels/list`: by cursor.
pub(crate) async fn list(State(server): State<Shared>, caller: Caller) -> JsonResult {
    let (user, call) = (caller.owner()?, &caller.call);
    let limit = call.number("limit", 20, 1..=i64::from(MAX_PAGE_SIZE))?;
    let pinned = call.flag("is_top", false)?;
    let ascending = match call.query("sort") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(other) => return Err(ApiError::bad_request(format!("sort must be desc or asc, not {other:?}"))),
    };
    let after = call.query("cursor").map(read_cursor).transpose()?;
    let empty = call.flag("needEmptySession", false)?;
    let with_marks = call.flag("need_mark", false)?;
    let page = ListPage { pinned, empty, ascending, after, limit: limit + 1, ..ListPage::default() };
    let mut rows = entries::list(&mut *server.store.read().await?, user.id, &page).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let cursor = rows.last().filter(|_| more).map(|row| write_cursor(row.key(pinned))).unwrap_or_default();
    let infos: Vec<Value> = rows
        .iter()
        .map(|row| {
            let mut entry = list_entry(row).write_cursor_form(&call.app);
            if let Some(entry) = entry.as_object_mut().filter(|_| !with_marks) {
                entry.remove("marks");
            }
            entry
        })
        .collect();
    Ok(data(json!({"channel_infos": infos, "cursor": cursor})))
}

fn write_cursor((a, b, c): (i64, i64, i64)) -> String {
    URL_SAFE_NO_PAD.encode(format!("{a}.{b}.{c}"))
}

fn read_cursor(text: &str) -> ApiResult<(i64, i64, i64)> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let key = (parts.next()??, parts.next()??, parts.next()??);
        parts.next().is_none().then_some(key)
    };
    read().ok_or_else(|| ApiError::bad_request(format!("cursor {text:?} is not one that this server gave")))
}

fn list_entry(row: &Listed) -> ListEntry {
    let entry = &row.entry;
    ListEntry {
        peer: entry.peer.clone(),
        chat_type: kind_of(entry.kind),
        unread: entry.unread.clamp(0, i64::from(u32::MAX)) as u32,
        is_pinned: entry.pinned > 0,
        pinned_time: entry.pinned as u64,
        marks: Vec::new(),
        last: row.meta.as_deref().and_then(list_message),
    }
}

/// The newest message as lists carry it; a body that this version does not know is left out.
fn list_message(meta: &[u8]) -> Option<ListMessage> {
    let meta = Meta::decode(meta).ok()?;
    let body = MessageBody::decode(meta.payload.as_slice()).ok()?;
    Some(ListMessage {
        id: meta.id,
        from: meta.from?.name,
        to: meta.to?.name,
        timestamp: meta.timestamp,
        body: Body::from_content(body.contents.first()?)?.to_json().to_string(),
        ext: Value::from(ext::from_pairs(&body.ext)).to_string(),
    })
}

/// Which conversation to delete.
#[derive(Deserialize)]
pub(crate) struct Deletion {
    channel: String,
    r#type: String,
    #[serde(default)]
    delete_roam: bool,
}

/// `DELETE /user/{user}/user_channel` by the user, `DELETE /users/{user}/user_channel` by the app too.
pub(crate) async fn delete(
    State(server): State<Shared>,
    caller: Caller,
    Json(deletion): Json<Deletion>,
) -> JsonResult {
    let user = caller.owner_or_app(&server).await?;
    let app = &caller.call.app;
    let resource = caller.call.resource();
    let mut tx = server.store.write().await?;
    let entry = conversation(&mut tx, app, &user, &deletion.r#type, &deletion.channel).await?;
    // Deleting what is not there is done already.
    let wakes = match entry {
        Some(entry) => {
            deletion::delete(&mut tx, &server, app, &user, resource, &entry, deletion.delete_roam).await?
        }
        None => Vec::new(),
    };
    tx.commit().await?;
    server.wake(&wakes);
    Ok(data(json!({"result": "ok"})))
}

/// A user's view of the conversation that a type and a peer name.
pub(crate) async fn conversation(
    conn: &mut Conn,
    app: &str,
    user: &User,
    chat_type: &str,
    peer: &str,
) -> ApiResult<Option<Entry>> {
    let chat_type = ChatType::parse(chat_type).ok_or_else(|| {
        ApiError::bad_request(format!("type must be chat, groupchat or chatroom, not {chat_type:?}"))
    })?;
    let (peer, _) = names::split_jid(peer, app);
    if chat_type == ChatType::Single {
        let peer = names::user_id(peer)
            .ok_or_else(|| ApiError::bad_request(format!("{peer:?} is not a user id")))?;
        Ok(entries::find(conn, user.id, false, &peer).await?)
    } else {
        group_entry(conn, app, user, peer).await.map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_read_back_and_nothing_else_does() {
        let key = (1_700_000_000_000, i64::MAX, 0);
        assert_eq!(read_cursor(&write_cursor(key)).unwrap(), key);
        for bad in ["", "x", "MS4y", "MS4yLjMuNA", "\u{fffd}", "MS4yLng"] {
            assert!(read_cursor(bad).is_err(), "{bad:?}");
        }
    }
}
