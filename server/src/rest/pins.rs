//! Pinning conversations.

use super::conversations::find_by_type;
use super::{JsonResult, data};
use crate::chat::notices;
use crate::error::ApiError;
use crate::extract::{Caller, JsonBody};
use crate::ids::now_ms;
use crate::state::SharedState;
use crate::store::conversations;
use axum::extract::State;
use roamkit_wire::notice::{ConversationOp, Notice};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
pub(crate) struct PinRequest {
    r#type: String,
    to: String,
}

/// `POST /sdk/user/{user}/user_channel/top`
pub(crate) async fn pin(
    State(state): State<SharedState>,
    caller: Caller,
    JsonBody(request): JsonBody<PinRequest>,
) -> JsonResult {
    set_pinned(&state, &caller, &request.r#type, &request.to, true).await
}

/// `DELETE /sdk/user/{user}/user_channel/top`
pub(crate) async fn unpin(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    let (chat_type, to) = (caller.params.required("type")?, caller.params.required("to")?);
    set_pinned(&state, &caller, chat_type, to, false).await
}

async fn set_pinned(
    state: &SharedState,
    caller: &Caller,
    chat_type: &str,
    to: &str,
    pinned: bool,
) -> JsonResult {
    let (user, app) = (caller.owner()?, &caller.params.app);
    let mut tx = state.store.begin().await?;
    let conversation = find_by_type(&mut tx, app, user, chat_type, to)
        .await?
        .filter(|conversation| conversation.hidden == 0)
        .ok_or_else(ApiError::conversation_not_found)?;
    let now = now_ms();
    let pin_time = if pinned { now } else { 0 };
    conversations::set_pinned(&mut tx, user.id, conversation.conversation_id, pin_time).await?;
    let notice = Notice::Conversation {
        op: if pinned { ConversationOp::Pinned } else { ConversationOp::Unpinned },
        chat_type: conversation.chat_type(),
        conversation: conversation.peer,
        resource: caller.params.resource().to_owned(),
        timestamp: now as u64,
        from: user.name.clone(),
        ext: String::new(),
    };
    let wakeup = notices::send(&mut tx, state.chat(app), user, user, &notice).await?;
    tx.commit().await?;
    state.wake(&[wakeup]);
    Ok(data(json!({"is_top": pinned, "update_top_status_time": now})))
}
