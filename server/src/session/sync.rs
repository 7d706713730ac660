//! Reading queues.
//!
//! A key acknowledges everything up to it, and only an answer that is not the last makes every client send one: so
//! the last answer is always an empty one. A wish without a key acknowledges all that was sent of that queue **on
//! this connection**. What was sent on an earlier one and never followed up is sent again.

use super::Session;
use super::frame::{queue_jid, queue_name};
use crate::ids::now_ms;
use crate::state::Server;
use crate::store::{Result, queues};
use prost::Message as _;
use roamkit_wire::meta::Meta;
use roamkit_wire::msync::{CommSyncDl, CommUnreadDl, ErrorCode, Jid, MetaQueue, Status};
use roamkit_wire::prost;

/// The envelopes of one answer take so many bytes at most: a device on a slow line shows the first ones while the next
/// are on their way.
const BATCH_BYTES: usize = 256 * 1024;

/// Longest name of a queue: a user's and a domain.
const MAX_QUEUE_BYTES: usize = 256;

fn nothing(status: Status, queue: &Jid) -> CommSyncDl {
    CommSyncDl {
        status: Some(status),
        queue: Some(queue.clone()),
        is_last: true,
        timestamp: now_ms() as u64,
        ..CommSyncDl::default()
    }
}

/// The queues with something in them.
pub(super) async fn unread(server: &Server, session: &Session) -> Result<CommUnreadDl> {
    let waiting = queues::unread(&mut *server.store.read().await?, session.device).await?;
    let unread = waiting
        .into_iter()
        .map(|(queue, n)| MetaQueue { queue: Some(queue_jid(&session.app, &queue)), n: n as u32 })
        .collect();
    Ok(CommUnreadDl { status: Some(Status::ok()), unread, timestamp: now_ms() as u64 })
}

/// Up to where a wish for more acknowledges: its key, or else what this connection was sent.
fn acknowledged(key: Option<u64>, sent: Option<i64>) -> i64 {
    key.map_or(sent.unwrap_or(0), |key| i64::try_from(key).unwrap_or(i64::MAX))
}

/// The next batch of a queue.
pub(super) async fn batch(
    server: &Server,
    session: &mut Session,
    queue: &Jid,
    key: Option<u64>,
) -> Result<CommSyncDl> {
    let name = queue_name(queue);
    if name.len() > MAX_QUEUE_BYTES || name.contains('\0') {
        return Ok(nothing(Status::error(ErrorCode::WrongParameter, "no such queue"), queue));
    }
    let after = acknowledged(key, session.sent.get(&name).copied());
    if after > 0 {
        let mut tx = server.store.write_beside().await?;
        queues::acknowledge(&mut tx, session.device, &name, after).await?;
        tx.commit().await?;
    }
    let limit = i64::from(server.settings.sync_batch);
    let rows = {
        let mut conn = server.store.read().await?;
        queues::batch(&mut conn, session.device, &name, after, limit, BATCH_BYTES).await?
    };
    let is_last = rows.is_empty();
    let next_key = rows.last().map(|&(seq, _)| seq);
    if let Some(seq) = next_key {
        session.sent.insert(name, seq);
    }
    let metas = rows.into_iter().filter_map(|(_, meta)| Meta::decode(meta.as_slice()).ok()).collect();
    Ok(CommSyncDl {
        status: Some(Status::ok()),
        metas,
        next_key: next_key.map(|seq| seq as u64).or(key),
        queue: Some(queue.clone()),
        is_last,
        timestamp: now_ms() as u64,
        ..CommSyncDl::default()
    })
}

#[cfg(test)]
mod tests {
    use super::acknowledged;

    #[test]
    fn a_key_rules_and_silence_means_all_that_was_sent() {
        assert_eq!(acknowledged(None, None), 0);
        assert_eq!(acknowledged(None, Some(7)), 7);
        assert_eq!(acknowledged(Some(3), Some(7)), 3);
        assert_eq!(acknowledged(Some(u64::MAX), None), i64::MAX);
    }
}
