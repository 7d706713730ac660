//! Pinning conversations to the top.

use super::conversations::conversation;
use super::{JsonResult, data};
use crate::chat::notices;
use crate::error::ApiError;
use crate::ids::now_ms;
use crate::request::{Caller, Json};
use crate::state::Shared;
use crate::store::{entries, kind_of};
use axum::extract::State;
use roamkit_wire::notice::{ConversationOp, Notice};
use serde::Deserialize;
use serde_json::json;

/// Which conversation.
#[derive(Deserialize)]
pub(crate) struct Pin {
    r#type: String,
    to: String,
}

/// `POST /sdk/user/{user}/user_channel/top`
pub(crate) async fn pin(State(server): State<Shared>, caller: Caller, Json(pin): Json<Pin>) -> JsonResult {
    set(&server, &caller, &pin.r#type, &pin.to, true).await
}

/// `DELETE /sdk/user/{user}/user_channel/top`
pub(crate) async fn unpin(State(server): State<Shared>, caller: Caller) -> JsonResult {
    set(&server, &caller, caller.call.required("type")?, caller.call.required("to")?, false).await
}

async fn set(server: &Shared, caller: &Caller, chat_type: &str, to: &str, pinned: bool) -> JsonResult {
    let (user, app) = (caller.owner()?, &caller.call.app);
    let mut tx = server.store.write().await?;
    let entry = conversation(&mut tx, app, user, chat_type, to).await?;
    let entry = entry.filter(|entry| entry.hidden == 0).ok_or_else(ApiError::conversation_not_found)?;
    let now = now_ms();
    entries::pin(&mut tx, user.id, entry.conversation_id, if pinned { now } else { 0 }).await?;
    let notice = Notice::Conversation {
        op: if pinned { ConversationOp::Pinned } else { ConversationOp::Unpinned },
        conversation: entry.peer.clone(),
        chat_type: kind_of(entry.kind),
        resource: caller.call.resource().to_owned(),
        timestamp: now as u64,
        from: user.name.clone(),
        ext: String::new(),
    };
    let wake = notices::tell(&mut tx, server, app, user, user, &notice).await?;
    tx.commit().await?;
    server.wake(&[wake]);
    Ok(data(json!({"is_top": pinned, "update_top_status_time": now})))
}
