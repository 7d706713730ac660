//! The table `tokens`. It stores hashes only.

use super::database::{Conn, Result};
use super::users::User;

#[derive(Debug)]
pub(crate) struct StoredToken {
    /// The token's user; `None` for an app token.
    pub(crate) user: Option<User>,
    /// The time of expiry, in milliseconds.
    pub(crate) expires: i64,
}

/// The number of tokens that one user can have.
pub(crate) const MAX_TOKENS: i64 = 100;

/// Stores a token. If the user has too many, deletes those that expire first.
pub(crate) async fn insert(
    conn: &mut Conn,
    app: &str,
    hash: &[u8],
    user_id: Option<i64>,
    expires: i64,
) -> Result<()> {
    sqlx::query("INSERT INTO tokens (hash, app, user_id, expires) VALUES ($1, $2, $3, $4)")
        .bind(hash)
        .bind(app)
        .bind(user_id)
        .bind(expires)
        .execute(&mut *conn)
        .await?;
    if let Some(user_id) = user_id {
        let sql = "DELETE FROM tokens WHERE user_id = $1 AND hash <> $2 AND hash NOT IN
                   (SELECT hash FROM tokens WHERE user_id = $1 AND hash <> $2 ORDER BY expires DESC LIMIT $3)";
        sqlx::query(sql).bind(user_id).bind(hash).bind(MAX_TOKENS - 1).execute(conn).await?;
    }
    Ok(())
}

/// Finds a token of an app.
pub(crate) async fn find(conn: &mut Conn, app: &str, hash: &[u8]) -> Result<Option<StoredToken>> {
    let sql = "SELECT t.expires, u.id, u.name FROM tokens t LEFT JOIN users u ON u.id = t.user_id
               WHERE t.hash = $1 AND t.app = $2";
    let row: Option<(i64, Option<i64>, Option<String>)> =
        sqlx::query_as(sql).bind(hash).bind(app).fetch_optional(conn).await?;
    Ok(row.map(|(expires, id, name)| StoredToken {
        user: id.zip(name).map(|(id, name)| User { id, name }),
        expires,
    }))
}

/// Revokes all tokens of a user.
pub(crate) async fn revoke(conn: &mut Conn, user_id: i64) -> Result<()> {
    sqlx::query("DELETE FROM tokens WHERE user_id = $1").bind(user_id).execute(conn).await?;
    Ok(())
}

/// Deletes tokens that expired before a time. Recently expired tokens stay, because the error for an expired
/// token differs from the error for an unknown one.
pub(crate) async fn prune(conn: &mut Conn, before: i64) -> Result<()> {
    sqlx::query("DELETE FROM tokens WHERE expires < $1").bind(before).execute(conn).await?;
    Ok(())
}
