//! Notices that tell a user's devices about an action of another device. They wait in the queue with the user's
//! own name.

use super::{ChatContext, Wakeup, envelope};
use crate::ids::now_ms;
use crate::store::database::{Conn, Result};
use crate::store::devices;
use crate::store::queues::{self, QueueItem, Retention};
use crate::store::users::User;
use roamkit_wire::msync::USER_DOMAIN;
use roamkit_wire::names;
use roamkit_wire::notice::Notice;

/// Sends a notice to all devices of a user except the device of `actor` that caused it.
pub(crate) async fn send(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    user: &User,
    actor: &User,
    notice: &Notice,
) -> Result<Wakeup> {
    let except_device = if user.id == actor.id && !notice.resource().is_empty() {
        devices::find(conn, user.id, notice.resource()).await?.unwrap_or(0)
    } else {
        0
    };
    let seq = chat.ids.next();
    let envelope = envelope::encode_notice(chat.app, seq, actor, user, notice);
    let queue = names::queue(&user.name, USER_DOMAIN);
    queues::insert_envelope(conn, seq, &envelope, now_ms()).await?;
    let item = QueueItem { queue: &queue, seq, retention: Retention::UntilReceived };
    queues::enqueue_for_users(conn, &[user.id], &item, except_device).await?;
    Ok(Wakeup { user_id: user.id, queue, except_device })
}

/// Puts the encoded envelope of a notice into the queue of one device.
pub(super) async fn enqueue_for_device(
    conn: &mut Conn,
    seq: i64,
    envelope: &[u8],
    user: &User,
    device: i64,
) -> Result<()> {
    let queue = names::queue(&user.name, USER_DOMAIN);
    queues::insert_envelope(conn, seq, envelope, now_ms()).await?;
    queues::enqueue_for_device(conn, device, &queue, seq).await
}
