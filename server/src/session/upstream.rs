//! What a device sends: messages, recalls, edits, receipts.

use super::Session;
use crate::chat::peer::Peer;
use crate::chat::send::{self, Draft};
use crate::chat::{ChatError, Wake, edit, recall, receipt};
use crate::ids::now_ms;
use crate::state::Server;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::{CommSyncDl, ErrorCode, Jid, Status};
use roamkit_wire::prost;

/// What came of it.
struct Done {
    id: i64,
    timestamp: i64,
    wakes: Vec<Wake>,
    /// What the sender is told with the answer.
    metas: Vec<Meta>,
}

/// Takes a message and answers it.
pub(super) async fn accept(server: &Server, session: &Session, meta: Meta) -> CommSyncDl {
    let meta_id = meta.id;
    let outcome = match Namespace::try_from(meta.ns) {
        Ok(Namespace::Chat) => chat(server, session, meta).await.map_err(|error| error.status()),
        Ok(Namespace::Statistic) => {
            Ok(Done { id: 0, timestamp: now_ms(), wakes: Vec::new(), metas: Vec::new() })
        }
        _ => Err(Status::error(ErrorCode::UnknownCommand, "not served here")),
    };
    match outcome {
        Ok(done) => {
            server.wake(&done.wakes);
            CommSyncDl {
                status: Some(Status::ok()),
                meta_id,
                server_id: done.id as u64,
                metas: done.metas,
                timestamp: done.timestamp as u64,
                ..CommSyncDl::default()
            }
        }
        Err(status) => {
            CommSyncDl { status: Some(status), meta_id, timestamp: now_ms() as u64, ..CommSyncDl::default() }
        }
    }
}

async fn chat(server: &Server, session: &Session, meta: Meta) -> Result<Done, ChatError> {
    let body = MessageBody::decode(meta.payload.as_slice()).map_err(|_| ChatError::Unreadable)?;
    let kind = MessageType::try_from(body.r#type).map_err(|_| ChatError::Unreadable)?;
    let (app, user, device) = (&session.app, &session.user, session.device);
    let mut tx = server.store.write().await?;
    let done = match kind {
        MessageType::Recall => {
            let id = i64::try_from(body.ack_message_id).map_err(|_| ChatError::NoMessage)?;
            let (id, wakes) = recall::recall(&mut tx, server, app, Some(user), device, id).await?;
            Done { id, timestamp: now_ms(), wakes, metas: Vec::new() }
        }
        MessageType::Edit => {
            let edited = edit::edit(&mut tx, server, app, user, device, body).await?;
            let told = Meta {
                id: edited.seq as u64,
                from: Some(Jid::user(app, &user.name)),
                to: Some(Jid::user(app, &user.name)),
                timestamp: edited.time as u64,
                ns: Namespace::Notify as i32,
                payload: edited.info.to_string().into_bytes(),
                ..Meta::default()
            };
            Done { id: edited.seq, timestamp: edited.time, wakes: edited.wakes, metas: vec![told] }
        }
        MessageType::ReadAck | MessageType::DeliverAck | MessageType::ChannelAck => {
            let peer = peer(&mut tx, app, meta.to.as_ref()).await?;
            let payload = addressed(body, meta.payload, session, &peer);
            let (id, wakes) =
                receipt::receipt(&mut tx, server, app, (user, device), &peer, kind, payload).await?;
            Done { id, timestamp: now_ms(), wakes, metas: Vec::new() }
        }
        MessageType::Normal | MessageType::Chat | MessageType::GroupChat | MessageType::ChatRoom => {
            let peer = peer(&mut tx, app, meta.to.as_ref()).await?;
            let content = body.contents.first().ok_or(ChatError::Unreadable)?;
            let kind = Body::from_content(content).map_or("unknown", |body| body.kind());
            let payload = addressed(body, meta.payload, session, &peer);
            let draft = Draft {
                app,
                sender: user,
                peer: &peer,
                payload,
                kind,
                timestamp: None,
                to_sender: true,
                origin: device,
            };
            let sent = send::send(&mut tx, server, draft).await?;
            Done { id: sent.id, timestamp: sent.timestamp, wakes: sent.wakes, metas: Vec::new() }
        }
    };
    tx.commit().await?;
    Ok(done)
}

/// Whom an address means. Devices leave out what goes without saying: the app, and the domain of users.
async fn peer(conn: &mut crate::store::Conn, app: &str, to: Option<&Jid>) -> Result<Peer, ChatError> {
    let to = to.ok_or(ChatError::Unreadable)?;
    if !to.app_key.is_empty() && to.app_key != app {
        return Err(ChatError::NoUser(to.name.clone()));
    }
    Peer::of_jid(conn, app, to).await
}

/// The payload as it is passed on: as it came, with fields that this version does not know, unless it lies about
/// who it is from or to.
fn addressed(mut body: MessageBody, payload: Vec<u8>, session: &Session, peer: &Peer) -> Vec<u8> {
    let is = |jid: &Option<Jid>, name: &str| jid.as_ref().is_some_and(|jid| jid.name == name);
    if is(&body.from, &session.user.name) && is(&body.to, &peer.name()) {
        return payload;
    }
    send::address(&mut body, &session.app, &session.user, peer);
    body.encode_to_vec()
}
