//! The table `missed`: the conversations in which a device missed envelopes because its queue is bounded.
//!
//! When envelopes are dropped from a queue, only two things are kept per conversation: the fact that something
//! happened there, and the latest notice about the conversation itself. When the device returns, it gets that
//! notice and a removal notice that names neither messages nor a time. Clients take such a notice as a request
//! to compare the conversation with the server. The table therefore grows with the number of conversations, not
//! with the traffic.

use super::chat_type;
use super::database::{Conn, Result};
use prost::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;
use std::collections::BTreeMap;

/// The conversation that an envelope for a device of the user `owner` is about: its type and its peer.
fn conversation_of(owner: &str, meta: &Meta) -> Option<(ChatType, String)> {
    match Namespace::try_from(meta.ns).ok()? {
        Namespace::Notify => match Notice::decode(&meta.payload)? {
            Notice::MessagesRemoved { conversation, chat_type, .. }
            | Notice::Conversation { conversation, chat_type, .. } => Some((chat_type, conversation)),
        },
        Namespace::Chat => {
            let body = MessageBody::from_payload(&meta.payload).ok()?;
            let receipts = [MessageType::ReadAck, MessageType::DeliverAck, MessageType::ChannelAck];
            if receipts.iter().any(|receipt| *receipt as i32 == body.r#type) {
                return None;
            }
            let (from, to) = (meta.from.as_ref()?, meta.to.as_ref()?);
            Some(match (to.is_group(), to.name == owner) {
                (true, _) => (ChatType::Group, to.name.clone()),
                (false, true) => (ChatType::Single, from.name.clone()),
                (false, false) => (ChatType::Single, to.name.clone()),
            })
        }
        _ => None,
    }
}

fn is_conversation_notice(meta: &Meta) -> bool {
    meta.ns == Namespace::Notify as i32
        && matches!(Notice::decode(&meta.payload), Some(Notice::Conversation { .. }))
}

/// Records the conversations of envelopes that a device will not receive. `metas` are in ascending order.
pub(super) async fn record<'a>(
    conn: &mut Conn,
    device: i64,
    owner: &str,
    metas: impl Iterator<Item = &'a [u8]>,
) -> Result<()> {
    let mut missed: BTreeMap<(i64, String), Option<&[u8]>> = BTreeMap::new();
    for bytes in metas {
        let Ok(meta) = Meta::decode(bytes) else { continue };
        let Some((chat_type, peer)) = conversation_of(owner, &meta) else { continue };
        let latest_notice = missed.entry((chat_type::to_db(chat_type), peer)).or_default();
        if is_conversation_notice(&meta) {
            *latest_notice = Some(bytes);
        }
    }
    for ((kind, peer), notice) in missed {
        let sql = "INSERT INTO missed (device_id, kind, peer, notice) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (device_id, kind, peer) DO UPDATE
                   SET notice = COALESCE(excluded.notice, missed.notice)";
        sqlx::query(sql).bind(device).bind(kind).bind(peer).bind(notice).execute(&mut *conn).await?;
    }
    Ok(())
}

/// A conversation in which a device missed envelopes.
#[derive(Debug)]
pub(crate) struct MissedConversation {
    pub(crate) chat_type: ChatType,
    pub(crate) peer: String,
    /// The latest notice about the conversation itself, encoded.
    pub(crate) notice: Option<Vec<u8>>,
}

/// Reads and deletes the conversations in which a device missed envelopes. The caller must deliver them.
pub(crate) async fn take(conn: &mut Conn, device: i64) -> Result<Vec<MissedConversation>> {
    let sql = "SELECT kind, peer, notice FROM missed WHERE device_id = $1 ORDER BY kind, peer";
    let rows: Vec<(i64, String, Option<Vec<u8>>)> =
        sqlx::query_as(sql).bind(device).fetch_all(&mut *conn).await?;
    if !rows.is_empty() {
        sqlx::query("DELETE FROM missed WHERE device_id = $1").bind(device).execute(conn).await?;
    }
    let missed =
        |(kind, peer, notice)| MissedConversation { chat_type: chat_type::from_db(kind), peer, notice };
    Ok(rows.into_iter().map(missed).collect())
}
