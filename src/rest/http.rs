//! One call: sent with a bound on its time, again where that helps (`retry.rs`), to another host where one fails, stopped
//! by its signal, answered with text.
//!
//! `fetch` is called in JS (`Attempt` in `src/js/platform.js`), since a rejection may be any value (an abort's own reason), and
//! every step that JS may refuse becomes an error. gloo-net has the names; its builder would make each request twice, and an
//! address in between, to put both together.

use super::retry::{self, Next, Repeat, Schedule, Trouble};
use super::{Caller, refusal};
use crate::error::{Code, Error, Failure};
use crate::later::before;
use crate::platform::{Answered, Attempt, Work, is_offline, now};
pub use gloo_net::http::Method;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

/// A request, without who asks.
pub struct Call {
    /// What is to be done.
    pub verb: Method,
    /// Behind the caller's base; already escaped.
    pub path: String,
    /// Names and values; escaped here.
    pub query: Vec<(&'static str, String)>,
    /// A JSON body.
    pub body: Option<String>,
    /// The caller's signal.
    pub signal: Option<AbortSignal>,
    /// What a repetition would do.
    pub repeat: Repeat,
}

/// How an attempt failed.
enum Failed {
    Aborted(JsValue),
    /// With what the answer's status was, if there was one, and why another attempt may end better, if it may.
    Because(Error, Option<u16>, Option<Trouble>),
}

impl Call {
    /// Sends it for the caller, with its token, until an answer comes, there is nothing to hope for, or the caller's
    /// client ends.
    pub fn send(self, caller: Caller) -> Work<Result<String, Failure>> {
        Box::pin(async move {
            match before(caller.ended.clone(), self.answer(&caller)).await {
                Some(answer) => answer,
                None => {
                    // It may have been sent.
                    if let Some(change) = &caller.change {
                        change.uncertain.set(true);
                    }
                    Err(Error::ended().into())
                }
            }
        })
    }

    async fn answer(&self, caller: &Caller) -> Result<String, Failure> {
        let api = &caller.api;
        let seed = (js_sys::Math::random() * 9e15) as u64;
        let hosts = if self.repeat == Repeat::Harmless { api.count() } else { 1 };
        let query = self.query();
        let mut schedule = Schedule::new(seed, now(), caller.timeout_ms.into(), hosts);
        loop {
            let host = api.good();
            let url = format!("{}{}{query}", api.url(host), self.path);
            let failed = match self.attempt(&url, caller, schedule.attempt_ms(now()) as u32).await {
                Ok(text) => return Ok(text),
                Err(failed) => failed,
            };
            let (mut error, status, trouble) = match failed {
                Failed::Aborted(reason) => return Err(Failure::Aborted(reason)),
                Failed::Because(error, status, trouble) => (error, status, trouble),
            };
            if let Some(change) = &caller.change
                && retry::may_have_acted(error.code, status)
            {
                change.uncertain.set(true);
            }
            let Some(trouble) = trouble else { return Err(error.into()) };
            if Schedule::is_hosts_fault(trouble) {
                api.failed(host);
            }
            match schedule.after(now(), trouble, self.repeat, is_offline()) {
                Next::GiveUp => return Err(error.into()),
                Next::TooLong(ms) => {
                    if status == Some(429) {
                        error.code = Code::ExceedServiceLimit;
                    }
                    let seconds = ms.div_ceil(1000);
                    error.message = format!("{}; it asks to be left alone for {seconds} s", error.message);
                    return Err(error.into());
                }
                Next::Again(ms) => {
                    let pause = Attempt::new(self.signal.as_ref());
                    pause.pause(ms as u32).await;
                    if let Some(reason) = pause.reason() {
                        return Err(Failure::Aborted(reason));
                    }
                    if let Some(change) = &caller.change {
                        (change.before_repeat)().await;
                    }
                }
            }
        }
    }

    /// The query as it stands in an address, with its question mark; empty where there is none.
    fn query(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| format!("{name}={}", escape(value)));
        let pairs = pairs.collect::<Vec<_>>().join("&");
        if pairs.is_empty() { pairs } else { format!("?{pairs}") }
    }

    async fn attempt(&self, url: &str, caller: &Caller, timeout_ms: u32) -> Result<String, Failed> {
        let attempt = Attempt::new(self.signal.as_ref());
        let (method, body) = (self.verb.as_str(), self.body.as_deref());
        let exchanged = attempt.exchange(method, url, &caller.token, body, timeout_ms).await;
        // Also where it was aborted between the answer and now: nothing of it may take effect.
        if let Some(reason) = attempt.reason() {
            return Err(Failed::Aborted(reason));
        }
        let Answered { status, retry_after, body } = exchanged.map_err(|lost| {
            let code = if lost.too_late { Code::ServerTimeout } else { Code::Network };
            Failed::Because(Error::new(code, lost.words), None, Some(Trouble::Lost))
        })?;
        let text = String::from_utf8(body).unwrap_or_default();
        if (200..300).contains(&status) {
            return Ok(text);
        }
        let error = refusal::error(status, &text);
        let refused = status == 401 && matches!(error.code, Code::InvalidToken | Code::TokenExpired);
        if let Some(owner) = caller.owner.clone().filter(|_| refused) {
            owner.token_refused(&caller.token);
        }
        let trouble = retry::trouble(status, retry_after.as_deref(), now(), js_sys::Date::parse);
        Err(Failed::Because(error, Some(status), trouble))
    }
}

/// Escapes a part of a path.
pub fn escape(part: &str) -> String {
    js_sys::encode_uri_component(part).into()
}
