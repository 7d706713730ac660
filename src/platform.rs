//! The few things of the platform that more than one part needs, wherever the code runs: a window or any
//! kind of worker. Nothing here touches `window`.

pub mod page;

use crate::error::{Code, Error, Failure, Result};
use crate::later::{Later, before, pair};
use gloo_timers::callback::Timeout;
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

#[wasm_bindgen]
extern "C" {
    /// The global `fetch`.
    pub fn fetch(request: &web_sys::Request) -> js_sys::Promise;
}

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// Whether the platform knows that it is on no network.
    #[wasm_bindgen(js_name = isOffline)]
    pub fn is_offline() -> bool;

    /// Whether this page or worker came without TLS, so that hosts without it may be asked, too.
    #[wasm_bindgen(js_name = isWithoutTls)]
    pub fn is_without_tls() -> bool;

    /// Asks the browser to keep this site's storage when space runs short.
    pub fn persist();
}

/// Milliseconds since the epoch.
#[cfg(target_arch = "wasm32")]
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// Milliseconds since the epoch.
#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

/// Work behind a pointer.
pub type Work<T> = Pin<Box<dyn Future<Output = T>>>;

/// Does work in the background. Behind a pointer: what runs it is then compiled once, not for each kind of work.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    fn run(work: Work<()>) {
        wasm_bindgen_futures::spawn_local(work);
    }
    run(Box::pin(work));
}

/// A promise of what comes out of work; behind a pointer, too.
pub fn promise(
    work: impl Future<Output = std::result::Result<JsValue, Failure>> + 'static,
) -> js_sys::Promise {
    fn run(work: Work<std::result::Result<JsValue, Failure>>) -> js_sys::Promise {
        wasm_bindgen_futures::future_to_promise(async move { work.await.map_err(JsValue::from) })
    }
    run(Box::pin(work))
}

/// Lets so much time pass.
pub async fn pause(ms: u32) {
    let (over, later) = pair::<()>();
    // Its timer goes with it.
    let _timer = Timeout::new(ms, move || drop(over));
    later.await;
}

/// What comes out of it, if that is there in time.
pub async fn within<F: Future>(ms: u32, work: F) -> Option<F::Output> {
    before(pause(ms), work).await
}

/// A request's own abort controller, tied to the caller's signal for as long as it lives. Dropping it ends the request.
pub struct Abort {
    controller: AbortController,
    caller: Option<(AbortSignal, Closure<dyn FnMut()>)>,
    /// Comes when the caller aborts.
    aborted: Option<Later<()>>,
    answered: bool,
}

impl Abort {
    /// Tied to the caller's signal, if there is one. A signal that is aborted already aborts at once.
    pub fn new(signal: Option<&AbortSignal>) -> Result<Self> {
        let controller = AbortController::new()
            .map_err(|_| Error::new(Code::General, "this platform has no AbortController"))?;
        let (tell, aborted) = pair();
        let mut tell = Some(tell);
        let caller = signal.map(|signal| {
            let own = controller.clone();
            let mut tell = tell.take();
            let closure = Closure::<dyn FnMut()>::new(move || {
                own.abort();
                // Dropping who would tell of it is enough.
                drop(tell.take());
            });
            // Adding a listener to a live signal cannot fail.
            let _ = signal.add_event_listener_with_callback("abort", closure.as_ref().unchecked_ref());
            if signal.aborted() {
                controller.abort();
            }
            (signal.clone(), closure)
        });
        let aborted = caller.is_some().then_some(aborted);
        Ok(Self { controller, caller, aborted, answered: false })
    }

    /// What the request listens to.
    pub fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// Lets so much time pass, or less if the caller aborts.
    pub async fn pause(&mut self, ms: u32) {
        match self.aborted.take() {
            Some(aborted) => drop(before(aborted, pause(ms)).await),
            None => pause(ms).await,
        }
    }

    /// There is nothing left to end: else dropping this ends the request.
    pub fn answered(&mut self) {
        self.answered = true;
    }

    /// The caller's reason, where the caller aborted.
    pub fn reason(&self) -> Option<JsValue> {
        let (signal, _) = self.caller.as_ref()?;
        signal.aborted().then(|| js_sys::Reflect::get(signal, &"reason".into()).unwrap_or(JsValue::UNDEFINED))
    }
}

impl Drop for Abort {
    fn drop(&mut self) {
        // Nobody waits for the answer any longer.
        if !self.answered {
            self.controller.abort();
        }
        if let Some((signal, closure)) = &self.caller {
            let _ = signal.remove_event_listener_with_callback("abort", closure.as_ref().unchecked_ref());
        }
    }
}
