//! The table `devices`: the devices that have been online, and their newest sessions.

use super::database::{Conn, Result};
use super::queues;
use super::sql_builder::SqlBuilder;

/// Starts a session and returns the id of its device. Envelopes that were for an earlier session only are
/// dropped. Creates the device if it is new. Beyond `keep` devices of
/// the user, deletes those that were offline for the longest time.
pub(crate) async fn start_session(
    conn: &mut Conn,
    user_id: i64,
    resource: &str,
    session: i64,
    now: i64,
    keep: u32,
) -> Result<i64> {
    // A new device takes the session's id, which is unique.
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
    queues::drop_online_only(conn, id).await?;
    let sql = "DELETE FROM devices WHERE user_id = $1 AND id NOT IN
               (SELECT id FROM devices WHERE user_id = $1 ORDER BY seen DESC, id DESC LIMIT $2)";
    sqlx::query(sql).bind(user_id).bind(i64::from(keep)).execute(conn).await?;
    Ok(id)
}

/// Finds the id of a device by its resource, the device id that clients choose.
pub(crate) async fn find(conn: &mut Conn, user_id: i64, resource: &str) -> Result<Option<i64>> {
    let sql = "SELECT id FROM devices WHERE user_id = $1 AND resource = $2";
    sqlx::query_scalar(sql).bind(user_id).bind(resource).fetch_optional(conn).await
}

/// Records that a device is online.
pub(crate) async fn touch(conn: &mut Conn, id: i64, now: i64) -> Result<()> {
    sqlx::query("UPDATE devices SET seen = $2 WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Ends a session, unless the device has a newer one.
pub(crate) async fn end_session(conn: &mut Conn, id: i64, session: i64, now: i64) -> Result<()> {
    let sql = "UPDATE devices SET seen = $3, session = CASE WHEN session = $2 THEN 0 ELSE session END WHERE id = $1";
    sqlx::query(sql).bind(id).bind(session).bind(now).execute(conn).await?;
    Ok(())
}

/// Counts the user's other devices that are online through other nodes. A node counts if its last heartbeat is
/// not older than `alive_since`.
pub(crate) async fn count_on_other_nodes(
    conn: &mut Conn,
    user_id: i64,
    device: i64,
    own_node: i64,
    alive_since: i64,
) -> Result<i64> {
    // Bits 12 to 21 of a session's id hold the number of its node, see `ids.rs`.
    let sql = "SELECT COUNT(*) FROM devices d JOIN nodes n ON n.number = ((d.session >> 12) & 1023)
               WHERE d.user_id = $1 AND d.id <> $2 AND d.session > n.started AND n.number <> $3 AND n.heard >= $4";
    sqlx::query_scalar(sql).bind(user_id).bind(device).bind(own_node).bind(alive_since).fetch_one(conn).await
}

/// The state of a device's sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct SessionStatus {
    pub(crate) device: i64,
    /// The device's newest session.
    pub(crate) session: i64,
    /// Sessions with smaller ids were ended.
    pub(crate) ended: i64,
    /// The operation that ended them.
    pub(crate) ended_by: i64,
}

/// The session status of these devices. A device without a status was deleted together with its user.
pub(crate) async fn session_status(conn: &mut Conn, devices: &[i64]) -> Result<Vec<SessionStatus>> {
    let mut query = SqlBuilder::new(
        "SELECT d.id AS device, d.session, u.ended, u.ended_by FROM devices d JOIN users u ON u.id = d.user_id
         WHERE d.id IN ",
    );
    query.bind_list(devices.iter().copied());
    query.fetch_all(conn).await
}
