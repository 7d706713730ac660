//! Encoding of envelopes, the form in which messages and notices are stored and sent.

use super::addresses::Addresses;
use crate::ids::now_ms;
use crate::store::users::User;
use prost::Message as _;
use roamkit_wire::meta::{Meta, Namespace, RouteType};
use roamkit_wire::msync::Jid;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;

/// The receivers and the retention of a message, as its sender wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Routing {
    /// The names of the only members of a group who get the message. Empty: all members.
    pub(crate) receivers: Vec<String>,
    /// Only devices that are online get the message, and nothing of it is kept.
    pub(crate) online_only: bool,
}

impl Routing {
    /// The wishes in an envelope from a device.
    pub(crate) fn of(meta: &Meta) -> Self {
        Self {
            receivers: meta.directed_users.iter().map(|name| name.to_ascii_lowercase()).collect(),
            online_only: meta.routetype == RouteType::Online as i32,
        }
    }

    fn route_type(&self) -> RouteType {
        match (self.online_only, self.receivers.is_empty()) {
            (true, _) => RouteType::Online,
            (false, false) => RouteType::Direct,
            (false, true) => RouteType::All,
        }
    }
}

/// Encodes the envelope of a message, recall, edit or receipt. `payload` is an encoded [`MessageBody`].
///
/// [`MessageBody`]: roamkit_wire::meta::MessageBody
pub(crate) fn encode_message(
    (id, timestamp): (i64, i64),
    addresses: &Addresses,
    routing: &Routing,
    payload: Vec<u8>,
) -> Vec<u8> {
    let meta = Meta {
        id: id as u64,
        from: Some(addresses.from.clone()),
        to: Some(addresses.to.clone()),
        timestamp: timestamp as u64,
        ns: Namespace::Chat as i32,
        payload,
        routetype: routing.route_type() as i32,
        directed_users: routing.receivers.clone(),
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
