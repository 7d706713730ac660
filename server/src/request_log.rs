//! The middleware that logs every request: it assigns a request id, writes one line when the request is
//! finished, and records it in the metrics. Only the route of the path is logged, and nothing of query, headers
//! and body, so no secret can get into the log.

use crate::state::SharedState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

/// The header with the request id, in requests and responses.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id that is taken over from a request.
const MAX_ID_BYTES: usize = 64;

pub(crate) async fn log_request(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given_id(request.headers()).unwrap_or_else(generate_id);
    let method = method_label(request.method());
    let route = match request.extensions().get::<MatchedPath>() {
        // The router uses a wildcard path for static files.
        Some(path) if !path.as_str().contains("{*") => path.as_str().to_owned(),
        _ => "none".to_owned(),
    };
    // The span has level `error`, so its id is in every line whatever the log level is.
    let span = tracing::error_span!("request", request_id = %id, method, route, user = Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, time) = (response.status().as_u16(), started.elapsed());
    state.metrics.record_request(method, &route, status, time);
    let ms = time.as_millis() as u64;
    span.in_scope(|| tracing::info!(status, ms, "finished"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Adds the user's id to the log lines of the current request.
pub(crate) fn set_user(id: i64) {
    tracing::Span::current().record("user", id);
}

/// The id that the caller or a proxy sent, if it is safe in a log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(is_safe)).then(|| id.to_owned())
}

fn generate_id() -> String {
    let half = || getrandom::u64().unwrap_or_default();
    format!("{:016x}{:016x}", half(), half())
}

/// Callers may send any method name, so unknown ones share a label.
fn method_label(method: &Method) -> &'static str {
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    known.into_iter().find(|known| method == known).unwrap_or("OTHER")
}
