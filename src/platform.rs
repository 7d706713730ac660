//! The parts of the platform that several modules need. Everything here works in a window and in every kind of worker, and
//! panics nowhere: a missing API behaves like one that does nothing.

pub mod abort;
pub mod clock;
pub mod events;
pub mod page;

pub use clock::now;
use futures_util::future::{Either, LocalBoxFuture, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::Reflect;
use std::pin::pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// A property of the global object; `undefined` where the platform does not have it.
pub fn global(name: &str) -> JsValue {
    property(&js_sys::global(), name)
}

/// A property of an object; `undefined` where there is none, or where the value is no object.
pub fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Whether the platform knows that it is on no network.
pub fn is_offline() -> bool {
    property(&global("navigator"), "onLine") == false
}

/// Whether this page or worker was loaded without TLS, and so may use hosts without TLS.
pub fn is_without_tls() -> bool {
    global("origin").as_string().is_some_and(|origin| origin.starts_with("http:"))
}

/// Asks the browser to keep this site's storage when space runs short.
pub fn persist() {
    let storage = property(&global("navigator"), "storage");
    if let Ok(storage) = storage.dyn_into::<web_sys::StorageManager>()
        && let Ok(granted) = storage.persist()
    {
        // The local copy works either way.
        spawn(async { drop(JsFuture::from(granted).await) });
    }
}

/// A random UUID. `crypto.randomUUID` would need a secure context.
pub fn random_uuid() -> Result<String, JsValue> {
    let mut bytes = [0; 16];
    let crypto = global("crypto").dyn_into::<web_sys::Crypto>()?;
    crypto.get_random_values_with_u8_array(&mut bytes)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// Runs a future in the background. The future is boxed, so that the executor's code is compiled once.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    fn run(work: LocalBoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(work);
    }
    run(Box::pin(work));
}

/// Waits.
pub async fn sleep(ms: u64) {
    TimeoutFuture::new(u32::try_from(ms).unwrap_or(u32::MAX)).await;
}

/// The future's output, or `None` if it takes longer than `ms`. Where both are ready, the output wins.
pub async fn within<F: Future>(ms: u32, work: F) -> Option<F::Output> {
    match select(pin!(work), TimeoutFuture::new(ms)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
