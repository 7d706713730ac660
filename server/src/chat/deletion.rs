//! Deletion of conversations from the lists of the caller or of everyone, with or without the history.

use super::{ChatContext, Wakeup, notices};
use crate::ids::now_ms;
use crate::settings::DeletionScope;
use crate::store::conversations::{self, UserConversation};
use crate::store::database::{Conn, Result};
use crate::store::groups;
use crate::store::removals;
use crate::store::users::{self, User};
use roamkit_wire::conversation::ChatType;
use roamkit_wire::notice::{ConversationOp, Notice};

/// Deletes one conversation: for all users who have it, if the settings say so and the caller is in it now, else
/// for the caller only.
pub(crate) async fn delete(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    caller: &User,
    resource: &str,
    conversation: &UserConversation,
    with_history: bool,
) -> Result<Vec<Wakeup>> {
    let affected = match chat.settings.conversation_deletion {
        DeletionScope::Everyone if is_in_now(conn, caller, conversation).await? => {
            conversations::of_conversation(conn, conversation.conversation_id).await?
        }
        DeletionScope::Everyone | DeletionScope::Caller => vec![conversation.clone()],
    };
    let mut wakeups = Vec::with_capacity(affected.len());
    for conversation in affected {
        let owner = if conversation.user_id == caller.id {
            Some(caller.clone())
        } else {
            users::find_by_id(conn, conversation.user_id).await?
        };
        let Some(owner) = owner else { continue };
        wakeups.push(
            delete_for_owner(conn, chat, (caller, resource), &owner, &conversation, with_history).await?,
        );
    }
    Ok(wakeups)
}

/// Returns whether a user is in a conversation now. Former members and the members of a closed group are not.
async fn is_in_now(conn: &mut Conn, user: &User, conversation: &UserConversation) -> Result<bool> {
    match conversation.chat_type() {
        ChatType::Single => Ok(true),
        ChatType::Group | ChatType::Room => {
            groups::is_member(conn, conversation.conversation_id, user.id).await
        }
    }
}

/// Deletes all conversations and the whole history of the caller, for the caller only.
pub(crate) async fn delete_all(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    caller: &User,
    resource: &str,
) -> Result<Vec<Wakeup>> {
    let mut wakeups = Vec::new();
    for conversation in conversations::of_user(conn, caller.id).await? {
        let is_deleted = conversation.hidden != 0 && conversation.floor == i64::MAX;
        if !is_deleted {
            wakeups
                .push(delete_for_owner(conn, chat, (caller, resource), caller, &conversation, true).await?);
        }
    }
    Ok(wakeups)
}

async fn delete_for_owner(
    conn: &mut Conn,
    chat: ChatContext<'_>,
    (caller, resource): (&User, &str),
    owner: &User,
    conversation: &UserConversation,
    with_history: bool,
) -> Result<Wakeup> {
    let before_id = chat.ids.next();
    if with_history {
        removals::remove_up_to(conn, conversation, i64::MAX, before_id).await?;
    }
    conversations::hide(conn, conversation.user_id, conversation.conversation_id, before_id).await?;
    let notice = Notice::Conversation {
        op: ConversationOp::Deleted,
        conversation: conversation.peer.clone(),
        chat_type: conversation.chat_type(),
        resource: resource.to_owned(),
        timestamp: now_ms() as u64,
        from: caller.name.clone(),
        ext: String::new(),
    };
    notices::send(conn, chat, owner, caller, &notice).await
}
