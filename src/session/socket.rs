//! One WebSocket: binary frames in both directions. Dropping it closes it.
//!
//! gloo-net 0.7 drives it. Its faults are guarded here:
//! - `WebSocket::open` panics where the constructor throws a value that is no `Error`, so web-sys calls the constructor.
//! - Its stream goes on after an `error` event. WebKit fires nothing else for a port that it refuses, so the first error
//!   ends the socket.
//! - Its sink sends on a closed socket, which browsers report on the console, so the state is checked first.
//! - Its sink sends a `Blob`, which the browser reads later. A page that is put away right after the logout frame would
//!   keep its socket open, so web-sys sends the bytes.

use crate::error::{Code, Error, Result};
use futures_util::{Sink, Stream};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The status codes of a close frame: "normal closure", and none.
const NORMAL_CLOSURE: u16 = 1000;
const NO_STATUS: u16 = 1005;

/// An event of a socket.
#[derive(Debug)]
pub enum SocketEvent {
    /// The socket is open.
    Opened,
    /// A frame arrived.
    Frame(Vec<u8>),
    /// The socket is closed. No event follows.
    Closed {
        /// True if the server closed it in order: with a close frame that gives no reason, or the reason "normal". A server that
        /// stops gives another one.
        in_order: bool,
    },
}

/// A socket that is open or opening.
#[must_use = "dropping it closes the socket"]
pub struct Socket {
    /// The receiving side, as a stream of frames.
    receiver: WebSocket,
    /// The same socket, for sending.
    sender: web_sys::WebSocket,
    opened: bool,
}

impl Socket {
    /// Begins to open a socket.
    pub fn open(url: &str) -> Result<Self> {
        let refused = || Error::new(Code::ServerNotReachable, format!("no socket can be opened to {url}"));
        let sender = web_sys::WebSocket::new(url).map_err(|_| refused())?;
        let receiver = WebSocket::try_from(sender.clone()).map_err(|_| refused())?;
        Ok(Self { receiver, sender, opened: false })
    }

    /// The next event. Dropping the future loses none.
    pub async fn next(&mut self) -> SocketEvent {
        poll_fn(|context| self.poll_next(context)).await
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<SocketEvent> {
        if !self.opened && Pin::new(&mut self.receiver).poll_ready(context).is_ready() {
            self.opened = true;
            // The sink is ready, too, where the socket closed before it was open.
            if matches!(self.receiver.state(), State::Open) {
                return Poll::Ready(SocketEvent::Opened);
            }
        }
        loop {
            return match Pin::new(&mut self.receiver).poll_next(context) {
                Poll::Ready(Some(Ok(Message::Bytes(frame)))) => Poll::Ready(SocketEvent::Frame(frame)),
                // The protocol has binary frames only.
                Poll::Ready(Some(Ok(Message::Text(_)))) => continue,
                Poll::Ready(Some(Err(WebSocketError::ConnectionClose(close)))) => {
                    let in_order = close.was_clean && matches!(close.code, NORMAL_CLOSURE | NO_STATUS);
                    Poll::Ready(SocketEvent::Closed { in_order })
                }
                Poll::Ready(Some(Err(_)) | None) => Poll::Ready(SocketEvent::Closed { in_order: false }),
                Poll::Pending => Poll::Pending,
            };
        }
    }

    /// Sends a frame, if the socket is open. A socket that is not reports so by closing.
    pub fn send(&self, frame: &[u8]) {
        if matches!(self.receiver.state(), State::Open) {
            let _ = self.sender.send_with_u8_array(frame);
        }
    }
}
