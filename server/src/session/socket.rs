//! A WebSocket from its first frame to its last.

use super::{Session, frame, provision, sync, upstream};
use crate::address::ClientAddress;
use crate::error::{ApiError, ApiResult};
use crate::hub::{EndReason, OnlineDevice, Registration};
use crate::ids::now_ms;
use crate::limits::read_throttle::ReadThrottle;
use crate::limits::slots::SlotsFull;
use crate::request_log;
use crate::state::{AppState, SharedState};
use crate::store::database::Result as StoreResult;
use crate::store::devices;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use prost::Message as _;
use roamkit_wire::msync::{
    CommSyncDl, CommSyncUl, Command, ErrorCode, Jid, Logout, MSync, Provision, StatisticsOperation, Status,
};
use roamkit_wire::prost;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument as _;

/// Largest frame, in bytes.
const MAX_FRAME_BYTES: usize = 64 * 1024;
/// The read and write buffers of a socket, in bytes. They are small because most sockets are idle, and frames
/// from devices are small.
const BUFFER_BYTES: usize = 2 * 1024;
/// The `Retry-After` of a connection when all sockets are taken.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// A WebSocket with its limits.
struct Socket {
    stream: WebSocket,
    throttle: ReadThrottle,
    /// The maximum time for a device to accept a frame.
    write_timeout: Duration,
}

impl Socket {
    fn new(stream: WebSocket, state: &AppState) -> Self {
        let settings = &state.settings;
        let burst = Duration::from_secs(settings.rate_burst.into());
        Self {
            stream,
            throttle: ReadThrottle::new(settings.rate_frames, burst),
            write_timeout: Duration::from_secs(settings.write_timeout),
        }
    }

    /// The next frame. Returns `None` if the socket is closed or the data is not MSYNC.
    async fn receive(&mut self) -> Option<MSync> {
        loop {
            self.throttle.ready().await;
            let message = self.stream.recv().await?.ok()?;
            self.throttle.count();
            match message {
                Message::Binary(bytes) => {
                    tracing::trace!(bytes = bytes.len(), "received a frame");
                    return MSync::decode(bytes).ok();
                }
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Text(_) | Message::Close(_) => return None,
            }
        }
    }

    /// Returns `None` if the device does not accept the frame in time.
    async fn send(&mut self, bytes: Vec<u8>) -> Option<()> {
        timeout(self.write_timeout, self.stream.send(Message::Binary(Bytes::from(bytes)))).await.ok()?.ok()
    }

    async fn close(&mut self, reason: Option<CloseFrame>) {
        let _ = timeout(self.write_timeout, self.stream.send(Message::Close(reason))).await;
    }
}

/// `GET /websocket`
pub(crate) async fn open(
    State(state): State<SharedState>,
    client: ClientAddress,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> ApiResult<Response> {
    let upgrade = upgrade.map_err(|error| ApiError::bad_request(error.body_text()))?;
    let slot = state.socket_slots.take(client.0).map_err(|full| match full {
        SlotsFull::Total => ApiError::busy(RETRY_AFTER),
        SlotsFull::Address => ApiError::too_many(RETRY_AFTER),
    })?;
    // The log lines of the socket carry the id of the request that opened it.
    let span = tracing::Span::current();
    let serve = move |socket| async move {
        run(Socket::new(socket, &state), &state).await;
        drop(slot);
    };
    Ok(upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .on_upgrade(move |socket| serve(socket).instrument(span)))
}

async fn run(mut socket: Socket, state: &AppState) {
    let _open = state.metrics.open_socket();
    let provision_timeout = Duration::from_secs(state.settings.socket_provision);
    let entered = timeout(provision_timeout, log_in(&mut socket, state)).await;
    if let Ok(Some((mut session, registration))) = entered {
        let reason = serve(&mut socket, state, &mut session, &registration.device).await;
        if let Err(cause) = end_session(state, &registration.device).await {
            tracing::warn!(%cause, "could not store the end of a session");
        }
        drop(registration);
        tracing::debug!(user = session.user.id, device = session.device, reason, "device is offline");
    }
    socket.close(None).await;
}

async fn end_session(state: &AppState, device: &OnlineDevice) -> StoreResult<()> {
    let mut tx = state.store.begin_unordered().await?;
    devices::end_session(&mut tx, device.device, device.session, now_ms()).await?;
    tx.commit().await
}

/// Waits for a provision frame and logs the device in. Frames before it are ignored.
async fn log_in(socket: &mut Socket, state: &AppState) -> Option<(Session, Registration)> {
    loop {
        let first = socket.receive().await?;
        if first.command != Command::Provision as i32 {
            continue;
        }
        let guid = first.guid.clone().unwrap_or_default();
        let result = provision::log_in(state, &first).await;
        state.metrics.record_login("socket", result.is_ok());
        match result {
            Ok((session, registration, answer)) => {
                request_log::set_user(session.user.id);
                socket.send(frame::encode(&session.jid(), Command::Provision, &answer)).await?;
                return Some((session, registration));
            }
            Err(status) => {
                refuse(socket, &guid, status).await;
                return None;
            }
        }
    }
}

async fn refuse(socket: &mut Socket, guid: &Jid, status: Status) -> Option<()> {
    let answer = Provision {
        resource: guid.client_resource.clone(),
        reason: status.reason.clone(),
        status: Some(status),
        ..Provision::default()
    };
    socket.send(frame::encode(guid, Command::Provision, &answer)).await
}

/// Serves a session until either side ends it. Returns the reason for the log.
async fn serve(
    socket: &mut Socket,
    state: &AppState,
    session: &mut Session,
    device: &OnlineDevice,
) -> &'static str {
    let idle_timeout = Duration::from_secs(state.settings.socket_idle);
    let mut last_received = Instant::now();
    loop {
        tokio::select! {
            events = device.next_events() => {
                if let Some(delay) = events.delay {
                    state.metrics.record_fan_out_delay(delay);
                }
                for queue in events.queues {
                    if socket.send(frame::notice(&session.jid(), &queue)).await.is_none() {
                        return "write timeout";
                    }
                }
                match events.end {
                    None => {}
                    Some(EndReason::Replaced) => {
                        let operation = StatisticsOperation::UserLoginAnotherDevice;
                        socket.send(frame::kick(&session.jid(), operation)).await;
                        return "replaced";
                    }
                    Some(EndReason::Kicked(operation)) => {
                        socket.send(frame::kick(&session.jid(), operation)).await;
                        return "kicked";
                    }
                    Some(EndReason::Shutdown) => {
                        let reason = CloseFrame { code: close_code::AWAY, reason: "server stops".into() };
                        socket.close(Some(reason)).await;
                        return "shutdown";
                    }
                }
            }
            received = timeout_at(last_received + idle_timeout, socket.receive()) => match received {
                Err(_) => return "idle timeout",
                Ok(None) => return "closed",
                Ok(Some(message)) => {
                    last_received = Instant::now();
                    if message.command == Command::Logout as i32 {
                        let answer = Logout { status: Some(Status::ok()), ..Logout::default() };
                        socket.send(frame::encode(&session.jid(), Command::Logout, &answer)).await;
                        return "logout";
                    }
                    for answer in answer(state, session, &message).await {
                        if socket.send(answer).await.is_none() {
                            return "write timeout";
                        }
                    }
                }
            }
        }
    }
}

/// Processes a frame and returns the frames that answer it.
async fn answer(state: &AppState, session: &mut Session, message: &MSync) -> Vec<Vec<u8>> {
    let jid = session.jid();
    match Command::try_from(message.command) {
        Ok(Command::Unread) => match sync::unread(state, session).await {
            Ok(unread) => vec![frame::encode(&jid, Command::Unread, &unread)],
            Err(cause) => vec![internal(&jid, &cause)],
        },
        Ok(Command::Sync) => match CommSyncUl::decode(message.payload.as_slice()) {
            Ok(request) => answer_sync(state, session, request).await,
            Err(_) => vec![failure(&jid, Status::error(ErrorCode::PbParserError, "unreadable frame"))],
        },
        Ok(Command::Provision) => {
            let answer = Provision {
                status: Some(Status::ok()),
                resource: session.resource.clone(),
                ..Provision::default()
            };
            vec![frame::encode(&jid, Command::Provision, &answer)]
        }
        _ => vec![failure(&jid, Status::error(ErrorCode::UnknownCommand, "unknown command"))],
    }
}

/// A SYNC frame may both send a message and request a queue. Each gets an answer of its own.
async fn answer_sync(state: &AppState, session: &mut Session, request: CommSyncUl) -> Vec<Vec<u8>> {
    let jid = session.jid();
    let mut answers = Vec::new();
    if let Some(meta) = request.meta {
        answers.push(frame::encode(&jid, Command::Sync, &upstream::accept(state, session, meta).await));
    }
    if let Some(queue) = request.queue {
        answers.push(match sync::read_batch(state, session, &queue, request.key).await {
            Ok(batch) => frame::encode(&jid, Command::Sync, &batch),
            Err(cause) => internal(&jid, &cause),
        });
    }
    answers
}

fn failure(jid: &Jid, status: Status) -> Vec<u8> {
    let queue = Some(Jid::user(&jid.app_key, &jid.name));
    let answer = CommSyncDl { status: Some(status), queue, is_last: true, ..CommSyncDl::default() };
    frame::encode(jid, Command::Sync, &answer)
}

fn internal(jid: &Jid, cause: &sqlx::Error) -> Vec<u8> {
    tracing::error!(%cause, "internal error");
    failure(jid, Status::error(ErrorCode::Fail, "internal error"))
}
