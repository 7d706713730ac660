//! Registering, removing and ending the sessions of users.

use super::{JsonResult, data};
use crate::address::Client;
use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::limits::logins::Attempt;
use crate::login;
use crate::password::MAX_PASSWORD_BYTES;
use crate::request::{Call, Caller, Json};
use crate::state::{Server, Shared};
use crate::store::tokens;
use crate::store::users::{self, User};
use axum::Json as Answer;
use axum::extract::FromRequestParts;
use axum::extract::State;
use axum::http::request::Parts;
use roamkit_wire::msync::StatisticsOperation;
use roamkit_wire::names;
use serde::Deserialize;
use serde_json::{Value, json};

/// Users in one registration.
const MAX_USERS: usize = 60;

/// A user to be.
#[derive(Deserialize)]
pub(crate) struct NewUser {
    username: String,
    password: String,
}

/// One, or a list.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum NewUsers {
    One(NewUser),
    Many(Vec<NewUser>),
}

/// The right to register users: an app token, or none where registration is open.
pub(crate) struct Registrar(Call);

impl FromRequestParts<Shared> for Registrar {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Shared) -> ApiResult<Self> {
        if server.settings.open_registration {
            return Call::from_request_parts(parts, server).await.map(Self);
        }
        let caller = Caller::from_request_parts(parts, server).await?;
        caller.must_be_app()?;
        Ok(Self(caller.call))
    }
}

/// `POST /users`
pub(crate) async fn register(
    State(server): State<Shared>,
    Registrar(call): Registrar,
    Json(new): Json<NewUsers>,
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
    let mut ready = Vec::with_capacity(list.len());
    for user in list {
        let name = names::user_id(&user.username)
            .ok_or_else(|| ApiError::bad_request(format!("username {:?} is not legal", user.username)))?;
        let hash = server.passwords.hash(legal_password(user.password)?).await?;
        ready.push((name, hash));
    }
    let now = now_ms();
    let mut entities = Vec::with_capacity(ready.len());
    let mut tx = server.store.write().await?;
    for (name, hash) in ready {
        let user = User { id: server.ids.next(), name };
        if !users::create(&mut tx, &call.app, &user, &hash, now).await? {
            return Err(ApiError::duplicate(&user.name));
        }
        entities.push(entity(&user, now));
    }
    tx.commit().await?;
    Ok(Answer(json!({"action": "post", "entities": entities, "timestamp": now, "duration": 0})))
}

fn legal_password(password: String) -> ApiResult<String> {
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
pub(crate) async fn show(State(server): State<Shared>, caller: Caller) -> JsonResult {
    let user = caller.owner_or_app(&server).await?;
    let entities = [entity(&user, crate::ids::time_of(user.id))];
    Ok(Answer(json!({"action": "get", "entities": entities, "timestamp": now_ms(), "duration": 0})))
}

/// `DELETE /users/{user}`
pub(crate) async fn remove(State(server): State<Shared>, caller: Caller) -> JsonResult {
    caller.must_be_app()?;
    let user = caller.path_user(&server).await?;
    let mut tx = server.store.write().await?;
    users::remove(&mut tx, user.id).await?;
    tx.commit().await?;
    server.kick(user.id, StatisticsOperation::UserRemoved);
    let entities = [entity(&user, crate::ids::time_of(user.id))];
    Ok(Answer(json!({"action": "delete", "entities": entities, "timestamp": now_ms(), "duration": 0})))
}

/// The words of a password change.
#[derive(Deserialize)]
pub(crate) struct NewPassword {
    newpassword: String,
    #[serde(default)]
    oldpassword: Option<String>,
}

/// `PUT /users/{user}/password`: by the app, or by the user with the old one.
pub(crate) async fn change_password(
    State(server): State<Shared>,
    client: Client,
    caller: Caller,
    Json(new): Json<NewPassword>,
) -> JsonResult {
    let user = caller.owner_or_app(&server).await?;
    if caller.must_be_app().is_err() {
        check_old(&server, &caller.call.app, client, &user, new.oldpassword).await?;
    }
    let hash = server.passwords.hash(legal_password(new.newpassword)?).await?;
    let mut tx = server.store.write().await?;
    users::set_password(&mut tx, user.id, &hash).await?;
    tokens::revoke(&mut tx, user.id).await?;
    let by = StatisticsOperation::UserKickedByChangePassword;
    users::end_sessions(&mut tx, user.id, server.ids.next(), (by as i32).into()).await?;
    tx.commit().await?;
    server.kick(user.id, by);
    Ok(Answer(json!({"action": "set user password", "timestamp": now_ms(), "duration": 0})))
}

async fn check_old(
    server: &Server,
    app: &str,
    client: Client,
    user: &User,
    old: Option<String>,
) -> ApiResult<()> {
    let attempt = Attempt::user(app, &user.name, client.0);
    let fits = login::fits(server, &attempt, Some(user), old.unwrap_or_default()).await?;
    if fits { Ok(()) } else { Err(ApiError::invalid_password()) }
}

/// `GET /users/{user}/disconnect`: ends all sessions of a user.
pub(crate) async fn disconnect(State(server): State<Shared>, caller: Caller) -> JsonResult {
    caller.must_be_app()?;
    let user = caller.path_user(&server).await?;
    let by = StatisticsOperation::UserKickedByOtherDevice;
    let mut tx = server.store.write().await?;
    users::end_sessions(&mut tx, user.id, server.ids.next(), (by as i32).into()).await?;
    tx.commit().await?;
    server.kick(user.id, by);
    Ok(data(json!({"result": true})))
}
