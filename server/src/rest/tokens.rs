//! Logging in.

use super::JsonResult;
use crate::address::Client;
use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::limits::logins::Attempt;
use crate::observe;
use crate::request::{Call, Caller, Json};
use crate::state::{Server, Shared};
use crate::store::tokens;
use crate::store::users::{self, User};
use crate::{login, token};
use axum::Json as Answer;
use axum::extract::State;
use roamkit_wire::names;
use serde::Deserialize;
use serde_json::json;

/// What a token may be asked for with.
const GRANTS: [&str; 2] = ["password", "client_credentials"];

/// Any of the grants; which fields must be there depends on the type.
#[derive(Deserialize)]
pub(crate) struct Grant {
    #[serde(rename = "grant_type")]
    kind: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    /// Seconds; 0 or missing: the server's setting.
    #[serde(default)]
    ttl: Option<u32>,
}

/// `POST /token`
pub(crate) async fn create(
    State(server): State<Shared>,
    client: Client,
    call: Call,
    Json(grant): Json<Grant>,
) -> JsonResult {
    let kind = GRANTS.into_iter().find(|&kind| kind == grant.kind);
    let answer = answer(&server, client, call, grant).await;
    if let Some(kind) = kind {
        server.metrics.login(kind, answer.is_ok());
    }
    answer
}

async fn answer(server: &Server, client: Client, call: Call, grant: Grant) -> JsonResult {
    let user = match grant.kind.as_str() {
        "password" => Some(log_in(server, &call.app, client, &grant.username, grant.password).await?),
        "client_credentials" => {
            let settings = &server.settings;
            let attempt = Attempt::app(&call.app, client.0);
            server.logins.check(&attempt)?;
            let id = token::same(&grant.client_id, &settings.client_id);
            let secret = token::same(&grant.client_secret, &settings.client_secret.0);
            if !(id & secret) {
                server.logins.failed(&attempt);
                return Err(ApiError::invalid_client());
            }
            server.logins.succeeded(&attempt);
            None
        }
        other => return Err(ApiError::bad_request(format!("grant_type {other:?} is not known"))),
    };
    let seconds = grant.ttl.filter(|&ttl| ttl > 0).unwrap_or(server.settings.token_ttl);
    let text = token::make()?;
    let expires = now_ms() + i64::from(seconds) * 1000;
    let mut tx = server.store.write_beside().await?;
    tokens::add(&mut tx, &call.app, &token::hash(&text), user.as_ref().map(|user| user.id), expires).await?;
    tx.commit().await?;
    Ok(Answer(match user {
        Some(user) => json!({"access_token": text, "expires_in": seconds,
            "user": {"uuid": user.id.to_string(), "type": "user", "username": user.name, "activated": true}}),
        None => json!({"access_token": text, "expires_in": seconds, "application": call.app}),
    }))
}

/// The user whose name and password these are.
async fn log_in(server: &Server, app: &str, client: Client, name: &str, password: String) -> ApiResult<User> {
    let wrong = || {
        if server.settings.hide_users {
            ApiError::invalid_password()
        } else {
            ApiError::login_user_not_found()
        }
    };
    let name = names::user_id(name).ok_or_else(wrong)?;
    let user = users::find(&mut *server.store.read().await?, app, &name).await?;
    if let Some(user) = &user {
        observe::note_user(user.id);
    }
    let attempt = Attempt::user(app, &name, client.0);
    let fits = login::fits(server, &attempt, user.as_ref(), password).await?;
    match user {
        None => Err(wrong()),
        Some(user) if fits => Ok(user),
        Some(_) => Err(ApiError::invalid_password()),
    }
}

/// `GET /sdk/users/{user}/token/expires`
pub(crate) async fn expires(caller: Caller) -> JsonResult {
    caller.owner()?;
    Ok(Answer(json!({"expire_timestamp": caller.expires()})))
}
