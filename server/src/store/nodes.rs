//! The nodes at work on one database.

use super::{Conn, Result};

/// Takes a node number, unless another node that was heard of since a time has it.
pub(crate) async fn claim(conn: &mut Conn, number: i64, started: i64, now: i64, since: i64) -> Result<bool> {
    let sql = "INSERT INTO nodes (number, started, heard) VALUES ($1, $2, $3) ON CONFLICT (number) DO UPDATE
               SET started = excluded.started, heard = excluded.heard WHERE nodes.heard < $4";
    let done = sqlx::query(sql).bind(number).bind(started).bind(now).bind(since).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Says that a node is at work; `false` where its number is another's by now.
pub(crate) async fn beat(conn: &mut Conn, number: i64, started: i64, now: i64) -> Result<bool> {
    let sql = "UPDATE nodes SET heard = $3 WHERE number = $1 AND started = $2";
    let done = sqlx::query(sql).bind(number).bind(started).bind(now).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Gives a node number back.
pub(crate) async fn leave(conn: &mut Conn, number: i64, started: i64) -> Result<()> {
    let sql = "DELETE FROM nodes WHERE number = $1 AND started = $2";
    sqlx::query(sql).bind(number).bind(started).execute(conn).await?;
    Ok(())
}

/// Tells the other nodes to look after the devices of these users. Carries no data: what there is to know is in the
/// database, so that a call that is lost is only late.
pub(crate) async fn ring(conn: &mut Conn, channel: &str, text: &str) -> Result<()> {
    sqlx::query("SELECT pg_notify($1, $2)").bind(channel).bind(text).execute(conn).await?;
    Ok(())
}
