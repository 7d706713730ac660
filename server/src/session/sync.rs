//! Reading queues over a socket.
//!
//! The key of a request acknowledges all envelopes up to it. A request without a key acknowledges all envelopes
//! of the queue that were sent **on this connection**. Envelopes that were sent on an earlier connection and
//! not acknowledged are sent again.
//!
//! Clients request the next batch with a key only after a batch that is not the last. Therefore only an empty
//! batch is marked as the last one.

use super::Session;
use super::frame::{queue_jid, queue_name};
use crate::ids::now_ms;
use crate::state::AppState;
use crate::store::database::Result;
use crate::store::queues;
use prost::Message as _;
use roamkit_wire::meta::Meta;
use roamkit_wire::msync::{CommSyncDl, CommUnreadDl, ErrorCode, Jid, MetaQueue, Status};
use roamkit_wire::prost;

/// Largest size of the envelopes in one batch, in bytes. A device on a slow connection can show the first
/// messages while the next batch is on its way.
const BATCH_BYTES: usize = 256 * 1024;

/// Longest name of a queue, in bytes: a user's name and a domain.
const MAX_QUEUE_BYTES: usize = 256;

/// The non-empty queues.
pub(super) async fn unread(state: &AppState, session: &Session) -> Result<CommUnreadDl> {
    let queues = queues::unread(&mut *state.store.acquire().await?, session.device).await?;
    let unread = queues
        .into_iter()
        .map(|(queue, n)| MetaQueue { queue: Some(queue_jid(&session.app, &queue)), n: n as u32 })
        .collect();
    Ok(CommUnreadDl { status: Some(Status::ok()), unread, timestamp: now_ms() as u64 })
}

/// The sequence number up to which a request acknowledges envelopes.
fn acknowledged(key: Option<u64>, last_sent: Option<i64>) -> i64 {
    key.map_or(last_sent.unwrap_or(0), |key| i64::try_from(key).unwrap_or(i64::MAX))
}

/// Deletes the acknowledged envelopes of a queue and returns the next batch.
pub(super) async fn read_batch(
    state: &AppState,
    session: &mut Session,
    queue: &Jid,
    key: Option<u64>,
) -> Result<CommSyncDl> {
    let name = queue_name(queue);
    if name.len() > MAX_QUEUE_BYTES || name.contains('\0') {
        return Ok(CommSyncDl {
            status: Some(Status::error(ErrorCode::WrongParameter, "no such queue")),
            queue: Some(queue.clone()),
            is_last: true,
            timestamp: now_ms() as u64,
            ..CommSyncDl::default()
        });
    }
    let after = acknowledged(key, session.last_sent.get(&name).copied());
    if after > 0 {
        let mut tx = state.store.begin_unordered().await?;
        queues::acknowledge(&mut tx, session.device, &name, after).await?;
        tx.commit().await?;
    }
    let limit = i64::from(state.settings.sync_batch);
    let rows = {
        let mut conn = state.store.acquire().await?;
        queues::read_batch(&mut conn, session.device, &name, after, limit, BATCH_BYTES).await?
    };
    let is_last = rows.is_empty();
    let last_seq = rows.last().map(|&(seq, _)| seq);
    if let Some(seq) = last_seq {
        session.last_sent.insert(name, seq);
    }
    let metas = rows.into_iter().filter_map(|(_, meta)| Meta::decode(meta.as_slice()).ok()).collect();
    Ok(CommSyncDl {
        status: Some(Status::ok()),
        metas,
        next_key: last_seq.map(|seq| seq as u64).or(key),
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
    fn a_key_takes_precedence_over_the_last_sent_envelope() {
        assert_eq!(acknowledged(None, None), 0);
        assert_eq!(acknowledged(None, Some(7)), 7);
        assert_eq!(acknowledged(Some(3), Some(7)), 3);
        assert_eq!(acknowledged(Some(u64::MAX), None), i64::MAX);
    }
}
