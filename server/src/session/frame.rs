//! Frames as the server writes them.

use crate::ids::now_ms;
use prost::Message;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{
    CommNotice, CommSyncDl, Command, Jid, MSync, StatisticsBody, StatisticsOperation, Status, Version,
};
use roamkit_wire::{names, prost};

/// A frame for a device.
pub(crate) fn frame(to: &Jid, command: Command, payload: &impl Message) -> Vec<u8> {
    let frame = MSync {
        version: Version::V2 as i32,
        guid: Some(to.clone()),
        command: command as i32,
        payload: payload.encode_to_vec(),
        encrypt_type: vec![0],
        ..MSync::default()
    };
    frame.encode_to_vec()
}

/// "Something new came into this queue."
pub(crate) fn notice(to: &Jid, queue: &str) -> Vec<u8> {
    frame(to, Command::Notice, &CommNotice { queue: Some(queue_jid(&to.app_key, queue)) })
}

/// The word that ends a session for good.
pub(crate) fn farewell(to: &Jid, operation: StatisticsOperation) -> Vec<u8> {
    let body = StatisticsBody { operation: operation as i32, reason: String::new() };
    let now = now_ms() as u64;
    let meta = Meta {
        id: now,
        to: Some(to.clone()),
        timestamp: now,
        ns: Namespace::Statistic as i32,
        payload: body.encode_to_vec(),
        ..Meta::default()
    };
    let sync = CommSyncDl {
        status: Some(Status::ok()),
        metas: vec![meta],
        // Clients in the field read the queue's name without looking whether there is one.
        queue: Some(Jid::user(&to.app_key, &to.name)),
        is_last: true,
        timestamp: now,
        ..CommSyncDl::default()
    };
    frame(to, Command::Sync, &sync)
}

/// The address of a queue by its stored name.
pub(crate) fn queue_jid(app: &str, queue: &str) -> Jid {
    let (name, group) = names::split_jid(queue, app);
    if group { Jid::group(app, name) } else { Jid::user(app, name) }
}

/// The stored name of a queue by its address.
pub(crate) fn queue_name(jid: &Jid) -> String {
    let domain = if jid.domain.is_empty() { roamkit_wire::msync::USER_DOMAIN } else { &jid.domain };
    names::queue(&jid.name.to_ascii_lowercase(), domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_keep_their_names() {
        for queue in ["bob@easemob.com", "77@conference.easemob.com"] {
            assert_eq!(queue_name(&queue_jid("demo#chat", queue)), queue);
        }
    }
}
