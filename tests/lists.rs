//! Walks through the server's conversation list, page by page, while it changes.

// Clippy does not recognize the helper functions as test code.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{App, Device, fresh};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Users who each sent alice a message, in this order.
async fn senders(app: &App, alice: &str, count: usize) -> Vec<String> {
    let names: Vec<_> = (0..count).map(|_| fresh("peer")).collect();
    let users: Vec<_> = names.iter().map(|name| json!({"username": name, "password": "pw"})).collect();
    app.call("POST", "/users", json!(users)).await;
    let start = js_sys::Date::now() as u64 - 3_600_000;
    for (n, name) in names.iter().enumerate() {
        let more = json!({"msg_timestamp": start + n as u64 * 1000});
        app.send(name, alice, "txt", json!({"msg": "hello"}), more).await;
    }
    names
}

fn peers(list: &Value) -> BTreeSet<String> {
    let peer = |listed: &Value| listed["conversationId"].as_str().unwrap().to_owned();
    list.as_array().unwrap().iter().map(peer).collect()
}

#[wasm_bindgen_test]
async fn a_conversation_that_moves_during_a_walk_is_not_lost() {
    let Some(app) = App::new().await else { return };
    for is_known in [false, true] {
        let alice = app.user("alice").await;
        let senders = senders(&app, &alice, 60).await;
        // Without a session, no queue tells of the new message.
        let device = Device::online(&alice, "d1").await;
        if is_known {
            let page = device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
            let rest = json!({"pageSize": 50, "cursor": page["cursor"]});
            device.ok("fetchConversationsFromServer", rest).await;
        }
        let page = device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
        // The conversation on the second page moves to the first one. The device is not told, since its user wrote it.
        app.text(&alice, &senders[4], "moves").await;
        let rest = json!({"pageSize": 50, "cursor": page["cursor"]});
        let rest = device.ok("fetchConversationsFromServer", rest).await;
        assert_eq!(rest["cursor"], Value::Null);
        let listed = device.ok("loadAllConversations", Value::Null).await;
        assert_eq!(peers(&listed), senders.iter().cloned().collect(), "known before: {is_known}");
        assert_eq!(listed[0]["conversationId"], senders[4].as_str());
    }
}

#[wasm_bindgen_test]
async fn a_later_page_does_not_bring_back_what_an_earlier_one_said() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let senders = senders(&app, &alice, 3).await;
    let device = Device::online(&alice, "d1").await;
    let page = device.ok("fetchConversationsFromServer", json!({"pageSize": 2})).await;
    assert_eq!(page["conversations"][0]["unreadCount"], 1);
    let newest = json!({"conversationId": senders[2], "conversationType": "singleChat"});
    device.ok("markConversationAsRead", newest).await;
    let rest = json!({"pageSize": 2, "cursor": page["cursor"]});
    device.ok("fetchConversationsFromServer", rest).await;
    let listed = device.ok("loadAllConversations", Value::Null).await;
    let unread: Vec<_> =
        listed.as_array().unwrap().iter().map(|entry| entry["unreadCount"].clone()).collect();
    assert_eq!(unread, [0, 1, 1]);
}
