//! What the server's refusals and last words mean, and which of them are final.

use crate::error::{Code, Error};
use prost::Message as _;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{ErrorCode, StatisticsBody, StatisticsOperation, Status};

/// What a verdict means, and whether it is final. `None`: all is well.
pub(super) fn verdict(status: &Status) -> Option<(Error, bool)> {
    let (code, what, for_good) = match ErrorCode::try_from(status.error_code) {
        Ok(ErrorCode::Ok) => return None,
        Ok(code @ (ErrorCode::Unauthorized | ErrorCode::Fail)) => {
            // The service has one code for many things; its words tell them apart.
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
    let said = if status.reason.is_empty() { String::new() } else { format!(": {}", status.reason) };
    Some((Error::new(code, format!("{what}{said}")), for_good))
}

/// Whether a meta is the service's word that the session is over.
pub(super) fn kicked(meta: &Meta) -> Option<Error> {
    if meta.ns != Namespace::Statistic as i32 {
        return None;
    }
    let body = StatisticsBody::decode(meta.payload.as_slice()).ok()?;
    let (code, what) = match StatisticsOperation::try_from(body.operation).ok()? {
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
    Some(Error::new(code, what))
}
