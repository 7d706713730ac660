//! Putting one envelope into the queues of everyone it concerns.

use super::Wake;
use super::peer::Peer;
use crate::ids::now_ms;
use crate::store::users::User;
use crate::store::{Conn, Result, groups, queues};
use roamkit_wire::msync::USER_DOMAIN;
use roamkit_wire::names;

/// From whom, to whom, and past whom.
#[derive(Debug)]
pub(crate) struct Route<'a> {
    pub(crate) sender: &'a User,
    pub(crate) peer: &'a Peer,
    /// Whether the sender's own devices get it too.
    pub(crate) to_sender: bool,
    /// The device it came from, which does not; 0: none.
    pub(crate) origin: i64,
}

/// Keeps an envelope for the devices of the receivers and, where asked for, of the sender.
pub(crate) async fn deliver(conn: &mut Conn, seq: i64, meta: &[u8], route: &Route<'_>) -> Result<Vec<Wake>> {
    let Route { sender, peer, to_sender, origin } = *route;
    queues::add(conn, seq, meta, now_ms()).await?;
    let queue = peer.queue();
    let mut wakes = Vec::new();
    match peer {
        Peer::User(user) if user.id == sender.id => {}
        Peer::User(user) => {
            let queue = names::queue(&sender.name, USER_DOMAIN);
            queues::to_user(conn, user.id, &queue, seq, 0).await?;
            wakes.push(Wake { user_id: user.id, queue, except: 0 });
        }
        Peer::Group(group) => {
            queues::to_members(conn, group.id, &queue, seq, sender.id).await?;
            let members = groups::members(conn, group.id).await?;
            let others = members.into_iter().filter(|member| member.id != sender.id);
            wakes.extend(others.map(|member| Wake { user_id: member.id, queue: queue.clone(), except: 0 }));
        }
    }
    if to_sender {
        queues::to_user(conn, sender.id, &queue, seq, origin).await?;
        wakes.push(Wake { user_id: sender.id, queue, except: origin });
    }
    Ok(wakes)
}
