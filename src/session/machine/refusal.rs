//! Interprets the answers with which the server refuses a login or a meta, or ends a session.

use crate::error::{Code, Error};
use prost::Message as _;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{ErrorCode, StatisticsBody, StatisticsOperation, Status};

/// A refused login, or a refused meta.
pub(super) struct Refusal {
    pub(super) error: Error,
    /// True if another attempt with the same token, or with the same meta, would fail, too.
    pub(super) is_final: bool,
}

/// Interprets the status of a login; `None` if the login succeeded.
pub(super) fn login_refusal(status: &Status) -> Option<Refusal> {
    let (code, sentence, is_final) = match ErrorCode::try_from(status.error_code) {
        Ok(ErrorCode::Ok) => return None,
        Ok(code @ (ErrorCode::Unauthorized | ErrorCode::Fail)) => {
            // The service uses these codes for several failures. Only the reason text tells them apart.
            let reason = status.reason.to_ascii_lowercase();
            let known = if reason.contains("expired") {
                Some(Code::TokenExpired)
            } else if reason.contains("user not found") {
                Some(Code::UserNotFound)
            } else if reason.contains("token or password does not match") || code == ErrorCode::Unauthorized {
                Some(Code::UserAuthenticationFailed)
            } else {
                None
            };
            (known.unwrap_or(Code::ServerUnknownError), "the server refused the login", known.is_some())
        }
        Ok(ErrorCode::TokenExpired) => (Code::TokenExpired, "the token has expired", true),
        Ok(ErrorCode::PermissionDenied | ErrorCode::PermissionDeniedExternal) => {
            (Code::UserPermissionDenied, "the user may not log in", true)
        }
        Ok(ErrorCode::BindAnotherDevice) => {
            (Code::UserLoginAnotherDevice, "the user is bound to another device", true)
        }
        Ok(ErrorCode::TooManyDevices | ErrorCode::PlatformLimit) => {
            (Code::UserLoginTooManyDevices, "the user is online on as many devices as allowed", true)
        }
        Ok(ErrorCode::ImForbidden) => (Code::ServiceNotEnabled, "the app may not use the service", true),
        Ok(ErrorCode::MissingParameter | ErrorCode::WrongParameter) => {
            (Code::InvalidParam, "the server did not understand the login", true)
        }
        _ => (Code::ServerUnknownError, "the server could not take the login", false),
    };
    let reason = if status.reason.is_empty() { String::new() } else { format!(": {}", status.reason) };
    Some(Refusal { error: Error::new(code, format!("{sentence}{reason}")), is_final })
}

/// Interprets the status of a sent meta; `None` if the server accepted it. A refusal is final if its reason is known to last.
pub(super) fn meta_refusal(status: &Status) -> Option<Refusal> {
    let code = ErrorCode::try_from(status.error_code);
    if code == Ok(ErrorCode::Ok) {
        return None;
    }
    let reason = status.reason.to_ascii_lowercase();
    let known = if reason.contains("not in group or chatroom") {
        Some(Code::GroupNotJoined)
    } else if reason.contains("group not found") {
        Some(Code::GroupNotExist)
    } else if reason.contains("doesn't exist") {
        Some(Code::UserNotFound)
    } else if reason.contains("blocked")
        || matches!(code, Ok(ErrorCode::PermissionDenied | ErrorCode::PermissionDeniedExternal))
    {
        Some(Code::UserPermissionDenied)
    } else {
        None
    };
    let message = format!("the server refused what was sent: {}", status.reason);
    Some(Refusal {
        error: Error::new(known.unwrap_or(Code::ServerUnknownError), message),
        is_final: known.is_some(),
    })
}

/// Interprets a meta by which the server ends the session for good; `None` for every other meta.
pub(super) fn session_end(meta: &Meta) -> Option<Error> {
    if meta.ns != Namespace::Statistic as i32 {
        return None;
    }
    let body = StatisticsBody::decode(meta.payload.as_slice()).ok()?;
    let (code, sentence) = match StatisticsOperation::try_from(body.operation).ok()? {
        StatisticsOperation::Information => return None,
        StatisticsOperation::UserRemoved => (Code::UserRemoved, "the account was removed"),
        StatisticsOperation::UserLoginAnotherDevice => {
            (Code::UserLoginAnotherDevice, "another device took this one's place")
        }
        StatisticsOperation::UserKickedByChangePassword => {
            (Code::UserKickedByChangePassword, "the password was changed")
        }
        StatisticsOperation::UserKickedByOtherDevice => {
            (Code::UserKickedByOtherDevice, "another device ended this session")
        }
    };
    Some(Error::new(code, sentence))
}
