//! Tokens: logging in by password, and when a token's life ends.

use super::Caller;
use super::http::{Call, escape};
use crate::error::Failure;
use gloo_net::http::Method;
use roamkit_wire::rest::TokenAnswer;
use serde::Deserialize;
use serde_json::json;

/// Exchanges the password for a token. Returns it with its life in seconds, 0 where that is not said.
pub async fn by_password(caller: &Caller<'_>, password: &str, now: u64) -> Result<(String, u64), Failure> {
    let body =
        json!({"grant_type": "password", "username": caller.user, "password": password, "timestamp": now});
    let call = Call { body: Some(body.to_string()), ..Call::new(Method::POST, "/token".into()) };
    let answer: TokenAnswer = call.json(caller).await?;
    Ok((answer.access_token, answer.expires_in))
}

/// When the caller's token expires, in milliseconds since the epoch.
pub async fn expires_at(caller: &Caller<'_>) -> Result<u64, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        expire_timestamp: u64,
    }
    let path = format!("/sdk/users/{}/token/expires", escape(caller.user));
    let answer: Answer = Call::new(Method::GET, path).json(caller).await?;
    Ok(answer.expire_timestamp)
}
