//! The two ends of an envelope.

use super::peer::Peer;
use crate::store::users::User;
use roamkit_wire::meta::{MessageBody, Meta};
use roamkit_wire::msync::Jid;
use roamkit_wire::names;

/// The sender of an envelope, and the user or group that it is sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addresses {
    pub(crate) from: Jid,
    pub(crate) to: Jid,
}

impl Addresses {
    pub(crate) fn new(app: &str, sender: &User, peer: &Peer) -> Self {
        Self { from: Jid::user(app, &sender.name), to: peer.jid(app) }
    }

    /// The addresses of a stored message. They stay readable when the sender or the group is gone.
    pub(crate) fn of(meta: &Meta) -> Option<Self> {
        Some(Self { from: meta.from.clone()?, to: meta.to.clone()? })
    }

    /// Sets the addresses in a body, whatever its sender wrote there.
    pub(crate) fn write_to(&self, body: &mut MessageBody) {
        body.from = Some(self.from.clone());
        body.to = Some(self.to.clone());
    }

    /// The name of the queue in which a user finds the envelope.
    pub(super) fn queue_of(&self, user: &User) -> String {
        let other = if self.to.is_group() || user.name == self.from.name { &self.to } else { &self.from };
        names::queue(&other.name, &other.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roamkit_wire::msync::{GROUP_DOMAIN, USER_DOMAIN};

    #[test]
    fn each_user_finds_the_envelope_in_the_queue_of_the_other_end() {
        let user = |name: &str| User { id: 1, name: name.into() };
        let (ann, bob, group) = (Jid::user("a#b", "ann"), Jid::user("a#b", "bob"), Jid::group("a#b", "7"));
        let direct = Addresses { from: ann.clone(), to: bob };
        assert_eq!(direct.queue_of(&user("ann")), format!("bob@{USER_DOMAIN}"));
        assert_eq!(direct.queue_of(&user("bob")), format!("ann@{USER_DOMAIN}"));
        let in_group = Addresses { from: ann.clone(), to: group };
        for name in ["ann", "bob"] {
            assert_eq!(in_group.queue_of(&user(name)), format!("7@{GROUP_DOMAIN}"));
        }
        let to_self = Addresses { from: ann.clone(), to: ann };
        assert_eq!(to_self.queue_of(&user("ann")), format!("ann@{USER_DOMAIN}"));
    }
}
