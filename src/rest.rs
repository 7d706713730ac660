//! The REST API of the service: one file for each resource, on top of [`http`].

pub mod conversations;
pub mod fetch;
pub mod history;
pub mod hosts;
pub mod http;
pub mod refusal;
pub mod removal;
pub mod retry;
pub mod token;

use crate::cancellation::CancellationToken;
use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::request_pace::RequestPace;
use futures_util::future::LocalBoxFuture;
use roamkit_wire::surrogates;
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Reads the body of a successful answer.
///
/// `serde_json` reads it instead of the browser's `JSON.parse`: numbers above 2^53 stay exact, and nesting that would overflow
/// the stack is refused.
pub fn decode(body: &str) -> Result<Value> {
    let body = surrogates::repair_json(body);
    let answer: Value = serde_json::from_str(&body).map_err(|error| unexpected(&error.to_string()))?;
    if answer.is_object() { Ok(answer) } else { Err(unexpected("it is no object")) }
}

/// Reads a list in an answer. A list that is missing is empty.
fn list<'a>(parent: &'a Value, name: &str) -> Result<&'a [Value]> {
    match &parent[name] {
        Value::Array(list) => Ok(list),
        Value::Null if parent.is_object() => Ok(&[]),
        _ => Err(unexpected(&format!("its {name} is no list"))),
    }
}

/// The error for an answer that does not have the expected form.
fn unexpected(why: &str) -> Error {
    Error::new(Code::ServerUnknownError, format!("the server's answer is not as expected: {why}"))
}

/// The caller of a call. It owns its parts, so that a pending call borrows nothing.
pub struct Caller {
    /// The base URL `https://host/org/app` of each host.
    pub api: Rc<HostPool>,
    /// The user token; empty where the call needs none.
    pub token: String,
    /// The timeout of the call, all attempts included.
    pub timeout_ms: u32,
    /// The owner of the token.
    pub owner: Option<Rc<dyn TokenOwner>>,
    /// Cancels the call.
    pub cancellation: CancellationToken,
    /// Set if the call changes something on the server.
    pub change: Option<Rc<ChangeTracker>>,
    /// Set if the call is made in the background: each of its requests waits for its place.
    pub pace: Option<Rc<RefCell<RequestPace>>>,
}

/// The owner of the user token.
pub trait TokenOwner {
    /// The server refused this token.
    fn token_refused(self: Rc<Self>, token: &str);
}

/// Follows a call that changes something on the server.
pub struct ChangeTracker {
    /// Runs before each repetition, because the server may act again from then on.
    pub before_repeat: Box<dyn Fn() -> LocalBoxFuture<'static, ()>>,
    /// Whether a failed attempt may have changed something on the server.
    pub uncertain: Cell<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use roamkit_wire::lenient;

    #[test]
    fn an_answer_of_another_form_is_the_server_s_error() {
        let deep = "[".repeat(10_000);
        for body in ["", "<html>", "[]", "7", "{\"a\":", &deep] {
            let error = decode(body).unwrap_err();
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
            let answer = decode(&format!(r#"{{"next_key": {id}}}"#)).unwrap();
            assert_eq!(lenient::as_number(&answer["next_key"]), Some(u64::MAX));
        }
    }

    #[test]
    fn a_list_may_be_missing_but_nothing_else_takes_its_place() {
        let answer = decode(r#"{"full": [1], "none": null, "text": "a", "deep": {}}"#).unwrap();
        assert_eq!(list(&answer, "full").unwrap().len(), 1);
        assert!(list(&answer, "none").unwrap().is_empty() && list(&answer, "missing").unwrap().is_empty());
        assert!(list(&answer, "text").is_err() && list(&answer, "deep").is_err());
        assert!(list(&answer["missing"], "full").is_err());
    }
}
