//! Telling a device what it missed while its queue was full, or it was away for too long.

use crate::ids::now_ms;
use crate::state::Server;
use crate::store::users::User;
use crate::store::{Conn, Result, missed, queues};
use prost::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{Meta, Namespace};
use roamkit_wire::msync::{Jid, USER_DOMAIN};
use roamkit_wire::names;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;

/// Puts a word about each conversation in which it missed something behind all that waits for a device.
pub(crate) async fn tell(
    conn: &mut Conn,
    server: &Server,
    app: &str,
    user: &User,
    device: i64,
) -> Result<()> {
    let queue = names::queue(&user.name, USER_DOMAIN);
    for (chat_type, peer, notice) in missed::take(conn, device).await? {
        if let Some(meta) = notice {
            let seq = server.ids.next();
            queues::add(conn, seq, &meta, now_ms()).await?;
            queues::to_device(conn, device, &queue, seq).await?;
        }
        let changed = Notice::MessagesRemoved {
            conversation: peer,
            // As every notice of removal has it.
            chat_type: if chat_type == ChatType::Single { ChatType::Single } else { ChatType::Group },
            resource: String::new(),
            ids: Vec::new(),
            time: None,
        };
        let seq = server.ids.next();
        let meta = Meta {
            id: seq as u64,
            from: Some(Jid::user(app, &user.name)),
            to: Some(Jid::user(app, &user.name)),
            timestamp: now_ms() as u64,
            ns: Namespace::Notify as i32,
            payload: changed.encode(),
            ..Meta::default()
        };
        queues::add(conn, seq, &meta.encode_to_vec(), now_ms()).await?;
        queues::to_device(conn, device, &queue, seq).await?;
    }
    Ok(())
}
