//! What the platform tells of its network and of its own sleep. Dropping it ends that.
//!
//! A window has all of these events, a worker those of the network alone; what does not exist never comes.

use super::driver::Input;
use crate::later::Inbox;
use js_sys::Reflect;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// What the platform says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It is on a network.
    Online,
    /// It is on none.
    Offline,
    /// The page is shown, or runs on after it was frozen or put aside.
    Awake,
}

/// On the global object.
const GLOBAL: [&str; 3] = ["online", "offline", "pageshow"];
/// On the document, where there is one.
const DOCUMENT: [&str; 2] = ["visibilitychange", "resume"];

/// The listeners.
#[must_use = "dropping it ends the listening"]
pub struct Surroundings {
    targets: Vec<(EventTarget, &'static [&'static str])>,
    listener: Closure<dyn FnMut(Event)>,
}

impl Surroundings {
    /// Tells what happens from now on.
    pub fn listen(to: Inbox<Input>) -> Self {
        let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let told = match event.type_().as_str() {
                "online" => Told::Online,
                "offline" => Told::Offline,
                "visibilitychange" if !is_visible() => return,
                _ => Told::Awake,
            };
            to.put(Input::Platform(told));
        });
        let global: EventTarget = js_sys::global().unchecked_into();
        let mut targets: Vec<(EventTarget, &'static [&'static str])> = vec![(global, &GLOBAL)];
        if let Some(document) = field(&js_sys::global(), "document").and_then(|it| it.dyn_into().ok()) {
            targets.push((document, &DOCUMENT));
        }
        let function = listener.as_ref().unchecked_ref();
        for (target, names) in &targets {
            for name in *names {
                // A global object that takes no listeners has nothing to tell.
                let _ = target.add_event_listener_with_callback(name, function);
            }
        }
        Self { targets, listener }
    }
}

impl Drop for Surroundings {
    fn drop(&mut self) {
        let function = self.listener.as_ref().unchecked_ref();
        for (target, names) in &self.targets {
            for name in *names {
                let _ = target.remove_event_listener_with_callback(name, function);
            }
        }
    }
}

fn is_visible() -> bool {
    field(&js_sys::global(), "document")
        .and_then(|document| field(&document, "visibilityState"))
        .is_some_and(|state| state == "visible")
}

fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}
