//! Sending a message.

use super::delivery::{self, Addressing};
use super::envelope::encode_message;
use super::peer::Peer;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::{now_ms, time_of};
use crate::store::conversations::{self, UserConversation};
use crate::store::database::Conn;
use crate::store::messages::{self, MessageRow};
use crate::store::users::User;
use crate::store::{direct_conversations, groups, removals};
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::MessageType;

/// A message to be sent.
#[derive(Debug)]
pub(crate) struct OutgoingMessage<'a> {
    pub(crate) sender: &'a User,
    pub(crate) peer: &'a Peer,
    /// The encoded [`MessageBody`](roamkit_wire::meta::MessageBody).
    pub(crate) payload: Vec<u8>,
    /// The kind of the body, for history filters.
    pub(crate) kind: &'a str,
    /// The position in history; `None`: now.
    pub(crate) timestamp: Option<i64>,
    /// Deliver to the sender's own devices too.
    pub(crate) to_sender: bool,
    /// The device that sends the message; 0: none.
    pub(crate) origin: i64,
}

/// A message that was sent.
#[derive(Debug)]
pub(crate) struct SentMessage {
    pub(crate) id: i64,
    pub(crate) timestamp: i64,
    pub(crate) wakeups: Vec<Wakeup>,
}

/// The message type for a conversation type.
pub(crate) const fn message_type(chat_type: ChatType) -> MessageType {
    match chat_type {
        ChatType::Single => MessageType::Chat,
        ChatType::Group => MessageType::GroupChat,
        ChatType::Room => MessageType::ChatRoom,
    }
}

/// Sends a message: adds it to the history, to the conversation lists and to the queues.
pub(crate) async fn send(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    outgoing: OutgoingMessage<'_>,
) -> Result<SentMessage, ChatError> {
    let OutgoingMessage { sender, peer, payload, kind, timestamp, to_sender, origin } = outgoing;
    if payload.len() > chat.settings.message_bytes {
        return Err(ChatError::TooLarge(chat.settings.message_bytes));
    }
    let conversation_id = find_or_create_conversation(conn, chat, sender, peer).await?;
    let id = chat.ids.next();
    let timestamp = timestamp.unwrap_or_else(|| time_of(id));
    let meta = encode_message(chat.app, (id, timestamp), sender, peer, payload);
    let kind = kind.to_owned();
    let message = MessageRow { id, conversation_id, sender: sender.id, timestamp, kind, meta };
    if !messages::insert(conn, &message).await? {
        return Err(sqlx::Error::Protocol(format!("the new message id {id} is taken")).into());
    }
    conversations::record_message(conn, conversation_id, peer.chat_type(), (timestamp, id), sender.id)
        .await?;
    let addressing = Addressing { sender, peer, to_sender, origin };
    let wakeups = delivery::deliver(conn, id, &message.meta, &addressing).await?;
    Ok(SentMessage { id, timestamp, wakeups })
}

/// The conversation of a sender and a peer. Fails if the sender is not a member of the group.
async fn find_or_create_conversation(
    conn: &mut Conn,
    chat: ChatContext<'_>,
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
            let (id, is_new) =
                direct_conversations::find_or_create(conn, chat.ids, chat.app, &sender.name, &user.name)
                    .await?;
            for (owner, other) in [(sender, user), (user, sender)] {
                let inserted = conversations::insert_if_missing(
                    conn,
                    owner.id,
                    id,
                    ChatType::Single,
                    &other.name,
                    now_ms(),
                )
                .await?;
                if inserted && !is_new {
                    hide_earlier_messages(conn, chat, owner, id, &other.name).await?;
                }
            }
            Ok(id)
        }
    }
}

/// Hides the earlier messages of a conversation from a new user. They belong to a removed user of the same
/// name.
async fn hide_earlier_messages(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    owner: &User,
    id: i64,
    peer: &str,
) -> Result<(), ChatError> {
    let found: Option<UserConversation> = conversations::find(conn, owner.id, false, peer).await?;
    if let Some(conversation) = found.filter(|found| found.conversation_id == id) {
        removals::set_mark(conn, &conversation, i64::MAX, chat.ids.next()).await?;
    }
    Ok(())
}
