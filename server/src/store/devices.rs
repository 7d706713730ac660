//! The devices of users: known once they have been online.

use super::{Conn, Result};

/// The device of a resource; makes it where it is new, and forgets the longest unseen beyond a count.
pub(crate) async fn provision(
    conn: &mut Conn,
    user_id: i64,
    resource: &str,
    new_id: i64,
    now: i64,
    keep: u32,
) -> Result<i64> {
    let sql = "INSERT INTO devices (id, user_id, resource, seen) VALUES ($1, $2, $3, $4)
               ON CONFLICT (user_id, resource) DO UPDATE SET seen = excluded.seen RETURNING id";
    let id = sqlx::query_scalar(sql)
        .bind(new_id)
        .bind(user_id)
        .bind(resource)
        .bind(now)
        .fetch_one(&mut *conn)
        .await?;
    let sql = "DELETE FROM devices WHERE user_id = $1 AND id NOT IN
               (SELECT id FROM devices WHERE user_id = $1 ORDER BY seen DESC, id DESC LIMIT $2)";
    sqlx::query(sql).bind(user_id).bind(i64::from(keep)).execute(conn).await?;
    Ok(id)
}

/// The device of a resource, if it is known.
pub(crate) async fn find(conn: &mut Conn, user_id: i64, resource: &str) -> Result<Option<i64>> {
    let sql = "SELECT id FROM devices WHERE user_id = $1 AND resource = $2";
    sqlx::query_scalar(sql).bind(user_id).bind(resource).fetch_optional(conn).await
}

/// Notes that a device is there.
pub(crate) async fn seen(conn: &mut Conn, id: i64, now: i64) -> Result<()> {
    sqlx::query("UPDATE devices SET seen = $2 WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}
