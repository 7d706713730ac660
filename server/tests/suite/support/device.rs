//! A device: the client's end of a socket.

use super::{APP, TIMEOUT, notice_of, text_body};
use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::*;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;
use serde_json::json;
use std::collections::VecDeque;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;

/// A stream between a device and a server.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub struct Device {
    pub socket: WebSocketStream<Box<dyn Stream>>,
    /// Received frames of other commands than the awaited one.
    backlog: VecDeque<MSync>,
    pub jid: Jid,
}

impl Device {
    /// Opens a socket over a stream and does not log in.
    pub async fn open(address: &str, stream: Box<dyn Stream>) -> tungstenite::Result<Self> {
        let (socket, _) =
            tokio_tungstenite::client_async(format!("ws://{address}/websocket"), stream).await?;
        Ok(Self { socket, backlog: VecDeque::new(), jid: Jid::default() })
    }

    /// Opens a socket over TCP and does not log in.
    pub async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::open(address, Box::new(stream)).await.unwrap()
    }

    /// Sends a frame. Returns `false` if the socket is closed.
    pub async fn send(&mut self, command: Command, payload: Vec<u8>) -> bool {
        let frame = MSync { command: command as i32, payload, ..MSync::default() };
        self.send_bytes(frame.encode_to_vec()).await
    }

    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> bool {
        self.socket.send(tungstenite::Message::Binary(bytes.into())).await.is_ok()
    }

    /// Reads the next frame. Returns `None` if the server has closed the socket.
    async fn read(&mut self) -> Option<MSync> {
        loop {
            let next = tokio::time::timeout(TIMEOUT, self.socket.next()).await.expect("a frame in time");
            match next {
                Some(Ok(tungstenite::Message::Binary(bytes))) => return Some(MSync::decode(bytes).unwrap()),
                Some(Ok(tungstenite::Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// Receives the next frame of a command. Other frames are kept for later.
    pub async fn receive(&mut self, command: Command) -> MSync {
        if let Some(at) = self.backlog.iter().position(|frame| frame.command == command as i32) {
            return self.backlog.remove(at).unwrap();
        }
        loop {
            let frame = self.read().await.expect("an open socket");
            if frame.command == command as i32 {
                return frame;
            }
            self.backlog.push_back(frame);
        }
    }

    /// Logs out and waits until the server has closed the socket.
    pub async fn log_out(mut self) {
        self.send(Command::Logout, Vec::new()).await;
        self.wait_closed().await;
    }

    /// Waits until the server closes the socket, and returns the frames that were not received before.
    pub async fn wait_closed(mut self) -> Vec<MSync> {
        let mut frames: Vec<MSync> = self.backlog.drain(..).collect();
        while let Some(frame) = self.read().await {
            frames.push(frame);
        }
        frames
    }

    /// Logs in and returns the answer.
    pub async fn provision(&mut self, user: &str, token: &str, resource: &str) -> Provision {
        self.jid = Jid::device(APP, user, resource);
        let provision = Provision {
            os_type: 16,
            version: "test".into(),
            resource: resource.into(),
            auth_token: json!({"token": format!("$t${token}")}).to_string(),
            action_version: "v5.2".into(),
            ..Provision::default()
        };
        let frame = MSync {
            guid: Some(self.jid.clone()),
            auth: format!("$t${token}"),
            command: Command::Provision as i32,
            payload: provision.encode_to_vec(),
            ..MSync::default()
        };
        self.send_bytes(frame.encode_to_vec()).await;
        Provision::decode(self.receive(Command::Provision).await.payload.as_slice()).unwrap()
    }

    /// Requests the non-empty queues.
    pub async fn unread(&mut self) -> Vec<(String, u32)> {
        self.send(Command::Unread, Vec::new()).await;
        let answer = self.receive(Command::Unread).await;
        let answer = CommUnreadDl::decode(answer.payload.as_slice()).unwrap();
        assert!(answer.timestamp > 0);
        answer.unread.into_iter().map(|entry| (entry.queue.unwrap().name, entry.n)).collect()
    }

    /// Sends a SYNC frame and returns its answer.
    async fn request_sync(&mut self, request: CommSyncUl) -> CommSyncDl {
        self.send(Command::Sync, request.encode_to_vec()).await;
        CommSyncDl::decode(self.receive(Command::Sync).await.payload.as_slice()).unwrap()
    }

    /// Requests the next batch of a queue.
    pub async fn sync(&mut self, queue: &Jid, key: Option<u64>) -> CommSyncDl {
        self.request_sync(CommSyncUl { queue: Some(queue.clone()), key, ..CommSyncUl::default() }).await
    }

    /// Reads and acknowledges all envelopes of a queue.
    pub async fn drain_queue(&mut self, queue: &Jid) -> Vec<Meta> {
        let (mut metas, mut key) = (Vec::new(), None);
        loop {
            let batch = self.sync(queue, key).await;
            assert_eq!(batch.queue.as_ref().unwrap().name, queue.name);
            if batch.metas.is_empty() {
                assert!(batch.is_last);
                return metas;
            }
            metas.extend(batch.metas);
            key = batch.next_key;
        }
    }

    /// Waits for a notice and returns the queue that it names.
    pub async fn wait_for_notice(&mut self) -> Jid {
        let notice = self.receive(Command::Notice).await;
        CommNotice::decode(notice.payload.as_slice()).unwrap().queue.unwrap()
    }

    /// Waits for a notice and drains the queue that it names.
    pub async fn receive_new(&mut self) -> Vec<Meta> {
        let queue = self.wait_for_notice().await;
        self.drain_queue(&queue).await
    }

    /// Waits for new envelopes, which must all be multi-device notices.
    pub async fn receive_notices(&mut self) -> Vec<Notice> {
        self.receive_new().await.iter().map(notice_of).collect()
    }

    /// Sends a message and returns the answer.
    pub async fn send_message(&mut self, to: &Jid, body: MessageBody) -> CommSyncDl {
        self.send_meta(Meta { to: Some(to.clone()), payload: body.encode_to_vec(), ..Meta::default() }).await
    }

    /// Sends an envelope of a message and returns the answer.
    pub async fn send_meta(&mut self, meta: Meta) -> CommSyncDl {
        let meta = Meta { id: 77, ns: Namespace::Chat as i32, ..meta };
        let answer = self.request_sync(CommSyncUl { meta: Some(meta), ..CommSyncUl::default() }).await;
        assert_eq!(answer.meta_id, 77);
        answer
    }

    /// Sends a text message and returns its id.
    pub async fn send_text(&mut self, to: &Jid, text: &str) -> u64 {
        let message_type = if to.is_group() { MessageType::GroupChat } else { MessageType::Chat };
        let answer = self.send_message(to, text_body(message_type, text)).await;
        assert_eq!(answer.status.unwrap().error_code, 0);
        assert!(answer.timestamp > 0);
        answer.server_id
    }
}
