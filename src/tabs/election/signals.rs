//! What the election hears, and what it has done.

use crate::error::Error;
use crate::store::EventBatch;
use crate::tabs::message::TabMessage;

/// A user token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Token {
    /// The token.
    pub value: String,
    /// When it expires, ms; 0: not known.
    pub expires_at: u64,
}

/// What this tab's session says.
#[derive(Clone, Debug)]
pub enum Session {
    /// It is up.
    Up,
    /// It is down, and comes back by itself or not.
    Down(Error, bool),
    /// Four fifths of the token's life are over.
    WillExpire,
    /// The token's life is over.
    Expired,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// The lock is held.
    Granted,
    /// The lock was stolen, or, where false, there is none to be had.
    Lost(bool),
    /// Another tab said something.
    Heard(TabMessage),
    /// The session said something.
    Session(Session),
    /// A batch of the session was kept.
    Kept(EventBatch),
    /// The log ends at that number; none where it cannot be read.
    LogEnd(Option<u64>),
    /// What the log has after the number that was asked for; none where it cannot be read.
    Log(Option<Vec<EventBatch>>),
    /// What the log has after [`Election::untold`](super::Election::untold).
    Past(Vec<EventBatch>),
    /// What the server says of the token: when it expires, or why it refuses it.
    Checked(Result<u64, Error>),
    /// There is a new token.
    Renewed(Token),
    /// The server refused a call with that token.
    Refused(String),
    /// The local copy changed here.
    Changed,
    /// Something here is to be compared with the server.
    Doubted,
    /// Tabs do not share the local copy.
    Unshared,
    /// The page goes to sleep.
    Suspend,
    /// The page is back.
    Resume,
    /// Somebody looks at the page.
    Visible,
    /// Time has passed.
    Tick,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Listen to the other tabs.
    Join,
    /// No longer; and let go of the lock, or stop waiting for it.
    Leave,
    /// Wait for the lock.
    Ask,
    /// Take the lock from whoever has it.
    Steal,
    /// Tell the other tabs.
    Say(TabMessage),
    /// Start a session; an older one of this tab ends.
    StartSession(Token),
    /// End the session.
    StopSession,
    /// Hand the session a new token.
    RenewSession(Token),
    /// Use this token for calls.
    TakeToken(Token),
    /// Ask the server of the token, and say [`Input::Checked`].
    CheckToken(Token),
    /// Find out where the log ends, and say [`Input::LogEnd`].
    ReadLogEnd,
    /// Read the log after that number, and say [`Input::Log`].
    ReadLog(u64),
    /// The session is up.
    Up,
    /// The session is down, and comes back by itself or not.
    Down(Error, bool),
    /// Tell the application these events.
    Tell(String),
    /// Tell it that the conversations changed.
    TellChanged,
    /// Tell it that the token will expire.
    TellWillExpire,
    /// Tell it that the token has expired.
    TellExpired,
    /// Compare with the server what is doubted.
    Compare,
}
