//! The few things of the platform that more than one part needs, wherever the code runs: a window or any
//! kind of worker. Nothing here touches `window`.

use crate::error::{Code, Error, Result};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch`.
    pub fn fetch(request: &web_sys::Request) -> js_sys::Promise;
}

/// Milliseconds since the epoch.
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// A request's own abort controller, tied to the caller's signal for as long as it lives.
pub struct Abort {
    controller: AbortController,
    caller: Option<(AbortSignal, Closure<dyn FnMut()>)>,
}

impl Abort {
    /// Tied to the caller's signal, if there is one. A signal that is aborted already aborts at once.
    pub fn new(signal: Option<&AbortSignal>) -> Result<Self> {
        let controller = AbortController::new()
            .map_err(|_| Error::new(Code::General, "this platform has no AbortController"))?;
        let caller = signal.map(|signal| {
            let own = controller.clone();
            let closure = Closure::<dyn FnMut()>::new(move || own.abort());
            // Adding a listener to a live signal cannot fail.
            let _ = signal.add_event_listener_with_callback("abort", closure.as_ref().unchecked_ref());
            if signal.aborted() {
                controller.abort();
            }
            (signal.clone(), closure)
        });
        Ok(Self { controller, caller })
    }

    /// What the request listens to.
    pub fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// Ends the request.
    pub fn abort(&mut self) {
        self.controller.abort();
    }

    /// The caller's reason, where the caller aborted.
    pub fn reason(&self) -> Option<JsValue> {
        let (signal, _) = self.caller.as_ref()?;
        signal.aborted().then(|| js_sys::Reflect::get(signal, &"reason".into()).unwrap_or(JsValue::UNDEFINED))
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        if let Some((signal, closure)) = &self.caller {
            let _ = signal.remove_event_listener_with_callback("abort", closure.as_ref().unchecked_ref());
        }
    }
}
