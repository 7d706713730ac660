//! The inputs and the effects of the session machine.

use crate::error::{Error, Result};
use crate::token_expiry::TokenExpiry;
use roamkit_wire::meta::Meta;
use roamkit_wire::msync::Jid;

/// An event that the machine reacts to.
#[derive(Debug)]
pub enum Input<'a> {
    /// Start the session.
    Start {
        /// The user token.
        token: String,
        /// When the token expires.
        expiry: TokenExpiry,
    },
    /// The application renewed the token.
    Renew {
        /// The user token.
        token: String,
        /// When the token expires.
        expiry: TokenExpiry,
    },
    /// The socket is open.
    Opened,
    /// A frame arrived.
    Frame(&'a [u8]),
    /// The socket is closed.
    Closed {
        /// True if the server closed it in order. A lost connection and a server that stops do not count.
        in_order: bool,
    },
    /// The batch of the last [`Effect::Apply`] is stored.
    Applied,
    /// The batch of the last [`Effect::Apply`] could not be stored, so the server must send it again.
    NotApplied,
    /// Send this meta, whose id is a local one. It is sent only if all queues are read and it is not under way yet.
    Send(Box<Meta>),
    /// The time of [`Machine::next_tick`](super::Machine::next_tick) has come, or the clock changed.
    Tick,
    /// The platform is on a network again, or on another one.
    Online,
    /// The platform is on no network. The machine does not connect until it is on one again.
    Offline,
    /// The page became visible, or runs again after it was frozen.
    Awake {
        /// Whether the platform is on no network now.
        offline: bool,
    },
    /// The computer slept, or its clock was set.
    Slept,
    /// Log out and end the session.
    Stop,
}

/// An action of the driver. It performs the effects of an input in their order.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Open a socket to [`Machine::host`](super::Machine::host), in place of an older one.
    Connect,
    /// Close the socket.
    Disconnect,
    /// Send a frame.
    Send(Vec<u8>),
    /// Report that the session is up.
    Up,
    /// Report that the session is down.
    Down {
        /// The reason.
        error: Error,
        /// Whether the machine reconnects without a new start.
        will_reconnect: bool,
    },
    /// Store the batch and its position in one transaction, then answer with [`Input::Applied`] or [`Input::NotApplied`].
    Apply(Batch),
    /// Report that all queues are read to their end.
    CaughtUp,
    /// Report the answer to a meta of [`Input::Send`].
    Answered(Box<Answer>),
    /// Report that four fifths of the token's lifetime are over.
    TokenWillExpire,
    /// Report that the token has expired.
    TokenExpired,
}

/// The server's answer to a sent meta.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The meta as it was sent, with its local id.
    pub meta: Meta,
    /// The id that the server gave it, or the reason why the server will never accept it.
    pub result: Result<u64>,
}

/// A batch of metas from one queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The queue.
    pub queue: Jid,
    /// The key that acknowledges the batch to the server.
    pub position: Option<u64>,
    /// The metas, oldest first.
    pub metas: Vec<Meta>,
}
