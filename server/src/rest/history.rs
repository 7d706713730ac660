//! A page of history.

use super::{JsonResult, group_entry};
use crate::error::{ApiError, ApiResult};
use crate::request::{Caller, Json};
use crate::rest::messages::message_id;
use crate::settings::Switch;
use crate::state::{Server, Shared};
use crate::store::Conn;
use crate::store::entries::{self, Entry};
use crate::store::history::{self, Item, Page};
use crate::store::users::{self, User};
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roamkit_wire::names;
use roamkit_wire::rest::{HistoryAnswer, HistoryMessage, HistoryRequest, MAX_PAGE_SIZE};
use serde_json::Value;

/// Kinds in one filter.
const MAX_KINDS: usize = 20;

/// History may be switched off.
pub(crate) fn must_be_on(server: &Server) -> ApiResult<()> {
    if server.settings.roaming == Switch::On { Ok(()) } else { Err(ApiError::roaming_off()) }
}

/// `POST /users/{user}/messageroaming`
pub(crate) async fn fetch(
    State(server): State<Shared>,
    caller: Caller,
    Json(request): Json<HistoryRequest>,
) -> JsonResult {
    let user = caller.owner()?;
    must_be_on(&server)?;
    if !(1..=MAX_PAGE_SIZE).contains(&request.pull_number) {
        return Err(ApiError::bad_request(format!("pull_number must be from 1 to {MAX_PAGE_SIZE}")));
    }
    let start = start_id(&request.start)?;
    let mut conn = server.store.read().await?;
    let Some(entry) = find_entry(&mut conn, &caller.call.app, user, &request.queue).await? else {
        return Ok(answer(Vec::new(), true));
    };
    let Some(mut page) = filters(&mut conn, &caller.call.app, &request).await? else {
        return Ok(answer(Vec::new(), true));
    };
    page.start = start;
    let limit = request.pull_number as usize;
    page.limit = i64::from(request.pull_number) + 1;
    let mut items = history::page(&mut conn, server.store.engine(), &entry, &page).await?;
    let is_last = items.len() <= limit;
    items.truncate(limit);
    Ok(answer(items, is_last))
}

fn answer(items: Vec<Item>, is_last: bool) -> axum::Json<Value> {
    let next_key = items.last().map_or_else(|| "undefined".into(), |item| item.id.to_string());
    let msgs = items.into_iter().map(|item| HistoryMessage { msg: STANDARD.encode(item.meta) }).collect();
    super::data(HistoryAnswer { msgs, is_last, next_key: next_key.into() })
}

/// The conversation that a queue name means; `None`: one in which nothing was ever said.
async fn find_entry(conn: &mut Conn, app: &str, user: &User, queue: &str) -> ApiResult<Option<Entry>> {
    let (peer, group) = names::split_jid(queue, app);
    if group {
        return group_entry(conn, app, user, peer).await.map(Some);
    }
    let peer = names::user_id(peer)
        .ok_or_else(|| ApiError::bad_request(format!("queue {queue:?} names no peer")))?;
    Ok(entries::find(conn, user.id, false, &peer).await?)
}

/// Where to start: `None` for -1, 0 and nothing.
fn start_id(start: &Value) -> ApiResult<Option<i64>> {
    match start {
        Value::Null => Ok(None),
        Value::String(text) if text.is_empty() || text == "-1" || text == "undefined" => Ok(None),
        Value::Number(number) if matches!(number.as_i64(), Some(-1 | 0)) => Ok(None),
        other => match message_id(other) {
            Some(id) => Ok(Some(id)),
            None => Err(ApiError::bad_request(format!("start {other} is not a message id"))),
        },
    }
}

/// The request's filters; `None`: they can match nothing.
async fn filters(conn: &mut Conn, app: &str, request: &HistoryRequest) -> ApiResult<Option<Page>> {
    let time = |time: Option<i64>| time.filter(|&time| time > 0);
    let kinds: Vec<String> = request
        .msg_type
        .as_deref()
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|kind| !kind.is_empty())
        .map(ToOwned::to_owned)
        .collect();
    if kinds.len() > MAX_KINDS {
        return Err(ApiError::bad_request(format!("msgType may name {MAX_KINDS} kinds")));
    }
    let sender = match request.user_id.as_deref().filter(|name| !name.is_empty()) {
        None => None,
        Some(name) => {
            let id = names::user_id(name)
                .ok_or_else(|| ApiError::bad_request(format!("userId {name:?} is not a user id")))?;
            match users::find(conn, app, &id).await? {
                Some(user) => Some(user.id),
                None => return Ok(None),
            }
        }
    };
    Ok(Some(Page {
        forward: request.is_positive,
        from_time: time(request.start_time),
        to_time: time(request.end_time),
        kinds,
        sender,
        ..Page::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn starts_are_read_in_every_form() {
        for none in [json!(null), json!(-1), json!(0), json!(""), json!("-1"), json!("undefined")] {
            assert_eq!(start_id(&none).unwrap(), None, "{none}");
        }
        assert_eq!(start_id(&json!("2233720368547758080")).unwrap(), Some(2_233_720_368_547_758_080));
        for bad in
            [json!("abc"), json!(-2), json!(1.5), json!([1]), json!("99999999999999999999"), json!(u64::MAX)]
        {
            assert!(start_id(&bad).is_err(), "{bad}");
        }
    }
}
