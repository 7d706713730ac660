//! The few things of the platform that more than one part needs, wherever the code runs: a window or any
//! kind of worker. Nothing here touches `window`.

pub mod page;

use crate::later::{before, pair};
use std::pin::Pin;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// Whether the platform knows that it is on no network.
    #[wasm_bindgen(js_name = isOffline)]
    pub fn is_offline() -> bool;

    /// Whether this page or worker came without TLS, so that hosts without it may be asked, too.
    #[wasm_bindgen(js_name = isWithoutTls)]
    pub fn is_without_tls() -> bool;

    /// A JS object of these fields, by their names, one after the other.
    #[wasm_bindgen(js_name = putTogether)]
    pub fn record(names: &str, fields: Vec<JsValue>) -> JsValue;

    /// A JS array of these.
    #[wasm_bindgen(js_name = listOf)]
    pub fn list(values: Vec<JsValue>) -> JsValue;

    /// What is in a JS array; nothing of what is none.
    #[wasm_bindgen(js_name = partsOf)]
    pub fn parts(list: &JsValue) -> Vec<JsValue>;

    /// The bytes of a `Uint8Array`, if it is one.
    #[wasm_bindgen(js_name = bytesOf)]
    pub fn bytes(array: &JsValue) -> Option<Vec<u8>>;

    /// The numbers of a `BigUint64Array`, if it is one.
    #[wasm_bindgen(js_name = numbersOf)]
    pub fn numbers(array: &JsValue) -> Option<Vec<u64>>;

    /// What is open, listened to or under way in JS, of whatever kind.
    pub type Held;

    /// Lets go of it.
    #[wasm_bindgen(method)]
    pub fn close(this: &Held);

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

/// Calls once so much time has passed. Dropping it ends that.
pub struct Timer {
    timer: timer::Timer,
    _tell: Closure<dyn FnMut(JsValue)>,
}

impl Timer {
    /// After so many milliseconds.
    pub fn new(ms: u32, mut tell: impl FnMut() + 'static) -> Self {
        let tell = Closure::<dyn FnMut(JsValue)>::new(move |_| tell());
        Self { timer: timer::Timer::new(ms, tell.as_ref()), _tell: tell }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.timer.close();
    }
}

mod timer {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/js/platform.js")]
    extern "C" {
        #[wasm_bindgen(extends = super::Held)]
        pub type Timer;

        #[wasm_bindgen(constructor)]
        pub fn new(ms: u32, tell: &JsValue) -> Timer;
    }
}

/// Lets so much time pass.
pub async fn pause(ms: u32) {
    let (over, later) = pair::<()>();
    let mut over = Some(over);
    // Its timer goes with it.
    let _timer = Timer::new(ms, move || drop(over.take()));
    later.await;
}

/// What comes out of it, if that is there in time.
pub async fn within<F: Future>(ms: u32, work: F) -> Option<F::Output> {
    before(pause(ms), work).await
}

/// One attempt at a request, or the pause before one, tied to the caller's signal for as long as it lives. Dropping it ends
/// the request.
pub struct Attempt(attempt::Attempt);

/// What an attempt came to.
pub struct Answered {
    /// The answer's.
    pub status: u16,
    /// The answer's `Retry-After`.
    pub retry_after: Option<String>,
    /// The answer's body.
    pub body: Vec<u8>,
}

/// What stands in place of a status where no answer came in time.
const LATE: u16 = 1;

/// Why an attempt came to nothing.
pub struct Lost {
    /// Whether its time was over.
    pub too_late: bool,
    /// In words.
    pub words: String,
}

impl Attempt {
    /// Tied to the caller's signal, if there is one. A signal that is aborted already aborts at once.
    pub fn new(signal: Option<&AbortSignal>) -> Self {
        Self(attempt::Attempt::new(signal))
    }

    /// The caller's reason, where the caller aborted.
    pub fn reason(&self) -> Option<JsValue> {
        parts(&self.0.reason()).into_iter().next()
    }

    /// Lets so much time pass, or less if the caller aborts.
    pub async fn pause(&self, ms: u32) {
        // It does not reject.
        let _ = JsFuture::from(self.0.pause(ms)).await;
    }

    /// Sends a request, with a token and a JSON body where there are any.
    pub async fn exchange(
        &self,
        method: &str,
        url: &str,
        token: &str,
        body: Option<&str>,
        ms: u32,
    ) -> Result<Answered, Lost> {
        let answer = JsFuture::from(self.0.exchange(method, url, token, body, ms)).await;
        let mut answer = parts(&answer.unwrap_or_default()).into_iter();
        let mut next = || answer.next().unwrap_or_default();
        let status = next().as_f64().unwrap_or_default() as u16;
        let words = next().as_string();
        if status <= LATE {
            return Err(Lost { too_late: status == LATE, words: words.unwrap_or_default() });
        }
        let body = bytes(&next()).unwrap_or_default();
        Ok(Answered { status, retry_after: words, body })
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.close();
    }
}

mod attempt {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/js/platform.js")]
    extern "C" {
        #[wasm_bindgen(extends = super::Held)]
        pub type Attempt;

        #[wasm_bindgen(constructor)]
        pub fn new(signal: Option<&web_sys::AbortSignal>) -> Attempt;

        #[wasm_bindgen(method, getter)]
        pub fn reason(this: &Attempt) -> JsValue;

        #[wasm_bindgen(method)]
        pub fn pause(this: &Attempt, ms: u32) -> js_sys::Promise;

        #[wasm_bindgen(method)]
        pub fn exchange(
            this: &Attempt,
            method: &str,
            url: &str,
            token: &str,
            body: Option<&str>,
            ms: u32,
        ) -> js_sys::Promise;
    }
}
