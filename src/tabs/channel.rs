//! `BroadcastChannel`: what is said here is heard by every other object of that name. Dropping it ends that.

use super::said::Said;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = Channel, extends = crate::platform::Held)]
    type Wire;

    #[wasm_bindgen(constructor, js_class = "Channel", catch)]
    fn new(name: &str, hear: &JsValue) -> Result<Wire, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn say(this: &Wire, text: &str) -> Result<(), JsValue>;
}

/// The other tabs.
#[must_use = "dropping it ends the listening"]
pub struct Channel {
    wire: Wire,
    _hear: Closure<dyn FnMut(JsValue)>,
}

impl Channel {
    /// Listens; none where the platform refuses.
    pub fn open(name: &str, mut hear: impl FnMut(Said) + 'static) -> Option<Self> {
        let hear = Closure::<dyn FnMut(JsValue)>::new(move |text: JsValue| {
            if let Some(said) = text.as_string().and_then(|text| Said::read(&text)) {
                hear(said);
            }
        });
        let wire = Wire::new(name, hear.as_ref()).ok()?;
        Some(Self { wire, _hear: hear })
    }

    /// Tells every other tab.
    pub fn say(&self, said: &Said) {
        // Nothing but closing makes it fail, and then nobody is to hear.
        let _ = self.wire.say(&said.write());
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.wire.close();
    }
}
