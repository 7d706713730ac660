//! Tokens: logging in by password, and when a token's life ends.

use super::http::{Call, Method, escape};
use super::retry::Repeat;
use crate::error::Result;
use crate::json::Answer;
use roamkit_wire::json;

/// Exchanges the password for a token.
pub fn by_password(user: &str, password: &str, now: u64) -> Call {
    let body = json::object(&mut |body| {
        body.text("grant_type", "password").text("username", user).text("password", password);
        body.number("timestamp", now as f64);
    });
    Call {
        verb: Method::POST,
        path: "/token".into(),
        query: Vec::new(),
        body: Some(body),
        signal: None,
        repeat: Repeat::Harmless,
    }
}

/// The token, and its life in seconds: 0 where that is not said.
pub fn read(text: &str) -> Result<(String, u64)> {
    let answer = Answer::read(text)?;
    Ok((answer.get("access_token")?, answer.find("expires_in")?.unwrap_or(0)))
}

/// Asks when the caller's token expires.
pub fn expiry(user: &str) -> Call {
    let path = format!("/sdk/users/{}/token/expires", escape(user));
    Call { verb: Method::GET, path, query: Vec::new(), body: None, signal: None, repeat: Repeat::Harmless }
}

/// When that is, in milliseconds since the epoch.
pub fn expires_at(text: &str) -> Result<u64> {
    Answer::read(text)?.get("expire_timestamp")
}
