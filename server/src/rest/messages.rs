//! Sending and recalling messages over REST.

use super::{JsonResult, data, message_id};
use crate::chat::addresses::Addresses;
use crate::chat::envelope::Routing;
use crate::chat::member::Member;
use crate::chat::peer::Peer;
use crate::chat::recall::{find_message, recall};
use crate::chat::send::{self, OutgoingMessage};
use crate::chat::{ChatError, Wakeup};
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, JsonBody};
use crate::ids::now_ms;
use crate::state::SharedState;
use crate::store::database::Conn;
use crate::store::users::{self, User};
use axum::Json;
use axum::extract::State;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::ext::{self, Object};
use roamkit_wire::meta::MessageBody;
use roamkit_wire::{names, prost};
use serde::Deserialize;
use serde_json::{Value, json};

/// The number of receivers in one call.
const MAX_RECEIVERS: usize = 600;
/// The maximum difference of a `msg_timestamp` ahead of the server's clock, in milliseconds.
const CLOCK_TOLERANCE: i64 = 5 * 60 * 1000;

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
    #[serde(default)]
    routetype: Option<String>,
    /// The only members of the group who get the message.
    #[serde(default)]
    users: Vec<String>,
}

/// The sender of messages that name none.
fn admin() -> String {
    "admin".into()
}

/// `POST /messages/users`
pub(crate) async fn to_users(
    state: State<SharedState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewMessage>,
) -> JsonResult {
    send_to_all(state, caller, NewMessage { users: Vec::new(), ..new }, false).await
}

/// `POST /messages/chatgroups` and `POST /messages/chatrooms`
pub(crate) async fn to_groups(
    state: State<SharedState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewMessage>,
) -> JsonResult {
    send_to_all(state, caller, NewMessage { users: Vec::new(), ..new }, true).await
}

/// `POST /messages/chatgroups/users` and `POST /messages/chatrooms/users`: to some members only.
pub(crate) async fn to_members(
    state: State<SharedState>,
    caller: Caller,
    JsonBody(new): JsonBody<NewMessage>,
) -> JsonResult {
    if new.to.len() != 1 || !(1..=send::MAX_TARGETS).contains(&new.users.len()) {
        let most = send::MAX_TARGETS;
        return Err(ApiError::bad_request(format!("to must name one group, and users 1 to {most} members")));
    }
    send_to_all(state, caller, new, true).await
}

async fn send_to_all(
    State(state): State<SharedState>,
    caller: Caller,
    new: NewMessage,
    group: bool,
) -> JsonResult {
    caller.require_app()?;
    if !(1..=MAX_RECEIVERS).contains(&new.to.len()) {
        return Err(ApiError::bad_request(format!("to must name 1 to {MAX_RECEIVERS} receivers")));
    }
    let timestamp = new.msg_timestamp.map(validate_timestamp).transpose()?;
    let (kind, template) = parse_body(&new)?;
    send::check_depth(&template)?;
    let routing = parse_routing(&new)?;
    let app = &caller.params.app;
    let mut tx = state.store.begin().await?;
    let sender = find_sender(&mut tx, app, &new.from).await?;
    let mut sent = Object::new();
    let mut wakeups: Vec<Wakeup> = Vec::new();
    for to in &new.to {
        let peer =
            if group { Peer::group(&mut tx, app, to).await? } else { Peer::user(&mut tx, app, to).await? };
        let mut body = template.clone();
        body.r#type = send::message_type(peer.chat_type()) as i32;
        Addresses::new(app, &sender, &peer).write_to(&mut body);
        let message = OutgoingMessage {
            sender: Member::check(&mut tx, &sender, &peer).await?,
            payload: body.encode_to_vec(),
            kind,
            routing: routing.clone(),
            timestamp,
            to_sender: new.sync_device,
            origin: 0,
        };
        let one = send::send(&mut tx, state.chat(app), message).await?;
        sent.insert(to.clone(), one.id.to_string().into());
        wakeups.extend(one.wakeups);
    }
    tx.commit().await?;
    state.wake(&wakeups);
    Ok(data(Value::Object(sent)))
}

async fn find_sender(conn: &mut Conn, app: &str, name: &str) -> ApiResult<User> {
    let id =
        names::user_id(name).ok_or_else(|| ApiError::bad_request(format!("from {name:?} is not legal")))?;
    users::find(conn, app, &id).await?.ok_or_else(|| ApiError::user_not_found(&id))
}

/// Validates the position in history that a caller chose. A future position would be behind messages yet to
/// come.
fn validate_timestamp(time: i64) -> ApiResult<i64> {
    let now = now_ms();
    if (0..=now + CLOCK_TOLERANCE).contains(&time) {
        Ok(time.min(now))
    } else {
        Err(ApiError::bad_request(format!("msg_timestamp {time} is not a time up to now")))
    }
}

/// Parses the receivers and the retention.
fn parse_routing(new: &NewMessage) -> ApiResult<Routing> {
    let online_only = match new.routetype.as_deref() {
        None | Some("" | "ROUTE_ALL") => false,
        Some("ROUTE_ONLINE") => true,
        Some(other) => {
            return Err(ApiError::bad_request(format!(
                "routetype must be ROUTE_ONLINE or absent, not {other:?}"
            )));
        }
    };
    let user_id = |name: &String| {
        names::user_id(name)
            .ok_or_else(|| ApiError::bad_request(format!("{name:?} in users is not a user id")))
    };
    Ok(Routing { receivers: new.users.iter().map(user_id).collect::<ApiResult<_>>()?, online_only })
}

/// Parses the body and returns it with its kind.
fn parse_body(new: &NewMessage) -> ApiResult<(&'static str, MessageBody)> {
    let mut json = new.body.clone();
    json.insert("type".into(), new.r#type.clone().into());
    let body = Body::from_json(&Value::Object(json))
        .ok_or_else(|| ApiError::bad_request(format!("message type {:?} is not known", new.r#type)))?;
    let ext = new.ext.as_ref().map(ext::to_pairs).unwrap_or_default();
    Ok((body.kind(), MessageBody { contents: vec![body.to_content()], ext, ..MessageBody::default() }))
}

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
    State(state): State<SharedState>,
    caller: Caller,
    JsonBody(request): JsonBody<RecallRequest>,
) -> JsonResult {
    caller.require_app()?;
    let app = &caller.params.app;
    let id = message_id(&request.msg_id)
        .ok_or_else(|| ApiError::bad_request(format!("msg_id {} is not a message id", request.msg_id)))?;
    let mut tx = state.store.begin().await?;
    let message = find_message(&mut tx, app, id).await?;
    let (from, to) = (message.addresses.from.name.as_str(), message.addresses.to.name.as_str());
    let matches =
        |given: Option<&String>, name: &str| given.is_none_or(|given| given.eq_ignore_ascii_case(name));
    if !matches(request.from.as_ref(), from) && request.force != Some(true) {
        return Err(ChatError::NotSender.into());
    }
    if !matches(request.to.as_ref(), to) {
        return Err(ApiError::message_not_found());
    }
    let (_, wakeups) = recall(&mut tx, state.chat(app), None, 0, &message).await?;
    tx.commit().await?;
    state.wake(&wakeups);
    Ok(Json(json!({"msg_id": id.to_string(), "recalled": "yes", "from": from, "to": to,
                     "chattype": message.chat_type.rest(), "data": {"msg_id": id.to_string(), "recalled": "yes"},
                     "timestamp": now_ms(), "duration": 0})))
}
