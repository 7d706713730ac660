//! One-way removal: the caller can no longer fetch those messages; nobody else is affected.

use super::http::{Call, Method, escape};
use super::retry::Repeat;
use crate::error::Result;
use crate::json::Answer;
use crate::model::{ConversationId, Removal};
use crate::platform::now;
use roamkit_wire::conversation::ChatType;

/// Removes messages of one conversation. What was removed is removed again by a repetition, and nothing else: unless the
/// time is still to come, and so may be messages up to it.
pub fn of_messages(user: &str, device: &str, conversation: &ConversationId, removal: &Removal) -> Call {
    let peer_name = if conversation.chat_type == ChatType::Single { "userId" } else { "groupId" };
    let mut path =
        format!("/sdk/message/roaming/{}/user/{}", conversation.chat_type.removal_path(), escape(user));
    let repeat = match removal {
        Removal::Until(time) if *time > now() => Repeat::Harmful,
        _ => Repeat::Harmless,
    };
    let what = match removal {
        Removal::Ids(ids) => {
            let ids: Vec<String> = ids.iter().map(std::string::ToString::to_string).collect();
            ("msgIdList", ids.join(","))
        }
        Removal::Until(time) => {
            path.push_str("/time");
            ("delTime", time.to_string())
        }
    };
    let query = vec![(peer_name, conversation.peer.clone()), what, ("resource", device.to_owned())];
    Call { verb: Method::DELETE, path, query, body: None, signal: None, repeat }
}

/// Removes every message and conversation of the caller. A repetition would remove what came in between.
pub fn of_everything(user: &str, device: &str) -> Call {
    let path = format!("/sdk/message/roaming/user/{}/delete/all", escape(user));
    let query = vec![("resource", device.to_owned())];
    Call { verb: Method::POST, path, query, body: None, signal: None, repeat: Repeat::Harmful }
}

/// The server's time by which it had done what it was asked to change, if it tells.
pub fn done_by(text: &str) -> Result<Option<u64>> {
    Answer::read(text)?.get("timestamp")
}
