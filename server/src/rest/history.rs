//! Pages of history.

use super::{JsonResult, data, find_conversation, message_id};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, JsonBody};
use crate::settings::Switch;
use crate::state::{AppState, SharedState};
use crate::store::database::Conn;
use crate::store::history::{self, HistoryQuery, HistoryRow};
use crate::store::users;
use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roamkit_wire::names;
use roamkit_wire::rest::{HistoryAnswer, HistoryMessage, HistoryRequest, MAX_PAGE_SIZE};
use serde_json::Value;

/// The number of body kinds in one filter.
const MAX_KINDS: usize = 20;

/// Fails if the operator has turned message roaming off.
pub(super) fn require_roaming(state: &AppState) -> ApiResult<()> {
    if state.settings.roaming == Switch::On { Ok(()) } else { Err(ApiError::roaming_off()) }
}

/// `POST /users/{user}/messageroaming`
pub(crate) async fn fetch(
    State(state): State<SharedState>,
    caller: Caller,
    JsonBody(request): JsonBody<HistoryRequest>,
) -> JsonResult {
    let user = caller.owner()?;
    require_roaming(&state)?;
    if !(1..=MAX_PAGE_SIZE).contains(&request.pull_number) {
        return Err(ApiError::bad_request(format!("pull_number must be from 1 to {MAX_PAGE_SIZE}")));
    }
    let start = parse_start(&request.start)?;
    let app = &caller.params.app;
    let mut conn = state.store.acquire().await?;
    let queue = &request.queue;
    let conversation = find_conversation(&mut conn, app, user, names::split_jid(queue, app), |_| {
        ApiError::bad_request(format!("queue {queue:?} names no peer"))
    });
    let Some(conversation) = conversation.await? else { return Ok(response(Vec::new(), true)) };
    let Some(mut query) = parse_filters(&mut conn, app, &request).await? else {
        return Ok(response(Vec::new(), true));
    };
    query.start = start;
    let limit = request.pull_number as usize;
    // One message more tells whether there is a next page.
    query.limit = i64::from(request.pull_number) + 1;
    let mut rows = history::read_page(&mut conn, state.store.engine(), &conversation, &query).await?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    Ok(response(rows, is_last))
}

fn response(rows: Vec<HistoryRow>, is_last: bool) -> Json<Value> {
    let next_key = rows.last().map_or_else(|| "undefined".into(), |row| row.id.to_string());
    let msgs = rows.into_iter().map(|row| HistoryMessage { msg: STANDARD.encode(row.meta) }).collect();
    data(HistoryAnswer { msgs, is_last, next_key: next_key.into() })
}

/// Parses the id behind which the page starts. -1, 0 and missing values mean the newest or the oldest message.
fn parse_start(start: &Value) -> ApiResult<Option<i64>> {
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

/// Parses the filters of a request. Returns `None` if no message can match, because the sender does not exist.
async fn parse_filters(
    conn: &mut Conn,
    app: &str,
    request: &HistoryRequest,
) -> ApiResult<Option<HistoryQuery>> {
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
    Ok(Some(HistoryQuery {
        forward: request.is_positive,
        from_time: time(request.start_time),
        to_time: time(request.end_time),
        kinds,
        sender,
        ..HistoryQuery::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_start_is_parsed_in_all_forms() {
        for none in [json!(null), json!(-1), json!(0), json!(""), json!("-1"), json!("undefined")] {
            assert_eq!(parse_start(&none).unwrap(), None, "{none}");
        }
        let id = 2_233_720_368_547_758_080;
        assert_eq!(parse_start(&json!("2233720368547758080")).unwrap(), Some(id));
        for bad in
            [json!("abc"), json!(-2), json!(1.5), json!([1]), json!("99999999999999999999"), json!(u64::MAX)]
        {
            assert!(parse_start(&bad).is_err(), "{bad}");
        }
    }
}
