//! What REST callers are told when something is not right: the service's own JSON form, always.

use crate::ids::now_ms;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use roamkit_wire::rest::ErrorBody;
use std::time::Duration;

/// A refusal, with the texts that clients tell apart.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    error: &'static str,
    exception: &'static str,
    description: String,
    code: Option<i64>,
    /// Seconds after which it may be tried again.
    retry_after: Option<u64>,
}

pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    fn new(
        status: StatusCode,
        error: &'static str,
        exception: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self { status, error, exception, description: description.into(), code: None, retry_after: None }
    }

    fn code(self, code: i64) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Not now; whole seconds, rounded up, and never none.
    fn later(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// When it may be tried again.
    #[cfg(test)]
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// 400: an argument does not fit.
    pub(crate) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "illegal_argument", "IllegalArgumentException", description)
    }

    /// 400: a text with a NUL in it.
    pub(crate) fn nul() -> Self {
        Self::bad_request("a text may not hold the character U+0000")
    }

    /// 400: the body is not what was asked for.
    pub(crate) fn bad_json(description: impl std::fmt::Display) -> Self {
        let description = format!("Request body not readable: {description}");
        Self::new(StatusCode::BAD_REQUEST, "json_parse", "JsonParseException", description)
    }

    /// 400: a name that must be unique is taken.
    pub(crate) fn duplicate(name: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "duplicate_unique_property_exists",
            "DuplicateUniquePropertyExistsException",
            format!("Entity user requires that property named username be unique, value of {name} exists"),
        )
    }

    /// 400: the password is wrong.
    pub(crate) fn invalid_password() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", "OAuthException", "invalid password")
    }

    /// 401: no token, or one that is not known.
    pub(crate) fn unauthorized() -> Self {
        let description = "Unable to authenticate (OAuth)";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "SecurityException", description)
    }

    /// 401: the token's time is over.
    pub(crate) fn token_expired() -> Self {
        let description = "Unable to authenticate due to expired access token";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "SecurityException", description).code(40001)
    }

    /// Whether this is about a token whose time is over.
    pub(crate) fn is_expired(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED && self.code == Some(40001)
    }

    /// 401: the app's id or secret is wrong.
    pub(crate) fn invalid_client() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "OAuthException",
            "client_id or client_secret is wrong",
        )
    }

    /// 403: the token does not reach this far.
    pub(crate) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden_op", "ForbiddenOpException", description)
    }

    /// 403: history is switched off.
    pub(crate) fn roaming_off() -> Self {
        Self::forbidden("messageroaming function not open")
    }

    /// 404: no such user.
    pub(crate) fn user_not_found(name: &str) -> Self {
        let description =
            if name.is_empty() { "user not found".into() } else { format!("user not found: {name}") };
        Self::new(StatusCode::NOT_FOUND, "service_resource_not_found", "UserNotFoundException", description)
    }

    /// 404: the exact words that a login is answered with.
    pub(crate) fn login_user_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "invalid_grant", "OAuthException", "user not found")
    }

    /// 404: no such group or chat room.
    pub(crate) fn group_not_found(id: &str) -> Self {
        let description = format!("do not find this group: {id}");
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", "ResourceNotFoundException", description)
    }

    /// 404: no such conversation in the user's lists.
    pub(crate) fn conversation_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "channel_not_found",
            "ChannelNotFoundException",
            "the conversation does not exist",
        )
        .code(91001)
    }

    /// 404: no such message.
    pub(crate) fn message_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "message_not_found",
            "MessageNotFoundException",
            "not found this message",
        )
    }

    /// 404: this server does not serve that app.
    pub(crate) fn app_not_found(org: &str, app: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "organization_application_not_found",
            "OrganizationApplicationNotFoundException",
            format!("Could not find application for {org}/{app} from URI: {org}/{app}"),
        )
    }

    /// 404: no such path.
    pub(crate) fn no_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "NotFoundException", "there is nothing at this path")
    }

    /// 405: not in this way.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "MethodNotAllowedException",
            "this path does not take this method",
        )
    }

    /// 408: the rest of the request did not come.
    pub(crate) fn too_slow() -> Self {
        let description = "the request did not come in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "TimeoutException", description)
    }

    /// 429: too much from this user or address.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let description = "This request has reached api limit";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "reach_limit", "ReachLimitException", description)
            .later(wait)
    }

    /// 503: too much for the server.
    pub(crate) fn busy(wait: Duration) -> Self {
        let description = "the server is busy";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "BusyException", description)
            .later(wait)
    }

    /// 413: more than the server reads.
    pub(crate) fn too_large(description: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request_entity_too_large", "TooLargeException", description)
    }

    /// 500: the server's own fault; what it was stays in the log.
    pub(crate) fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_server_error",
            "ServerException",
            "internal error",
        )
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // Every connection was in use for as long as a request waits.
            sqlx::Error::PoolTimedOut => Self::busy(Duration::from_secs(1)),
            error => Self::internal(&error),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorBody {
            error: self.error.into(),
            exception: self.exception.into(),
            error_description: self.description,
            error_code: self.code,
            timestamp: now_ms() as u64,
            duration: 0,
        };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_database_is_no_fault_of_the_server() {
        let busy = ApiError::from(sqlx::Error::PoolTimedOut);
        assert_eq!((busy.status, busy.retry_after), (StatusCode::SERVICE_UNAVAILABLE, Some(1)));
        assert_eq!(ApiError::from(sqlx::Error::RowNotFound).status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
