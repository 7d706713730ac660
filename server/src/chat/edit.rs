//! Replacing what a message says.

use super::fan::{self, Route};
use super::recall::addressed;
use super::send::address;
use super::{ChatError, Wake};
use crate::ids::now_ms;
use crate::state::Server;
use crate::store::users::User;
use crate::store::{Conn, messages};
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::prost;
use serde_json::{Value, json};

/// A message that was edited.
#[derive(Debug)]
pub(crate) struct Edited {
    pub(crate) seq: i64,
    pub(crate) time: i64,
    /// Who edited when and how often, as clients read it.
    pub(crate) info: Value,
    pub(crate) wakes: Vec<Wake>,
}

/// Edits a message of the editor's own.
pub(crate) async fn edit(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    editor: &User,
    origin: i64,
    mut change: MessageBody,
) -> Result<Edited, ChatError> {
    let id = i64::try_from(change.edit_message_id).map_err(|_| ChatError::NoMessage)?;
    let (message, sender, peer) = addressed(conn, app, id).await?;
    if sender.id != editor.id {
        return Err(ChatError::NotYours);
    }
    let body = change.contents.first().and_then(Body::from_content).ok_or(ChatError::Unreadable)?;
    let mut meta = Meta::decode(message.meta.as_slice()).map_err(|_| ChatError::NoMessage)?;
    let mut stored = MessageBody::decode(meta.payload.as_slice()).map_err(|_| ChatError::NoMessage)?;
    let time = now_ms();
    let info = json!({"edit_msg": {
        "count": edits(&stored) + 1, "operator": editor.name, "edit_time": time, "sender": sender.name,
        "send_time": message.timestamp, "chat_type": edit_chat_type(peer.chat_type()),
    }});

    stored.contents = change.contents.clone();
    if !change.ext.is_empty() {
        stored.ext = change.ext.clone();
    }
    stored.meta = info.to_string();
    meta.payload = stored.encode_to_vec();
    if meta.payload.len() > server.settings.message_bytes {
        return Err(ChatError::TooLarge(server.settings.message_bytes));
    }
    messages::edit(conn, id, body.kind(), &meta.encode_to_vec()).await?;

    address(&mut change, app, &sender, &peer);
    change.meta = info.to_string();
    let seq = server.ids.next();
    let envelope = Meta {
        id: seq as u64,
        from: Some(Jid::user(app, &sender.name)),
        to: Some(peer.jid(app)),
        timestamp: time as u64,
        ns: Namespace::Chat as i32,
        payload: change.encode_to_vec(),
        ..Meta::default()
    };
    let route = Route { sender: &sender, peer: &peer, to_sender: true, origin };
    let wakes = fan::deliver(conn, seq, &envelope.encode_to_vec(), &route).await?;
    Ok(Edited { seq, time, info, wakes })
}

/// Edits spell conversation types in a way of their own.
const fn edit_chat_type(chat_type: ChatType) -> &'static str {
    match chat_type {
        ChatType::Single => "chat:user",
        ChatType::Group => "chat:group",
        ChatType::Room => "chat:room",
    }
}

fn edits(body: &MessageBody) -> u64 {
    let meta: Option<Value> = serde_json::from_str(&body.meta).ok();
    meta.and_then(|meta| meta.get("edit_msg")?.get("count")?.as_u64()).unwrap_or(0)
}
