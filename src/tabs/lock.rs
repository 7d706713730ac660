//! Web Locks: one request for the lock, and holding it. Dropping it lets go.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = Lock, extends = crate::platform::Held)]
    type Request;

    #[wasm_bindgen(constructor, js_class = "Lock")]
    fn new(name: &str, steal: bool, tell: &JsValue) -> Request;

    #[wasm_bindgen(static_method_of = Request, js_class = "Lock")]
    fn available() -> bool;
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The lock is held.
    Held,
    /// It was, and another tab took it.
    Stolen,
    /// There are no locks here.
    None,
}

/// A request, or the lock itself.
#[must_use = "dropping it lets go of the lock"]
pub struct Lock {
    request: Request,
    _tell: Closure<dyn FnMut(JsValue)>,
}

/// Whether tabs can find out about each other here.
pub fn is_available() -> bool {
    Request::available()
}

impl Lock {
    /// Waits for the lock of that name, or takes it from whoever has it.
    pub fn ask(name: &str, steal: bool, mut tell: impl FnMut(Outcome) + 'static) -> Self {
        let tell = Closure::<dyn FnMut(JsValue)>::new(move |what: JsValue| {
            tell(if what == "held" {
                Outcome::Held
            } else if what == "stolen" {
                Outcome::Stolen
            } else {
                Outcome::None
            });
        });
        Self { request: Request::new(name, steal, tell.as_ref()), _tell: tell }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.request.close();
    }
}
