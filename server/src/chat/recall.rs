//! Recalling a message for everyone.

use super::addresses::Addresses;
use super::audience::Audience;
use super::delivery::{self, Envelope, retention_in};
use super::envelope::{Routing, encode_message};
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::now_ms;
use crate::store::database::Conn;
use crate::store::groups;
use crate::store::messages::{self, MessageRow};
use crate::store::users::User;
use crate::store::{queues, summary};
use prost::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType, Meta};
use roamkit_wire::prost;

/// A stored message with its addresses. It is found also if its sender, its receiver or its group is gone.
#[derive(Debug)]
pub(crate) struct StoredMessage {
    pub(crate) row: MessageRow,
    pub(crate) meta: Meta,
    pub(crate) addresses: Addresses,
    pub(crate) chat_type: ChatType,
}

/// Finds a message of an app that was not recalled.
pub(crate) async fn find_message(conn: &mut Conn, app: &str, id: i64) -> Result<StoredMessage, ChatError> {
    let row = messages::find(conn, id).await?.ok_or(ChatError::MessageNotFound)?;
    let meta = Meta::decode(row.meta.as_slice()).map_err(|_| ChatError::MessageNotFound)?;
    let addresses = Addresses::of(&meta).filter(|addresses| addresses.to.app_key == app);
    let addresses = addresses.ok_or(ChatError::MessageNotFound)?;
    let chat_type = if addresses.to.is_group() {
        groups::find_row(conn, row.conversation_id).await?.map_or(ChatType::Group, |group| group.chat_type())
    } else {
        ChatType::Single
    };
    Ok(StoredMessage { row, meta, addresses, chat_type })
}

/// Recalls a message, and tells everybody who could see it. A user may recall their own messages only, also
/// after leaving the group; the app (`None`) may recall all.
pub(crate) async fn recall(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    actor: Option<&User>,
    origin: i64,
    message: &StoredMessage,
) -> Result<(i64, Vec<Wakeup>), ChatError> {
    let StoredMessage { row, addresses, chat_type, .. } = message;
    if actor.is_some_and(|actor| actor.id != row.sender) {
        return Err(ChatError::NotSender);
    }
    let (audience, views) = Audience::of_message(conn, row.id).await?;
    messages::recall(conn, row.id).await?;
    queues::remove_message(conn, row.id).await?;
    for view in views {
        if view.last_id == row.id || (view.unread > 0 && view.read_id < row.id) {
            summary::refresh(conn, view.user_id, view.conversation_id).await?;
        }
    }
    let seq = chat.ids.next();
    let mut body = MessageBody {
        r#type: MessageType::Recall as i32,
        ack_message_id: row.id as u64,
        ..MessageBody::default()
    };
    addresses.write_to(&mut body);
    let meta = encode_message((seq, now_ms()), addresses, &Routing::default(), body.encode_to_vec());
    let envelope = Envelope { seq, meta: &meta, addresses, retention: retention_in(*chat_type) };
    Ok((seq, delivery::deliver(conn, &envelope, &audience, origin).await?))
}
