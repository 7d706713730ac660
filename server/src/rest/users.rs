//! Users: registration, removal, passwords, and the end of all sessions.

use super::{JsonResult, data};
use crate::address::ClientAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, JsonBody, RequestParams};
use crate::ids::{now_ms, time_of};
use crate::limits::login_throttle::LoginAttempt;
use crate::login;
use crate::password::MAX_PASSWORD_BYTES;
use crate::state::{AppState, SharedState};
use crate::store::tokens;
use crate::store::users::{self, User};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use roamkit_wire::msync::StatisticsOperation;
use roamkit_wire::names;
use serde::Deserialize;
use serde_json::{Value, json};

/// The number of users in one registration.
const MAX_USERS: usize = 60;

#[derive(Deserialize)]
pub(crate) struct NewUser {
    username: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum NewUsers {
    One(NewUser),
    Many(Vec<NewUser>),
}

/// The permission to register users: an app token, or nothing if registration is open.
pub(crate) struct RegistrationPermit(RequestParams);

impl FromRequestParts<SharedState> for RegistrationPermit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &SharedState) -> ApiResult<Self> {
        if state.settings.open_registration {
            return RequestParams::from_request_parts(parts, state).await.map(Self);
        }
        let caller = Caller::from_request_parts(parts, state).await?;
        caller.require_app()?;
        Ok(Self(caller.params))
    }
}

/// `POST /users`
pub(crate) async fn register(
    State(state): State<SharedState>,
    RegistrationPermit(params): RegistrationPermit,
    JsonBody(new): JsonBody<NewUsers>,
) -> JsonResult {
    let list = match new {
        NewUsers::One(user) => vec![user],
        NewUsers::Many(list) if (1..=MAX_USERS).contains(&list.len()) => list,
        NewUsers::Many(_) => {
            return Err(ApiError::bad_request(format!(
                "1 to {MAX_USERS} users can be registered in one call"
            )));
        }
    };
    let mut hashed = Vec::with_capacity(list.len());
    for user in list {
        let name = names::user_id(&user.username)
            .ok_or_else(|| ApiError::bad_request(format!("username {:?} is not legal", user.username)))?;
        let hash = state.passwords.hash(validate_password(user.password)?).await?;
        hashed.push((name, hash));
    }
    let now = now_ms();
    let mut entities = Vec::with_capacity(hashed.len());
    let mut tx = state.store.begin().await?;
    for (name, hash) in hashed {
        let user = User { id: state.ids.next(), name };
        if !users::create(&mut tx, &params.app, &user, &hash, now).await? {
            return Err(ApiError::duplicate(&user.name));
        }
        entities.push(entity(&user, now));
    }
    tx.commit().await?;
    Ok(Json(json!({"action": "post", "entities": entities, "timestamp": now, "duration": 0})))
}

fn validate_password(password: String) -> ApiResult<String> {
    if (1..=MAX_PASSWORD_BYTES).contains(&password.len()) {
        Ok(password)
    } else {
        Err(ApiError::bad_request(format!("a password has 1 to {MAX_PASSWORD_BYTES} bytes")))
    }
}

fn entity(user: &User, created: i64) -> Value {
    json!({"uuid": user.id.to_string(), "type": "user", "created": created, "modified": created,
           "username": user.name, "activated": true})
}

/// `GET /users/{user}`
pub(crate) async fn show(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    let user = caller.owner_or_app(&state).await?;
    let entities = [entity(&user, time_of(user.id))];
    Ok(Json(json!({"action": "get", "entities": entities, "timestamp": now_ms(), "duration": 0})))
}

/// `DELETE /users/{user}`
pub(crate) async fn remove(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    caller.require_app()?;
    let user = caller.path_user(&state).await?;
    let mut tx = state.store.begin().await?;
    users::remove(&mut tx, user.id).await?;
    tx.commit().await?;
    state.kick(user.id, StatisticsOperation::UserRemoved);
    let entities = [entity(&user, time_of(user.id))];
    Ok(Json(json!({"action": "delete", "entities": entities, "timestamp": now_ms(), "duration": 0})))
}

#[derive(Deserialize)]
pub(crate) struct PasswordChange {
    newpassword: String,
    #[serde(default)]
    oldpassword: Option<String>,
}

/// `PUT /users/{user}/password`: by the app, or by the user with the old password.
pub(crate) async fn change_password(
    State(state): State<SharedState>,
    client: ClientAddress,
    caller: Caller,
    JsonBody(change): JsonBody<PasswordChange>,
) -> JsonResult {
    let user = caller.owner_or_app(&state).await?;
    if caller.require_app().is_err() {
        check_old_password(&state, &caller.params.app, client, &user, change.oldpassword).await?;
    }
    let hash = state.passwords.hash(validate_password(change.newpassword)?).await?;
    let mut tx = state.store.begin().await?;
    users::set_password_hash(&mut tx, user.id, &hash).await?;
    tokens::revoke(&mut tx, user.id).await?;
    let operation = StatisticsOperation::UserKickedByChangePassword;
    users::end_sessions(&mut tx, user.id, state.ids.next(), (operation as i32).into()).await?;
    tx.commit().await?;
    state.kick(user.id, operation);
    Ok(Json(json!({"action": "set user password", "timestamp": now_ms(), "duration": 0})))
}

async fn check_old_password(
    state: &AppState,
    app: &str,
    client: ClientAddress,
    user: &User,
    old: Option<String>,
) -> ApiResult<()> {
    let attempt = LoginAttempt::of_user(app, &user.name, client.0);
    let correct = login::verify_password(state, &attempt, Some(user), old.unwrap_or_default()).await?;
    if correct { Ok(()) } else { Err(ApiError::invalid_password()) }
}

/// `GET /users/{user}/disconnect`
pub(crate) async fn disconnect(State(state): State<SharedState>, caller: Caller) -> JsonResult {
    caller.require_app()?;
    let user = caller.path_user(&state).await?;
    let operation = StatisticsOperation::UserKickedByOtherDevice;
    let mut tx = state.store.begin().await?;
    users::end_sessions(&mut tx, user.id, state.ids.next(), (operation as i32).into()).await?;
    tx.commit().await?;
    state.kick(user.id, operation);
    Ok(data(json!({"result": true})))
}
