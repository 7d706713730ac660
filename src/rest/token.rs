//! Tokens: logging in by password, and when a token's life ends.

use super::Caller;
use super::http::{Call, escape};
use crate::error::Failure;
use crate::json::Answer;
use gloo_net::http::Method;
use roamkit_wire::json;

/// Exchanges the password for a token. Returns it with its life in seconds, 0 where that is not said.
pub async fn by_password(caller: &Caller<'_>, password: &str, now: u64) -> Result<(String, u64), Failure> {
    let body = json::object(|body| {
        body.text("grant_type", "password").text("username", caller.user).text("password", password);
        body.number("timestamp", now as f64);
    });
    let call = Call { body: Some(body), ..Call::new(Method::POST, "/token".into()) };
    let text = call.send(caller).await?;
    let answer = Answer::read(&text)?;
    Ok((answer.get("access_token")?, answer.find("expires_in")?.unwrap_or(0)))
}

/// When the caller's token expires, in milliseconds since the epoch.
pub async fn expires_at(caller: &Caller<'_>) -> Result<u64, Failure> {
    let path = format!("/sdk/users/{}/token/expires", escape(caller.user));
    let text = Call::new(Method::GET, path).send(caller).await?;
    Ok(Answer::read(&text)?.get("expire_timestamp")?)
}
