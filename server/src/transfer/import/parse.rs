//! Validation of the fields of a record, and the error of an invalid one.

use crate::chat::addresses::Addresses;
use crate::chat::send;
use crate::transfer::common::TransferError;
use crate::transfer::record::MessageLine;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::MessageBody;
use roamkit_wire::{ext, names, prost};
use serde_json::Value;

/// The reason why a record is refused.
pub(super) enum RecordError {
    Invalid(String),
    Store(sqlx::Error),
}

impl From<sqlx::Error> for RecordError {
    fn from(cause: sqlx::Error) -> Self {
        Self::Store(cause)
    }
}

impl RecordError {
    pub(super) fn at_line(self, line: u64) -> TransferError {
        match self {
            Self::Invalid(text) => TransferError::Line(line, text),
            Self::Store(cause) => cause.into(),
        }
    }
}

pub(super) type Result<T = ()> = std::result::Result<T, RecordError>;

pub(super) fn invalid<T>(text: impl Into<String>) -> Result<T> {
    Err(RecordError::Invalid(text.into()))
}

pub(super) fn parse_user_name(text: &str) -> Result<String> {
    names::user_id(text).map_or_else(|| invalid(format!("username {text:?} is not legal")), Ok)
}

pub(super) fn parse_chat_type(text: &str) -> Result<ChatType> {
    ChatType::parse(text)
        .map_or_else(|| invalid(format!("chat_type {text:?} is not chat, groupchat or chatroom")), Ok)
}

/// The kind of a message and its encoded body.
pub(super) fn encode_body(
    addresses: &Addresses,
    chat_type: ChatType,
    line: &MessageLine,
) -> Result<(String, Vec<u8>)> {
    if let Some(text) = &line.payload {
        let bytes = STANDARD.decode(text).ok();
        let body = bytes.as_deref().and_then(|bytes| MessageBody::from_payload(bytes).ok());
        let (Some(bytes), Some(body)) = (bytes, body) else { return invalid("payload is not a message") };
        check_depth(&body)?;
        let kind = body.contents.first().and_then(Body::from_content).map_or("", |body| body.kind());
        return Ok((kind.to_owned(), bytes));
    }
    let body = line.body.as_ref().and_then(Body::from_json);
    let Some(body) = body else {
        let kind = line.body.as_ref().and_then(|body| body.get("type")).cloned().unwrap_or(Value::Null);
        return invalid(format!("body of type {kind} is not known"));
    };
    let mut message = MessageBody {
        r#type: send::message_type(chat_type) as i32,
        contents: vec![body.to_content()],
        ext: line.ext.as_ref().map(ext::to_pairs).unwrap_or_default(),
        ..MessageBody::default()
    };
    addresses.write_to(&mut message);
    check_depth(&message)?;
    Ok((body.kind().to_owned(), message.encode_to_vec()))
}

fn check_depth(body: &MessageBody) -> Result {
    send::check_depth(body).or_else(|error| invalid(error.to_string()))
}
