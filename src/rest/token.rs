//! Tokens: logging in by password, and when a token's life ends.

use super::Caller;
use super::http::{Call, escape, parse};
use crate::error::{Failure, Result};
use gloo_net::http::Method;
use roamkit_wire::rest::TokenAnswer;
use serde::Deserialize;
use serde_json::json;

/// Exchanges the password for a token. Returns it with its life in seconds, 0 where that is not said.
pub async fn by_password(
    base: &str,
    user: &str,
    password: &str,
    now: u64,
    timeout_ms: u32,
) -> Result<(String, u64), Failure> {
    let body = json!({"grant_type": "password", "username": user, "password": password, "timestamp": now});
    let call = Call { body: Some(body.to_string()), ..Call::new(Method::POST, String::new()) };
    let text = call.send_to(&format!("{base}/token"), None, timeout_ms).await?;
    let answer: TokenAnswer = parse(&text)?;
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
