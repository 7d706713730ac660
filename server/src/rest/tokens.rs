//! Logging in.

use super::JsonResult;
use crate::error::ApiError;
use crate::ids::now_ms;
use crate::observe;
use crate::request::{Call, Caller, Json};
use crate::state::{Server, Shared};
use crate::store::{tokens, users};
use crate::token;
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
pub(crate) async fn create(State(server): State<Shared>, call: Call, Json(grant): Json<Grant>) -> JsonResult {
    let kind = GRANTS.into_iter().find(|&kind| kind == grant.kind);
    let answer = log_in(&server, call, grant).await;
    if let Some(kind) = kind {
        server.metrics.login(kind, answer.is_ok());
    }
    answer
}

async fn log_in(server: &Server, call: Call, grant: Grant) -> JsonResult {
    let user = match grant.kind.as_str() {
        "password" => {
            let name = names::user_id(&grant.username).ok_or_else(ApiError::login_user_not_found)?;
            let (user, hash) = {
                let mut conn = server.store.read().await?;
                let user = users::find(&mut conn, &call.app, &name).await?;
                let user = user.ok_or_else(ApiError::login_user_not_found)?;
                let hash = users::password(&mut conn, user.id).await?.unwrap_or_default();
                (user, hash)
            };
            observe::note_user(user.id);
            if !server.passwords.fits(grant.password, hash).await? {
                return Err(ApiError::invalid_password());
            }
            Some(user)
        }
        "client_credentials" => {
            let settings = &server.settings;
            let id = token::same(&grant.client_id, &settings.client_id);
            let secret = token::same(&grant.client_secret, &settings.client_secret.0);
            if !(id & secret) {
                return Err(ApiError::invalid_client());
            }
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

/// `GET /sdk/users/{user}/token/expires`
pub(crate) async fn expires(caller: Caller) -> JsonResult {
    caller.owner()?;
    Ok(Answer(json!({"expire_timestamp": caller.expires()})))
}
