//! A conversation is marked as read: in the local copy, on the server, and on the user's other devices.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{App, Device, until_async};
use serde_json::{Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn single(peer: &str) -> Value {
    json!({"conversationId": peer, "conversationType": "singleChat"})
}

/// The unread count of a conversation in a list; `None` if the list does not have it.
fn unread(list: &Value, id: &Value) -> Option<u64> {
    let mut listed = list.as_array().unwrap().iter();
    listed.find(|one| one["conversationId"] == id["conversationId"])?["unreadCount"].as_u64()
}

/// The count of the device's copy.
async fn local_unread(device: &Device, id: &Value) -> Option<u64> {
    unread(&device.ok("loadAllConversations", Value::Null).await, id)
}

/// The count of the server.
async fn server_unread(device: &Device, id: &Value) -> Option<u64> {
    let page = device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    unread(&page["conversations"], id)
}

/// Waits until the count of the server, which `witness` asks for, and those of these devices' copies are `count`.
async fn settle_at(count: u64, id: &Value, witness: &Device, copies: &[&Device]) {
    until_async("the count of the server", async || server_unread(witness, id).await == Some(count)).await;
    for copy in copies {
        until_async("the count of a copy", async || local_unread(copy, id).await == Some(count)).await;
    }
}

#[wasm_bindgen_test]
async fn a_read_clears_the_count_here_on_the_server_and_on_the_other_device() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let group = app.group(&bob, &[&alice]).await;
    for text in ["one", "two"] {
        app.text(&bob, &alice, text).await;
        app.send_to_group(&bob, &group, text, json!({})).await;
    }
    let (one, two) = (Device::online(&alice, "d1").await, Device::online(&alice, "d2").await);
    let witness = Device::online(&alice, "d3").await;
    for device in [&one, &two] {
        device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    }
    let ids = [single(&bob), json!({"conversationId": group, "conversationType": "groupChat"})];
    for (at, id) in ids.iter().enumerate() {
        assert_eq!(local_unread(&one, id).await, Some(2));
        let changes = one.heard("conversationsChanged").len();
        one.ok("markConversationAsRead", id.clone()).await;
        assert_eq!(local_unread(&one, id).await, Some(0));
        assert_eq!(one.heard("conversationsChanged").len(), changes + 1);
        assert_eq!(server_unread(&one, id).await, Some(0), "a list shows what this device knows");
        until_async("the event", async || two.heard("conversationRead").len() == at + 1).await;
        assert_eq!(two.heard("conversationRead")[at], *id);
        settle_at(0, id, &witness, &[&one, &two]).await;
    }
    assert_eq!(one.heard("conversationRead"), [] as [Value; 0], "this device knows of its own reads");
    app.text(&bob, &alice, "three").await;
    settle_at(1, &ids[0], &witness, &[&one, &two]).await;
}

#[wasm_bindgen_test]
async fn a_read_without_a_login_is_sent_by_the_next_one() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    for text in ["one", "two"] {
        app.text(&bob, &alice, text).await;
    }
    let (two, id) = (Device::online(&alice, "d2").await, single(&bob));
    let first = Device::online(&alice, "d1").await;
    first.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    drop(first);
    let offline = Device::open(&alice, "d1").await;
    assert_eq!(local_unread(&offline, &id).await, Some(2));
    offline.ok("markConversationAsRead", id.clone()).await;
    assert_eq!(local_unread(&offline, &id).await, Some(0));
    drop(offline);
    let next = Device::online(&alice, "d1").await;
    settle_at(0, &id, &two, &[&next, &two]).await;
    assert_eq!(two.hear("conversationRead").await, id);
}

#[wasm_bindgen_test]
async fn messages_that_came_after_an_offline_read_stay_unread() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    for text in ["one", "two"] {
        app.text(&bob, &alice, text).await;
    }
    let (two, id) = (Device::online(&alice, "d2").await, single(&bob));
    let first = Device::online(&alice, "d1").await;
    first.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    first.ok("logout", Value::Null).await;
    first.ok("markConversationAsRead", id.clone()).await;
    app.text(&bob, &alice, "three").await;
    first.ok("login", json!({"password": "pw"})).await;
    assert_eq!(two.hear("conversationRead").await, id);
    settle_at(1, &id, &two, &[&first, &two]).await;
}

#[wasm_bindgen_test]
async fn a_tab_without_the_session_hands_its_read_to_the_one_that_has_it() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.text(&bob, &alice, "one").await;
    let (two, id) = (Device::online(&alice, "d2").await, single(&bob));
    let leader = Device::online(&alice, "d1").await;
    let follower = Device::online(&alice, "d1").await;
    follower.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    assert_eq!(local_unread(&follower, &id).await, Some(1));
    follower.ok("markConversationAsRead", id.clone()).await;
    assert_eq!(two.hear("conversationRead").await, id);
    settle_at(0, &id, &two, &[&leader, &follower]).await;
}

#[wasm_bindgen_test]
async fn a_read_of_a_group_that_the_user_left_is_refused_and_reported() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let group = app.group(&bob, &[]).await;
    let device = Device::online(&alice, "d1").await;
    let id = json!({"conversationId": group, "conversationType": "groupChat"});
    device.ok("markConversationAsRead", id).await;
    let message = device.hear("error").await;
    assert!(message.as_str().unwrap().contains("not in group"), "{message}");
}
