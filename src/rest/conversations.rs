//! Conversation lists, and the deletion of conversations.

use super::http::{Call, Method, escape};
use super::retry::Repeat;
use crate::error::Error;
use crate::json::Answer;
use crate::model::{Conversation, ConversationId};
use roamkit_wire::json;
use roamkit_wire::rest::ListEntry;

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

/// Asks for a page of the list by cursor; without a query, for the service's default window, which has no cursor.
pub fn call(user: &str, query: Option<Query<'_>>) -> Call {
    let user = escape(user);
    let (path, query) = match query {
        Some(query) => (format!("/sdk/user/{user}/user_channels/list"), pairs(&query)),
        None => (format!("/users/{user}/user_channels"), Vec::new()),
    };
    Call { verb: Method::GET, path, query, body: None, signal: None, repeat: Repeat::Harmless }
}

fn pairs(query: &Query<'_>) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("limit", query.size.to_string()),
        ("cursor", query.cursor.unwrap_or_default().to_owned()),
        ("need_mark", "true".to_owned()),
        ("needEmptySession", if query.include_empty { "true" } else { "false" }.to_owned()),
    ];
    if query.pinned_only {
        pairs.push(("is_top", "true".to_owned()));
        pairs.push(("sort", "desc".to_owned()));
    }
    pairs
}

/// Reads a page, as `user` sees it.
pub fn read(text: &str, app_key: &str, user: &str) -> Result<Page, Error> {
    let list = Answer::read(text)?.data()?;
    let infos = list.list("channel_infos")?;
    let cursor: Option<String> = list.get("cursor")?;
    let mut conversations = Vec::new();
    for entry in infos {
        if let Some(entry) = ListEntry::read(entry, app_key) {
            conversations.push(Conversation::from_entry(entry, user));
        }
    }
    Ok(Page {
        conversations,
        // The service writes the end as an empty text, as nothing, or as the word that JS has for it.
        cursor: cursor.filter(|cursor| !cursor.is_empty() && cursor != "undefined"),
    })
}

/// Deletes a conversation, with or without its history. A message brings it back, and a repetition would delete that.
pub fn deletion(user: &str, device: &str, conversation: &ConversationId, with_history: bool) -> Call {
    let body = json::object(&mut |body| {
        body.text("channel", &conversation.peer);
        body.text("type", conversation.chat_type.rest()).flag("delete_roam", with_history);
    });
    Call {
        verb: Method::DELETE,
        path: format!("/user/{}/user_channel", escape(user)),
        query: vec![("resource", device.to_owned())],
        body: Some(body),
        signal: None,
        repeat: Repeat::Harmful,
    }
}
