//! One-way removal: the caller can no longer fetch those messages; nobody else is affected.

use super::Caller;
use super::http::{Call, escape};
use super::retry::Repeat;
use crate::error::Failure;
use crate::list::List as _;
use crate::model::ConversationId;
use crate::options::Removal;
use crate::platform::now;
use crate::text::joined;
use gloo_net::http::Method;
use roamkit_wire::conversation::ChatType;

/// Removes messages of one conversation. What was removed is removed again by a repetition, and nothing else: unless the
/// time is still to come, and so may be messages up to it. Gives the server's time by which it was done, if it tells.
pub async fn remove(
    caller: &Caller<'_>,
    conversation: &ConversationId,
    removal: &Removal,
) -> Result<Option<u64>, Failure> {
    let peer_name = if conversation.chat_type == ChatType::Single { "userId" } else { "groupId" };
    let path = format!(
        "/sdk/message/roaming/{}/user/{}",
        conversation.chat_type.removal_path(),
        escape(caller.user)
    );
    let repeat = match removal {
        Removal::Until(time) if *time > now() => Repeat::Harmful,
        _ => Repeat::Harmless,
    };
    let (path, what, value) = match removal {
        Removal::Ids(ids) => {
            let ids: Vec<String> = ids.iter().map(u64::to_string).list();
            (path, "msgIdList", joined(ids.iter().map(String::as_str), ","))
        }
        Removal::Until(time) => (format!("{path}/time"), "delTime", time.to_string()),
    };
    let call = Call {
        query: &[(peer_name, &conversation.peer), (what, &value), ("resource", caller.device)],
        repeat,
        ..Call::new(Method::DELETE, path)
    };
    call.done(caller).await
}

/// Removes every message and conversation of the caller. A repetition would remove what came in between. Gives the server's time by which it was done, if it tells.
pub async fn remove_everything(caller: &Caller<'_>) -> Result<Option<u64>, Failure> {
    let path = format!("/sdk/message/roaming/user/{}/delete/all", escape(caller.user));
    let query = &[("resource", caller.device)];
    let call = Call { query, repeat: Repeat::Harmful, ..Call::new(Method::POST, path) };
    call.done(caller).await
}
