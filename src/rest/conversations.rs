//! Conversation lists, and the deletion of conversations.

use super::Caller;
use super::http::{Call, escape};
use super::retry::Repeat;
use crate::error::{Error, Failure};
use crate::json::Answer;
use crate::list::List as _;
use crate::model::{Conversation, ConversationId};
use gloo_net::http::Method;
use roamkit_wire::json;
use roamkit_wire::rest::ListEntry;
use serde_json::Value;
use web_sys::AbortSignal;

/// A page of the list.
pub struct Page {
    /// In the server's order.
    pub conversations: Vec<Conversation>,
    /// Where the next page starts; `None` at the end.
    pub cursor: Option<String>,
}

/// Which page of the list by cursor.
pub struct Query<'a> {
    /// 1 to 50.
    pub size: u32,
    /// Where to go on.
    pub cursor: Option<&'a str>,
    /// Only pinned ones.
    pub pinned_only: bool,
    /// Also those without a message.
    pub include_empty: bool,
}

/// The service's default window.
pub async fn default_window(
    caller: &Caller<'_>,
    app_key: &str,
    signal: Option<&AbortSignal>,
) -> Result<Page, Failure> {
    let path = format!("/users/{}/user_channels", escape(caller.user));
    let call = Call { signal, ..Call::new(Method::GET, path) };
    let text = call.send(caller).await?;
    Ok(Page { cursor: None, ..read(&text, app_key, caller.user)? })
}

/// A page of the list by cursor.
pub async fn by_cursor(
    caller: &Caller<'_>,
    app_key: &str,
    query: &Query<'_>,
    signal: Option<&AbortSignal>,
) -> Result<Page, Failure> {
    let limit = query.size.to_string();
    let empty = if query.include_empty { "true" } else { "false" };
    let mut pairs = vec![
        ("limit", limit.as_str()),
        ("cursor", query.cursor.unwrap_or_default()),
        ("need_mark", "true"),
        ("needEmptySession", empty),
    ];
    if query.pinned_only {
        pairs.extend([("is_top", "true"), ("sort", "desc")]);
    }
    let path = format!("/sdk/user/{}/user_channels/list", escape(caller.user));
    let call = Call { query: &pairs, signal, ..Call::new(Method::GET, path) };
    let text = call.send(caller).await?;
    Ok(read(&text, app_key, caller.user)?)
}

/// Reads a page, as `user` sees it.
pub fn read(text: &str, app_key: &str, user: &str) -> Result<Page, Error> {
    let list = Answer::read(text)?.data()?;
    let infos: Vec<Value> = list.find("channel_infos")?.unwrap_or_default();
    let cursor: Option<String> = list.get("cursor")?;
    let entries = infos.iter().filter_map(|entry| ListEntry::read(entry, app_key));
    Ok(Page {
        conversations: entries.map(|entry| Conversation::from_entry(entry, user)).list(),
        // The service writes the end as an empty text, as nothing, or as the word that JS has for it.
        cursor: cursor.filter(|cursor| !cursor.is_empty() && cursor != "undefined"),
    })
}

/// Deletes a conversation, with or without its history. A message brings it back, and a repetition would delete that.
/// Gives the server's time by which it was done, if it tells.
pub async fn delete(
    caller: &Caller<'_>,
    conversation: &ConversationId,
    with_history: bool,
) -> Result<Option<u64>, Failure> {
    let body = json::object(|body| {
        body.text("channel", &conversation.peer);
        body.text("type", conversation.chat_type.rest()).flag("delete_roam", with_history);
    });
    let call = Call {
        query: &[("resource", caller.device)],
        body: Some(body),
        repeat: Repeat::Harmful,
        ..Call::new(Method::DELETE, format!("/user/{}/user_channel", escape(caller.user)))
    };
    call.done(caller).await
}
