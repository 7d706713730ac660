//! The parts that the tests share: a server, users and devices. Every wait is bounded.

mod device;
mod postgres;
mod server;

pub use device::*;
pub use postgres::*;
pub use server::*;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;
use serde_json::Value;
use std::time::Duration;

/// The app of all tests.
pub const APP: &str = "demo#chat";
/// The longest wait of a test for anything.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Returns whether a response has the service's error form.
pub fn is_error_response(answer: &Value) -> bool {
    ["error", "exception", "error_description"].iter().all(|key| answer[key].is_string())
        && answer["timestamp"].is_u64()
        && answer["duration"].is_u64()
}

/// Decodes a message of a history page.
pub fn decode_meta(base64: &Value) -> Meta {
    Meta::decode(STANDARD.decode(base64.as_str().unwrap()).unwrap().as_slice()).unwrap()
}

/// The body of a message.
pub fn body_of(meta: &Meta) -> MessageBody {
    MessageBody::decode(meta.payload.as_slice()).unwrap()
}

/// The text of a message.
pub fn text_of(meta: &Meta) -> String {
    body_of(meta).contents[0].text.clone()
}

/// The notice in an envelope.
pub fn notice_of(meta: &Meta) -> Notice {
    assert_eq!(meta.ns, Namespace::Notify as i32);
    Notice::decode(&meta.payload).unwrap()
}

/// The body of a text message.
pub fn text_body(message_type: MessageType, text: &str) -> MessageBody {
    let body = Body::Text { msg: text.into() };
    MessageBody { r#type: message_type as i32, contents: vec![body.to_content()], ..MessageBody::default() }
}

/// A user's address. It also names the queue with the envelopes from this user.
pub fn user_jid(name: &str) -> Jid {
    Jid::user(APP, name)
}

/// A group's address. It also names the group's queue.
pub fn group_jid(id: &str) -> Jid {
    Jid::group(APP, id)
}
