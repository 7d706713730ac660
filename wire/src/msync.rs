//! The frames of the MSYNC session: one [`MSync`] for each binary WebSocket message.
//!
//! Enumerations stay `i32`, so that a message with an unknown value is still readable. The generated accessors return
//! the default for such a value.

pub use crate::jid::{GROUP_DOMAIN, Jid, USER_DOMAIN};

use crate::meta::Meta;
use prost::{Enumeration, Message};

/// Protocol versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Version {
    /// The first; left out on the wire.
    V1 = 0,
    /// The second.
    V2 = 1,
}

/// The type of a frame's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Command {
    /// [`CommSyncUl`] up, [`CommSyncDl`] down.
    Sync = 0,
    /// Nothing up, [`CommUnreadDl`] down. Also the heartbeat.
    Unread = 1,
    /// [`CommNotice`] down.
    Notice = 2,
    /// [`Provision`] both ways.
    Provision = 3,
    /// [`Logout`].
    Logout = 4,
}

/// The envelope.
#[derive(Clone, PartialEq, Message)]
pub struct MSync {
    /// Protocol version.
    #[prost(enumeration = "Version", tag = "1")]
    pub version: i32,
    /// The sender's own address, with resource.
    #[prost(message, optional, tag = "2")]
    pub guid: Option<Jid>,
    /// `$t$<token>` on the provision frame.
    #[prost(string, tag = "3")]
    pub auth: String,
    /// Unused here.
    #[prost(uint32, tag = "4")]
    pub compress: u32,
    /// Unused here.
    #[prost(uint32, tag = "5")]
    pub crypto: u32,
    /// Free text.
    #[prost(string, tag = "6")]
    pub user_agent: String,
    /// Unused here.
    #[prost(uint64, tag = "7")]
    pub pov: u64,
    /// The [`Command`] that `payload` belongs to.
    #[prost(enumeration = "Command", tag = "8")]
    pub command: i32,
    /// The message of that command, encoded.
    #[prost(bytes = "vec", tag = "9")]
    pub payload: Vec<u8>,
    /// Unused here.
    #[prost(uint32, tag = "10")]
    pub device_id: u32,
    /// `[0]`: not encrypted.
    #[prost(int32, repeated, packed = "false", tag = "11")]
    pub encrypt_type: Vec<i32>,
    /// Unused here.
    #[prost(string, tag = "12")]
    pub encrypt_key: String,
    /// For support.
    #[prost(uint64, tag = "20")]
    pub trace_id: u64,
}

/// The login exchange on a socket.
#[derive(Clone, PartialEq, Message)]
pub struct Provision {
    /// 16: other.
    #[prost(int32, tag = "1")]
    pub os_type: i32,
    /// The client's version.
    #[prost(string, tag = "2")]
    pub version: String,
    /// Unused here.
    #[prost(int32, tag = "3")]
    pub network_type: i32,
    /// Unused here.
    #[prost(string, tag = "4")]
    pub app_sign: String,
    /// Unused here.
    #[prost(int32, repeated, packed = "false", tag = "5")]
    pub compress_type: Vec<i32>,
    /// Unused here.
    #[prost(int32, repeated, packed = "false", tag = "6")]
    pub encrypt_type: Vec<i32>,
    /// Unused here.
    #[prost(string, tag = "7")]
    pub encrypt_key: String,
    /// The server's verdict.
    #[prost(message, optional, tag = "8")]
    pub status: Option<Status>,
    /// A stable id of the device.
    #[prost(string, tag = "9")]
    pub device_uuid: String,
    /// Whether a person typed the login.
    #[prost(bool, tag = "10")]
    pub is_manual_login: bool,
    /// Unused here.
    #[prost(string, tag = "11")]
    pub password: String,
    /// The device's name, for display.
    #[prost(string, tag = "12")]
    pub device_name: String,
    /// The device's id: wished for up, final down.
    #[prost(string, tag = "13")]
    pub resource: String,
    /// Unused here.
    #[prost(string, tag = "14")]
    pub auth: String,
    /// Unused here.
    #[prost(string, tag = "16")]
    pub service_id: String,
    /// `v5.2`.
    #[prost(string, tag = "17")]
    pub action_version: String,
    /// JSON: `{"token":"$t$…"}` up, `{"expires_in": <absolute ms>}` down.
    #[prost(string, tag = "18")]
    pub auth_token: String,
    /// Unused here.
    #[prost(uint32, tag = "19")]
    pub os_custom_value: u32,
    /// `<ms>:`.
    #[prost(string, tag = "20")]
    pub session_id: String,
    /// A description.
    #[prost(string, tag = "21")]
    pub reason: String,
    /// 2: LZ4; empty: none.
    #[prost(int32, repeated, packed = "false", tag = "22")]
    pub protocol_compress_type: Vec<i32>,
    /// Unused here.
    #[prost(int32, tag = "23")]
    pub protocol_compress_direction: i32,
}

/// Verdicts of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names are the service's and say it")]
pub enum ErrorCode {
    Ok = 0,
    Fail = 1,
    Unauthorized = 2,
    MissingParameter = 3,
    WrongParameter = 4,
    Redirect = 5,
    TokenExpired = 6,
    PermissionDenied = 7,
    NoRoute = 8,
    UnknownCommand = 9,
    PbParserError = 10,
    BindAnotherDevice = 11,
    ImForbidden = 12,
    TooManyDevices = 13,
    PlatformLimit = 14,
    UserMuted = 15,
    EncryptDisable = 16,
    EncryptEnable = 17,
    DecryptFailure = 18,
    PermissionDeniedExternal = 19,
    ResourceChanged = 20,
}

/// A verdict with its reason.
#[derive(Clone, PartialEq, Message)]
pub struct Status {
    /// An [`ErrorCode`].
    #[prost(enumeration = "ErrorCode", tag = "1")]
    pub error_code: i32,
    /// A description; some clients compare it.
    #[prost(string, tag = "2")]
    pub reason: String,
    /// Where to go instead, with [`ErrorCode::Redirect`].
    #[prost(message, repeated, tag = "3")]
    pub redirect_info: Vec<RedirectInfo>,
}

impl Status {
    /// All is well.
    pub fn ok() -> Self {
        Self::default()
    }

    /// A refusal.
    pub fn error(code: ErrorCode, reason: impl Into<String>) -> Self {
        Self { error_code: code as i32, reason: reason.into(), redirect_info: Vec::new() }
    }
}

/// Another host.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct RedirectInfo {
    /// Host name or address.
    #[prost(string, tag = "1")]
    pub host: String,
    /// Port.
    #[prost(uint32, tag = "2")]
    pub port: u32,
}

/// Which queues have something for this device.
#[derive(Clone, PartialEq, Message)]
pub struct CommUnreadDl {
    /// The verdict.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// One entry for each queue with something in it.
    #[prost(message, repeated, tag = "2")]
    pub unread: Vec<MetaQueue>,
    /// The server's clock, ms.
    #[prost(uint64, tag = "3")]
    pub timestamp: u64,
}

/// A queue and how much waits in it.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct MetaQueue {
    /// The queue.
    #[prost(message, optional, tag = "1")]
    pub queue: Option<Jid>,
    /// How many metas wait.
    #[prost(uint32, tag = "2")]
    pub n: u32,
}

/// Something new came into a queue.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct CommNotice {
    /// The queue.
    #[prost(message, optional, tag = "1")]
    pub queue: Option<Jid>,
}

/// Up: a message to send, or the wish for a queue's next batch.
#[derive(Clone, PartialEq, Message)]
pub struct CommSyncUl {
    /// A message to send.
    #[prost(message, optional, tag = "1")]
    pub meta: Option<Meta>,
    /// Acknowledges everything up to it.
    #[prost(uint64, optional, tag = "2")]
    pub key: Option<u64>,
    /// The queue to read.
    #[prost(message, optional, tag = "3")]
    pub queue: Option<Jid>,
    /// Unused here.
    #[prost(bool, tag = "4")]
    pub is_roam: bool,
    /// Unused here.
    #[prost(uint64, tag = "5")]
    pub last_full_roam_key: u64,
}

/// Down: the answer to a sent message, or a batch of a queue.
#[derive(Clone, PartialEq, Message)]
pub struct CommSyncDl {
    /// The verdict.
    #[prost(message, optional, tag = "1")]
    pub status: Option<Status>,
    /// The local id of the message that was sent.
    #[prost(uint64, tag = "2")]
    pub meta_id: u64,
    /// The id the server gave it.
    #[prost(uint64, tag = "3")]
    pub server_id: u64,
    /// The batch, oldest first.
    #[prost(message, repeated, tag = "4")]
    pub metas: Vec<Meta>,
    /// Acknowledges this batch when sent up with the next SYNC.
    #[prost(uint64, optional, tag = "5")]
    pub next_key: Option<u64>,
    /// The queue.
    #[prost(message, optional, tag = "6")]
    pub queue: Option<Jid>,
    /// Whether the queue is empty after this batch.
    #[prost(bool, tag = "7")]
    pub is_last: bool,
    /// The server's clock, or the sent message's time, ms.
    #[prost(uint64, tag = "8")]
    pub timestamp: u64,
    /// Unused here.
    #[prost(bool, tag = "9")]
    pub is_roam: bool,
}

/// A polite goodbye.
#[derive(Clone, PartialEq, Message)]
pub struct Logout {
    /// The session of the provision frame.
    #[prost(string, tag = "1")]
    pub session_id: String,
    /// A description.
    #[prost(string, tag = "2")]
    pub reason: String,
    /// The verdict.
    #[prost(message, optional, tag = "3")]
    pub status: Option<Status>,
}

/// A report of the service about the session itself (the payload of statistics metas).
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct StatisticsBody {
    /// A [`StatisticsOperation`].
    #[prost(enumeration = "StatisticsOperation", tag = "1")]
    pub operation: i32,
    /// A description.
    #[prost(string, tag = "10")]
    pub reason: String,
}

/// Reasons for which the service ends a session for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum StatisticsOperation {
    /// Nothing to do.
    Information = 0,
    /// The account was removed.
    UserRemoved = 1,
    /// Another device took this one's place.
    UserLoginAnotherDevice = 2,
    /// The password was changed.
    UserKickedByChangePassword = 3,
    /// Another device ended this session.
    UserKickedByOtherDevice = 4,
}
