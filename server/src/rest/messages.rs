//! Sending and recalling by REST.

use super::JsonResult;
use crate::chat::peer::Peer;
use crate::chat::recall::{addressed, recall};
use crate::chat::send::{self, Draft};
use crate::chat::{ChatError, Wake};
use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::request::{Caller, Json};
use crate::state::Shared;
use crate::store::users::{self, User};
use axum::Json as Answer;
use axum::extract::State;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::ext::{self, Object};
use roamkit_wire::meta::MessageBody;
use roamkit_wire::{names, prost};
use serde::Deserialize;
use serde_json::{Value, json};

/// Receivers in one call.
const MAX_RECEIVERS: usize = 600;
/// How far a `msg_timestamp` may be ahead of the server's clock, ms.
const CLOCK_TOLERANCE: i64 = 5 * 60 * 1000;

/// A message to be sent.
#[derive(Deserialize)]
pub(crate) struct NewMessage {
    #[serde(default = "admin")]
    from: String,
    to: Vec<String>,
    r#type: String,
    body: Object,
    #[serde(default)]
    ext: Option<Object>,
    #[serde(default)]
    sync_device: bool,
    #[serde(default)]
    msg_timestamp: Option<i64>,
}

/// As whom messages without a sender are sent.
fn admin() -> String {
    "admin".into()
}

/// `POST /messages/users`
pub(crate) async fn to_users(server: State<Shared>, caller: Caller, new: Json<NewMessage>) -> JsonResult {
    post(server, caller, new, false).await
}

/// `POST /messages/chatgroups` and `POST /messages/chatrooms`
pub(crate) async fn to_groups(server: State<Shared>, caller: Caller, new: Json<NewMessage>) -> JsonResult {
    post(server, caller, new, true).await
}

async fn post(
    State(server): State<Shared>,
    caller: Caller,
    Json(new): Json<NewMessage>,
    group: bool,
) -> JsonResult {
    caller.must_be_app()?;
    if !(1..=MAX_RECEIVERS).contains(&new.to.len()) {
        return Err(ApiError::bad_request(format!("to must name 1 to {MAX_RECEIVERS} receivers")));
    }
    let timestamp = new.msg_timestamp.map(history_time).transpose()?;
    let (kind, template) = body(&new)?;
    let app = &caller.call.app;
    let mut tx = server.store.write().await?;
    let sender = sender(&mut tx, app, &new.from).await?;
    let mut sent = Object::new();
    let mut wakes: Vec<Wake> = Vec::new();
    for to in &new.to {
        let peer =
            if group { Peer::group(&mut tx, app, to).await? } else { Peer::user(&mut tx, app, to).await? };
        let mut body = template.clone();
        body.r#type = send::message_type(peer.chat_type()) as i32;
        send::address(&mut body, app, &sender, &peer);
        let draft = Draft {
            app,
            sender: &sender,
            peer: &peer,
            payload: body.encode_to_vec(),
            kind,
            timestamp,
            to_sender: new.sync_device,
            origin: 0,
        };
        let one = send::send(&mut tx, &server, draft).await?;
        sent.insert(to.clone(), one.id.to_string().into());
        wakes.extend(one.wakes);
    }
    tx.commit().await?;
    server.wake(&wakes);
    Ok(super::data(Value::Object(sent)))
}

async fn sender(conn: &mut crate::store::Conn, app: &str, name: &str) -> ApiResult<User> {
    let id =
        names::user_id(name).ok_or_else(|| ApiError::bad_request(format!("from {name:?} is not legal")))?;
    users::find(conn, app, &id).await?.ok_or_else(|| ApiError::user_not_found(&id))
}

/// Where a message sent with `msg_timestamp` stands. Not in the future: that would put it above what is to come.
fn history_time(time: i64) -> ApiResult<i64> {
    let now = now_ms();
    if (0..=now + CLOCK_TOLERANCE).contains(&time) {
        Ok(time.min(now))
    } else {
        Err(ApiError::bad_request(format!("msg_timestamp {time} is not a time up to now")))
    }
}

fn body(new: &NewMessage) -> ApiResult<(&'static str, MessageBody)> {
    let mut json = new.body.clone();
    json.insert("type".into(), new.r#type.clone().into());
    let body = Body::from_json(&Value::Object(json))
        .ok_or_else(|| ApiError::bad_request(format!("message type {:?} is not known", new.r#type)))?;
    let ext = new.ext.as_ref().map(ext::to_pairs).unwrap_or_default();
    Ok((body.kind(), MessageBody { contents: vec![body.to_content()], ext, ..MessageBody::default() }))
}

/// Which message is to be taken back.
#[derive(Deserialize)]
pub(crate) struct RecallRequest {
    #[serde(alias = "messageId")]
    msg_id: Value,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    force: Option<bool>,
}

/// `POST /messages/msg_recall`
pub(crate) async fn recall_one(
    State(server): State<Shared>,
    caller: Caller,
    Json(request): Json<RecallRequest>,
) -> JsonResult {
    caller.must_be_app()?;
    let app = &caller.call.app;
    let id = message_id(&request.msg_id)
        .ok_or_else(|| ApiError::bad_request(format!("msg_id {} is not a message id", request.msg_id)))?;
    let mut tx = server.store.write().await?;
    let (_, sender, peer) = addressed(&mut tx, app, id).await?;
    let fits = |name: Option<&String>, is: &str| name.is_none_or(|name| name.eq_ignore_ascii_case(is));
    if !fits(request.from.as_ref(), &sender.name) && request.force != Some(true) {
        return Err(ChatError::NotYours.into());
    }
    if !fits(request.to.as_ref(), &peer.name()) {
        return Err(ApiError::message_not_found());
    }
    let (_, wakes) = recall(&mut tx, &server, app, None, 0, id).await?;
    tx.commit().await?;
    server.wake(&wakes);
    Ok(Answer(json!({"msg_id": id.to_string(), "recalled": "yes", "from": sender.name, "to": peer.name(),
                     "chattype": peer.chat_type().rest(), "data": {"msg_id": id.to_string(), "recalled": "yes"},
                     "timestamp": now_ms(), "duration": 0})))
}

/// A message id as text or number.
pub(crate) fn message_id(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number.as_i64(),
        _ => None,
    }
    .filter(|&id| id > 0)
}
