//! Encoding of envelopes, the form in which messages and notices are stored and sent.

use super::peer::Peer;
use crate::ids::now_ms;
use crate::store::users::User;
use prost::Message as _;
use roamkit_wire::meta::{MessageBody, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;

/// Encodes the envelope of a message, recall, edit or receipt. `payload` is an encoded [`MessageBody`].
pub(crate) fn encode_message(
    app: &str,
    (id, timestamp): (i64, i64),
    sender: &User,
    peer: &Peer,
    payload: Vec<u8>,
) -> Vec<u8> {
    let meta = Meta {
        id: id as u64,
        from: Some(Jid::user(app, &sender.name)),
        to: Some(peer.jid(app)),
        timestamp: timestamp as u64,
        ns: Namespace::Chat as i32,
        payload,
        ..Meta::default()
    };
    meta.encode_to_vec()
}

/// Encodes the envelope of a notice to a user about an action of `actor`.
pub(super) fn encode_notice(app: &str, seq: i64, actor: &User, user: &User, notice: &Notice) -> Vec<u8> {
    let meta = Meta {
        id: seq as u64,
        from: Some(Jid::user(app, &actor.name)),
        to: Some(Jid::user(app, &user.name)),
        timestamp: now_ms() as u64,
        ns: Namespace::Notify as i32,
        payload: notice.encode(),
        ..Meta::default()
    };
    meta.encode_to_vec()
}

/// Sets the addresses in a body to its true sender and receiver.
pub(crate) fn set_addresses(body: &mut MessageBody, app: &str, sender: &User, peer: &Peer) {
    body.from = Some(Jid::user(app, &sender.name));
    body.to = Some(peer.jid(app));
}
