//! Tokens: the login by password, and the time at which a token expires.

use super::http::{Call, Method, escape};
use super::retry::Repeat;
use super::{decode, unexpected};
use crate::error::Result;
use roamkit_wire::lenient;
use serde::Serialize;

/// The body of a login by password.
#[derive(Serialize)]
struct PasswordGrant<'a> {
    grant_type: &'static str,
    username: &'a str,
    password: &'a str,
    timestamp: u64,
}

/// Exchanges the password for a token.
pub fn by_password(user: &str, password: &str, now: u64) -> Call {
    let body = PasswordGrant { grant_type: "password", username: user, password, timestamp: now };
    Call {
        method: Method::POST,
        path: "/token".into(),
        query: Vec::new(),
        body: serde_json::to_string(&body).ok(),
        signal: None,
        repeat: Repeat::Idempotent,
    }
}

/// The token, and its lifetime in seconds; 0 where the server does not say.
pub fn read(body: &str) -> Result<(String, u64)> {
    let answer = decode(body)?;
    let token = answer["access_token"].as_str().ok_or_else(|| unexpected("it has no access_token"))?;
    Ok((token.to_owned(), lenient::as_number(&answer["expires_in"]).unwrap_or(0)))
}

/// Asks for the time at which the caller's token expires.
pub fn expiry(user: &str) -> Call {
    let path = format!("/sdk/users/{}/token/expires", escape(user));
    Call {
        method: Method::GET,
        path,
        query: Vec::new(),
        body: None,
        signal: None,
        repeat: Repeat::Idempotent,
    }
}

/// The time at which the token expires, in milliseconds since the epoch.
pub fn expires_at(body: &str) -> Result<u64> {
    let answer = decode(body)?;
    lenient::as_number(&answer["expire_timestamp"]).ok_or_else(|| unexpected("it has no expire_timestamp"))
}
