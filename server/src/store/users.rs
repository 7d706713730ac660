//! The table `users`.

use super::database::{Conn, Result};

#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// Creates a user. Returns `false` if the name is taken.
pub(crate) async fn create(
    conn: &mut Conn,
    app: &str,
    user: &User,
    password_hash: &str,
    now: i64,
) -> Result<bool> {
    let sql = "INSERT INTO users (id, app, name, password, created) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let result = sqlx::query(sql)
        .bind(user.id)
        .bind(app)
        .bind(&user.name)
        .bind(password_hash)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(result.rows_affected() == 1)
}

/// Finds a user by name, which must be in lower case.
pub(crate) async fn find(conn: &mut Conn, app: &str, name: &str) -> Result<Option<User>> {
    let sql = "SELECT id, name FROM users WHERE app = $1 AND name = $2";
    sqlx::query_as(sql).bind(app).bind(name).fetch_optional(conn).await
}

pub(crate) async fn find_by_id(conn: &mut Conn, id: i64) -> Result<Option<User>> {
    sqlx::query_as("SELECT id, name FROM users WHERE id = $1").bind(id).fetch_optional(conn).await
}

pub(crate) async fn password_hash(conn: &mut Conn, id: i64) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT password FROM users WHERE id = $1").bind(id).fetch_optional(conn).await
}

pub(crate) async fn set_password_hash(conn: &mut Conn, id: i64, hash: &str) -> Result<()> {
    sqlx::query("UPDATE users SET password = $2 WHERE id = $1").bind(id).bind(hash).execute(conn).await?;
    Ok(())
}

/// Removes a user and the user's own data. Messages that the user wrote stay visible to their readers.
pub(crate) async fn remove(conn: &mut Conn, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM users WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Ends all sessions of a user whose ids are below `before`. `operation` tells the devices why.
pub(crate) async fn end_sessions(conn: &mut Conn, id: i64, before: i64, operation: i64) -> Result<()> {
    let sql = "UPDATE users SET ended = $2, ended_by = $3 WHERE id = $1";
    sqlx::query(sql).bind(id).bind(before).bind(operation).execute(conn).await?;
    Ok(())
}
