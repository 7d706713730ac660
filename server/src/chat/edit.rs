//! Editing a message.

use super::audience::Audience;
use super::delivery::{self, Envelope, retention_in};
use super::envelope::{Routing, encode_message};
use super::member::Member;
use super::peer::Peer;
use super::recall::find_message;
use super::send::check_depth;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::now_ms;
use crate::store::database::Conn;
use crate::store::messages::{self, COMMAND_KIND};
use crate::store::queues;
use crate::store::users::User;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::MessageBody;
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

/// Edits one of the editor's own messages, and tells everybody who can see it. The editor must still be in the
/// conversation.
pub(crate) async fn edit(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    editor: &User,
    origin: i64,
    mut change: MessageBody,
) -> Result<EditedMessage, ChatError> {
    let id = i64::try_from(change.edit_message_id).map_err(|_| ChatError::MessageNotFound)?;
    let message = find_message(conn, chat.app, id).await?;
    if message.row.sender != editor.id {
        return Err(ChatError::NotSender);
    }
    let peer = Peer::from_jid(conn, chat.app, &message.addresses.to).await?;
    Member::check(conn, editor, &peer).await?;
    check_depth(&change)?;
    let body = change.contents.first().and_then(Body::from_content).ok_or(ChatError::Malformed)?;
    if message.row.is_command() || body.kind() == COMMAND_KIND {
        return Err(ChatError::CommandEdited);
    }
    let mut meta = message.meta;
    let mut stored = MessageBody::from_payload(&meta.payload).map_err(|_| ChatError::MessageNotFound)?;
    let time = now_ms();
    let info = json!({"edit_msg": {
        "count": edit_count(&stored) + 1, "operator": editor.name, "edit_time": time, "sender": editor.name,
        "send_time": message.row.timestamp, "chat_type": edit_chat_type(message.chat_type),
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

    let addresses = message.addresses;
    addresses.write_to(&mut change);
    change.meta = info.to_string();
    let seq = chat.ids.next();
    let meta = encode_message((seq, time), &addresses, &Routing::default(), change.encode_to_vec());
    let retention = retention_in(message.chat_type);
    let envelope = Envelope { seq, meta: &meta, addresses: &addresses, retention };
    let (audience, _) = Audience::of_message(conn, id).await?;
    let wakeups = delivery::deliver(conn, &envelope, &audience, origin).await?;
    queues::record_edit(conn, seq, id).await?;
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
