//! Handlers of REST calls, one file per resource. `routes` maps paths to handlers.

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
use crate::store::conversations::{self as conversation_store, UserConversation};
use crate::store::database::Conn;
use crate::store::groups as group_store;
use crate::store::users::User;
use axum::Json;
use roamkit_wire::names;
use serde::Serialize;
use serde_json::{Value, json};

/// The result of a handler.
pub(crate) type JsonResult = ApiResult<Json<Value>>;

/// A response with the given `data`, in the service's usual envelope.
fn data(data: impl Serialize) -> Json<Value> {
    Json(json!({"data": json!(data), "timestamp": now_ms(), "duration": 0}))
}

/// Finds the user's conversation with a peer, named by its queue or id. `invalid_peer` makes the error for a
/// name that is no user id. Returns `None` if the two users never exchanged a message.
async fn find_conversation(
    conn: &mut Conn,
    app: &str,
    user: &User,
    (peer, group): (&str, bool),
    invalid_peer: impl FnOnce(&str) -> ApiError,
) -> ApiResult<Option<UserConversation>> {
    if group {
        return find_group_conversation(conn, app, user, peer).await.map(Some);
    }
    let peer = names::user_id(peer).ok_or_else(|| invalid_peer(peer))?;
    Ok(conversation_store::find(conn, user.id, false, &peer).await?)
}

/// Finds the user's conversation with a group or chat room, which the user must be a member of.
async fn find_group_conversation(
    conn: &mut Conn,
    app: &str,
    user: &User,
    id: &str,
) -> ApiResult<UserConversation> {
    if let Some(conversation) = conversation_store::find(conn, user.id, true, id).await? {
        return Ok(conversation);
    }
    match group_store::find(conn, app, id).await? {
        Some(_) => Err(ApiError::forbidden("The user not in this group!")),
        None => Err(ApiError::group_not_found(id)),
    }
}

/// Parses a message id, which may be a string or a number.
fn message_id(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
    .filter(|&id| id > 0)
}
