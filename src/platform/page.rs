//! What happens to the page: put away and brought back (back/forward cache, freezing), looked at; and to its network.
//! Workers have no page, and hear nothing of one.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(extends = super::Held)]
    type Events;

    #[wasm_bindgen(constructor)]
    fn new(which: &str, tell: &JsValue) -> Events;
}

/// Listens.
#[must_use = "dropping it ends the listening"]
pub struct Listening {
    events: Events,
    _tell: Closure<dyn FnMut(JsValue)>,
}

impl Listening {
    /// Tells what happens to the `page`, or to the `network`.
    pub fn to(which: &str, tell: impl FnMut(JsValue) + 'static) -> Self {
        let tell = Closure::<dyn FnMut(JsValue)>::new(tell);
        Self { events: Events::new(which, tell.as_ref()), _tell: tell }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.events.close();
    }
}

/// What happens to the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It goes to sleep: after this nothing here runs, until it is back or for good.
    Suspend,
    /// It is back.
    Resume,
    /// Somebody looks at it.
    Visible,
}

/// The page. Dropping it ends the listening.
#[must_use = "dropping it ends the listening"]
pub struct Page(#[expect(dead_code, reason = "it is held")] Listening);

impl Page {
    /// Tells what happens to it.
    pub fn listen(mut tell: impl FnMut(Life) + 'static) -> Self {
        Self(Listening::to("page", move |what| {
            tell(if what == "suspend" {
                Life::Suspend
            } else if what == "resume" {
                Life::Resume
            } else {
                Life::Visible
            });
        }))
    }
}
