//! The tables `deliveries` and `queue_items`: the envelopes that wait for devices.
//!
//! An envelope is stored once. Each device has its own queues, and an item per envelope in them.

use super::conversations::USER_CHUNK;
use super::database::{Conn, Engine, Result, WriteTransaction};
use super::missed;
use super::sql_builder::SqlBuilder;
use futures_util::TryStreamExt as _;

/// The number of envelopes that are decoded together when they are dropped.
const DROP_PAGE: i64 = 500;

/// Stores an envelope. The `enqueue` functions then put it into queues.
pub(crate) async fn insert_envelope(conn: &mut Conn, seq: i64, meta: &[u8], now: i64) -> Result<()> {
    sqlx::query("INSERT INTO deliveries (seq, created, meta) VALUES ($1, $2, $3)")
        .bind(seq)
        .bind(now)
        .bind(meta)
        .execute(conn)
        .await?;
    Ok(())
}

/// The time for which an envelope waits in the queue of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retention {
    /// Until the device has received it.
    UntilReceived,
    /// During the present session only. A device that is away does not get it.
    OnlineOnly,
}

/// An envelope's place in a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QueueItem<'a> {
    pub(crate) queue: &'a str,
    pub(crate) seq: i64,
    pub(crate) retention: Retention,
}

/// Puts an envelope into a queue of all devices of some users except one device (0: no exception).
pub(crate) async fn enqueue_for_users(
    conn: &mut Conn,
    users: &[i64],
    item: &QueueItem<'_>,
    except_device: i64,
) -> Result<()> {
    for users in users.chunks(USER_CHUNK) {
        let mut query =
            SqlBuilder::new("INSERT INTO queue_items (device_id, queue, seq, online_only) SELECT d.id, ");
        query.bind(item.queue.to_owned()).push(", ").bind(item.seq);
        let (online_only, condition) = match item.retention {
            Retention::UntilReceived => (", 0", ""),
            Retention::OnlineOnly => (", 1", " AND d.session <> 0"),
        };
        query.push(online_only).push(" FROM devices d WHERE d.user_id IN ");
        query.bind_list(users.iter().copied()).push(condition).push(" AND d.id <> ").bind(except_device);
        query.push(" ON CONFLICT DO NOTHING");
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Puts an envelope into a queue of one device.
pub(crate) async fn enqueue_for_device(conn: &mut Conn, device: i64, queue: &str, seq: i64) -> Result<()> {
    let sql = "INSERT INTO queue_items (device_id, queue, seq) VALUES ($1, $2, $3)";
    sqlx::query(sql).bind(device).bind(queue).bind(seq).execute(conn).await?;
    Ok(())
}

/// Drops the envelopes that were for an earlier session of a device only.
pub(crate) async fn drop_online_only(conn: &mut Conn, device: i64) -> Result<()> {
    let sql = "DELETE FROM queue_items WHERE device_id = $1 AND online_only = 1";
    sqlx::query(sql).bind(device).execute(conn).await?;
    Ok(())
}

/// The non-empty queues of a device, with the number of envelopes in each.
pub(crate) async fn unread(conn: &mut Conn, device: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT q.queue, COUNT(*) FROM queue_items q JOIN deliveries d ON d.seq = q.seq
               WHERE q.device_id = $1 GROUP BY q.queue ORDER BY MIN(q.seq)";
    sqlx::query_as(sql).bind(device).fetch_all(conn).await
}

/// Reads the envelopes of a queue after a sequence number, oldest first: at most `limit`, and at most
/// `max_bytes` unless the first one alone is larger.
pub(crate) async fn read_batch(
    conn: &mut Conn,
    device: i64,
    queue: &str,
    after: i64,
    limit: i64,
    max_bytes: usize,
) -> Result<Vec<(i64, Vec<u8>)>> {
    let sql = "SELECT q.seq, d.meta FROM queue_items q JOIN deliveries d ON d.seq = q.seq
               WHERE q.device_id = $1 AND q.queue = $2 AND q.seq > $3 ORDER BY q.seq LIMIT $4";
    let mut rows = sqlx::query_as(sql).bind(device).bind(queue).bind(after).bind(limit).fetch(conn);
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while let Some((seq, meta)) = rows.try_next().await? {
        let meta: Vec<u8> = meta;
        bytes += meta.len();
        if bytes > max_bytes && !batch.is_empty() {
            break;
        }
        batch.push((seq, meta));
    }
    Ok(batch)
}

/// Deletes the envelopes that a device has received, up to a sequence number.
pub(crate) async fn acknowledge(
    tx: &mut WriteTransaction,
    device: i64,
    queue: &str,
    up_to: i64,
) -> Result<()> {
    let sql = match tx.engine() {
        Engine::Sqlite => "DELETE FROM queue_items WHERE device_id = $1 AND queue = $2 AND seq <= $3",
        // Skips rows that a concurrent removal is deleting, because waiting for them could deadlock.
        Engine::Postgres => {
            "DELETE FROM queue_items WHERE (device_id, queue, seq) IN (SELECT device_id, queue, seq FROM queue_items
             WHERE device_id = $1 AND queue = $2 AND seq <= $3 FOR UPDATE SKIP LOCKED)"
        }
    };
    sqlx::query(sql).bind(device).bind(queue).bind(up_to).execute(&mut **tx).await?;
    Ok(())
}

/// The newest envelope in each queue of these devices, as (device, queue, sequence number).
pub(crate) async fn newest(conn: &mut Conn, devices: &[i64]) -> Result<Vec<(i64, String, i64)>> {
    let mut query = SqlBuilder::new("SELECT device_id, queue, MAX(seq) FROM queue_items WHERE device_id IN ");
    query.bind_list(devices.iter().copied()).push(" GROUP BY device_id, queue");
    query.fetch_all(conn).await
}

/// Counts the queued envelopes of all devices.
pub(crate) async fn count_all(conn: &mut Conn) -> Result<i64> {
    sqlx::query_scalar("SELECT COUNT(*) FROM queue_items").fetch_one(conn).await
}

/// Records that an envelope edits a message, so that [`remove_message`] finds it.
pub(crate) async fn record_edit(conn: &mut Conn, seq: i64, message: i64) -> Result<()> {
    sqlx::query("UPDATE deliveries SET edits = $2 WHERE seq = $1")
        .bind(seq)
        .bind(message)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes a message and its edits from the queues of all devices that have not received them.
pub(crate) async fn remove_message(conn: &mut Conn, message: i64) -> Result<()> {
    let of_message = "(SELECT seq FROM deliveries WHERE seq = $1 OR (edits = $1 AND edits <> 0))";
    for sql in [
        format!("DELETE FROM queue_items WHERE seq IN {of_message}"),
        format!("DELETE FROM deliveries WHERE seq IN {of_message}"),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(message).execute(&mut *conn).await?;
    }
    Ok(())
}

/// Drops envelopes that are older than `oldest`, envelopes beyond `max_per_device`, and envelopes in no queue.
/// What the devices miss is recorded in [`missed`].
pub(crate) async fn prune(conn: &mut Conn, oldest: i64, max_per_device: u32) -> Result<()> {
    let sql = "SELECT q.device_id, MAX(q.seq) FROM queue_items q JOIN deliveries d ON d.seq = q.seq
               WHERE d.created < $1 GROUP BY q.device_id";
    let expired: Vec<(i64, i64)> = sqlx::query_as(sql).bind(oldest).fetch_all(&mut *conn).await?;
    for (device, up_to) in expired {
        drop_up_to(conn, device, up_to).await?;
    }
    let full: Vec<i64> =
        sqlx::query_scalar("SELECT device_id FROM queue_items GROUP BY device_id HAVING COUNT(*) > $1")
            .bind(i64::from(max_per_device))
            .fetch_all(&mut *conn)
            .await?;
    for device in full {
        let sql = "SELECT seq FROM queue_items WHERE device_id = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2";
        let up_to: Option<i64> = sqlx::query_scalar(sql)
            .bind(device)
            .bind(i64::from(max_per_device))
            .fetch_optional(&mut *conn)
            .await?;
        drop_up_to(conn, device, up_to.unwrap_or(0)).await?;
    }
    let sql = "DELETE FROM deliveries WHERE NOT EXISTS
               (SELECT 1 FROM queue_items q WHERE q.seq = deliveries.seq)";
    sqlx::query(sql).execute(conn).await?;
    Ok(())
}

/// Drops the envelopes of a device up to a sequence number, and records the conversations that they were about.
async fn drop_up_to(conn: &mut Conn, device: i64, up_to: i64) -> Result<()> {
    let sql = "SELECT u.name FROM devices d JOIN users u ON u.id = d.user_id WHERE d.id = $1";
    let owner: Option<String> = sqlx::query_scalar(sql).bind(device).fetch_optional(&mut *conn).await?;
    let owner = owner.unwrap_or_default();
    let mut after = 0;
    loop {
        let sql = "SELECT q.seq, d.meta FROM queue_items q JOIN deliveries d ON d.seq = q.seq
                   WHERE q.device_id = $1 AND q.online_only = 0 AND q.seq > $2 AND q.seq <= $3
                   ORDER BY q.seq LIMIT $4";
        let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql)
            .bind(device)
            .bind(after)
            .bind(up_to)
            .bind(DROP_PAGE)
            .fetch_all(&mut *conn)
            .await?;
        let Some(&(last, _)) = rows.last() else { break };
        missed::record(conn, device, &owner, rows.iter().map(|(_, meta)| meta.as_slice())).await?;
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
    use crate::store::database::Store;
    use crate::store::devices;
    use crate::store::users::{self, User};

    async fn create_device(conn: &mut Conn) -> i64 {
        users::create(conn, "a#b", &User { id: 1, name: "ann".into() }, "", 0).await.unwrap();
        devices::start_session(conn, 1, "r", 7, 0, 9).await.unwrap()
    }

    async fn enqueue(conn: &mut Conn, seq: i64) {
        let item = QueueItem { queue: "q", seq, retention: Retention::UntilReceived };
        enqueue_for_users(conn, &[1], &item, 0).await.unwrap();
    }

    #[tokio::test]
    async fn pruning_drops_old_surplus_and_unqueued_envelopes() {
        let store = Store::in_memory().await;
        let mut tx = store.begin().await.unwrap();
        let device = create_device(&mut tx).await;
        for seq in 1..=10 {
            insert_envelope(&mut tx, seq, b"meta", seq).await.unwrap();
            enqueue(&mut tx, seq).await;
        }
        insert_envelope(&mut tx, 11, b"in no queue", 11).await.unwrap();
        prune(&mut tx, 3, 5).await.unwrap();
        let batch = read_batch(&mut tx, device, "q", 0, 99, 1000).await.unwrap();
        let left: Vec<i64> = batch.into_iter().map(|(seq, _)| seq).collect();
        assert_eq!(left, [6, 7, 8, 9, 10]);
        let envelopes: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM deliveries").fetch_one(&mut *tx).await.unwrap();
        assert_eq!(envelopes, 5);
        prune(&mut tx, 9, 5).await.unwrap();
        assert_eq!(unread(&mut tx, device).await.unwrap(), [("q".into(), 2)]);
    }

    #[tokio::test]
    async fn a_batch_is_bounded_in_bytes_but_never_empty() {
        let store = Store::in_memory().await;
        let mut tx = store.begin().await.unwrap();
        let device = create_device(&mut tx).await;
        for (seq, size) in [(1, 50), (2, 30), (3, 20), (4, 1)] {
            insert_envelope(&mut tx, seq, &vec![0; size], 0).await.unwrap();
            enqueue(&mut tx, seq).await;
        }
        for (after, limit, bytes, expected) in
            [(0, 9, 101, 1..5), (0, 9, 100, 1..4), (0, 2, 100, 1..3), (0, 9, 49, 1..2), (1, 9, 49, 2..3)]
        {
            let batch = read_batch(&mut tx, device, "q", after, limit, bytes).await.unwrap();
            let seqs: Vec<i64> = batch.into_iter().map(|(seq, _)| seq).collect();
            assert_eq!(seqs, expected.collect::<Vec<_>>(), "after {after}, {limit} envelopes, {bytes} bytes");
        }
    }
}
