//! How handlers get at a request: who calls, for which app, with what. Everything is checked here once, and every
//! refusal has the service's form.

use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::observe;
use crate::state::{Server, Shared};
use crate::store::tokens;
use crate::store::users::{self, User};
use crate::token;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use roamkit_wire::names;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::time::Duration;

/// Largest request body, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Longest device id, in bytes.
const MAX_RESOURCE_BYTES: usize = 256;

/// Whether a text can be a device's id, or none.
pub(crate) fn is_resource(text: &str) -> bool {
    text.len() <= MAX_RESOURCE_BYTES && !text.chars().any(char::is_control)
}

/// The app and the words of a request: path and query.
#[derive(Debug)]
pub(crate) struct Call {
    /// `org#app`.
    pub(crate) app: String,
    path: HashMap<String, String>,
    query: HashMap<String, String>,
}

impl Call {
    /// A word of the path.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A user id of the path, in lower case.
    pub(crate) fn path_user(&self, name: &str) -> ApiResult<String> {
        let text = self.path(name);
        names::user_id(text).ok_or_else(|| ApiError::bad_request(format!("username {text:?} is not legal")))
    }

    /// A value of the query; empty counts as missing.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A value of the query that must be there.
    pub(crate) fn required(&self, name: &str) -> ApiResult<&str> {
        self.query(name).ok_or_else(|| ApiError::bad_request(format!("{name} is missing")))
    }

    /// A whole number of the query inside its bounds.
    pub(crate) fn number(
        &self,
        name: &str,
        default: i64,
        bounds: std::ops::RangeInclusive<i64>,
    ) -> ApiResult<i64> {
        let Some(text) = self.query(name) else { return Ok(default) };
        let (least, most) = (*bounds.start(), *bounds.end());
        text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
            ApiError::bad_request(format!("{name} must be a number from {least} to {most}, not {text:?}"))
        })
    }

    /// A yes or no of the query.
    pub(crate) fn flag(&self, name: &str, default: bool) -> ApiResult<bool> {
        match self.query(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(ApiError::bad_request(format!("{name} must be true or false, not {other:?}"))),
        }
    }

    /// The device that asks, as notices name it.
    pub(crate) fn resource(&self) -> &str {
        self.query("resource").unwrap_or_default()
    }
}

impl FromRequestParts<Shared> for Call {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Shared) -> ApiResult<Self> {
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, server)
            .await
            .map_err(|error| ApiError::bad_request(error.body_text()))?;
        let Query(query) = Query::<HashMap<String, String>>::from_request_parts(parts, server)
            .await
            .map_err(|error| ApiError::bad_request(error.body_text()))?;
        let word = |name| path.get(name).map_or("", String::as_str);
        let app = server.app(word("org"), word("app"));
        let app = app.ok_or_else(|| ApiError::app_not_found(word("org"), word("app")))?;
        let words = path.iter().chain(&query);
        if words.flat_map(|(name, value)| [name, value]).any(|text| text.contains('\0')) {
            return Err(ApiError::nul());
        }
        if query.get("resource").is_some_and(|resource| !is_resource(resource)) {
            return Err(ApiError::bad_request("resource must be a device id"));
        }
        Ok(Self { app, path, query })
    }
}

/// A call whose token is good.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) call: Call,
    /// Whose token; `None`: the app's.
    who: Option<User>,
    expires: i64,
}

impl Caller {
    /// When the token ends, ms.
    pub(crate) fn expires(&self) -> i64 {
        self.expires
    }

    /// The user of the path, who must be the caller.
    pub(crate) fn owner(&self) -> ApiResult<&User> {
        let name = self.call.path_user("user")?;
        match &self.who {
            Some(user) if user.name == name => Ok(user),
            _ => Err(ApiError::forbidden(format!("this token does not act for user {name}"))),
        }
    }

    /// The user of the path, for whom the app may act too.
    pub(crate) async fn owner_or_app(&self, server: &Server) -> ApiResult<User> {
        if self.who.is_some() {
            return self.owner().cloned();
        }
        self.path_user(server).await
    }

    /// The user of the path, whoever calls.
    pub(crate) async fn path_user(&self, server: &Server) -> ApiResult<User> {
        let name = self.call.path_user("user")?;
        let found = users::find(&mut *server.store.read().await?, &self.call.app, &name).await?;
        found.ok_or_else(|| ApiError::user_not_found(&name))
    }

    /// Only the app itself may go on.
    pub(crate) fn must_be_app(&self) -> ApiResult<()> {
        match self.who {
            None => Ok(()),
            Some(_) => Err(ApiError::forbidden("this call takes an app token")),
        }
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &Shared) -> ApiResult<Self> {
        let call = Call::from_request_parts(parts, server).await?;
        let text = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let text = text.and_then(|value| value.split_once(' '));
        let text =
            text.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let (who, expires) = check_token(server, &call.app, text.unwrap_or_default()).await?;
        if let Some(user) = &who {
            observe::note_user(user.id);
            server.rates.user(user.id)?;
        }
        Ok(Self { call, who, expires })
    }
}

/// Whose token this is (`None`: the app's) and until when.
pub(crate) async fn check_token(server: &Server, app: &str, text: &str) -> ApiResult<(Option<User>, i64)> {
    let found = tokens::find(&mut *server.store.read().await?, app, &token::hash(text)).await?;
    match found {
        None => Err(ApiError::unauthorized()),
        Some(token) if token.expires <= now_ms() => Err(ApiError::token_expired()),
        Some(token) => Ok((token.user, token.expires)),
    }
}

/// A JSON body, whatever its content type says.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<Shared> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, server: &Shared) -> ApiResult<Self> {
        let patience = Duration::from_secs(server.settings.body_timeout);
        let reading = tokio::time::timeout(patience, Bytes::from_request(request, server)).await;
        let bytes = reading.map_err(|_| ApiError::too_slow())?.map_err(|error| {
            if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::too_large(format!("a request body may have {MAX_BODY_BYTES} bytes"))
            } else {
                ApiError::bad_json(error.body_text())
            }
        })?;
        if names_nul(&bytes) {
            return Err(ApiError::nul());
        }
        serde_json::from_slice(&bytes).map(Self).map_err(ApiError::bad_json)
    }
}

/// Whether a text in JSON has a NUL in it, which not every database can keep. It can only stand there as `\u0000`:
/// JSON has no bare control characters in texts.
fn names_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        if rest[at..].starts_with(b"\\u0000") {
            return true;
        }
        // What the backslash escapes may be another one.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::names_nul;

    #[test]
    fn an_escaped_nul_is_found_and_an_escaped_backslash_is_not_one() {
        for bad in [r#""\u0000""#, r#""a\u0000b""#, r#""\\\u0000""#, r#""\n\u0000""#] {
            assert!(names_nul(bad.as_bytes()), "{bad}");
            assert!(serde_json::from_str::<String>(bad).unwrap().contains('\0'), "{bad}");
        }
        for good in [r#""""#, r#""u0000""#, r#""\\u0000""#, r#""\u00001""#.replace("00001", "0001").as_str()]
        {
            assert!(!names_nul(good.as_bytes()), "{good}");
            assert!(!serde_json::from_str::<String>(good).unwrap().contains('\0'), "{good}");
        }
        assert!(!names_nul(b"\\"));
    }
}
