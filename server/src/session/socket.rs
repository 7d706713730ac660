//! One socket from its first frame to its last.

use super::frame::{farewell, frame, notice};
use super::hub::{End, Link, Place};
use super::{Session, provision, sync, upstream};
use crate::address::Client;
use crate::error::{ApiError, ApiResult};
use crate::limits::pace::Pace;
use crate::limits::places::Full;
use crate::observe;
use crate::state::{Server, Shared};
use crate::store::devices;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use prost::Message as _;
use roamkit_wire::msync::{
    CommSyncDl, CommSyncUl, Command, ErrorCode, Jid, Logout, MSync, Provision, Status,
};
use roamkit_wire::prost;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument as _;

/// Largest frame, in bytes.
const MAX_FRAME_BYTES: usize = 64 * 1024;
/// When to come back where there are too many sockets.
const COME_BACK: Duration = Duration::from_secs(10);

/// A socket, and how it is treated.
struct Line {
    socket: WebSocket,
    pace: Pace,
    /// How long a device may take to accept a frame.
    send_time: Duration,
}

impl Line {
    fn new(socket: WebSocket, server: &Server) -> Self {
        let settings = &server.settings;
        let burst = Duration::from_secs(settings.rate_burst.into());
        Self {
            socket,
            pace: Pace::new(settings.rate_frames, burst),
            send_time: Duration::from_secs(settings.write_timeout),
        }
    }

    /// The next frame; `None` where the socket is done or speaks something else.
    async fn receive(&mut self) -> Option<MSync> {
        loop {
            self.pace.ready().await;
            let message = self.socket.recv().await?.ok()?;
            self.pace.count();
            match message {
                Message::Binary(bytes) => {
                    tracing::trace!(bytes = bytes.len(), "a frame came");
                    return MSync::decode(bytes).ok();
                }
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Text(_) | Message::Close(_) => return None,
            }
        }
    }

    async fn send(&mut self, bytes: Vec<u8>) -> Option<()> {
        timeout(self.send_time, self.socket.send(Message::Binary(Bytes::from(bytes)))).await.ok()?.ok()
    }

    async fn close(&mut self, reason: Option<CloseFrame>) {
        let _ = timeout(self.send_time, self.socket.send(Message::Close(reason))).await;
    }
}

/// What is kept ready for reading and writing on each socket, in bytes: most of them are idle at any time, and what
/// devices send is small.
const BUFFER_BYTES: usize = 2 * 1024;

/// `GET /websocket`
pub(crate) async fn open(
    State(server): State<Shared>,
    client: Client,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = upgrade.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let place = server.sockets.take(client.0).map_err(|full| match full {
        Full::All => ApiError::busy(COME_BACK),
        Full::Address => ApiError::too_many(COME_BACK),
    })?;
    // What the socket does is logged under the id of the request that opened it.
    let span = tracing::Span::current();
    let serve = move |socket| async move {
        run(Line::new(socket, &server), &server).await;
        drop(place);
    };
    Ok(upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .on_upgrade(move |socket| serve(socket).instrument(span)))
}

async fn run(mut socket: Line, server: &Server) {
    let _open = server.metrics.socket();
    let patience = Duration::from_secs(server.settings.socket_provision);
    let entered = timeout(patience, let_in(&mut socket, server)).await;
    if let Ok(Some((mut session, place))) = entered {
        let reason = serve(&mut socket, server, &mut session, &place).await;
        if let Err(cause) = left(server, &place.link).await {
            tracing::warn!(%cause, "could not note that a device left");
        }
        drop(place);
        tracing::debug!(user = session.user.id, device = session.device, reason, "device is offline");
    }
    socket.close(None).await;
}

async fn left(server: &Server, link: &Link) -> crate::store::Result<()> {
    let mut tx = server.store.write_beside().await?;
    devices::left(&mut tx, link.device, link.session, crate::ids::now_ms()).await?;
    tx.commit().await
}

/// The first frame must be a provision; what comes before it is not listened to.
async fn let_in(socket: &mut Line, server: &Server) -> Option<(Session, Place)> {
    loop {
        let first = socket.receive().await?;
        if first.command != Command::Provision as i32 {
            continue;
        }
        let guid = first.guid.clone().unwrap_or_default();
        let entered = provision::enter(server, &first).await;
        server.metrics.login("socket", entered.is_ok());
        match entered {
            Ok((session, place, answer)) => {
                observe::note_user(session.user.id);
                socket.send(frame(&session.jid(), Command::Provision, &answer)).await?;
                return Some((session, place));
            }
            Err(status) => {
                refuse(socket, &guid, status).await;
                return None;
            }
        }
    }
}

async fn refuse(socket: &mut Line, guid: &Jid, status: Status) -> Option<()> {
    let answer = Provision {
        resource: guid.client_resource.clone(),
        reason: status.reason.clone(),
        status: Some(status),
        ..Provision::default()
    };
    socket.send(frame(guid, Command::Provision, &answer)).await
}

/// Serves a session until either side ends it; tells why.
async fn serve(socket: &mut Line, server: &Server, session: &mut Session, place: &Place) -> &'static str {
    let idle = Duration::from_secs(server.settings.socket_idle);
    let link: &Link = &place.link;
    let mut heard = Instant::now();
    loop {
        tokio::select! {
            (queues, end) = link.next() => {
                for queue in queues {
                    if socket.send(notice(&session.jid(), &queue)).await.is_none() {
                        return "does not read";
                    }
                }
                match end {
                    None => {}
                    Some(End::Replaced) => return "replaced",
                    Some(End::Kicked(operation)) => {
                        socket.send(farewell(&session.jid(), operation)).await;
                        return "kicked";
                    }
                    Some(End::Shutdown) => {
                        let reason = CloseFrame { code: close_code::AWAY, reason: "server stops".into() };
                        socket.close(Some(reason)).await;
                        return "shutdown";
                    }
                }
            }
            received = timeout_at(heard + idle, socket.receive()) => match received {
                Err(_) => return "silent",
                Ok(None) => return "closed",
                Ok(Some(message)) => {
                    heard = Instant::now();
                    if message.command == Command::Logout as i32 {
                        let answer = Logout { status: Some(Status::ok()), ..Logout::default() };
                        socket.send(frame(&session.jid(), Command::Logout, &answer)).await;
                        return "logout";
                    }
                    for answer in answers(server, session, &message).await {
                        if socket.send(answer).await.is_none() {
                            return "does not read";
                        }
                    }
                }
            }
        }
    }
}

/// The answers to a frame.
async fn answers(server: &Server, session: &mut Session, message: &MSync) -> Vec<Vec<u8>> {
    let jid = session.jid();
    match Command::try_from(message.command) {
        Ok(Command::Unread) => match sync::unread(server, session).await {
            Ok(unread) => vec![frame(&jid, Command::Unread, &unread)],
            Err(cause) => vec![internal(&jid, &cause)],
        },
        Ok(Command::Sync) => match CommSyncUl::decode(message.payload.as_slice()) {
            Ok(wish) => sync_answers(server, session, wish).await,
            Err(_) => vec![failure(&jid, Status::error(ErrorCode::PbParserError, "unreadable frame"))],
        },
        Ok(Command::Provision) => {
            let answer = Provision {
                status: Some(Status::ok()),
                resource: session.resource.clone(),
                ..Provision::default()
            };
            vec![frame(&jid, Command::Provision, &answer)]
        }
        _ => vec![failure(&jid, Status::error(ErrorCode::UnknownCommand, "unknown command"))],
    }
}

/// One frame may bring a message and ask for a queue.
async fn sync_answers(server: &Server, session: &mut Session, wish: CommSyncUl) -> Vec<Vec<u8>> {
    let jid = session.jid();
    let mut answers = Vec::new();
    if let Some(meta) = wish.meta {
        answers.push(frame(&jid, Command::Sync, &upstream::accept(server, session, meta).await));
    }
    if let Some(queue) = wish.queue {
        answers.push(match sync::batch(server, session, &queue, wish.key).await {
            Ok(batch) => frame(&jid, Command::Sync, &batch),
            Err(cause) => internal(&jid, &cause),
        });
    }
    answers
}

fn failure(jid: &Jid, status: Status) -> Vec<u8> {
    let queue = Some(Jid::user(&jid.app_key, &jid.name));
    frame(
        jid,
        Command::Sync,
        &CommSyncDl { status: Some(status), queue, is_last: true, ..CommSyncDl::default() },
    )
}

fn internal(jid: &Jid, cause: &sqlx::Error) -> Vec<u8> {
    tracing::error!(%cause, "internal error");
    failure(jid, Status::error(ErrorCode::Fail, "internal error"))
}
