//! Who there is.

use super::{Conn, Result};

/// A registered user.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// Adds a user; `false` where the name is taken.
pub(crate) async fn create(
    conn: &mut Conn,
    app: &str,
    user: &User,
    password_hash: &str,
    now: i64,
) -> Result<bool> {
    let sql = "INSERT INTO users (id, app, name, password, created) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let done = sqlx::query(sql)
        .bind(user.id)
        .bind(app)
        .bind(&user.name)
        .bind(password_hash)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Finds a user by name (in lower case).
pub(crate) async fn find(conn: &mut Conn, app: &str, name: &str) -> Result<Option<User>> {
    let sql = "SELECT id, name FROM users WHERE app = $1 AND name = $2";
    sqlx::query_as(sql).bind(app).bind(name).fetch_optional(conn).await
}

/// Finds a user by id.
pub(crate) async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<User>> {
    sqlx::query_as("SELECT id, name FROM users WHERE id = $1").bind(id).fetch_optional(conn).await
}

/// A user's password hash.
pub(crate) async fn password(conn: &mut Conn, id: i64) -> Result<Option<String>> {
    sqlx::query_scalar("SELECT password FROM users WHERE id = $1").bind(id).fetch_optional(conn).await
}

/// Replaces a user's password hash.
pub(crate) async fn set_password(conn: &mut Conn, id: i64, hash: &str) -> Result<()> {
    sqlx::query("UPDATE users SET password = $2 WHERE id = $1").bind(id).bind(hash).execute(conn).await?;
    Ok(())
}

/// Removes a user and all that is theirs alone; what they wrote stays with its readers.
pub(crate) async fn remove(conn: &mut Conn, id: i64) -> Result<()> {
    sqlx::query("DELETE FROM users WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Ends all sessions of a user with ids smaller than one.
pub(crate) async fn end_sessions(conn: &mut Conn, id: i64, before: i64, by: i64) -> Result<()> {
    let sql = "UPDATE users SET ended = $2, ended_by = $3 WHERE id = $1";
    sqlx::query(sql).bind(id).bind(before).bind(by).execute(conn).await?;
    Ok(())
}
