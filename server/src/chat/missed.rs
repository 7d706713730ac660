//! Notices about the conversations in which a device missed envelopes, because its queue was full or it was
//! away too long.

use super::{ChatContext, envelope, notices};
use crate::store::database::{Conn, Result};
use crate::store::missed;
use crate::store::users::User;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::notice::Notice;

/// Puts the notices behind all other envelopes that wait for a device.
pub(crate) async fn deliver(conn: &mut Conn, chat: ChatContext<'_>, user: &User, device: i64) -> Result<()> {
    for missed in missed::take(conn, device).await? {
        if let Some(notice) = missed.notice {
            notices::enqueue_for_device(conn, chat.ids.next(), &notice, user, device).await?;
        }
        let removal = Notice::MessagesRemoved {
            conversation: missed.peer,
            // Removal notices name chat rooms as groups.
            chat_type: if missed.chat_type == ChatType::Single { ChatType::Single } else { ChatType::Group },
            resource: String::new(),
            ids: Vec::new(),
            time: None,
        };
        let seq = chat.ids.next();
        let envelope = envelope::encode_notice(chat.app, seq, user, user, &removal);
        notices::enqueue_for_device(conn, seq, &envelope, user, device).await?;
    }
    Ok(())
}
