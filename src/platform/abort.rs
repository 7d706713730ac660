//! `AbortSignal` and `AbortController`.

use super::events;
use futures_channel::oneshot;
use gloo_events::EventListener;
use wasm_bindgen::JsValue;
use web_sys::{AbortController, AbortSignal};

/// The reason of a signal that is aborted.
pub fn abort_reason(signal: Option<&AbortSignal>) -> Option<JsValue> {
    signal.filter(|signal| signal.aborted()).map(AbortSignal::reason)
}

/// Completes when the signal is aborted; never, where there is no signal.
pub async fn aborted(signal: Option<&AbortSignal>) {
    let Some(signal) = signal else { return std::future::pending().await };
    if signal.aborted() {
        return;
    }
    let (sender, receiver) = oneshot::channel();
    let _listener = EventListener::once(signal, events::ABORT, move |_| {
        let _ = sender.send(());
    });
    let _ = receiver.await;
}

/// A signal for one request: aborted when the caller's signal is, and when this is dropped before `disarm`.
pub struct AbortOnDrop {
    controller: AbortController,
    armed: bool,
    _caller: Option<EventListener>,
}

impl AbortOnDrop {
    /// A new signal that follows the caller's, if there is one.
    pub fn new(caller: Option<&AbortSignal>) -> Result<Self, JsValue> {
        let controller = AbortController::new()?;
        if caller.is_some_and(AbortSignal::aborted) {
            controller.abort();
        }
        let listener = caller.map(|caller| {
            let controller = controller.clone();
            EventListener::once(caller, events::ABORT, move |_| controller.abort())
        });
        Ok(Self { controller, armed: true, _caller: listener })
    }

    /// The signal for the request.
    pub fn signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// The request is over: there is nothing left to abort.
    pub fn disarm(mut self) {
        self.armed = false;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if self.armed {
            self.controller.abort();
        }
    }
}
