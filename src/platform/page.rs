//! The page's life: put away and brought back (back/forward cache, freezing), looked at. Dropping it ends the
//! listening. Workers have no page, and hear nothing.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = Page)]
    type Events;

    #[wasm_bindgen(constructor, js_class = "Page")]
    fn new(tell: &JsValue) -> Events;

    #[wasm_bindgen(method)]
    fn close(this: &Events);
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

/// Listens.
#[must_use = "dropping it ends the listening"]
pub struct Page {
    events: Events,
    _tell: Closure<dyn FnMut(JsValue)>,
}

impl Page {
    /// Tells what happens to the page.
    pub fn listen(mut tell: impl FnMut(Life) + 'static) -> Self {
        let tell = Closure::<dyn FnMut(JsValue)>::new(move |what: JsValue| {
            tell(if what == "suspend" {
                Life::Suspend
            } else if what == "resume" {
                Life::Resume
            } else {
                Life::Visible
            });
        });
        Self { events: Events::new(tell.as_ref()), _tell: tell }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.events.close();
    }
}
