//! One-way removal: the caller can no longer fetch those messages. Nobody else is affected.

use super::decode;
use super::http::{Call, Method, escape};
use super::retry::Repeat;
use crate::error::Result;
use crate::model::{ConversationId, Removal};
use crate::platform::now;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::lenient;

/// Removes messages of one conversation. Repeating the call removes nothing else, unless the time lies in the future:
/// then messages may come in between.
pub fn of_messages(user: &str, device: &str, conversation: &ConversationId, removal: &Removal) -> Call {
    let peer_name = if conversation.chat_type == ChatType::Single { "userId" } else { "groupId" };
    let mut path =
        format!("/sdk/message/roaming/{}/user/{}", conversation.chat_type.removal_path(), escape(user));
    let repeat = match removal {
        Removal::Until(time) if *time > now() => Repeat::NotIdempotent,
        _ => Repeat::Idempotent,
    };
    let selection = match removal {
        Removal::Ids(ids) => {
            let ids: Vec<String> = ids.iter().map(std::string::ToString::to_string).collect();
            ("msgIdList", ids.join(","))
        }
        Removal::Until(time) => {
            path.push_str("/time");
            ("delTime", time.to_string())
        }
    };
    let query = vec![(peer_name, conversation.peer.clone()), selection, ("resource", device.to_owned())];
    Call { method: Method::DELETE, path, query, body: None, signal: None, repeat }
}

/// Removes every message and conversation of the caller. Repeating the call would remove messages that came in between.
pub fn of_everything(user: &str, device: &str) -> Call {
    let path = format!("/sdk/message/roaming/user/{}/delete/all", escape(user));
    let query = vec![("resource", device.to_owned())];
    Call { method: Method::POST, path, query, body: None, signal: None, repeat: Repeat::NotIdempotent }
}

/// The server's time after the change, where the server gives it.
pub fn done_by(body: &str) -> Result<Option<u64>> {
    Ok(lenient::as_number(&decode(body)?["timestamp"]))
}
