//! Extractors of request data for handlers. Everything is validated here once, and every rejection has the
//! service's error form.

use crate::error::{ApiError, ApiResult};
use crate::ids::now_ms;
use crate::request_log;
use crate::state::{AppState, SharedState};
use crate::store::tokens;
use crate::store::users::{self, User};
use crate::token;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use roamkit_wire::{names, surrogates};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Largest request body, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Longest device id, in bytes.
const MAX_RESOURCE_BYTES: usize = 256;

/// Returns whether a text is a valid device id, or empty.
pub(crate) fn is_resource(text: &str) -> bool {
    text.len() <= MAX_RESOURCE_BYTES && !text.chars().any(char::is_control)
}

/// The app, the path parameters and the query parameters of a request.
#[derive(Debug)]
pub(crate) struct RequestParams {
    /// The app key, `org#app`.
    pub(crate) app: String,
    path: HashMap<String, String>,
    query: HashMap<String, String>,
}

impl RequestParams {
    /// A path parameter.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A user id in the path, in lower case.
    pub(crate) fn path_user(&self, name: &str) -> ApiResult<String> {
        let text = self.path(name);
        names::user_id(text).ok_or_else(|| ApiError::bad_request(format!("username {text:?} is not legal")))
    }

    /// An optional query parameter. An empty value counts as missing.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A required query parameter.
    pub(crate) fn required(&self, name: &str) -> ApiResult<&str> {
        self.query(name).ok_or_else(|| ApiError::bad_request(format!("{name} is missing")))
    }

    /// An integer in the query, within bounds.
    pub(crate) fn number(&self, name: &str, default: i64, bounds: RangeInclusive<i64>) -> ApiResult<i64> {
        let Some(text) = self.query(name) else { return Ok(default) };
        let (min, max) = (*bounds.start(), *bounds.end());
        text.parse().ok().filter(|number| bounds.contains(number)).ok_or_else(|| {
            ApiError::bad_request(format!("{name} must be a number from {min} to {max}, not {text:?}"))
        })
    }

    /// A boolean in the query.
    pub(crate) fn flag(&self, name: &str, default: bool) -> ApiResult<bool> {
        match self.query(name) {
            None => Ok(default),
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => Err(ApiError::bad_request(format!("{name} must be true or false, not {other:?}"))),
        }
    }

    /// The id of the calling device, which notices carry; may be empty.
    pub(crate) fn resource(&self) -> &str {
        self.query("resource").unwrap_or_default()
    }
}

impl FromRequestParts<SharedState> for RequestParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &SharedState) -> ApiResult<Self> {
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::bad_request(error.body_text()))?;
        let Query(query) = Query::<HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::bad_request(error.body_text()))?;
        let param = |name| path.get(name).map_or("", String::as_str);
        let app = state.find_app(param("org"), param("app"));
        let app = app.ok_or_else(|| ApiError::app_not_found(param("org"), param("app")))?;
        let params = path.iter().chain(&query);
        if params.flat_map(|(name, value)| [name, value]).any(|text| text.contains('\0')) {
            return Err(ApiError::nul());
        }
        if query.get("resource").is_some_and(|resource| !is_resource(resource)) {
            return Err(ApiError::bad_request("resource must be a device id"));
        }
        Ok(Self { app, path, query })
    }
}

/// An authenticated caller, with the parameters of the request.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) params: RequestParams,
    /// The token's user; `None` for an app token.
    user: Option<User>,
    expires: i64,
}

impl Caller {
    /// The time when the token expires, in milliseconds.
    pub(crate) fn expires(&self) -> i64 {
        self.expires
    }

    /// The user in the path, who must be the caller.
    pub(crate) fn owner(&self) -> ApiResult<&User> {
        let name = self.params.path_user("user")?;
        match &self.user {
            Some(user) if user.name == name => Ok(user),
            _ => Err(ApiError::forbidden(format!("this token does not act for user {name}"))),
        }
    }

    /// The user in the path. The caller must be this user or the app.
    pub(crate) async fn owner_or_app(&self, state: &AppState) -> ApiResult<User> {
        if self.user.is_some() {
            return self.owner().cloned();
        }
        self.path_user(state).await
    }

    /// The user in the path, whoever the caller is.
    pub(crate) async fn path_user(&self, state: &AppState) -> ApiResult<User> {
        let name = self.params.path_user("user")?;
        let found = users::find(&mut *state.store.acquire().await?, &self.params.app, &name).await?;
        found.ok_or_else(|| ApiError::user_not_found(&name))
    }

    pub(crate) fn require_app(&self) -> ApiResult<()> {
        match self.user {
            None => Ok(()),
            Some(_) => Err(ApiError::forbidden("this call takes an app token")),
        }
    }
}

impl FromRequestParts<SharedState> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &SharedState) -> ApiResult<Self> {
        let params = RequestParams::from_request_parts(parts, state).await?;
        let authorization = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = authorization
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let (user, expires) = authenticate(state, &params.app, token.unwrap_or_default()).await?;
        if let Some(user) = &user {
            request_log::set_user(user.id);
            state.request_rates.admit_user(user.id)?;
        }
        Ok(Self { params, user, expires })
    }
}

/// Returns the token's user (`None` for an app token) and the time of its expiry.
pub(crate) async fn authenticate(state: &AppState, app: &str, token: &str) -> ApiResult<(Option<User>, i64)> {
    let found = tokens::find(&mut *state.store.acquire().await?, app, &token::hash(token)).await?;
    match found {
        None => Err(ApiError::unauthorized()),
        Some(token) if token.expires <= now_ms() => Err(ApiError::token_expired()),
        Some(token) => Ok((token.user, token.expires)),
    }
}

/// A JSON body. Its content type is ignored, as by the hosted service. Halves of surrogate pairs in its texts become
/// U+FFFD.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<SharedState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &SharedState) -> ApiResult<Self> {
        let limit = Duration::from_secs(state.settings.body_timeout);
        let body = tokio::time::timeout(limit, Bytes::from_request(request, state)).await;
        let bytes = body.map_err(|_| ApiError::request_timeout())?.map_err(|error| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::too_large(format!("a request body may have {MAX_BODY_BYTES} bytes"))
            } else {
                ApiError::bad_json(error.body_text())
            }
        })?;
        if contains_nul(&bytes) {
            return Err(ApiError::nul());
        }
        let mut bytes = Vec::from(bytes);
        surrogates::replace_in_json(&mut bytes);
        serde_json::from_slice(&bytes).map(Self).map_err(ApiError::bad_json)
    }
}

/// Returns whether a string in a JSON document contains U+0000, which PostgreSQL cannot store. JSON allows it
/// only in the form `\u0000`, because strings contain no bare control characters.
fn contains_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
        if rest[at..].starts_with(b"\\u0000") {
            return true;
        }
        // The escaped character may be a backslash itself.
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::contains_nul;

    #[test]
    fn escaped_nuls_are_found_and_escaped_backslashes_are_not_taken_for_them() {
        for bad in [r#""\u0000""#, r#""a\u0000b""#, r#""\\\u0000""#, r#""\n\u0000""#] {
            assert!(contains_nul(bad.as_bytes()), "{bad}");
            assert!(serde_json::from_str::<String>(bad).unwrap().contains('\0'), "{bad}");
        }
        for good in [r#""""#, r#""u0000""#, r#""\\u0000""#, r#""\u0001""#] {
            assert!(!contains_nul(good.as_bytes()), "{good}");
            assert!(!serde_json::from_str::<String>(good).unwrap().contains('\0'), "{good}");
        }
        assert!(!contains_nul(b"\\"));
    }
}
