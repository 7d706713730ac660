//! Sending a message.

use super::addresses::Addresses;
use super::audience::Audience;
use super::delivery::{self, Envelope, retention_in};
use super::envelope::{Routing, encode_message};
use super::member::Member;
use super::peer::Peer;
use super::{ChatContext, ChatError, Wakeup};
use crate::ids::{now_ms, time_of};
use crate::store::conversations::{self, UserConversation};
use crate::store::database::Conn;
use crate::store::messages::{self, MessageRow};
use crate::store::queues::Retention;
use crate::store::users::User;
use crate::store::{direct_conversations, removals};
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType};
use roamkit_wire::{ext, names};

/// The deepest nesting of a message's extension fields, and of the fields of a custom body. Readers recurse into
/// them, and some fail at 128 levels.
pub(crate) const MAX_EXT_DEPTH: usize = 64;

/// The largest number of named receivers of a group message.
pub(crate) const MAX_TARGETS: usize = 20;

/// A message to be sent.
#[derive(Debug)]
pub(crate) struct OutgoingMessage<'a> {
    pub(crate) sender: Member<'a>,
    /// The encoded [`MessageBody`].
    pub(crate) payload: Vec<u8>,
    /// The kind of the body, for history filters.
    pub(crate) kind: &'a str,
    pub(crate) routing: Routing,
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

/// Refuses a body whose extension fields are nested too deep.
pub(crate) fn check_depth(body: &MessageBody) -> Result<(), ChatError> {
    let fields = body.contents.iter().flat_map(|content| [&content.params, &content.custom_exts]);
    let depth = fields.chain([&body.ext]).map(|pairs| ext::depth(pairs)).max().unwrap_or(0);
    if depth > MAX_EXT_DEPTH { Err(ChatError::TooDeep(MAX_EXT_DEPTH)) } else { Ok(()) }
}

/// Sends a message: adds it to the history, to the conversation lists and to the queues. A message for online
/// devices only is in none of them.
pub(crate) async fn send(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    outgoing: OutgoingMessage<'_>,
) -> Result<SentMessage, ChatError> {
    let OutgoingMessage { sender, payload, kind, routing, timestamp, to_sender, origin } = outgoing;
    if payload.len() > chat.settings.message_bytes {
        return Err(ChatError::TooLarge(chat.settings.message_bytes));
    }
    let routing = valid_routing(routing, sender.peer().chat_type())?;
    let addresses = Addresses::new(chat.app, sender.user(), sender.peer());
    let conversation_id =
        if routing.online_only { None } else { Some(find_or_create_conversation(conn, chat, sender).await?) };
    let id = chat.ids.next();
    let timestamp = timestamp.unwrap_or_else(|| time_of(id));
    let meta = encode_message((id, timestamp), &addresses, &routing, payload);
    let audience = Audience::of_new_message(conn, sender, &routing.receivers).await?;
    let retention = if let Some(conversation_id) = conversation_id {
        let (kind, meta) = (kind.to_owned(), meta.clone());
        let message = MessageRow { id, conversation_id, sender: sender.user().id, timestamp, kind, meta };
        let users = audience.ids();
        let receivers = (!routing.receivers.is_empty()).then_some(users.as_slice());
        if !messages::insert(conn, &message, receivers).await? {
            return Err(sqlx::Error::Protocol(format!("the new message id {id} is taken")).into());
        }
        conversations::record_message(conn, &message, &users).await?;
        retention_in(sender.peer().chat_type())
    } else {
        Retention::OnlineOnly
    };
    let is_receiver = matches!(sender.peer(), Peer::User(user) if user.id == sender.user().id);
    let audience = if to_sender || is_receiver { audience } else { audience.without(sender.user()) };
    let envelope = Envelope { seq: id, meta: &meta, addresses: &addresses, retention };
    let wakeups = delivery::deliver(conn, &envelope, &audience, origin).await?;
    Ok(SentMessage { id, timestamp, wakeups })
}

/// Validates the wishes of a sender. Only groups and rooms have named receivers, and in a room every message is
/// kept.
fn valid_routing(mut routing: Routing, chat_type: ChatType) -> Result<Routing, ChatError> {
    match chat_type {
        ChatType::Single => routing.receivers.clear(),
        ChatType::Room => routing.online_only = false,
        ChatType::Group => {}
    }
    if routing.receivers.len() > MAX_TARGETS {
        return Err(ChatError::TooManyTargets(MAX_TARGETS));
    }
    if routing.receivers.iter().any(|name| names::user_id(name).is_none()) {
        return Err(ChatError::Malformed);
    }
    Ok(routing)
}

/// The conversation in which a member sends a message.
async fn find_or_create_conversation(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    sender: Member<'_>,
) -> Result<i64, ChatError> {
    let user = match sender.peer() {
        Peer::Group(group) => return Ok(group.id),
        Peer::User(user) => user,
    };
    let sender = sender.user();
    let (id, is_new) =
        direct_conversations::find_or_create(conn, chat.ids, chat.app, &sender.name, &user.name).await?;
    for (owner, other) in [(sender, user), (user, sender)] {
        let single = ChatType::Single;
        let inserted =
            conversations::insert_if_missing(conn, owner.id, id, single, &other.name, now_ms()).await?;
        if inserted && !is_new {
            hide_earlier_messages(conn, chat, owner, id, &other.name).await?;
        }
    }
    Ok(id)
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
