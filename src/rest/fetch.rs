//! One HTTP exchange: request, response and body, with one time limit for all three.
//!
//! gloo-net 0.7 builds the request and reads the response. Its faults are guarded here:
//! - `Request::send` and `Response::binary` panic if the promise rejects with a value that is no `Error`, such as the reason of
//!   an abort, or if `fetch` returns no `Response`. So `fetch` and the body are awaited through web-sys.
//! - `RequestBuilder::header` panics on an invalid header value, so web-sys creates the headers.

use crate::platform::abort::AbortOnDrop;
use crate::platform::{property, within};
use gloo_net::http::{Headers, Method, RequestBuilder, Response};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

#[wasm_bindgen]
extern "C" {
    /// The global function: a window and a worker both have it.
    #[wasm_bindgen(catch)]
    fn fetch(request: &web_sys::Request) -> Result<JsValue, JsValue>;
}

/// An HTTP request.
pub struct HttpRequest<'a> {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: &'a str,
    /// The bearer token; empty for none.
    pub token: &'a str,
    /// The JSON body.
    pub body: Option<&'a str>,
    /// The caller's signal.
    pub signal: Option<&'a AbortSignal>,
}

/// An HTTP response.
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// The body as bytes. `text()` would convert it to a JS string, and the crossing into WebAssembly back to bytes.
    pub body: Vec<u8>,
}

/// The reason why there is no response. The sentences never contain the query of the URL.
pub enum FetchError {
    /// The response did not arrive in time.
    TimedOut(String),
    /// The request failed or was aborted.
    Failed(String),
}

impl HttpRequest<'_> {
    /// Sends the request. Dropping the future aborts it.
    pub async fn send(self, timeout_ms: u32) -> Result<HttpResponse, FetchError> {
        let origin = origin(self.url);
        match within(timeout_ms, self.exchange()).await {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => {
                let reason = error.is_instance_of::<js_sys::Error>().then(|| property(&error, "message"));
                let reason = reason.and_then(|message| message.as_string());
                let reason = reason.as_deref().unwrap_or("no reason was given");
                Err(FetchError::Failed(format!("the request to {origin} failed: {reason}")))
            }
            None => Err(FetchError::TimedOut(format!("{origin} did not answer within {timeout_ms} ms"))),
        }
    }

    async fn exchange(self) -> Result<HttpResponse, JsValue> {
        let abort = AbortOnDrop::new(self.signal)?;
        let request = self.build(&abort.signal())?;
        let response = JsFuture::from(Promise::resolve(&fetch(&request)?)).await?;
        // The status 0 marks an opaque response.
        let response = response.dyn_into::<web_sys::Response>().ok().filter(|response| response.status() > 0);
        let response = response.ok_or_else(|| js_sys::Error::new("fetch gave no response"))?;
        let body = JsFuture::from(response.array_buffer()?).await?;
        abort.disarm();
        let response = Response::from(response);
        Ok(HttpResponse {
            status: response.status(),
            retry_after: response.headers().get("Retry-After"),
            body: Uint8Array::new(&body).to_vec(),
        })
    }

    fn build(&self, signal: &AbortSignal) -> Result<web_sys::Request, JsValue> {
        let headers = web_sys::Headers::new()?;
        if !self.token.is_empty() {
            headers.set("Authorization", &format!("Bearer {}", self.token))?;
        }
        if self.body.is_some() {
            headers.set("Content-Type", "application/json")?;
        }
        let builder = RequestBuilder::new(self.url)
            .method(self.method.clone())
            .headers(Headers::from_raw(headers))
            .abort_signal(Some(signal));
        let request = match self.body {
            Some(body) => builder.body(body),
            None => builder.build(),
        };
        request.map(web_sys::Request::from).map_err(|error| js_sys::Error::new(&error.to_string()).into())
    }
}

/// The origin of a URL, for errors.
fn origin(url: &str) -> String {
    web_sys::Url::new(url).map_or_else(|_| "the server".into(), |url| url.origin())
}
