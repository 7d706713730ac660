//! Chat rooms, which the service often names like groups.
//!
//! Ids of groups and of chat rooms are one namespace, so a conversation with such an id has one history and one entry in the
//! list. It is a room as soon as anything said so: a call of the application, a message, or a list.

use super::super::db::{Query, Result, Table};
use super::super::unit_of_work::UnitOfWork;
use crate::model::{Conversation, ConversationId, ConversationType, JsonText, StoredMessage, as_chat_room};
use roamkit_wire::conversation::ChatType;

/// True if the conversation is a chat room. A conversation that is named as one is noted.
pub fn is_room(work: &mut UnitOfWork<'_>, id: &ConversationId) -> Result<bool> {
    match id.chat_type {
        ChatType::Single => Ok(false),
        ChatType::Group => Ok(work.rooms()?.contains(&id.peer)),
        ChatType::Room => {
            if work.rooms()?.learn(&id.peer)
                && let Some(listed) = work.conversation(&id.storage_key())?
            {
                listed.become_room();
            }
            Ok(true)
        }
    }
}

/// The conversation with the type that it has as far as the local copy knows.
pub fn resolve(work: &mut UnitOfWork<'_>, id: &ConversationId) -> Result<ConversationId> {
    let is_room = is_room(work, id)?;
    let chat_type = if is_room { ChatType::Room } else { id.chat_type };
    Ok(ConversationId { chat_type, ..id.clone() })
}

/// The message with the type of its conversation.
pub fn message_of(conversation: &ConversationId, message: &StoredMessage) -> StoredMessage {
    StoredMessage { json: text_of(conversation, &message.json), key: message.key }
}

/// The text of a message with the type of its conversation.
pub fn text_of(conversation: &ConversationId, message: &JsonText) -> JsonText {
    let is_group = || message.as_str().contains(r#""conversationType":"groupChat""#);
    if conversation.chat_type == ChatType::Room && is_group() {
        as_chat_room(message)
    } else {
        message.clone()
    }
}

/// Corrects the type of a conversation of the server's list.
pub fn correct_type(work: &mut UnitOfWork<'_>, listed: &mut Conversation) -> Result<()> {
    if is_room(work, &listed.id())? && listed.conversation_type != ConversationType::ChatRoom {
        listed.become_room();
    }
    Ok(())
}

/// Corrects the type in the event of a chat room, `["name",{…}]`.
pub fn correct_event(text: &str) -> String {
    let Some((name, event)) = text.strip_suffix(']').and_then(|event| event.split_once(',')) else {
        return text.to_owned();
    };
    let event = as_chat_room(&JsonText::from(event.as_bytes().to_vec()));
    format!("{name},{}]", event.as_str())
}

/// Forgets that the newest message of each room is the newest on the server. To be called when a session begins: the service
/// queues nothing for the members of a room, so what was sent meanwhile never arrives.
pub fn forget_ends(work: &mut UnitOfWork<'_>) -> Result<()> {
    let rooms = work.rooms()?.ids().to_vec();
    if rooms.is_empty() {
        return Ok(());
    }
    let stored = work.tx.keys(Table::Directories)?;
    let keys = rooms.iter().map(|room| ConversationId::new(ChatType::Room, room).storage_key());
    let keys: Vec<_> = keys.filter(|key| stored.contains(key)).collect();
    work.tx.prefetch(keys.iter().map(|key| Query::named(Table::Directories, key)).collect())?;
    for key in keys {
        work.history_header(&key)?.forget_end();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_gets_the_type_of_a_room() {
        let event = r#"["messageRemoved",{"conversationType":"groupChat","deviceId":"a,b]"}]"#;
        let corrected = r#"["messageRemoved",{"conversationType":"chatRoom","deviceId":"a,b]"}]"#;
        assert_eq!(correct_event(event), corrected);
        assert_eq!(correct_event(""), "");
    }
}
