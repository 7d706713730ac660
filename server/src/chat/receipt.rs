//! Receipts: a message was delivered, a message or a conversation was read.

use super::fan::{self, Route};
use super::peer::Peer;
use super::{ChatError, Wake};
use crate::ids::now_ms;
use crate::state::Server;
use crate::store::users::User;
use crate::store::{Conn, entries, queues};
use prost::Message as _;
use roamkit_wire::meta::{MessageType, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::prost;

/// Passes a receipt on; one that says "read" also clears the reader's count of the conversation.
pub(crate) async fn receipt(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    (reader, origin): (&User, i64),
    peer: &Peer,
    kind: MessageType,
    payload: Vec<u8>,
) -> Result<(i64, Vec<Wake>), ChatError> {
    let group = matches!(peer, Peer::Group(_));
    let entry = entries::find(conn, reader.id, group, &peer.name()).await?;
    if group && entry.is_none() {
        return Err(ChatError::NotMember);
    }
    let seq = server.ids.next();
    if let Some(entry) = entry.filter(|_| kind != MessageType::DeliverAck) {
        entries::read(conn, reader.id, entry.conversation_id, seq).await?;
    }
    let meta = Meta {
        id: seq as u64,
        from: Some(Jid::user(app, &reader.name)),
        to: Some(peer.jid(app)),
        timestamp: now_ms() as u64,
        ns: Namespace::Chat as i32,
        payload,
        ..Meta::default()
    };
    let meta = meta.encode_to_vec();
    if group && kind == MessageType::ChannelAck {
        // That someone has read a group is news for their own devices only.
        queues::add(conn, seq, &meta, now_ms()).await?;
        queues::to_user(conn, reader.id, &peer.queue(), seq, origin).await?;
        return Ok((seq, vec![Wake { user_id: reader.id, queue: peer.queue(), except: origin }]));
    }
    let route = Route { sender: reader, peer, to_sender: kind == MessageType::ChannelAck, origin };
    Ok((seq, fan::deliver(conn, seq, &meta, &route).await?))
}
