//! Taking a message back, for everyone.

use super::fan::{self, Route};
use super::peer::Peer;
use super::send::address;
use super::{ChatError, Wake};
use crate::ids::now_ms;
use crate::state::Server;
use crate::store::messages::Message;
use crate::store::users::{self, User};
use crate::store::{Conn, entries, messages, queues};
use prost::Message as _;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::prost;

/// Takes a message back. `actor` must have sent it; `None` is the app, which may always.
pub(crate) async fn recall(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    actor: Option<&User>,
    origin: i64,
    id: i64,
) -> Result<(i64, Vec<Wake>), ChatError> {
    let (message, sender, peer) = addressed(conn, app, id).await?;
    if actor.is_some_and(|actor| actor.id != message.sender) {
        return Err(ChatError::NotYours);
    }
    messages::recall(conn, id).await?;
    queues::take_back(conn, id).await?;
    for entry in entries::of_conversation(conn, message.conversation_id).await? {
        if entry.last_id == id || (entry.unread > 0 && entry.read_id < id) {
            entries::refresh(conn, entry.user_id, entry.conversation_id).await?;
        }
    }
    let seq = server.ids.next();
    let mut body = MessageBody {
        r#type: MessageType::Recall as i32,
        ack_message_id: id as u64,
        ..MessageBody::default()
    };
    address(&mut body, app, &sender, &peer);
    let meta = Meta {
        id: seq as u64,
        from: Some(Jid::user(app, &sender.name)),
        to: Some(peer.jid(app)),
        timestamp: now_ms() as u64,
        ns: Namespace::Chat as i32,
        payload: body.encode_to_vec(),
        ..Meta::default()
    };
    let route = Route { sender: &sender, peer: &peer, to_sender: true, origin };
    let wakes = fan::deliver(conn, seq, &meta.encode_to_vec(), &route).await?;
    Ok((seq, wakes))
}

/// A message with its sender and whom it was sent to, as far as they are still there.
pub(crate) async fn addressed(
    conn: &mut Conn,
    app: &str,
    id: i64,
) -> Result<(Message, User, Peer), ChatError> {
    let message = messages::find(conn, id).await?.ok_or(ChatError::NoMessage)?;
    let meta = Meta::decode(message.meta.as_slice()).map_err(|_| ChatError::NoMessage)?;
    let (Some(from), Some(to)) = (meta.from, meta.to) else { return Err(ChatError::NoMessage) };
    if to.app_key != app {
        return Err(ChatError::NoMessage);
    }
    let sender = users::by_id(conn, message.sender).await?.ok_or(ChatError::NoUser(from.name))?;
    let peer = Peer::of_jid(conn, app, &to).await?;
    Ok((message, sender, peer))
}
