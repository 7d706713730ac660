//! Recalling a message for everyone.

use super::delivery::{self, Addressing};
use super::envelope::{encode_message, set_addresses};
use super::peer::Peer;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::now_ms;
use crate::store::database::Conn;
use crate::store::messages::MessageRow;
use crate::store::users::{self, User};
use crate::store::{conversations, messages, queues, summary};
use prost::Message as _;
use roamkit_wire::meta::{MessageBody, MessageType, Meta};
use roamkit_wire::prost;

/// Recalls a message. A user may recall their own messages only; the app (`None`) may recall all.
pub(crate) async fn recall(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    actor: Option<&User>,
    origin: i64,
    id: i64,
) -> Result<(i64, Vec<Wakeup>), ChatError> {
    let (message, sender, peer) = find_with_parties(conn, chat.app, id).await?;
    if actor.is_some_and(|actor| actor.id != message.sender) {
        return Err(ChatError::NotSender);
    }
    messages::recall(conn, id).await?;
    queues::remove_envelope(conn, id).await?;
    for conversation in conversations::of_conversation(conn, message.conversation_id).await? {
        if conversation.last_id == id || (conversation.unread > 0 && conversation.read_id < id) {
            summary::refresh(conn, conversation.user_id, conversation.conversation_id).await?;
        }
    }
    let seq = chat.ids.next();
    let mut body = MessageBody {
        r#type: MessageType::Recall as i32,
        ack_message_id: id as u64,
        ..MessageBody::default()
    };
    set_addresses(&mut body, chat.app, &sender, &peer);
    let envelope = encode_message(chat.app, (seq, now_ms()), &sender, &peer, body.encode_to_vec());
    let addressing = Addressing { sender: &sender, peer: &peer, to_sender: true, origin };
    let wakeups = delivery::deliver(conn, seq, &envelope, &addressing).await?;
    Ok((seq, wakeups))
}

/// Finds a message with its sender and its receiver. Fails if one of them no longer exists.
pub(crate) async fn find_with_parties(
    conn: &mut Conn,
    app: &str,
    id: i64,
) -> Result<(MessageRow, User, Peer), ChatError> {
    let message = messages::find(conn, id).await?.ok_or(ChatError::MessageNotFound)?;
    let meta = Meta::decode(message.meta.as_slice()).map_err(|_| ChatError::MessageNotFound)?;
    let (Some(from), Some(to)) = (meta.from, meta.to) else { return Err(ChatError::MessageNotFound) };
    if to.app_key != app {
        return Err(ChatError::MessageNotFound);
    }
    let sender = users::find_by_id(conn, message.sender).await?.ok_or(ChatError::UserNotFound(from.name))?;
    let peer = Peer::from_jid(conn, app, &to).await?;
    Ok((message, sender, peer))
}
