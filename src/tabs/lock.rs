//! Web Locks.

use crate::cancellation::CancellationSource;
use crate::platform::{global, property, spawn};
use js_sys::{Function, Object, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use web_sys::{AbortController, AbortSignal};

/// web-sys has these types only with `--cfg=web_sys_unstable_apis`.
#[wasm_bindgen]
extern "C" {
    type LockManager;

    #[wasm_bindgen(method, catch)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &LockOptions,
        granted: &Function,
    ) -> Result<Promise, JsValue>;

    type LockOptions;

    #[wasm_bindgen(method, setter)]
    fn set_steal(this: &LockOptions, steal: bool);

    #[wasm_bindgen(method, setter)]
    fn set_signal(this: &LockOptions, signal: &AbortSignal);
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LockOutcome {
    /// The lock is held.
    Granted,
    /// This tab held the lock, and another tab stole it.
    Stolen,
    /// The platform has no locks, or refuses the request.
    Unavailable,
}

/// A lock, or a request for it. Dropping it releases the lock or withdraws the request.
#[must_use = "dropping it releases the lock"]
pub struct Lock {
    released: CancellationSource,
    withdraw: Option<AbortController>,
}

/// Whether the platform has locks and channels, so that tabs can share a session.
pub fn is_available() -> bool {
    property(&lock_manager(), "request").is_function() && global("BroadcastChannel").is_function()
}

fn lock_manager() -> JsValue {
    property(&global("navigator"), "locks")
}

impl Lock {
    /// Requests the lock with this name, or steals it from its holder. Calls back with each outcome.
    pub fn request(name: &str, steal: bool, callback: impl Fn(LockOutcome) + 'static) -> Self {
        let (released, callback) = (CancellationSource::new(), Rc::new(callback));
        let options = Object::new().unchecked_into::<LockOptions>();
        let withdraw = if steal { None } else { AbortController::new().ok() };
        if let Some(withdraw) = &withdraw {
            options.set_signal(&withdraw.signal());
        } else {
            options.set_steal(steal);
        }
        let granted = Closure::once({
            let (callback, released) = (callback.clone(), released.token());
            move |_: JsValue| {
                if !released.is_cancelled() {
                    callback(LockOutcome::Granted);
                }
                // The browser holds the lock until this promise settles.
                future_to_promise(async move {
                    released.cancelled().await;
                    Ok(JsValue::UNDEFINED)
                })
            }
        });
        let manager = lock_manager();
        let request = if manager.is_object() {
            manager.unchecked_ref::<LockManager>().request(name, &options, granted.as_ref().unchecked_ref())
        } else {
            Err(JsValue::UNDEFINED)
        };
        let token = released.token();
        spawn(async move {
            let ended = match request {
                Ok(request) => JsFuture::from(request).await,
                Err(error) => Err(error),
            };
            // The browser may call the closure until the request is settled.
            drop(granted);
            if let Err(error) = ended
                && !token.is_cancelled()
            {
                let stolen = property(&error, "name") == "AbortError";
                callback(if stolen { LockOutcome::Stolen } else { LockOutcome::Unavailable });
            }
        });
        Self { released, withdraw }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.released.cancel();
        if let Some(withdraw) = &self.withdraw {
            withdraw.abort();
        }
    }
}
