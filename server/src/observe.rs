//! What is known of every request: an id in its log lines and its answer, one line when it is done, and its place in
//! the metrics. Of the path only the route is told, and nothing of query, headers and bodies: there is no secret in it.

use crate::state::Shared;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument as _;
use tracing::field::Empty;

/// The header that carries a request's id, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over.
const MAX_ID_BYTES: usize = 64;

/// Around every request.
pub(crate) async fn observe(State(server): State<Shared>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given_id(request.headers()).unwrap_or_else(new_id);
    let method = known(request.method());
    let route = match request.extensions().get::<MatchedPath>() {
        // What leads to files has a wildcard of the router's own.
        Some(path) if !path.as_str().contains("{*") => path.as_str().to_owned(),
        _ => "none".to_owned(),
    };
    // At this level the id stands in every line, whichever lines are wanted.
    let span = tracing::error_span!("request", request_id = %id, method, route, user = Empty);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, time) = (response.status().as_u16(), started.elapsed());
    server.metrics.answered(method, &route, status, time);
    let ms = time.as_millis() as u64;
    span.in_scope(|| tracing::info!(status, ms, "finished"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Says in the log whose request this is.
pub(crate) fn note_user(id: i64) {
    tracing::Span::current().record("user", id);
}

/// The id that a caller or a proxy gave, if it may stand in a log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fit = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=MAX_ID_BYTES).contains(&id.len()) && id.bytes().all(fit)).then(|| id.to_owned())
}

fn new_id() -> String {
    let half = || getrandom::u64().unwrap_or_default();
    format!("{:016x}{:016x}", half(), half())
}

/// Methods are free text; metrics and logs tell only those that mean something.
fn known(method: &Method) -> &'static str {
    let all = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    all.into_iter().find(|known| method == known).unwrap_or("OTHER")
}
