//! The devices of users: known once they have been online.

use super::sql::Sql;
use super::{Conn, Result};

/// The device of a resource, in a session that is newer than all before it; makes the device where it is new, and
/// forgets the longest unseen beyond a count.
pub(crate) async fn provision(
    conn: &mut Conn,
    user_id: i64,
    resource: &str,
    session: i64,
    now: i64,
    keep: u32,
) -> Result<i64> {
    // The session's id is as good as any for a device that is new.
    let sql = "INSERT INTO devices (id, user_id, resource, session, seen) VALUES ($1, $2, $3, $1, $4)
               ON CONFLICT (user_id, resource) DO UPDATE SET seen = excluded.seen, session = excluded.session
               RETURNING id";
    let id = sqlx::query_scalar(sql)
        .bind(session)
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

/// Notes that a session is over.
pub(crate) async fn left(conn: &mut Conn, id: i64, session: i64, now: i64) -> Result<()> {
    let sql = "UPDATE devices SET seen = $3, session = CASE WHEN session = $2 THEN 0 ELSE session END WHERE id = $1";
    sqlx::query(sql).bind(id).bind(session).bind(now).execute(conn).await?;
    Ok(())
}

/// How many other devices of a user are online through other nodes, of those heard of since a time.
pub(crate) async fn elsewhere(
    conn: &mut Conn,
    user_id: i64,
    device: i64,
    own_node: i64,
    since: i64,
) -> Result<i64> {
    // The node stands in bits 12 to 21 of a session's id: see `ids.rs`.
    let sql = "SELECT COUNT(*) FROM devices d JOIN nodes n ON n.number = ((d.session >> 12) & 1023)
               WHERE d.user_id = $1 AND d.id <> $2 AND d.session > n.started AND n.number <> $3 AND n.heard >= $4";
    sqlx::query_scalar(sql).bind(user_id).bind(device).bind(own_node).bind(since).fetch_one(conn).await
}

/// What became of a device's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Standing {
    pub(crate) device: i64,
    /// Its newest session.
    pub(crate) session: i64,
    /// Sessions with smaller ids were ended,
    pub(crate) ended: i64,
    /// by this operation.
    pub(crate) ended_by: i64,
}

/// What became of the sessions of these devices. A device that is not told of is gone, with its user.
pub(crate) async fn standings(conn: &mut Conn, devices: &[i64]) -> Result<Vec<Standing>> {
    let mut query = Sql::new(
        "SELECT d.id AS device, d.session, u.ended, u.ended_by FROM devices d JOIN users u ON u.id = d.user_id
         WHERE d.id IN ",
    );
    query.bind_list(devices.iter().copied());
    query.rows(conn).await
}
