//! The promises of the calls.

use crate::error::{Failure, Result};
use futures_util::future::LocalBoxFuture;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

/// Returns the promise of a call. Invalid arguments reject it.
pub fn promise<T, F>(arguments: Result<T>, run: impl FnOnce(T) -> F) -> Promise
where
    F: Future<Output = Result<JsValue, Failure>> + 'static,
{
    match arguments {
        Ok(arguments) => boxed(Box::pin(run(arguments))),
        Err(error) => Promise::reject(&error.to_js()),
    }
}

/// Returns the promise of a future. The box gives all futures the same type, so this code is compiled once.
pub fn boxed(work: LocalBoxFuture<'static, Result<JsValue, Failure>>) -> Promise {
    future_to_promise(async move { Ok(work.await?) })
}

/// Returns the promise of a call without a result.
pub fn void_promise<T, F>(arguments: Result<T>, run: impl FnOnce(T) -> F) -> Promise
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    promise(arguments, |arguments| {
        let work = run(arguments);
        async move { work.await.map(|()| JsValue::UNDEFINED) }
    })
}
