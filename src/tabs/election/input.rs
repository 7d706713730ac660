//! The inputs and the effects of the election.

use crate::error::Error;
use crate::model::ConversationType;
use crate::store::EventBatch;
use crate::tabs::message::TabMessage;
use crate::token_expiry::TokenExpiry;

/// A user token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// The token itself.
    pub value: String,
    /// When the token expires.
    pub expiry: TokenExpiry,
}

/// An event of this tab's session.
#[derive(Clone, Debug)]
pub enum SessionEvent {
    /// The session is up.
    Up,
    /// The session is down.
    Down {
        /// The reason.
        error: Error,
        /// Whether the session reconnects.
        will_reconnect: bool,
    },
    /// Four fifths of the token's lifetime are over.
    TokenWillExpire,
    /// The token has expired.
    TokenExpired,
}

/// An event that the election reacts to.
#[derive(Clone, Debug)]
pub enum Input {
    /// This tab holds the lock.
    LockGranted,
    /// Another tab stole the lock.
    LockStolen,
    /// The platform has no locks or no channel between tabs.
    LockUnavailable,
    /// Another tab sent a message.
    Message(TabMessage),
    /// This tab's session emitted an event.
    Session(SessionEvent),
    /// This tab stored a batch of its session, and these are the events of the batch.
    Stored(EventBatch),
    /// The number of the last batch in the event log; `None` if the log cannot be read.
    LogEnd(Option<u64>),
    /// The answer to [`Effect::ReadLog`]; `None` if the log cannot be read.
    Log(Option<Vec<EventBatch>>),
    /// The batches that the log has after [`Election::unreported_after`](super::Election::unreported_after). A call of the
    /// application read them before it resolves.
    LogBeforeCall(Vec<EventBatch>),
    /// The answer to [`Effect::CheckToken`]: when the token expires by the server's clock, in ms since the epoch, or why the server refuses it.
    TokenChecked(Result<u64, Error>),
    /// The application renewed the token.
    TokenRenewed(Token),
    /// The server refused a call with this token.
    TokenRefused(String),
    /// This tab changed the local copy.
    CopyChanged,
    /// This tab saved new messages of a conversation.
    MessagesSaved {
        /// The type of the conversation.
        conversation_type: ConversationType,
        /// The id of the conversation.
        conversation_id: String,
        /// The ids of the messages.
        ids: Vec<String>,
    },
    /// A part of the local copy must be compared with the server.
    ReconciliationNeeded,
    /// The local copy has receipts that the server must get.
    ReceiptsPending,
    /// The local copy is in memory, so the tabs do not share it.
    CopyNotShared,
    /// This tab cannot store what its session receives.
    CopyUnusable,
    /// The page is about to be suspended.
    Suspend,
    /// The page runs again.
    Resume,
    /// The page became visible.
    Visible,
    /// The time of [`Election::next_tick`](super::Election::next_tick) has come.
    Tick,
}

/// An action of the tab. It performs the effects of an input in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Open the channel to the other tabs.
    OpenChannel,
    /// Close the channel, and release the lock or withdraw the request for it.
    Leave,
    /// Request the lock.
    RequestLock,
    /// Take the lock from its holder.
    StealLock,
    /// Send a message to the other tabs.
    Send(TabMessage),
    /// Start a session, in place of an older one of this tab.
    StartSession(Token),
    /// End the session.
    StopSession,
    /// Give the session a new token.
    RenewSession(Token),
    /// Use this token for calls.
    SetToken(Token),
    /// Ask the server about this token, then answer with [`Input::TokenChecked`].
    CheckToken(Token),
    /// Read the number of the last batch in the event log, then answer with [`Input::LogEnd`].
    ReadLogEnd,
    /// Read the batches after this number from the event log, then answer with [`Input::Log`].
    ReadLog(u64),
    /// Report to the application that the session is up.
    Up,
    /// Report to the application that the session is down.
    Down {
        /// The reason.
        error: Error,
        /// Whether the session reconnects.
        will_reconnect: bool,
    },
    /// Emit these events.
    EmitEvents(String),
    /// Emit `messagesChanged` for messages that another tab saved, and that must be read from the local copy.
    EmitSaved {
        /// The type of the conversation.
        conversation_type: ConversationType,
        /// The id of the conversation.
        conversation_id: String,
        /// The ids of the messages.
        ids: Vec<String>,
    },
    /// Emit `conversationsChanged`.
    EmitChanged,
    /// Emit `tokenWillExpire`.
    EmitTokenWillExpire,
    /// Emit `tokenExpired`.
    EmitTokenExpired,
    /// Compare the local copy with the server.
    Reconcile,
    /// Send the receipts of the local copy to the server.
    SendReceipts,
}
