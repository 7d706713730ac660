//! Receipts: a message was delivered, or a message or conversation was read.

use super::delivery::{self, Addressing};
use super::envelope::encode_message;
use super::peer::Peer;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::now_ms;
use crate::store::database::Conn;
use crate::store::users::User;
use crate::store::{conversations, queues};
use roamkit_wire::meta::MessageType;

/// Forwards a receipt. A read receipt also resets the reader's unread count of the conversation.
pub(crate) async fn forward(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    (reader, origin): (&User, i64),
    peer: &Peer,
    receipt_type: MessageType,
    payload: Vec<u8>,
) -> Result<(i64, Vec<Wakeup>), ChatError> {
    let group = matches!(peer, Peer::Group(_));
    let conversation = conversations::find(conn, reader.id, group, &peer.name()).await?;
    if group && conversation.is_none() {
        return Err(ChatError::NotMember);
    }
    let seq = chat.ids.next();
    if let Some(conversation) = conversation.filter(|_| receipt_type != MessageType::DeliverAck) {
        conversations::mark_read(conn, reader.id, conversation.conversation_id, seq).await?;
    }
    let envelope = encode_message(chat.app, (seq, now_ms()), reader, peer, payload);
    if group && receipt_type == MessageType::ChannelAck {
        // Only the reader's own devices need to know that a group conversation was read.
        queues::insert_envelope(conn, seq, &envelope, now_ms()).await?;
        queues::enqueue_for_user(conn, reader.id, &peer.queue(), seq, origin).await?;
        let wakeup = Wakeup { user_id: reader.id, queue: peer.queue(), except_device: origin };
        return Ok((seq, vec![wakeup]));
    }
    let to_sender = receipt_type == MessageType::ChannelAck;
    let addressing = Addressing { sender: reader, peer, to_sender, origin };
    Ok((seq, delivery::deliver(conn, seq, &envelope, &addressing).await?))
}
