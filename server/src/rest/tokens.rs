//! Access tokens: the login of users and of the app.

use super::JsonResult;
use crate::address::ClientAddress;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Caller, JsonBody, RequestParams};
use crate::ids::now_ms;
use crate::limits::login_throttle::LoginAttempt;
use crate::state::{AppState, SharedState};
use crate::store::tokens;
use crate::store::users::{self, User};
use crate::{login, request_log, token};
use axum::Json;
use axum::extract::State;
use roamkit_wire::names;
use serde::Deserialize;
use serde_json::json;

const GRANT_TYPES: [&str; 2] = ["password", "client_credentials"];

/// A token request. The grant type decides which fields are required.
#[derive(Deserialize)]
pub(crate) struct TokenRequest {
    grant_type: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    client_id: String,
    #[serde(default)]
    client_secret: String,
    /// The lifetime in seconds. 0 or missing: the server's setting.
    #[serde(default)]
    ttl: Option<u32>,
}

/// `POST /token`
pub(crate) async fn create(
    State(state): State<SharedState>,
    client: ClientAddress,
    params: RequestParams,
    JsonBody(request): JsonBody<TokenRequest>,
) -> JsonResult {
    let grant_type = GRANT_TYPES.into_iter().find(|&known| known == request.grant_type);
    let result = grant(&state, client, params, request).await;
    if let Some(grant_type) = grant_type {
        state.metrics.record_login(grant_type, result.is_ok());
    }
    result
}

async fn grant(
    state: &AppState,
    client: ClientAddress,
    params: RequestParams,
    request: TokenRequest,
) -> JsonResult {
    let app = &params.app;
    let user = match request.grant_type.as_str() {
        "password" => Some(log_in_user(state, app, client, &request.username, request.password).await?),
        "client_credentials" => {
            check_app(state, app, client, &request)?;
            None
        }
        other => return Err(ApiError::bad_request(format!("grant_type {other:?} is not known"))),
    };
    let seconds = request.ttl.filter(|&ttl| ttl > 0).unwrap_or(state.settings.token_ttl);
    let token = token::generate()?;
    let expires = now_ms() + i64::from(seconds) * 1000;
    let user_id = user.as_ref().map(|user| user.id);
    let mut tx = state.store.begin_unordered().await?;
    tokens::insert(&mut tx, app, &token::hash(&token), user_id, expires).await?;
    tx.commit().await?;
    Ok(Json(match user {
        Some(user) => json!({"access_token": token, "expires_in": seconds,
            "user": {"uuid": user.id.to_string(), "type": "user", "username": user.name, "activated": true}}),
        None => json!({"access_token": token, "expires_in": seconds, "application": app}),
    }))
}

/// Checks the client id and secret of the app.
fn check_app(state: &AppState, app: &str, client: ClientAddress, request: &TokenRequest) -> ApiResult<()> {
    let settings = &state.settings;
    let attempt = LoginAttempt::of_app(app, client.0);
    state.login_throttle.check(&attempt)?;
    let id_matches = token::equal(&request.client_id, &settings.client_id);
    let secret_matches = token::equal(&request.client_secret, &settings.client_secret.0);
    // Both are compared before the result is used, so the time does not reveal which one is wrong.
    if !(id_matches & secret_matches) {
        state.login_throttle.record_failure(&attempt);
        return Err(ApiError::invalid_client());
    }
    state.login_throttle.record_success(&attempt);
    Ok(())
}

/// Checks the name and password of a user.
async fn log_in_user(
    state: &AppState,
    app: &str,
    client: ClientAddress,
    name: &str,
    password: String,
) -> ApiResult<User> {
    let unknown_user = || {
        if state.settings.hide_users {
            ApiError::invalid_password()
        } else {
            ApiError::login_user_not_found()
        }
    };
    let name = names::user_id(name).ok_or_else(unknown_user)?;
    let user = users::find(&mut *state.store.acquire().await?, app, &name).await?;
    if let Some(user) = &user {
        request_log::set_user(user.id);
    }
    let attempt = LoginAttempt::of_user(app, &name, client.0);
    let correct = login::verify_password(state, &attempt, user.as_ref(), password).await?;
    match user {
        None => Err(unknown_user()),
        Some(user) if correct => Ok(user),
        Some(_) => Err(ApiError::invalid_password()),
    }
}

/// `GET /sdk/users/{user}/token/expires`
pub(crate) async fn expires(caller: Caller) -> JsonResult {
    caller.owner()?;
    Ok(Json(json!({"expire_timestamp": caller.expires()})))
}
