//! What waits for each device, by queue and in order.

use super::sql::Sql;
use super::{Conn, Engine, Result, Write, missed};
use futures_util::TryStreamExt as _;

/// Keeps an envelope for the devices that [`to_user`] and [`to_members`] name.
pub(crate) async fn add(conn: &mut Conn, seq: i64, meta: &[u8], now: i64) -> Result<()> {
    sqlx::query("INSERT INTO deliveries (seq, created, meta) VALUES ($1, $2, $3)")
        .bind(seq)
        .bind(now)
        .bind(meta)
        .execute(conn)
        .await?;
    Ok(())
}

/// Puts an envelope into a queue of all devices of a user but one (0: of all).
pub(crate) async fn to_user(conn: &mut Conn, user_id: i64, queue: &str, seq: i64, except: i64) -> Result<()> {
    let sql = "INSERT INTO queue_items (device_id, queue, seq)
               SELECT d.id, $2, $3 FROM devices d WHERE d.user_id = $1 AND d.id <> $4 ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(user_id).bind(queue).bind(seq).bind(except).execute(conn).await?;
    Ok(())
}

/// Puts an envelope into a queue of one device.
pub(crate) async fn to_device(conn: &mut Conn, device: i64, queue: &str, seq: i64) -> Result<()> {
    let sql = "INSERT INTO queue_items (device_id, queue, seq) VALUES ($1, $2, $3)";
    sqlx::query(sql).bind(device).bind(queue).bind(seq).execute(conn).await?;
    Ok(())
}

/// Puts an envelope into a queue of all devices of the members of a group, but those of one user (0: of all).
pub(crate) async fn to_members(
    conn: &mut Conn,
    group: i64,
    queue: &str,
    seq: i64,
    except_user: i64,
) -> Result<()> {
    let sql = "INSERT INTO queue_items (device_id, queue, seq)
               SELECT d.id, $2, $3 FROM members m JOIN devices d ON d.user_id = m.user_id
               WHERE m.group_id = $1 AND m.until IS NULL AND m.user_id <> $4 ON CONFLICT DO NOTHING";
    sqlx::query(sql).bind(group).bind(queue).bind(seq).bind(except_user).execute(conn).await?;
    Ok(())
}

/// The queues of a device with something in them, and how much.
pub(crate) async fn unread(conn: &mut Conn, device: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT q.queue, COUNT(*) FROM queue_items q JOIN deliveries d ON d.seq = q.seq
               WHERE q.device_id = $1 GROUP BY q.queue ORDER BY MIN(q.seq)";
    sqlx::query_as(sql).bind(device).fetch_all(conn).await
}

/// What waits in a queue behind a sequence number, oldest first: so many at most, and beyond the first no more bytes
/// than that.
pub(crate) async fn batch(
    conn: &mut Conn,
    device: i64,
    queue: &str,
    after: i64,
    limit: i64,
    bytes: usize,
) -> Result<Vec<(i64, Vec<u8>)>> {
    let sql = "SELECT q.seq, d.meta FROM queue_items q JOIN deliveries d ON d.seq = q.seq
               WHERE q.device_id = $1 AND q.queue = $2 AND q.seq > $3 ORDER BY q.seq LIMIT $4";
    let mut rows = sqlx::query_as(sql).bind(device).bind(queue).bind(after).bind(limit).fetch(conn);
    let (mut batch, mut held) = (Vec::new(), 0);
    while let Some((seq, meta)) = rows.try_next().await? {
        let meta: Vec<u8> = meta;
        held += meta.len();
        if held > bytes && !batch.is_empty() {
            break;
        }
        batch.push((seq, meta));
    }
    Ok(batch)
}

/// A device has everything of a queue up to a sequence number.
pub(crate) async fn acknowledge(tx: &mut Write, device: i64, queue: &str, up_to: i64) -> Result<()> {
    let sql = match tx.engine() {
        Engine::Sqlite => "DELETE FROM queue_items WHERE device_id = $1 AND queue = $2 AND seq <= $3",
        // What a removal is deleting at this moment is left to it: two that wait for each other's rows would not end.
        Engine::Postgres => {
            "DELETE FROM queue_items WHERE (device_id, queue, seq) IN (SELECT device_id, queue, seq FROM queue_items
             WHERE device_id = $1 AND queue = $2 AND seq <= $3 FOR UPDATE SKIP LOCKED)"
        }
    };
    sqlx::query(sql).bind(device).bind(queue).bind(up_to).execute(&mut **tx).await?;
    Ok(())
}

/// The newest envelope in each queue of these devices: device, queue, sequence number.
pub(crate) async fn newest(conn: &mut Conn, devices: &[i64]) -> Result<Vec<(i64, String, i64)>> {
    let mut query = Sql::new("SELECT device_id, queue, MAX(seq) FROM queue_items WHERE device_id IN ");
    query.bind_list(devices.iter().copied()).push(" GROUP BY device_id, queue");
    query.rows(conn).await
}

/// How many envelopes wait, for all devices together.
pub(crate) async fn depth(conn: &mut Conn) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM queue_items").fetch_one(conn).await
}

/// Takes an envelope back from everyone who has not got it yet.
pub(crate) async fn take_back(conn: &mut Conn, seq: i64) -> Result<()> {
    sqlx::query("DELETE FROM queue_items WHERE seq = $1").bind(seq).execute(&mut *conn).await?;
    sqlx::query("DELETE FROM deliveries WHERE seq = $1").bind(seq).execute(conn).await?;
    Ok(())
}

/// Drops what is older than a time, what is beyond a count for one device, and what waits for nobody. What a device
/// misses by that is noted: see [`missed`].
pub(crate) async fn prune(conn: &mut Conn, before: i64, keep: u32) -> Result<()> {
    let old = "SELECT q.device_id, MAX(q.seq) FROM queue_items q JOIN deliveries d ON d.seq = q.seq
               WHERE d.created < $1 GROUP BY q.device_id";
    let old: Vec<(i64, i64)> = sqlx::query_as(old).bind(before).fetch_all(&mut *conn).await?;
    for (device, up_to) in old {
        drop_up_to(conn, device, up_to).await?;
    }
    let full: Vec<i64> =
        sqlx::query_scalar("SELECT device_id FROM queue_items GROUP BY device_id HAVING COUNT(*) > $1")
            .bind(i64::from(keep))
            .fetch_all(&mut *conn)
            .await?;
    for device in full {
        let sql = "SELECT seq FROM queue_items WHERE device_id = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2";
        let up_to: Option<i64> =
            sqlx::query_scalar(sql).bind(device).bind(i64::from(keep)).fetch_optional(&mut *conn).await?;
        drop_up_to(conn, device, up_to.unwrap_or(0)).await?;
    }
    let sql = "DELETE FROM deliveries WHERE NOT EXISTS
               (SELECT 1 FROM queue_items q WHERE q.seq = deliveries.seq)";
    sqlx::query(sql).execute(conn).await?;
    Ok(())
}

/// How many envelopes are looked at together while they are dropped.
const LOOK_AT: i64 = 500;

/// Drops what waits for a device up to a sequence number, and notes what that was about.
async fn drop_up_to(conn: &mut Conn, device: i64, up_to: i64) -> Result<()> {
    let sql = "SELECT u.name FROM devices d JOIN users u ON u.id = d.user_id WHERE d.id = $1";
    let owner: Option<String> = sqlx::query_scalar(sql).bind(device).fetch_optional(&mut *conn).await?;
    let owner = owner.unwrap_or_default();
    let mut after = 0;
    loop {
        let sql = "SELECT q.seq, d.meta FROM queue_items q JOIN deliveries d ON d.seq = q.seq
                   WHERE q.device_id = $1 AND q.seq > $2 AND q.seq <= $3 ORDER BY q.seq LIMIT $4";
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql)
            .bind(device)
            .bind(after)
            .bind(up_to)
            .bind(LOOK_AT)
            .fetch_all(&mut *conn)
            .await?;
        let Some(&(last, _)) = rows.last() else { break };
        missed::note(conn, device, &owner, rows.iter().map(|(_, meta)| meta.as_slice())).await?;
        after = last;
    }
    sqlx::query("DELETE FROM queue_items WHERE device_id = $1 AND seq <= $2")
        .bind(device)
        .bind(up_to)
        .execute(conn)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::users::{self, User};
    use crate::store::{Store, devices};

    #[tokio::test]
    async fn what_is_old_or_too_much_or_nobodys_is_dropped() {
        let store = Store::in_memory().await;
        let mut tx = store.write().await.unwrap();
        users::create(&mut tx, "a#b", &User { id: 1, name: "ann".into() }, "", 0).await.unwrap();
        let device = devices::provision(&mut tx, 1, "r", 7, 0, 9).await.unwrap();
        for seq in 1..=10 {
            add(&mut tx, seq, b"meta", seq).await.unwrap();
            to_user(&mut tx, 1, "q", seq, 0).await.unwrap();
        }
        add(&mut tx, 11, b"for nobody", 11).await.unwrap();
        prune(&mut tx, 3, 5).await.unwrap();
        let left: Vec<i64> =
            batch(&mut tx, device, "q", 0, 99, 1000).await.unwrap().into_iter().map(|(seq, _)| seq).collect();
        assert_eq!(left, [6, 7, 8, 9, 10]);
        let kept: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM deliveries").fetch_one(&mut *tx).await.unwrap();
        assert_eq!(kept, 5);
        prune(&mut tx, 9, 5).await.unwrap();
        assert_eq!(unread(&mut tx, device).await.unwrap(), [("q".into(), 2)]);
    }

    #[tokio::test]
    async fn a_batch_ends_where_it_gets_too_large_but_never_empty() {
        let store = Store::in_memory().await;
        let mut tx = store.write().await.unwrap();
        users::create(&mut tx, "a#b", &User { id: 1, name: "ann".into() }, "", 0).await.unwrap();
        let device = devices::provision(&mut tx, 1, "r", 7, 0, 9).await.unwrap();
        for (seq, size) in [(1, 50), (2, 30), (3, 20), (4, 1)] {
            add(&mut tx, seq, &vec![0; size], 0).await.unwrap();
            to_user(&mut tx, 1, "q", seq, 0).await.unwrap();
        }
        for (after, limit, bytes, expected) in
            [(0, 9, 101, 1..5), (0, 9, 100, 1..4), (0, 2, 100, 1..3), (0, 9, 49, 1..2), (1, 9, 49, 2..3)]
        {
            let rows = batch(&mut tx, device, "q", after, limit, bytes).await.unwrap();
            let found: Vec<i64> = rows.into_iter().map(|(seq, _)| seq).collect();
            assert_eq!(found, expected.collect::<Vec<_>>(), "after {after}, {limit} of {bytes} bytes");
        }
    }
}
