//! One REST call: its requests within the timeout, repeated as `retry.rs` decides, also on other hosts.

use super::fetch::{FetchError, HttpRequest, HttpResponse};
use super::retry::{self, Decision, Repeat, RetryReason, Schedule};
use super::{Caller, refusal};
use crate::error::{Code, Error, Failure};
use crate::platform::abort::{abort_reason, aborted};
use crate::platform::{is_offline, now, sleep, within};
use futures_util::future::LocalBoxFuture;
pub use gloo_net::http::Method;
use roamkit_wire::surrogates;
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

/// A request, independent of its caller.
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path after the caller's base URL, with its parts escaped.
    pub path: String,
    /// The names and values of the query, not escaped.
    pub query: Vec<(&'static str, String)>,
    /// The JSON body.
    pub body: Option<String>,
    /// The application's signal, which aborts the call.
    pub signal: Option<AbortSignal>,
    /// Whether the call may be sent twice.
    pub repeat: Repeat,
}

/// The failure of one attempt.
enum AttemptError {
    /// The application aborted the call, for this reason.
    Aborted(JsValue),
    Failed {
        error: Error,
        /// The status of the response, if there was one.
        status: Option<u16>,
        /// The reason for another attempt, if there is one.
        retry: Option<RetryReason>,
    },
}

impl Call {
    /// Sends the call with the caller's token, and repeats it as `retry.rs` decides. Returns the text of the response.
    pub fn send(self, caller: Caller) -> LocalBoxFuture<'static, Result<String, Failure>> {
        Box::pin(async move {
            match caller.cancellation.clone().run_until_cancelled(self.send_repeatedly(&caller)).await {
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

    async fn send_repeatedly(&self, caller: &Caller) -> Result<String, Failure> {
        let api = &caller.api;
        let seed = (js_sys::Math::random() * 9e15) as u64;
        let hosts = if self.repeat == Repeat::Idempotent { api.count() } else { 1 };
        let query = self.query();
        keep_pace(caller).await;
        let mut schedule = Schedule::new(seed, now(), caller.timeout_ms.into(), hosts);
        loop {
            let host = api.good();
            let url = format!("{}{}{query}", api.url(host), self.path);
            let failed = match self.attempt(&url, caller, schedule.attempt_ms(now()) as u32).await {
                Ok(text) => return Ok(text),
                Err(failed) => failed,
            };
            let (mut error, status, retry) = match failed {
                AttemptError::Aborted(reason) => return Err(Failure::Aborted(reason)),
                AttemptError::Failed { error, status, retry } => (error, status, retry),
            };
            if let Some(change) = &caller.change
                && retry::may_have_acted(error.code, status)
            {
                change.uncertain.set(true);
            }
            let Some(reason) = retry else { return Err(error.into()) };
            if Schedule::is_fault_of_host(reason) {
                api.failed(host);
            }
            match schedule.after(now(), reason, self.repeat, is_offline()) {
                Decision::GiveUp => return Err(error.into()),
                Decision::TooLong(ms) => {
                    if status == Some(429) {
                        error.code = Code::ExceedServiceLimit;
                    }
                    let seconds = ms.div_ceil(1000);
                    error.message = format!("{}; it asks to be left alone for {seconds} s", error.message);
                    return Err(error.into());
                }
                Decision::RetryIn(ms) => {
                    within(ms as u32, aborted(self.signal.as_ref())).await;
                    keep_pace(caller).await;
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

    /// The query of the URL with its question mark, or an empty string.
    fn query(&self) -> String {
        let pairs = self.query.iter().map(|(name, value)| format!("{name}={}", escape(value)));
        let pairs = pairs.collect::<Vec<_>>().join("&");
        if pairs.is_empty() { pairs } else { format!("?{pairs}") }
    }

    async fn attempt(&self, url: &str, caller: &Caller, timeout_ms: u32) -> Result<String, AttemptError> {
        let signal = self.signal.as_ref();
        if let Some(reason) = abort_reason(signal) {
            return Err(AttemptError::Aborted(reason));
        }
        let request = HttpRequest {
            method: self.method.clone(),
            url,
            token: &caller.token,
            body: self.body.as_deref(),
            signal,
        };
        let response = request.send(timeout_ms).await;
        // An abort after the response arrived counts, too: the response must have no effect.
        if let Some(reason) = abort_reason(signal) {
            return Err(AttemptError::Aborted(reason));
        }
        let HttpResponse { status, retry_after, body } = response.map_err(|error| {
            let (code, message) = match error {
                FetchError::TimedOut(message) => (Code::ServerTimeout, message),
                FetchError::Failed(message) => (Code::Network, message),
            };
            let (error, retry) = (Error::new(code, message), Some(RetryReason::NoResponse));
            AttemptError::Failed { error, status: None, retry }
        })?;
        let text = String::from_utf8(body).unwrap_or_else(|invalid| {
            let mut body = invalid.into_bytes();
            surrogates::replace_in_text(&mut body);
            String::from_utf8(body).unwrap_or_default()
        });
        if (200..300).contains(&status) {
            return Ok(text);
        }
        let error = refusal::error(status, &text);
        let is_token_refused = status == 401 && matches!(error.code, Code::InvalidToken | Code::TokenExpired);
        if let Some(owner) = caller.owner.clone().filter(|_| is_token_refused) {
            owner.token_refused(&caller.token);
        }
        let retry = retry::retry_reason(status, retry_after.as_deref(), now(), js_sys::Date::parse);
        Err(AttemptError::Failed { error, status: Some(status), retry })
    }
}

/// Waits until a request in the background may be sent.
async fn keep_pace(caller: &Caller) {
    let Some(pace) = &caller.pace else { return };
    let wait = pace.borrow_mut().wait_ms(now());
    if wait > 0 {
        sleep(wait).await;
    }
}

/// Escapes a part of a path.
pub fn escape(part: &str) -> String {
    js_sys::encode_uri_component(part).into()
}
