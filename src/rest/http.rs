//! One request: sent with a bound on its time, stopped by its signal, answered with text.
//!
//! gloo-net builds the request and reads the answer; `fetch` itself is called here, since a rejection may
//! be any value (an abort's own reason), and every step that JS may refuse becomes an error.

use super::{Caller, refusal};
use crate::error::{Code, Error, Failure};
use crate::platform::{Abort, fetch};
use futures_util::future::{Either, select};
use gloo_net::http::{Headers, Method, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use serde::de::DeserializeOwned;
use std::pin::pin;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// A request, without who asks.
pub struct Call<'a> {
    /// `GET`, `POST` or `DELETE`.
    pub method: Method,
    /// Behind the caller's base; already escaped.
    pub path: String,
    /// Names and values; escaped here.
    pub query: &'a [(&'a str, &'a str)],
    /// A JSON body.
    pub body: Option<String>,
    /// The caller's signal.
    pub signal: Option<&'a AbortSignal>,
}

impl Call<'_> {
    /// A plain one.
    pub fn new(method: Method, path: String) -> Self {
        Self { method, path, query: &[], body: None, signal: None }
    }

    /// Sends it for the caller, with its token.
    pub async fn send(self, caller: &Caller<'_>) -> Result<String, Failure> {
        let url = format!("{}{}", caller.base, self.path);
        self.send_to(&url, Some(caller.token), caller.timeout_ms).await
    }

    /// Sends it for the caller and reads the answer's JSON.
    pub async fn json<T: DeserializeOwned>(self, caller: &Caller<'_>) -> Result<T, Failure> {
        let text = self.send(caller).await?;
        parse(&text).map_err(Failure::Error)
    }

    /// Sends it to an address, with or without a token.
    pub async fn send_to(self, url: &str, token: Option<&str>, timeout_ms: u32) -> Result<String, Failure> {
        let mut abort = Abort::new(self.signal)?;
        if let Some(reason) = abort.reason() {
            return Err(Failure::Aborted(reason));
        }
        let request = self.build(url, token, &abort.signal()).map_err(|_| {
            Error::new(Code::InvalidParam, format!("no request can be made for the address {url}"))
        })?;
        let answer = pin!(exchange(&request));
        let timeout = pin!(TimeoutFuture::new(timeout_ms));
        let (status, text) = match select(answer, timeout).await {
            Either::Left((Ok(answer), _)) => answer,
            Either::Left((Err(what), _)) => {
                if let Some(reason) = abort.reason() {
                    return Err(Failure::Aborted(reason));
                }
                let what = format!("the request to {} failed: {what}", origin(url));
                return Err(Error::new(Code::Network, what).into());
            }
            Either::Right(..) => {
                abort.abort();
                let what = format!("{} did not answer within {timeout_ms} ms", origin(url));
                return Err(Error::new(Code::ServerTimeout, what).into());
            }
        };
        // Aborted between the answer and now: nothing of it may take effect.
        if let Some(reason) = abort.reason() {
            return Err(Failure::Aborted(reason));
        }
        if (200..300).contains(&status) { Ok(text) } else { Err(refusal::error(status, &text).into()) }
    }

    fn build(
        self,
        url: &str,
        token: Option<&str>,
        signal: &AbortSignal,
    ) -> Result<web_sys::Request, wasm_bindgen::JsValue> {
        let headers = web_sys::Headers::new()?;
        if let Some(token) = token {
            headers.set("Authorization", &format!("Bearer {token}"))?;
        }
        if self.body.is_some() {
            headers.set("Content-Type", "application/json")?;
        }
        let failed = |_| wasm_bindgen::JsValue::UNDEFINED;
        let builder = RequestBuilder::new(url)
            .method(self.method)
            .headers(Headers::from_raw(headers))
            .query(self.query.iter().copied())
            .abort_signal(Some(signal));
        let request = match self.body {
            Some(body) => builder.body(body),
            None => builder.build(),
        };
        Ok(request.map_err(failed)?.into())
    }
}

/// Reads an answer's JSON.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        Error::new(Code::ServerUnknownError, format!("the server's answer is not as expected: {error}"))
    })
}

/// Escapes a part of a path.
pub fn escape(part: &str) -> String {
    js_sys::encode_uri_component(part).into()
}

async fn exchange(request: &web_sys::Request) -> Result<(u16, String), String> {
    let words = |value: wasm_bindgen::JsValue| match value.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => "no reason was given".into(),
    };
    let response = JsFuture::from(fetch(request)).await.map_err(words)?;
    let response: web_sys::Response = response.dyn_into().map_err(|_| "fetch gave no response")?;
    let status = response.status();
    let text = JsFuture::from(response.text().map_err(words)?).await.map_err(words)?;
    Ok((status, text.as_string().unwrap_or_default()))
}

/// The part of an address that may stand in an error: never its query.
fn origin(url: &str) -> String {
    web_sys::Url::new(url).map_or_else(|_| "the server".into(), |url| url.origin())
}
