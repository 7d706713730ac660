//! Tokens, by hash.

use super::users::User;
use super::{Conn, Result};

/// A token that is known.
#[derive(Debug)]
pub(crate) struct Token {
    /// Whose; `None` for an app token.
    pub(crate) user: Option<User>,
    /// Until when, ms.
    pub(crate) expires: i64,
}

/// Tokens of one user, at most.
pub(crate) const MOST: i64 = 100;

/// Keeps a token. Of a user with too many, those go that would end first.
pub(crate) async fn add(
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
        sqlx::query(sql).bind(user_id).bind(hash).bind(MOST - 1).execute(conn).await?;
    }
    Ok(())
}

/// Finds a token of an app.
pub(crate) async fn find(conn: &mut Conn, app: &str, hash: &[u8]) -> Result<Option<Token>> {
    let sql = "SELECT t.expires, u.id, u.name FROM tokens t LEFT JOIN users u ON u.id = t.user_id
               WHERE t.hash = $1 AND t.app = $2";
    let row: Option<(i64, Option<i64>, Option<String>)> =
        sqlx::query_as(sql).bind(hash).bind(app).fetch_optional(conn).await?;
    Ok(row
        .map(|(expires, id, name)| Token { user: id.zip(name).map(|(id, name)| User { id, name }), expires }))
}

/// Takes all tokens of a user back.
pub(crate) async fn revoke(conn: &mut Conn, user_id: i64) -> Result<()> {
    sqlx::query("DELETE FROM tokens WHERE user_id = $1").bind(user_id).execute(conn).await?;
    Ok(())
}

/// Forgets tokens that ran out before a time. Those that ran out lately stay, to be told apart from unknown ones.
pub(crate) async fn prune(conn: &mut Conn, before: i64) -> Result<()> {
    sqlx::query("DELETE FROM tokens WHERE expires < $1").bind(before).execute(conn).await?;
    Ok(())
}
