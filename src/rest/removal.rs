//! One-way removal: the caller can no longer fetch those messages; nobody else is affected. [`Call::done`] gives the server's
//! time by which it was done, if it tells.

use super::Caller;
use super::http::{Call, escape};
use super::retry::Repeat;
use crate::list::List as _;
use crate::model::ConversationId;
use crate::options::Removal;
use crate::platform::now;
use crate::text::joined;
use gloo_net::http::Method;
use roamkit_wire::conversation::ChatType;

/// Removes messages of one conversation. What was removed is removed again by a repetition, and nothing else: unless the
/// time is still to come, and so may be messages up to it.
pub fn of_messages(caller: &Caller<'_>, conversation: &ConversationId, removal: &Removal) -> Call<'static> {
    let peer_name = if conversation.chat_type == ChatType::Single { "userId" } else { "groupId" };
    let mut path = format!(
        "/sdk/message/roaming/{}/user/{}",
        conversation.chat_type.removal_path(),
        escape(caller.user)
    );
    let repeat = match removal {
        Removal::Until(time) if *time > now() => Repeat::Harmful,
        _ => Repeat::Harmless,
    };
    let what = match removal {
        Removal::Ids(ids) => {
            let ids: Vec<String> = ids.iter().map(u64::to_string).list();
            ("msgIdList", joined(ids.iter().map(String::as_str), ","))
        }
        Removal::Until(time) => {
            path.push_str("/time");
            ("delTime", time.to_string())
        }
    };
    let query = vec![(peer_name, conversation.peer.clone()), what, ("resource", caller.device.to_owned())];
    Call { query, repeat, ..Call::new(Method::DELETE, path) }
}

/// Removes every message and conversation of the caller. A repetition would remove what came in between.
pub fn of_everything(caller: &Caller<'_>) -> Call<'static> {
    let path = format!("/sdk/message/roaming/user/{}/delete/all", escape(caller.user));
    let query = vec![("resource", caller.device.to_owned())];
    Call { query, repeat: Repeat::Harmful, ..Call::new(Method::POST, path) }
}
