//! Messages in queues and history: a [`Meta`] that contains a [`MessageBody`].

use crate::jid::Jid;
use crate::key_value::KeyValue;
use prost::{Enumeration, Message};

/// The type of a [`Meta`]'s payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Namespace {
    /// [`crate::msync::StatisticsBody`].
    Statistic = 0,
    /// [`MessageBody`].
    Chat = 1,
    /// Group events; unused here.
    Muc = 2,
    /// Contact events; unused here.
    Roster = 3,
    /// Calls; unused here.
    Conference = 4,
    /// A JSON notice: [`crate::notice`].
    Notify = 5,
    /// Unused here.
    Query = 6,
}

/// An envelope with an id, a time and a payload.
#[derive(Clone, PartialEq, Message)]
pub struct Meta {
    /// The message id.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The sender.
    #[prost(message, optional, tag = "2")]
    pub from: Option<Jid>,
    /// The receiver: a user or a group.
    #[prost(message, optional, tag = "3")]
    pub to: Option<Jid>,
    /// Milliseconds since the epoch.
    #[prost(uint64, tag = "4")]
    pub timestamp: u64,
    /// A [`Namespace`].
    #[prost(enumeration = "Namespace", tag = "5")]
    pub ns: i32,
    /// The message of that namespace, encoded.
    #[prost(bytes = "vec", tag = "6")]
    pub payload: Vec<u8>,
    /// A [`RouteType`].
    #[prost(enumeration = "RouteType", tag = "7")]
    pub routetype: i32,
    /// Unused here.
    #[prost(message, repeated, tag = "8")]
    pub ext: Vec<KeyValue>,
    /// JSON.
    #[prost(bytes = "vec", tag = "9")]
    pub meta: Vec<u8>,
    /// Receivers inside a group; empty for all members.
    #[prost(string, repeated, tag = "10")]
    pub directed_users: Vec<String>,
}

/// The devices that a message reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum RouteType {
    /// All devices of all receivers, also those that are away.
    All = 0,
    /// Only the devices that are online. The message is in no list and no history.
    Online = 1,
    /// Only the devices of [`Meta::directed_users`].
    Direct = 2,
}

/// The type of a [`MessageBody`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum MessageType {
    /// A message without a stated kind.
    Normal = 0,
    /// A message to one user.
    Chat = 1,
    /// A message to a group.
    GroupChat = 2,
    /// A message to a chat room.
    ChatRoom = 3,
    /// A receipt: read.
    ReadAck = 4,
    /// A receipt: delivered.
    DeliverAck = 5,
    /// Recalls message `ack_message_id` for everyone.
    Recall = 6,
    /// A receipt: the conversation was read.
    ChannelAck = 7,
    /// Replaces the content of `edit_message_id`.
    Edit = 8,
}

/// A message's content and extensions.
#[derive(Clone, PartialEq, Message)]
pub struct MessageBody {
    /// A [`MessageType`].
    #[prost(enumeration = "MessageType", tag = "1")]
    pub r#type: i32,
    /// The sender.
    #[prost(message, optional, tag = "2")]
    pub from: Option<Jid>,
    /// The receiver.
    #[prost(message, optional, tag = "3")]
    pub to: Option<Jid>,
    /// The contents; only the first one is used.
    #[prost(message, repeated, tag = "4")]
    pub contents: Vec<Content>,
    /// The sender's own fields.
    #[prost(message, repeated, tag = "5")]
    pub ext: Vec<KeyValue>,
    /// For receipts and recalls.
    #[prost(uint64, tag = "6")]
    pub ack_message_id: u64,
    /// For receipts of group messages.
    #[prost(message, optional, tag = "7")]
    pub msg_config: Option<MessageConfig>,
    /// JSON, by the `EditMessage` scope and others.
    #[prost(string, tag = "9")]
    pub meta: String,
    /// For edits.
    #[prost(uint64, tag = "11")]
    pub edit_message_id: u64,
    /// For edits: the replaced part.
    #[prost(int32, tag = "12")]
    pub edit_scope: i32,
}

/// How a message is receipted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Message)]
pub struct MessageConfig {
    /// True if the sender of a group message is told who read it.
    #[prost(bool, tag = "1")]
    pub allow_group_ack: bool,
}

/// The type of a [`Content`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ContentType {
    Text = 0,
    Image = 1,
    Video = 2,
    Location = 3,
    Voice = 4,
    File = 5,
    Command = 6,
    Custom = 7,
    Combine = 8,
}

/// Width and height.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Size {
    /// Pixels.
    #[prost(double, tag = "1")]
    pub width: f64,
    /// Pixels.
    #[prost(double, tag = "2")]
    pub height: f64,
}

/// One content of a message. The fields in use depend on the type.
#[derive(Clone, PartialEq, Message)]
#[allow(missing_docs, reason = "the names are the wire's; `body` documents each")]
pub struct Content {
    #[prost(enumeration = "ContentType", tag = "1")]
    pub r#type: i32,
    #[prost(string, tag = "2")]
    pub text: String,
    #[prost(double, tag = "3")]
    pub latitude: f64,
    #[prost(double, tag = "4")]
    pub longitude: f64,
    #[prost(string, tag = "5")]
    pub address: String,
    #[prost(string, tag = "6")]
    pub display_name: String,
    #[prost(string, tag = "7")]
    pub remote_path: String,
    #[prost(string, tag = "8")]
    pub secret_key: String,
    #[prost(int32, tag = "9")]
    pub file_length: i32,
    #[prost(string, tag = "10")]
    pub action: String,
    #[prost(message, repeated, tag = "11")]
    pub params: Vec<KeyValue>,
    #[prost(int32, tag = "12")]
    pub duration: i32,
    #[prost(message, optional, tag = "13")]
    pub size: Option<Size>,
    #[prost(string, tag = "14")]
    pub thumbnail_remote_path: String,
    #[prost(string, tag = "15")]
    pub thumbnail_secret_key: String,
    #[prost(string, tag = "16")]
    pub thumbnail_display_name: String,
    #[prost(int32, tag = "17")]
    pub thumbnail_file_length: i32,
    #[prost(message, optional, tag = "18")]
    pub thumbnail_size: Option<Size>,
    #[prost(string, tag = "19")]
    pub custom_event: String,
    #[prost(message, repeated, tag = "20")]
    pub custom_exts: Vec<KeyValue>,
    #[prost(string, tag = "21")]
    pub building_name: String,
    /// 0: combined; 1: GIF; 10: part of a stream. Optional, since 0 means something.
    #[prost(int32, optional, tag = "22")]
    pub sub_type: Option<i32>,
    #[prost(string, tag = "23")]
    pub title: String,
    #[prost(string, tag = "24")]
    pub summary: String,
    #[prost(int32, tag = "25")]
    pub combine_level: i32,
}

/// The [`Content::sub_type`] of a combined message.
pub const SUB_TYPE_COMBINE: i32 = 0;
