//! What the database's errors mean, by their names.

use super::super::fault::{Fault, Kind};
use roamkit_wire::text;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

/// What went wrong with it, and what may help.
pub(super) fn failed(verb: &str, error: &JsValue) -> Fault {
    let (name, words) = said(error);
    fault(verb, &name, &words)
}

/// An error's name and words.
fn said(error: &JsValue) -> (String, String) {
    match error.dyn_ref::<DomException>() {
        Some(exception) => (exception.name(), exception.message()),
        // Nothing that this code did: the browser ended it.
        None if error.is_null() => ("AbortError".to_owned(), "it was ended".to_owned()),
        None => (String::new(), "it gave an answer that makes no sense".to_owned()),
    }
}

/// Where there are none, or none for this page.
pub(super) fn no_databases() -> Fault {
    could_not_open(Kind::Refused, "there is no indexedDB here, or none for this page")
}

/// Of opening.
#[allow(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
pub(super) fn failed_to_open(error: JsValue) -> Fault {
    let (name, words) = said(&error);
    let kind = match &*name {
        "VersionError" => Kind::Newer,
        "UnknownError" | "DataError" | "ConstraintError" | "NotFoundError" => Kind::Damaged,
        _ => Kind::Refused,
    };
    could_not_open(kind, &words)
}

fn could_not_open(kind: Kind, words: &str) -> Fault {
    let advice = match kind {
        Kind::Newer => "a newer version of this page made it: load the page again",
        _ => "IndexedDB must be allowed for this site; some private modes refuse it",
    };
    Fault::new(kind, text!["could not open the local copy (", words, "); ", advice])
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
    Fault::new(kind, text!["could not ", verb, " the local copy (", words, "); ", advice])
}
