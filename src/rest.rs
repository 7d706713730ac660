//! The REST side: one file for each resource, [`http`] underneath. Knows no local copy.

pub mod conversations;
pub mod ended;
pub mod history;
pub mod hosts;
pub mod http;
pub mod refusal;
pub mod removal;
pub mod retry;
pub mod token;

use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::platform::Work;
use ended::Ended;
use serde::de::DeserializeOwned;
use std::cell::Cell;
use std::rc::Rc;

/// The longest description of a decoding error: it quotes the answer, which may be long.
const MAX_DESCRIPTION_CHARS: usize = 200;

/// Reads the body of a successful answer.
///
/// `serde_json` reads it instead of the browser's `JSON.parse`: it keeps ids above 2^53 exact that come as numbers, and it
/// refuses nesting that would overflow the stack.
pub fn decode<T: DeserializeOwned>(body: &str) -> Result<T> {
    serde_json::from_str(body).map_err(|error| unexpected(&error.to_string()))
}

/// The error for an answer of another form.
fn unexpected(why: &str) -> Error {
    let why: String = why.chars().take(MAX_DESCRIPTION_CHARS).collect();
    Error::new(Code::ServerUnknownError, format!("the server's answer is not as expected: {why}"))
}

/// Who asks: what every call needs to show, by value, so that nothing is borrowed while it waits.
pub struct Caller {
    /// `https://host/org/app`, of each host.
    pub api: Rc<HostPool>,
    /// The user token; empty where none is needed.
    pub token: String,
    /// How long a call may take, with all its attempts.
    pub timeout_ms: u32,
    /// Hears of a token that the server refuses.
    pub owner: Option<Rc<dyn TokenOwner>>,
    /// Comes when the call is to end.
    pub ended: Ended,
    /// What becomes of a call that changes something on the server.
    pub change: Option<Rc<Change>>,
}

/// Whose the token is.
pub trait TokenOwner {
    /// The server refused that token.
    fn token_refused(self: Rc<Self>, token: &str);
}

/// A call that changes something on the server.
pub struct Change {
    /// Done before the call is repeated: from then on the server may act anew.
    pub before_repeat: Box<dyn Fn() -> Work<()>>,
    /// Whether an attempt that failed may have acted all the same.
    pub uncertain: Cell<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use roamkit_wire::rest::{Data, HistoryAnswer, TokenAnswer};

    #[test]
    fn an_answer_of_another_form_is_an_error_of_bounded_length() {
        let long = format!(r#"{{"access_token": "t", "expires_in": "{}"}}"#, "x".repeat(10_000));
        for body in ["", "<html>", "[]", "{}", &long] {
            let error = decode::<TokenAnswer>(body).map(drop).unwrap_err();
            assert_eq!(error.code, Code::ServerUnknownError);
            assert!(
                error.message.starts_with("the server's answer is not as expected: "),
                "{}",
                error.message
            );
            assert!(error.message.len() < 300);
        }
    }

    #[test]
    fn an_id_is_exact_as_text_and_as_a_number() {
        for id in ["18446744073709551615", "\"18446744073709551615\""] {
            let body = format!(r#"{{"data": {{"next_key": {id}}}}}"#);
            let answer: Data<HistoryAnswer> = decode(&body).unwrap();
            assert_eq!(answer.data.next_id(), Some(u64::MAX));
        }
    }
}
