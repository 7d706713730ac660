//! What the database's errors mean, by their names.

use super::super::fault::{Fault, Kind};
use indexed_db_futures::error::{Error, OpenDbError};
use indexed_db_futures::internals::SystemRepr;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

/// What went wrong with it, and what may help.
pub(super) fn failed(verb: &str, error: &JsValue) -> Fault {
    let (name, words) = match error.dyn_ref::<DomException>() {
        Some(exception) => (exception.name(), exception.message()),
        // Nothing that this code did: the browser ended it.
        None if error.is_null() => ("AbortError".to_owned(), "it was ended".to_owned()),
        None => (String::new(), "it gave an answer that makes no sense".to_owned()),
    };
    fault(verb, &name, &words)
}

/// Of opening.
#[allow(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub(super) fn failed_to_open(error: OpenDbError) -> Fault {
    let (name, words) = match &error {
        OpenDbError::Base(error) => said(error),
        _ => (String::new(), "there is no indexedDB here".to_owned()),
    };
    let kind = match &*name {
        "VersionError" => Kind::Newer,
        "UnknownError" | "DataError" | "ConstraintError" | "NotFoundError" => Kind::Damaged,
        _ => Kind::Refused,
    };
    let advice = match kind {
        Kind::Newer => "a newer version of this page made it: load the page again",
        _ => "IndexedDB must be allowed for this site; some private modes refuse it",
    };
    Fault::new(kind, format!("could not open the local copy ({words}); {advice}"))
}

fn fault(verb: &str, name: &str, words: &str) -> Fault {
    let (kind, advice) = match name {
        "QuotaExceededError" => (
            Kind::Full,
            "the browser's storage is full: free some, or log out of another copy with { wipe: true }",
        ),
        // A connection that is closing, closed or lost; work that the browser ended.
        "InvalidStateError" | "AbortError" | "UnknownError" | "TransactionInactiveError" | "TimeoutError" => {
            (
                Kind::Gone,
                "the call changed nothing here and may be repeated; if it goes on failing, open the client anew",
            )
        }
        // A table is missing.
        "NotFoundError" => (Kind::Damaged, "the local copy is damaged: log out with { wipe: true }"),
        _ => (Kind::Other, "the call changed nothing here"),
    };
    Fault::new(kind, format!("could not {verb} the local copy ({words}); {advice}"))
}

/// An error's name and words. The library's own way of writing them brings what writes fractions: 17 KB.
fn said(error: &Error) -> (String, String) {
    match error {
        Error::DomException(exception) => (exception.as_sys().name(), exception.message()),
        Error::MissingData(_) => (String::new(), "it gave no answer".to_owned()),
        _ => (String::new(), "it gave an answer that makes no sense".to_owned()),
    }
}
