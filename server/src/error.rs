//! Errors of REST calls, in the JSON form of the hosted service.

use crate::ids::now_ms;
use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use roamkit_wire::rest::ErrorBody;
use std::time::Duration;

/// An error response. Clients compare `error` and `description`, so these texts must not change.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    error: &'static str,
    exception: &'static str,
    description: String,
    code: Option<i64>,
    /// The seconds after which the caller may try again.
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

    fn with_code(self, code: i64) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Adds `Retry-After` in whole seconds, rounded up, at least one.
    fn with_retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    #[cfg(test)]
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// 400: an argument is invalid.
    pub(crate) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "illegal_argument", "IllegalArgumentException", description)
    }

    /// 400: a text contains the character U+0000.
    pub(crate) fn nul() -> Self {
        Self::bad_request("a text may not hold the character U+0000")
    }

    /// 400: the body is not the expected JSON.
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

    /// 401: the token is missing or unknown.
    pub(crate) fn unauthorized() -> Self {
        let description = "Unable to authenticate (OAuth)";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "SecurityException", description)
    }

    /// 401: the token has expired.
    pub(crate) fn token_expired() -> Self {
        let description = "Unable to authenticate due to expired access token";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "SecurityException", description).with_code(40001)
    }

    pub(crate) fn is_token_expired(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED && self.code == Some(40001)
    }

    /// 401: the client id or secret of the app is wrong.
    pub(crate) fn invalid_client() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "OAuthException",
            "client_id or client_secret is wrong",
        )
    }

    /// 403: the token does not permit this.
    pub(crate) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden_op", "ForbiddenOpException", description)
    }

    /// 403: the operator has turned message roaming off.
    pub(crate) fn roaming_off() -> Self {
        Self::forbidden("messageroaming function not open")
    }

    /// 404: no such user.
    pub(crate) fn user_not_found(name: &str) -> Self {
        let description =
            if name.is_empty() { "user not found".into() } else { format!("user not found: {name}") };
        Self::new(StatusCode::NOT_FOUND, "service_resource_not_found", "UserNotFoundException", description)
    }

    /// 404: a login of an unknown user. Clients compare these exact words.
    pub(crate) fn login_user_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "invalid_grant", "OAuthException", "user not found")
    }

    /// 404: no such group or chat room.
    pub(crate) fn group_not_found(id: &str) -> Self {
        let description = format!("do not find this group: {id}");
        Self::new(StatusCode::NOT_FOUND, "resource_not_found", "ResourceNotFoundException", description)
    }

    /// 404: the conversation is not in the user's lists.
    pub(crate) fn conversation_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "channel_not_found",
            "ChannelNotFoundException",
            "the conversation does not exist",
        )
        .with_code(91001)
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

    /// 404: this server does not serve the app.
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

    /// 405: the path exists, but not with this method.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "MethodNotAllowedException",
            "this path does not take this method",
        )
    }

    /// 408: the request body did not arrive in time.
    pub(crate) fn request_timeout() -> Self {
        let description = "the request did not come in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "TimeoutException", description)
    }

    /// 429: too many requests from this user or address.
    pub(crate) fn too_many(wait: Duration) -> Self {
        let description = "This request has reached api limit";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "reach_limit", "ReachLimitException", description)
            .with_retry_after(wait)
    }

    /// 503: the server is overloaded.
    pub(crate) fn busy(wait: Duration) -> Self {
        let description = "the server is busy";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable", "BusyException", description)
            .with_retry_after(wait)
    }

    /// 413: the body or message is larger than the limit.
    pub(crate) fn too_large(description: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request_entity_too_large", "TooLargeException", description)
    }

    /// 500: a fault of the server. The cause is logged and not sent.
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
            // All connections were in use for the whole acquire timeout.
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
    fn an_exhausted_connection_pool_answers_503() {
        let busy = ApiError::from(sqlx::Error::PoolTimedOut);
        assert_eq!((busy.status, busy.retry_after), (StatusCode::SERVICE_UNAVAILABLE, Some(1)));
        assert_eq!(ApiError::from(sqlx::Error::RowNotFound).status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}
