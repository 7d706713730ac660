//! The REST side, one file for each resource. `routes` says what leads where.

pub(crate) mod conversations;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod hosts;
pub(crate) mod messages;
pub(crate) mod pins;
pub(crate) mod removal;
pub(crate) mod tokens;
pub(crate) mod users;

use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::store::entries::{self, Entry};
use crate::store::users::User;
use crate::store::{Conn, groups as group_store};
use axum::Json as Answer;
use serde::Serialize;
use serde_json::{Value, json};

/// What handlers answer.
pub(crate) type JsonResult = ApiResult<Answer<Value>>;

/// An answer in `data`, with the service's usual frame.
pub(crate) fn data(data: impl Serialize) -> Answer<Value> {
    Answer(json!({"data": json!(data), "timestamp": now_ms(), "duration": 0}))
}

/// The caller's view of a group or chat room, or why there is none.
pub(crate) async fn group_entry(conn: &mut Conn, app: &str, user: &User, id: &str) -> ApiResult<Entry> {
    if let Some(entry) = entries::find(conn, user.id, true, id).await? {
        return Ok(entry);
    }
    match group_store::find(conn, app, id).await? {
        Some(_) => Err(ApiError::forbidden("The user not in this group!")),
        None => Err(ApiError::group_not_found(id)),
    }
}
