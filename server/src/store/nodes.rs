//! The table `nodes`: the nodes that use this database.

use super::database::{Conn, NODE_CHANNEL, Result};

/// Claims a node number. Returns `false` if another node holds it whose last heartbeat is not older than
/// `alive_since`.
pub(crate) async fn claim(
    conn: &mut Conn,
    number: i64,
    started: i64,
    now: i64,
    alive_since: i64,
) -> Result<bool> {
    let sql = "INSERT INTO nodes (number, started, heard) VALUES ($1, $2, $3) ON CONFLICT (number) DO UPDATE
               SET started = excluded.started, heard = excluded.heard WHERE nodes.heard < $4";
    let result =
        sqlx::query(sql).bind(number).bind(started).bind(now).bind(alive_since).execute(conn).await?;
    Ok(result.rows_affected() == 1)
}

/// Records a heartbeat. Returns `false` if another node has taken the number.
pub(crate) async fn heartbeat(conn: &mut Conn, number: i64, started: i64, now: i64) -> Result<bool> {
    let sql = "UPDATE nodes SET heard = $3 WHERE number = $1 AND started = $2";
    let result = sqlx::query(sql).bind(number).bind(started).bind(now).execute(conn).await?;
    Ok(result.rows_affected() == 1)
}

/// Releases a node number.
pub(crate) async fn release(conn: &mut Conn, number: i64, started: i64) -> Result<()> {
    let sql = "DELETE FROM nodes WHERE number = $1 AND started = $2";
    sqlx::query(sql).bind(number).bind(started).execute(conn).await?;
    Ok(())
}

/// Sends an announcement to the other nodes. The database holds all data, so losing an announcement only causes
/// a delay.
pub(crate) async fn notify(conn: &mut Conn, announcement: &str) -> Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(NODE_CHANNEL).bind(announcement).execute(conn).await?;
    Ok(())
}
