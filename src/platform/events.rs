//! Events of the page and of its network.
//!
//! Workers have no `window` and no `document`, and Node has no `self`. An event of a missing target never comes.

use super::global;
use gloo_events::EventListener;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::EventTarget;

/// The event of an `AbortSignal`.
pub const ABORT: &str = "abort";

/// Listens to an event of a global object. Dropping the listener ends that.
fn listen(target: &str, event: &'static str, callback: impl Fn() + 'static) -> Option<EventListener> {
    let target = global(target).dyn_into::<EventTarget>().ok()?;
    Some(EventListener::new(&target, event, move |_| callback()))
}

/// Calls back for each of these events, as `(target, event, value)`, with the value. `visibilitychange` counts only where
/// the page becomes visible.
pub fn listen_all<T: Copy + 'static>(
    events: &[(&str, &'static str, T)],
    callback: impl Fn(T) + 'static,
) -> Vec<EventListener> {
    let callback = Rc::new(callback);
    events
        .iter()
        .filter_map(|&(target, event, value)| {
            let callback = callback.clone();
            listen(target, event, move || {
                if event != "visibilitychange" || is_visible() {
                    callback(value);
                }
            })
        })
        .collect()
}

fn is_visible() -> bool {
    super::property(&global("document"), "visibilityState") == "visible"
}
