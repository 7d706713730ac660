//! One REST call: sent with a bound on its time, repeated where that helps (`retry.rs`), sent to another host where one
//! fails, aborted by its signal, answered with text.

use super::fetch::{FetchError, HttpRequest, HttpResponse};
use super::retry::{self, Next, Repeat, Schedule, Trouble};
use super::{Caller, refusal};
use crate::error::{Code, Error, Failure};
use crate::platform::abort::{abort_reason, aborted};
use crate::platform::{is_offline, now, within};
use futures_util::future::LocalBoxFuture;
pub use gloo_net::http::Method;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

/// A request, independent of its caller.
pub struct Call {
    /// The HTTP method.
    pub verb: Method,
    /// The path behind the caller's base URL, already escaped.
    pub path: String,
    /// Names and values of the query, not yet escaped.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Option<String>,
    /// The signal of the application.
    pub signal: Option<AbortSignal>,
    /// The effect of a repetition.
    pub repeat: Repeat,
}

/// A failed attempt.
enum Failed {
    /// The application aborted the call, for this reason.
    Aborted(JsValue),
    Because {
        error: Error,
        /// The status of the response, if there was one.
        status: Option<u16>,
        /// The reason to try again, if there is one.
        trouble: Option<Trouble>,
    },
}

impl Call {
    /// Sends the call with the caller's token, and repeats it as `retry.rs` allows. Resolves with the text of the response.
    pub fn send(self, caller: Caller) -> LocalBoxFuture<'static, Result<String, Failure>> {
        Box::pin(async move {
            match caller.cancellation.clone().run_until_cancelled(self.answer(&caller)).await {
                Some(answer) => answer,
                None => {
                    // The request may have reached the server.
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
                Failed::Because { error, status, trouble } => (error, status, trouble),
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
                    within(ms as u32, aborted(self.signal.as_ref())).await;
                    if let Some(reason) = abort_reason(self.signal.as_ref()) {
                        return Err(Failure::Aborted(reason));
                    }
                    if let Some(change) = &caller.change {
                        (change.before_repeat)().await;
                    }
                }
            }
        }
    }

    /// The query of the URL with its question mark; empty where there is none.
    fn query(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| format!("{name}={}", escape(value)));
        let pairs = pairs.collect::<Vec<_>>().join("&");
        if pairs.is_empty() { pairs } else { format!("?{pairs}") }
    }

    async fn attempt(&self, url: &str, caller: &Caller, timeout_ms: u32) -> Result<String, Failed> {
        let signal = self.signal.as_ref();
        if let Some(reason) = abort_reason(signal) {
            return Err(Failed::Aborted(reason));
        }
        let request = HttpRequest {
            method: self.verb.clone(),
            url,
            token: &caller.token,
            body: self.body.as_deref(),
            signal,
        };
        let response = request.send(timeout_ms).await;
        // An abort after the response arrived counts, too: nothing of the response may take effect.
        if let Some(reason) = abort_reason(signal) {
            return Err(Failed::Aborted(reason));
        }
        let HttpResponse { status, retry_after, body } = response.map_err(|error| {
            let (code, message) = match error {
                FetchError::TimedOut(message) => (Code::ServerTimeout, message),
                FetchError::Failed(message) => (Code::Network, message),
            };
            Failed::Because { error: Error::new(code, message), status: None, trouble: Some(Trouble::Lost) }
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
        Err(Failed::Because { error, status: Some(status), trouble })
    }
}

/// Escapes a part of a path.
pub fn escape(part: &str) -> String {
    js_sys::encode_uri_component(part).into()
}
