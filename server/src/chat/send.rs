//! Sending a message.

use super::fan::{self, Route};
use super::peer::Peer;
use super::{ChatError, Wake};
use crate::ids::{now_ms, time_of};
use crate::state::Server;
use crate::store::entries::{self, Entry};
use crate::store::messages::{self, Message};
use crate::store::users::User;
use crate::store::{Conn, directs, groups, removals};
use prost::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::prost;

/// A message to be sent.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pub(crate) app: &'a str,
    pub(crate) sender: &'a User,
    pub(crate) peer: &'a Peer,
    /// The encoded [`MessageBody`].
    pub(crate) payload: Vec<u8>,
    /// The kind of its body, for filters.
    pub(crate) kind: &'a str,
    /// Where it stands in history; `None`: now.
    pub(crate) timestamp: Option<i64>,
    /// Whether the sender's devices get it too.
    pub(crate) to_sender: bool,
    /// The device that sends it; 0: none.
    pub(crate) origin: i64,
}

/// A message that was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) id: i64,
    pub(crate) timestamp: i64,
    pub(crate) wakes: Vec<Wake>,
}

/// The type of message that fits a conversation.
pub(crate) const fn message_type(chat_type: ChatType) -> MessageType {
    match chat_type {
        ChatType::Single => MessageType::Chat,
        ChatType::Group => MessageType::GroupChat,
        ChatType::Room => MessageType::ChatRoom,
    }
}

/// Writes a body's addresses, so that it says who really sent it.
pub(crate) fn address(body: &mut MessageBody, app: &str, sender: &User, peer: &Peer) {
    body.from = Some(Jid::user(app, &sender.name));
    body.to = Some(peer.jid(app));
}

/// Sends a message: into history, onto lists, into queues.
pub(crate) async fn send(conn: &mut Conn, server: &Server, draft: Draft<'_>) -> Result<Sent, ChatError> {
    let Draft { app, sender, peer, payload, kind, timestamp, to_sender, origin } = draft;
    if payload.len() > server.settings.message_bytes {
        return Err(ChatError::TooLarge(server.settings.message_bytes));
    }
    let conversation_id = conversation(conn, server, app, sender, peer).await?;
    let id = server.ids.next();
    let timestamp = timestamp.unwrap_or_else(|| time_of(id));
    let meta = Meta {
        id: id as u64,
        from: Some(Jid::user(app, &sender.name)),
        to: Some(peer.jid(app)),
        timestamp: timestamp as u64,
        ns: Namespace::Chat as i32,
        payload,
        ..Meta::default()
    };
    let meta = meta.encode_to_vec();
    let kind = kind.to_owned();
    let message = Message { id, conversation_id, sender: sender.id, timestamp, kind, meta };
    messages::add(conn, &message).await?;
    entries::message_came(conn, conversation_id, peer.chat_type(), (timestamp, id), sender.id).await?;
    let route = Route { sender, peer, to_sender, origin };
    let wakes = fan::deliver(conn, id, &message.meta, &route).await?;
    Ok(Sent { id, timestamp, wakes })
}

/// The conversation of a sender and a peer, which the sender must be part of.
async fn conversation(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    sender: &User,
    peer: &Peer,
) -> Result<i64, ChatError> {
    match peer {
        Peer::Group(group) => {
            if groups::is_member(conn, group.id, sender.id).await? {
                Ok(group.id)
            } else {
                Err(ChatError::NotMember)
            }
        }
        Peer::User(user) => {
            let (id, new) = directs::ensure(conn, &server.ids, app, &sender.name, &user.name).await?;
            for (owner, other) in [(sender, user), (user, sender)] {
                let made =
                    entries::ensure(conn, owner.id, id, ChatType::Single, &other.name, now_ms()).await?;
                if made && !new {
                    forget_earlier(conn, server, owner, id, &other.name).await?;
                }
            }
            Ok(id)
        }
    }
}

/// A conversation that is older than the entry was another user's of the same name: none of it is the owner's.
async fn forget_earlier(
    conn: &mut Conn,
    server: &Server,
    owner: &User,
    id: i64,
    peer: &str,
) -> Result<(), ChatError> {
    let entry: Option<Entry> = entries::find(conn, owner.id, false, peer).await?;
    if let Some(entry) = entry.filter(|entry| entry.conversation_id == id) {
        removals::mark(conn, &entry, i64::MAX, server.ids.next()).await?;
    }
    Ok(())
}
