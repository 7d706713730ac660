//! Databases in the PostgreSQL server that the environment names.

use sqlx::Connection as _;
use std::sync::atomic::{AtomicU32, Ordering};

/// Creates an empty database. Returns `None` if the environment names no PostgreSQL server.
pub async fn create_postgres_database() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // PostgreSQL refuses to copy the template database twice at the same time.
    static LOCK: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let postgres = std::env::var("ROAMKIT_TEST_POSTGRES").ok()?;
    let name = format!("suite_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut conn = sqlx::PgConnection::connect(&format!("{postgres}/postgres")).await.unwrap();
    let _lock = LOCK.lock().await;
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut conn).await.unwrap();
    Some(format!("{postgres}/{name}"))
}
