//! `GET /health` and `GET /metrics`, for probes and for Prometheus. Neither waits long for the database.

use crate::metrics::MEDIA_TYPE;
use crate::state::{AppState, SharedState};
use crate::store::queues;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// The maximum wait for the database.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /health`
pub(crate) async fn health(State(state): State<SharedState>) -> (StatusCode, Json<Value>) {
    let database = match timeout(DATABASE_TIMEOUT, state.store.ping()).await {
        Ok(Ok(())) => return (StatusCode::OK, Json(json!({"status": "ok"}))),
        Ok(Err(cause)) => {
            tracing::warn!(%cause, "the database does not answer");
            "fails".to_owned()
        }
        Err(_) => format!("no answer within {} s", DATABASE_TIMEOUT.as_secs()),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable", "database": database})))
}

/// `GET /metrics`
pub(crate) async fn metrics(State(state): State<SharedState>) -> Response {
    let metrics = &state.metrics;
    metrics.set_online_devices(state.hub.all_devices().len());
    for (pool, size, idle) in state.store.pool_sizes() {
        metrics.set_connections(pool, idle, size - idle);
    }
    metrics.update_queued_envelopes(count_queued_envelopes(&state)).await;
    ([(CONTENT_TYPE, MEDIA_TYPE)], metrics.encode()).into_response()
}

async fn count_queued_envelopes(state: &AppState) -> Option<i64> {
    let count = async { queues::count_all(&mut *state.store.acquire().await?).await };
    match timeout(DATABASE_TIMEOUT, count).await {
        Ok(Ok(count)) => return Some(count),
        Ok(Err(cause)) => tracing::warn!(%cause, "could not count the queued envelopes"),
        Err(_) => tracing::warn!("could not count the queued envelopes in time"),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use clap::Parser as _;
    use std::sync::Arc;

    async fn state() -> SharedState {
        let flags = ["", "--app=a#b", "--client-id=i", "--client-secret=s", "--database=sqlite::memory:"];
        let settings = Settings::try_parse_from(flags).unwrap();
        Arc::new(AppState::open(settings).await.unwrap())
    }

    #[tokio::test]
    async fn a_closed_database_is_reported() {
        let state = state().await;
        assert_eq!(health(State(state.clone())).await.0, StatusCode::OK);
        state.store.close().await;
        let (status, Json(body)) = health(State(state)).await;
        assert_eq!((status, body["database"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("fails")));
    }

    #[tokio::test]
    async fn a_busy_database_is_reported_in_time() {
        let state = state().await;
        // A database in memory has one connection.
        let busy = state.store.acquire().await.unwrap();
        let response = timeout(2 * DATABASE_TIMEOUT, health(State(state.clone()))).await.unwrap();
        assert_eq!(response.0, StatusCode::SERVICE_UNAVAILABLE);
        drop(busy);
        assert_eq!(health(State(state)).await.0, StatusCode::OK);
    }
}
