//! What a device misses because its queue is bounded: told to it when it comes back.
//!
//! Of the conversations that dropped envelopes were about it keeps only that something happened there, which devices
//! take as a word to compare with the server (a notice of removal that names neither messages nor a time), and the
//! latest notice about the conversation itself. So this grows by the number of conversations, not by what happens.

use super::{Conn, Result, kind_number, kind_of};
use prost::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;
use std::collections::BTreeMap;

/// A conversation: its type and peer.
type Conversation = (i64, String);

/// What an envelope was about, for a device of that user.
fn about(owner: &str, meta: &Meta) -> Option<(ChatType, String)> {
    match Namespace::try_from(meta.ns).ok()? {
        Namespace::Notify => match Notice::decode(&meta.payload)? {
            Notice::MessagesRemoved { conversation, chat_type, .. }
            | Notice::Conversation { conversation, chat_type, .. } => Some((chat_type, conversation)),
        },
        Namespace::Chat => {
            let body = MessageBody::decode(meta.payload.as_slice()).ok()?;
            let receipt = [MessageType::ReadAck, MessageType::DeliverAck, MessageType::ChannelAck];
            if receipt.iter().any(|kind| *kind as i32 == body.r#type) {
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

/// Notes what envelopes were about that a device will not get, oldest first.
pub(super) async fn note<'a>(
    conn: &mut Conn,
    device: i64,
    owner: &str,
    metas: impl Iterator<Item = &'a [u8]>,
) -> Result<()> {
    let mut missed: BTreeMap<Conversation, Option<&[u8]>> = BTreeMap::new();
    for bytes in metas {
        let Ok(meta) = Meta::decode(bytes) else { continue };
        let Some((chat_type, peer)) = about(owner, &meta) else { continue };
        let notice = matches!(Notice::decode(&meta.payload), Some(Notice::Conversation { .. }));
        let notice = (notice && meta.ns == Namespace::Notify as i32).then_some(bytes);
        let entry = missed.entry((kind_number(chat_type), peer)).or_default();
        *entry = notice.or(*entry);
    }
    for ((kind, peer), notice) in missed {
        let sql = "INSERT INTO missed (device_id, kind, peer, notice) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (device_id, kind, peer) DO UPDATE
                   SET notice = COALESCE(excluded.notice, missed.notice)";
        sqlx::query(sql).bind(device).bind(kind).bind(peer).bind(notice).execute(&mut *conn).await?;
    }
    Ok(())
}

/// What a device missed: conversation, and its latest notice. Forgotten here: it is the caller's to tell.
pub(crate) async fn take(conn: &mut Conn, device: i64) -> Result<Vec<(ChatType, String, Option<Vec<u8>>)>> {
    let sql = "SELECT kind, peer, notice FROM missed WHERE device_id = $1 ORDER BY kind, peer";
    let rows: Vec<(i64, String, Option<Vec<u8>>)> =
        sqlx::query_as(sql).bind(device).fetch_all(&mut *conn).await?;
    if !rows.is_empty() {
        sqlx::query("DELETE FROM missed WHERE device_id = $1").bind(device).execute(conn).await?;
    }
    Ok(rows.into_iter().map(|(kind, peer, notice)| (kind_of(kind), peer, notice)).collect())
}
