//! Deleting conversations: off the lists of the caller or of everyone, with or without what was said.

use super::{Wake, notices};
use crate::ids::now_ms;
use crate::settings::DeletionScope;
use crate::state::Server;
use crate::store::entries::{self, Entry};
use crate::store::users::{self, User};
use crate::store::{Conn, Result, kind_of, removals};
use roamkit_wire::notice::{ConversationOp, Notice};

/// Deletes one conversation, as far as the server's setting reaches.
pub(crate) async fn delete(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    caller: &User,
    resource: &str,
    entry: &Entry,
    with_history: bool,
) -> Result<Vec<Wake>> {
    let concerned = match server.settings.conversation_deletion {
        DeletionScope::Caller => vec![entry.clone()],
        DeletionScope::Everyone => entries::of_conversation(conn, entry.conversation_id).await?,
    };
    let mut wakes = Vec::with_capacity(concerned.len());
    for entry in concerned {
        let owner = if entry.user_id == caller.id {
            Some(caller.clone())
        } else {
            users::by_id(conn, entry.user_id).await?
        };
        let Some(owner) = owner else { continue };
        wakes.push(delete_entry(conn, server, app, (caller, resource), &owner, &entry, with_history).await?);
    }
    Ok(wakes)
}

/// Deletes all conversations and all history of a user, for that user alone.
pub(crate) async fn delete_all(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    caller: &User,
    resource: &str,
) -> Result<Vec<Wake>> {
    let mut wakes = Vec::new();
    for entry in entries::of_user(conn, caller.id).await? {
        let nothing_left = entry.hidden != 0 && entry.floor == i64::MAX;
        if !nothing_left {
            wakes.push(delete_entry(conn, server, app, (caller, resource), caller, &entry, true).await?);
        }
    }
    Ok(wakes)
}

async fn delete_entry(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    (caller, resource): (&User, &str),
    owner: &User,
    entry: &Entry,
    with_history: bool,
) -> Result<Wake> {
    let before_id = server.ids.next();
    if with_history {
        removals::up_to(conn, entry, i64::MAX, before_id).await?;
    }
    entries::hide(conn, entry.user_id, entry.conversation_id, before_id).await?;
    let notice = Notice::Conversation {
        op: ConversationOp::Deleted,
        conversation: entry.peer.clone(),
        chat_type: kind_of(entry.kind),
        resource: resource.to_owned(),
        timestamp: now_ms() as u64,
        from: caller.name.clone(),
        ext: String::new(),
    };
    notices::tell(conn, server, app, owner, caller, &notice).await
}
