//! Messages, recalls, edits and receipts from a device.

use super::Session;
use crate::chat::addresses::Addresses;
use crate::chat::envelope::Routing;
use crate::chat::member::Member;
use crate::chat::peer::Peer;
use crate::chat::receipt::{self, Receipt};
use crate::chat::send::{self, OutgoingMessage};
use crate::chat::{ChatError, Wakeup, edit, recall};
use crate::ids::now_ms;
use crate::state::AppState;
use crate::store::database::Conn;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::{CommSyncDl, ErrorCode, Jid, Status};
use roamkit_wire::prost;

/// The result of an accepted envelope.
struct Accepted {
    id: i64,
    timestamp: i64,
    wakeups: Vec<Wakeup>,
    /// Envelopes that the answer to the sender contains.
    metas: Vec<Meta>,
}

impl Accepted {
    fn now(id: i64, wakeups: Vec<Wakeup>) -> Self {
        Self { id, timestamp: now_ms(), wakeups, metas: Vec::new() }
    }
}

/// Processes an envelope from a device and returns the answer.
pub(super) async fn accept(state: &AppState, session: &Session, meta: Meta) -> CommSyncDl {
    let meta_id = meta.id;
    let result = match Namespace::try_from(meta.ns) {
        Ok(Namespace::Chat) => accept_chat(state, session, meta).await.map_err(|error| error.status()),
        Ok(Namespace::Statistic) => Ok(Accepted::now(0, Vec::new())),
        _ => Err(Status::error(ErrorCode::UnknownCommand, "not served here")),
    };
    match result {
        Ok(accepted) => {
            state.wake(&accepted.wakeups);
            CommSyncDl {
                status: Some(Status::ok()),
                meta_id,
                server_id: accepted.id as u64,
                metas: accepted.metas,
                timestamp: accepted.timestamp as u64,
                ..CommSyncDl::default()
            }
        }
        Err(status) => {
            CommSyncDl { status: Some(status), meta_id, timestamp: now_ms() as u64, ..CommSyncDl::default() }
        }
    }
}

async fn accept_chat(state: &AppState, session: &Session, meta: Meta) -> Result<Accepted, ChatError> {
    let body = MessageBody::from_payload(&meta.payload).map_err(|_| ChatError::Malformed)?;
    let message_type = MessageType::try_from(body.r#type).map_err(|_| ChatError::Malformed)?;
    let (app, user, device) = (&session.app, &session.user, session.device);
    let chat = state.chat(app);
    let mut tx = state.store.begin().await?;
    let accepted = match message_type {
        MessageType::Recall => {
            let id = i64::try_from(body.ack_message_id).map_err(|_| ChatError::MessageNotFound)?;
            let message = recall::find_message(&mut tx, app, id).await?;
            let (id, wakeups) = recall::recall(&mut tx, chat, Some(user), device, &message).await?;
            Accepted::now(id, wakeups)
        }
        MessageType::Edit => {
            let edited = edit::edit(&mut tx, chat, user, device, body).await?;
            let notice = Meta {
                id: edited.seq as u64,
                from: Some(Jid::user(app, &user.name)),
                to: Some(Jid::user(app, &user.name)),
                timestamp: edited.time as u64,
                ns: Namespace::Notify as i32,
                payload: edited.info.to_string().into_bytes(),
                ..Meta::default()
            };
            Accepted { id: edited.seq, timestamp: edited.time, wakeups: edited.wakeups, metas: vec![notice] }
        }
        MessageType::ReadAck | MessageType::DeliverAck | MessageType::ChannelAck => {
            let peer = find_peer(&mut tx, app, meta.to.as_ref()).await?;
            let receipt = Receipt {
                reader: Member::check(&mut tx, user, &peer).await?,
                message_type,
                message: i64::try_from(body.ack_message_id).unwrap_or(i64::MAX),
                payload: with_true_addresses(body, meta.payload, session, &peer),
                origin: device,
            };
            let (id, wakeups) = receipt::forward(&mut tx, chat, receipt).await?;
            Accepted::now(id, wakeups)
        }
        MessageType::Normal | MessageType::Chat | MessageType::GroupChat | MessageType::ChatRoom => {
            let peer = find_peer(&mut tx, app, meta.to.as_ref()).await?;
            let sender = Member::check(&mut tx, user, &peer).await?;
            let content = body.contents.first().ok_or(ChatError::Malformed)?;
            let kind = Body::from_content(content).map_or("unknown", |body| body.kind());
            send::check_depth(&body)?;
            let routing = Routing::of(&meta);
            let payload = with_true_addresses(body, meta.payload, session, &peer);
            let message = OutgoingMessage {
                sender,
                payload,
                kind,
                routing,
                timestamp: None,
                to_sender: true,
                origin: device,
            };
            let sent = send::send(&mut tx, chat, message).await?;
            Accepted { id: sent.id, timestamp: sent.timestamp, wakeups: sent.wakeups, metas: Vec::new() }
        }
    };
    tx.commit().await?;
    Ok(accepted)
}

/// Finds the receiver of an envelope. Devices may omit the app, and the domain of users.
async fn find_peer(conn: &mut Conn, app: &str, to: Option<&Jid>) -> Result<Peer, ChatError> {
    let to = to.ok_or(ChatError::Malformed)?;
    if !to.app_key.is_empty() && to.app_key != app {
        return Err(ChatError::UserNotFound(to.name.clone()));
    }
    Peer::from_jid(conn, app, to).await
}

/// Returns the payload unchanged, with fields that this version does not know, if its texts are UTF-8 and its
/// addresses are true. Otherwise encodes the body again, as it was read, with the true addresses.
fn with_true_addresses(mut body: MessageBody, payload: Vec<u8>, session: &Session, peer: &Peer) -> Vec<u8> {
    let names = |jid: &Option<Jid>, name: &str| jid.as_ref().is_some_and(|jid| jid.name == name);
    let is_readable = MessageBody::decode(payload.as_slice()).is_ok();
    if is_readable && names(&body.from, &session.user.name) && names(&body.to, &peer.name()) {
        return payload;
    }
    Addresses::new(&session.app, &session.user, peer).write_to(&mut body);
    body.encode_to_vec()
}
