//! Conversation lists, and the deletion of conversations.

use super::http::{Call, Method, escape};
use super::retry::Repeat;
use super::{decode, list};
use crate::error::Result;
use crate::message::from_list;
use crate::model::{Conversation, ConversationId};
use roamkit_wire::lenient;
use roamkit_wire::rest::ListEntry;
use serde::Serialize;

/// A page of the list.
pub struct Page {
    /// In the server's order.
    pub conversations: Vec<Conversation>,
    /// The start of the next page; `None` at the end.
    pub cursor: Option<String>,
}

/// Selects a page of the list by cursor.
pub struct Query<'a> {
    /// 1 to 50.
    pub size: u32,
    /// The start of the page; `None` for the first page.
    pub cursor: Option<&'a str>,
    /// Only pinned conversations.
    pub pinned_only: bool,
    /// Also conversations without a message.
    pub include_empty: bool,
}

/// Asks for a page of the list by cursor; without a query, for the service's default window, which has no cursor.
pub fn call(user: &str, query: Option<Query<'_>>) -> Call {
    let user = escape(user);
    let (path, query) = match query {
        Some(query) => (format!("/sdk/user/{user}/user_channels/list"), pairs(&query)),
        None => (format!("/users/{user}/user_channels"), Vec::new()),
    };
    Call { method: Method::GET, path, query, body: None, signal: None, repeat: Repeat::Idempotent }
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

/// Reads a page, as `user` sees it. Entries that do not name their conversation are left out.
pub fn read(body: &str, app_key: &str, user: &str) -> Result<Page> {
    let answer = decode(body)?;
    let data = &answer["data"];
    let entries = list(data, "channel_infos")?.iter().filter_map(|entry| ListEntry::read(entry, app_key));
    // The service writes the end as an empty text, as null, or as the word `undefined`.
    let cursor =
        Some(lenient::as_text(&data["cursor"])).filter(|cursor| !matches!(*cursor, "" | "undefined"));
    Ok(Page {
        conversations: entries.map(|entry| conversation(entry, user)).collect(),
        cursor: cursor.map(str::to_owned),
    })
}

fn conversation(entry: ListEntry, user: &str) -> Conversation {
    let id = ConversationId::new(entry.chat_type, &entry.peer);
    let last_message = entry.last.as_ref().and_then(|last| from_list(last, &id, user));
    Conversation::from_entry(entry, last_message)
}

/// The body of a deletion.
#[derive(Serialize)]
struct Deletion<'a> {
    channel: &'a str,
    r#type: &'static str,
    delete_roam: bool,
}

/// Deletes a conversation, with or without its history. A new message brings the conversation back, so repeating the
/// call could delete that message.
pub fn deletion(user: &str, device: &str, conversation: &ConversationId, with_history: bool) -> Call {
    let body = Deletion {
        channel: &conversation.peer,
        r#type: conversation.chat_type.rest(),
        delete_roam: with_history,
    };
    Call {
        method: Method::DELETE,
        path: format!("/user/{}/user_channel", escape(user)),
        query: vec![("resource", device.to_owned())],
        body: serde_json::to_string(&body).ok(),
        signal: None,
        repeat: Repeat::NotIdempotent,
    }
}

/// The body of a pin.
#[derive(Serialize)]
struct Pin<'a> {
    r#type: &'static str,
    to: &'a str,
}

/// Pins a conversation to the top of the list, or unpins it.
pub fn pin(user: &str, device: &str, conversation: &ConversationId, is_pinned: bool) -> Call {
    let (r#type, to) = (conversation.chat_type.rest(), &*conversation.peer);
    let mut query = vec![("resource", device.to_owned())];
    let (method, body) = if is_pinned {
        (Method::POST, serde_json::to_string(&Pin { r#type, to }).ok())
    } else {
        query.extend([("type", r#type.to_owned()), ("to", to.to_owned())]);
        (Method::DELETE, None)
    };
    let path = format!("/sdk/user/{}/user_channel/top", escape(user));
    Call { method, path, query, body, signal: None, repeat: Repeat::Idempotent }
}

/// The time at which a conversation was pinned, by the answer to [`pin`]; 0 if the answer does not tell.
pub fn pinned_time(body: &str) -> Result<u64> {
    Ok(lenient::as_number(&decode(body)?["data"]["update_top_status_time"]).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn half_an_emoji_leaves_the_last_message_readable() {
        let payload = r#"{"bodies":[{"type":"txt","msg":"cut \ud83d"}],"from":"bob","to":"alice"}"#;
        let entry = json!({"session_to": "bob", "session_type": "chat", "unread_num": 1,
                           "meta": {"id": "7", "timestamp": 5, "payload": payload}});
        let body = json!({"data": {"channel_infos": [entry], "cursor": "undefined"}}).to_string();
        let page = read(&body, "demo#chat", "alice").unwrap();
        let last = page.conversations[0].last_message.as_ref().unwrap();
        assert!(last.json.as_str().contains("cut \u{fffd}"), "{last:?}");
        assert_eq!(page.cursor, None);
    }

    #[test]
    fn a_list_of_another_form_is_the_server_s_error() {
        for body in ["", "{}", r#"{"data":7}"#, r#"{"data":{"channel_infos":{}}}"#] {
            assert!(read(body, "demo#chat", "alice").is_err(), "{body}");
        }
    }
}
