//! Converts the status and body of an unsuccessful answer to an [`Error`].

use crate::error::{Code, Error};
use roamkit_wire::rest::ErrorBody;

/// The error for a status and the text of the answer. A text that is not the service's JSON counts as empty.
pub fn error(status: u16, text: &str) -> Error {
    let body = ErrorBody::read(text);
    let reason = if body.error_description.is_empty() { &body.error } else { &body.error_description };
    let code = code(status, &body);
    let reason = if reason.is_empty() { String::new() } else { format!(": {}", shorten(reason)) };
    let hint = match code {
        Code::ServiceNotEnabled => " (message roaming has to be switched on for the app)",
        Code::TokenExpired | Code::InvalidToken => " (get a new token, then renewToken or login)",
        Code::ServerBusy => " (try again later)",
        _ => "",
    };
    Error::new(code, format!("the server answered {status}{reason}{hint}"))
}

fn code(status: u16, body: &ErrorBody) -> Code {
    let text = format!("{} {}", body.error, body.error_description).to_ascii_lowercase();
    let contains = |words: &str| text.contains(words);
    if contains("not open message roaming") || contains("messageroaming function not open") {
        return Code::ServiceNotEnabled;
    }
    match status {
        400 | 401 if contains("invalid password") => Code::InvalidPassword,
        400 | 404 if contains("user not found") => Code::UserNotFound,
        401 if contains("expired") || body.error_code == Some(40001) => Code::TokenExpired,
        401 => Code::InvalidToken,
        403 if contains("not in group") || contains("not in this group") || contains("not a member") => {
            Code::GroupNotJoined
        }
        403 => Code::UserPermissionDenied,
        404 if contains("group") && !contains("91001") => Code::GroupNotExist,
        400 | 413 => Code::InvalidParam,
        408 | 504 => Code::ServerTimeout,
        429 | 503 => Code::ServerBusy,
        _ => Code::ServerUnknownError,
    }
}

/// The longest text of the server in an error message, in characters.
const MAX_CHARS: usize = 200;

/// The server's text, shortened to fit into an error message.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_s_texts_select_the_code() {
        let of = |status, description: &str, code: Option<i64>| {
            let body =
                ErrorBody { error_description: description.into(), error_code: code, ..ErrorBody::default() };
            error(status, &serde_json::to_string(&body).unwrap()).code
        };
        assert_eq!(of(400, "this appKey not open message roaming", None), Code::ServiceNotEnabled);
        assert_eq!(of(403, "messageroaming function not open", None), Code::ServiceNotEnabled);
        assert_eq!(of(401, "Unable to authenticate (OAuth)", None), Code::InvalidToken);
        assert_eq!(of(401, "token expired", Some(40001)), Code::TokenExpired);
        assert_eq!(of(400, "invalid password", None), Code::InvalidPassword);
        assert_eq!(of(404, "user not found", None), Code::UserNotFound);
        assert_eq!(of(403, "The user not in this group!", None), Code::GroupNotJoined);
        assert_eq!(of(403, "not yours", None), Code::UserPermissionDenied);
        assert_eq!(of(429, "too many requests", None), Code::ServerBusy);
        assert_eq!(of(503, "", None), Code::ServerBusy);
        assert_eq!(of(404, "conversation does not exist", Some(91001)), Code::ServerUnknownError);
    }

    #[test]
    fn html_leaves_only_the_status() {
        let error = error(500, "<html><body>Internal Server Error</body></html>");
        assert_eq!(error.code, Code::ServerUnknownError);
        assert_eq!(error.message, "the server answered 500");
    }
}
