//! Whether the server can do its work: asked by probes, so cheap, and never for long.

use crate::state::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// `GET /health`
pub(crate) async fn show(State(server): State<Shared>) -> (StatusCode, Json<Value>) {
    let database = match timeout(PATIENCE, server.store.ping()).await {
        Ok(Ok(())) => return (StatusCode::OK, Json(json!({"status": "ok"}))),
        Ok(Err(cause)) => {
            tracing::warn!(%cause, "the database does not answer");
            "fails".to_owned()
        }
        Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"status": "unavailable", "database": database})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    async fn server() -> Shared {
        let flags = ["", "--app=a#b", "--client-id=i", "--client-secret=s", "--database=sqlite::memory:"];
        let settings = crate::Settings::try_parse_from(flags).unwrap();
        crate::Server::open(settings).await.unwrap().shared
    }

    #[tokio::test]
    async fn a_database_that_is_gone_shows() {
        let server = server().await;
        assert_eq!(show(State(server.clone())).await.0, StatusCode::OK);
        server.store.close().await;
        let (status, Json(body)) = show(State(server)).await;
        assert_eq!((status, body["database"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("fails")));
    }

    #[tokio::test]
    async fn a_database_that_is_busy_shows_in_time() {
        let server = server().await;
        // In memory there is one connection.
        let busy = server.store.read().await.unwrap();
        let answer = timeout(2 * PATIENCE, show(State(server.clone()))).await.unwrap();
        assert_eq!(answer.0, StatusCode::SERVICE_UNAVAILABLE);
        drop(busy);
        assert_eq!(show(State(server)).await.0, StatusCode::OK);
    }
}
