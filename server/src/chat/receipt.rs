//! Receipts: a message was delivered, or a message or conversation was read.

use super::addresses::Addresses;
use super::audience::Audience;
use super::delivery::{self, Envelope, retention_in};
use super::envelope::{Routing, encode_message};
use super::member::Member;
use super::peer::Peer;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::now_ms;
use crate::store::conversations::{self, UserConversation};
use crate::store::database::Conn;
use crate::store::users::{self, User};
use crate::store::{summary, visibility};
use roamkit_wire::meta::MessageType;

/// A receipt from a device.
#[derive(Debug)]
pub(crate) struct Receipt<'a> {
    pub(crate) reader: Member<'a>,
    pub(crate) message_type: MessageType,
    /// The message that was delivered or read.
    pub(crate) message: i64,
    /// The encoded [`MessageBody`](roamkit_wire::meta::MessageBody).
    pub(crate) payload: Vec<u8>,
    /// The device that sends the receipt.
    pub(crate) origin: i64,
}

/// Applies a receipt to the reader's unread count and forwards it: to the reader's other devices if it changes the
/// count, and to the other user of a single chat or the sender of a group message.
pub(crate) async fn forward(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    receipt: Receipt<'_>,
) -> Result<(i64, Vec<Wakeup>), ChatError> {
    let Receipt { reader, message_type, message, payload, origin } = receipt;
    if payload.len() > chat.settings.message_bytes {
        return Err(ChatError::TooLarge(chat.settings.message_bytes));
    }
    let (user, peer) = (reader.user(), reader.peer());
    let seq = chat.ids.next();
    let group = matches!(peer, Peer::Group(_));
    let view = conversations::find(conn, user.id, group, &peer.name()).await?;
    if let Some(view) = &view {
        match message_type {
            MessageType::ChannelAck => {
                conversations::mark_read(conn, user.id, view.conversation_id, seq).await?;
            }
            MessageType::ReadAck => {
                let up_to = message.min(seq);
                conversations::mark_read_up_to(conn, user.id, view.conversation_id, up_to).await?;
                summary::refresh(conn, user.id, view.conversation_id).await?;
            }
            _ => {}
        }
    }
    let mut users = match (peer, &view) {
        (Peer::User(other), _) => vec![other.clone()],
        (Peer::Group(_), Some(view)) if message_type != MessageType::ChannelAck => {
            find_sender(conn, view, message).await?.into_iter().collect()
        }
        (Peer::Group(_), _) => Vec::new(),
    };
    if message_type == MessageType::DeliverAck {
        users.retain(|other| other.id != user.id);
    } else {
        users.push(user.clone());
    }
    let addresses = Addresses::new(chat.app, user, peer);
    let meta = encode_message((seq, now_ms()), &addresses, &Routing::default(), payload);
    let retention = retention_in(peer.chat_type());
    let envelope = Envelope { seq, meta: &meta, addresses: &addresses, retention };
    Ok((seq, delivery::deliver(conn, &envelope, &Audience::of_users(users), origin).await?))
}

/// The sender of a group message that the reader can see. Nobody is told of the receipt of another message.
async fn find_sender(
    conn: &mut Conn,
    view: &UserConversation,
    message: i64,
) -> Result<Option<User>, ChatError> {
    match visibility::visible_sender(conn, view, message).await? {
        Some(sender) => Ok(users::find_by_id(conn, sender).await?),
        None => Ok(None),
    }
}
