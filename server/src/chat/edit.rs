//! Editing a message.

use super::delivery::{self, Addressing};
use super::envelope::{encode_message, set_addresses};
use super::recall::find_with_parties;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::now_ms;
use crate::store::database::Conn;
use crate::store::messages;
use crate::store::users::User;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, Meta};
use roamkit_wire::prost;
use serde_json::{Value, json};

/// The result of an edit.
#[derive(Debug)]
pub(crate) struct EditedMessage {
    pub(crate) seq: i64,
    pub(crate) time: i64,
    /// The editor, the time and the number of edits, in the form that clients expect.
    pub(crate) info: Value,
    pub(crate) wakeups: Vec<Wakeup>,
}

/// Edits one of the editor's own messages.
pub(crate) async fn edit(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    editor: &User,
    origin: i64,
    mut change: MessageBody,
) -> Result<EditedMessage, ChatError> {
    let id = i64::try_from(change.edit_message_id).map_err(|_| ChatError::MessageNotFound)?;
    let (message, sender, peer) = find_with_parties(conn, chat.app, id).await?;
    if sender.id != editor.id {
        return Err(ChatError::NotSender);
    }
    let body = change.contents.first().and_then(Body::from_content).ok_or(ChatError::Malformed)?;
    let mut meta = Meta::decode(message.meta.as_slice()).map_err(|_| ChatError::MessageNotFound)?;
    let mut stored = MessageBody::decode(meta.payload.as_slice()).map_err(|_| ChatError::MessageNotFound)?;
    let time = now_ms();
    let info = json!({"edit_msg": {
        "count": edit_count(&stored) + 1, "operator": editor.name, "edit_time": time, "sender": sender.name,
        "send_time": message.timestamp, "chat_type": edit_chat_type(peer.chat_type()),
    }});

    stored.contents = change.contents.clone();
    if !change.ext.is_empty() {
        stored.ext = change.ext.clone();
    }
    stored.meta = info.to_string();
    meta.payload = stored.encode_to_vec();
    if meta.payload.len() > chat.settings.message_bytes {
        return Err(ChatError::TooLarge(chat.settings.message_bytes));
    }
    messages::edit(conn, id, body.kind(), &meta.encode_to_vec()).await?;

    set_addresses(&mut change, chat.app, &sender, &peer);
    change.meta = info.to_string();
    let seq = chat.ids.next();
    let envelope = encode_message(chat.app, (seq, time), &sender, &peer, change.encode_to_vec());
    let addressing = Addressing { sender: &sender, peer: &peer, to_sender: true, origin };
    let wakeups = delivery::deliver(conn, seq, &envelope, &addressing).await?;
    Ok(EditedMessage { seq, time, info, wakeups })
}

/// The spelling of conversation types that only edits use.
const fn edit_chat_type(chat_type: ChatType) -> &'static str {
    match chat_type {
        ChatType::Single => "chat:user",
        ChatType::Group => "chat:group",
        ChatType::Room => "chat:room",
    }
}

fn edit_count(body: &MessageBody) -> u64 {
    let meta: Option<Value> = serde_json::from_str(&body.meta).ok();
    meta.and_then(|meta| meta.get("edit_msg")?.get("count")?.as_u64()).unwrap_or(0)
}
