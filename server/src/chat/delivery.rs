//! Delivery of an envelope into the queues of all devices concerned.

use super::Wakeup;
use super::addresses::Addresses;
use super::audience::Audience;
use crate::ids::now_ms;
use crate::store::database::{Conn, Result};
use crate::store::queues::{self, QueueItem, Retention};
use roamkit_wire::conversation::ChatType;
use std::collections::BTreeMap;

/// An encoded envelope on its way.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) seq: i64,
    pub(crate) meta: &'a [u8],
    pub(crate) addresses: &'a Addresses,
    pub(crate) retention: Retention,
}

/// The retention of envelopes in a conversation. Nothing waits for members of a chat room who are away.
pub(crate) const fn retention_in(chat_type: ChatType) -> Retention {
    match chat_type {
        ChatType::Single | ChatType::Group => Retention::UntilReceived,
        ChatType::Room => Retention::OnlineOnly,
    }
}

/// Stores an envelope and puts it into the queues of the audience's devices, except the device `origin` that sent
/// it (0: none).
pub(crate) async fn deliver(
    conn: &mut Conn,
    envelope: &Envelope<'_>,
    audience: &Audience,
    origin: i64,
) -> Result<Vec<Wakeup>> {
    queues::insert_envelope(conn, envelope.seq, envelope.meta, now_ms()).await?;
    let mut users_by_queue: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for user in audience.users() {
        users_by_queue.entry(envelope.addresses.queue_of(user)).or_default().push(user.id);
    }
    let mut wakeups = Vec::new();
    for (queue, users) in users_by_queue {
        let item = QueueItem { queue: &queue, seq: envelope.seq, retention: envelope.retention };
        queues::enqueue_for_users(conn, &users, &item, origin).await?;
        let wakeup = |user_id| Wakeup { user_id, queue: queue.clone(), except_device: origin };
        wakeups.extend(users.into_iter().map(wakeup));
    }
    Ok(wakeups)
}
