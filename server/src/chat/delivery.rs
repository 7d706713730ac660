//! Delivery of an envelope into the queues of all devices concerned.

use super::Wakeup;
use super::peer::Peer;
use crate::ids::now_ms;
use crate::store::database::{Conn, Result};
use crate::store::users::User;
use crate::store::{groups, queues};
use roamkit_wire::msync::USER_DOMAIN;
use roamkit_wire::names;

/// The sender and the receivers of an envelope.
#[derive(Debug)]
pub(crate) struct Addressing<'a> {
    pub(crate) sender: &'a User,
    pub(crate) peer: &'a Peer,
    /// Deliver to the sender's own devices too.
    pub(crate) to_sender: bool,
    /// The device that sent the envelope, which does not get it back; 0: none.
    pub(crate) origin: i64,
}

/// Stores an envelope and puts it into the queues of the receivers' devices and, if requested, of the sender's.
pub(crate) async fn deliver(
    conn: &mut Conn,
    seq: i64,
    meta: &[u8],
    addressing: &Addressing<'_>,
) -> Result<Vec<Wakeup>> {
    let Addressing { sender, peer, to_sender, origin } = *addressing;
    queues::insert_envelope(conn, seq, meta, now_ms()).await?;
    let queue = peer.queue();
    let mut wakeups = Vec::new();
    match peer {
        Peer::User(user) if user.id == sender.id => {}
        Peer::User(user) => {
            let queue = names::queue(&sender.name, USER_DOMAIN);
            queues::enqueue_for_user(conn, user.id, &queue, seq, 0).await?;
            wakeups.push(Wakeup { user_id: user.id, queue, except_device: 0 });
        }
        Peer::Group(group) => {
            queues::enqueue_for_members(conn, group.id, &queue, seq, sender.id).await?;
            let members = groups::members(conn, group.id).await?;
            let others = members.into_iter().filter(|member| member.id != sender.id);
            wakeups.extend(others.map(|member| Wakeup {
                user_id: member.id,
                queue: queue.clone(),
                except_device: 0,
            }));
        }
    }
    if to_sender {
        queues::enqueue_for_user(conn, sender.id, &queue, seq, origin).await?;
        wakeups.push(Wakeup { user_id: sender.id, queue, except_device: origin });
    }
    Ok(wakeups)
}
