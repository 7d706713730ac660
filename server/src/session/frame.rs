//! Encoding of the frames that the server sends.

use crate::ids::now_ms;
use prost::Message;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{
    CommNotice, CommSyncDl, Command, Jid, MSync, StatisticsBody, StatisticsOperation, Status, USER_DOMAIN,
    Version,
};
use roamkit_wire::{names, prost};

/// Encodes a frame for a device.
pub(super) fn encode(to: &Jid, command: Command, payload: &impl Message) -> Vec<u8> {
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

/// The frame that announces new envelopes in a queue.
pub(super) fn notice(to: &Jid, queue: &str) -> Vec<u8> {
    encode(to, Command::Notice, &CommNotice { queue: Some(queue_jid(&to.app_key, queue)) })
}

/// The frame that ends a session and tells the device why.
pub(super) fn kick(to: &Jid, operation: StatisticsOperation) -> Vec<u8> {
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
        // Existing clients read the queue's name without checking that there is a queue.
        queue: Some(Jid::user(&to.app_key, &to.name)),
        is_last: true,
        timestamp: now,
        ..CommSyncDl::default()
    };
    encode(to, Command::Sync, &sync)
}

/// The address of a queue from its stored name.
pub(super) fn queue_jid(app: &str, queue: &str) -> Jid {
    let (name, group) = names::split_jid(queue, app);
    if group { Jid::group(app, name) } else { Jid::user(app, name) }
}

/// The stored name of a queue from its address.
pub(super) fn queue_name(jid: &Jid) -> String {
    let domain = if jid.domain.is_empty() { USER_DOMAIN } else { &jid.domain };
    names::queue(&jid.name.to_ascii_lowercase(), domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_names_survive_a_round_trip() {
        for queue in ["bob@easemob.com", "77@conference.easemob.com"] {
            assert_eq!(queue_name(&queue_jid("demo#chat", queue)), queue);
        }
    }
}
