//! The check of the local copy at the beginning of a session: what no queue tells shows in the server's list.

// Clippy does not recognize the helper functions as test code.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{App, Device, ids, reversed, until, until_async};
use gloo_timers::future::TimeoutFuture;
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn with(peer: &str) -> Value {
    json!({"conversationId": peer, "conversationType": "singleChat", "pageSize": 50})
}

/// How many requests whose path ends with this the page has sent.
fn requests(path: &str) -> usize {
    let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).unwrap();
    let list: js_sys::Function =
        js_sys::Reflect::get(&performance, &"getEntriesByType".into()).unwrap().unchecked_into();
    let list: js_sys::Array = list.call1(&performance, &"resource".into()).unwrap().unchecked_into();
    let name = |entry: wasm_bindgen::JsValue| {
        js_sys::Reflect::get(&entry, &"name".into()).unwrap().as_string().unwrap()
    };
    list.iter().filter(|entry| name(entry.clone()).split('?').next().unwrap().ends_with(path)).count()
}

async fn is_complete(device: &Device, peer: &str) -> bool {
    device.ok("loadMessages", with(peer)).await["complete"] == true
}

/// A device of alice that fetched the history with bob, and closed.
async fn copy_of(app: &App, alice: &str, bob: &str, count: u64) -> Vec<String> {
    let sent = app.texts(bob, alice, count).await;
    let device = Device::online(alice, "d1").await;
    device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    let page = device.ok("fetchHistoryMessages", with(bob)).await;
    assert_eq!(ids(&page["messages"]), reversed(&sent));
    assert!(is_complete(&device, bob).await);
    device.close();
    sent
}

#[wasm_bindgen_test]
async fn a_session_for_whom_nothing_changed_costs_one_request() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    copy_of(&app, &alice, &bob, 3).await;
    let path = format!("/sdk/user/{alice}/user_channels/list");
    let before = (requests(&path), requests("/messageroaming"));
    let device = Device::online(&alice, "d1").await;
    until("the check", || requests(&path) > before.0).await;
    assert!(is_complete(&device, &bob).await);
    // The next message ends another round of the queues, after which nothing is asked.
    app.text(&bob, &alice, "new").await;
    device.hear("messageReceived").await;
    TimeoutFuture::new(1_500).await;
    assert_eq!((requests(&path), requests("/messageroaming")), (before.0 + 1, before.1));
}

#[wasm_bindgen_test]
async fn what_the_backend_wrote_in_the_user_s_name_is_missed_and_found() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let mut sent = copy_of(&app, &alice, &bob, 3).await;
    sent.push(app.text(&alice, &bob, "by the backend").await);
    let device = Device::online(&alice, "d1").await;
    until_async("the copy that does not know the end", async || !is_complete(&device, &bob).await).await;
    let list = device.ok("loadAllConversations", Value::Null).await;
    assert_eq!(list[0]["lastMessage"]["id"], sent[3].as_str());
    let page = device.ok("fetchHistoryMessages", with(&bob)).await;
    assert_eq!(ids(&page["messages"]), reversed(&sent));
    assert_eq!(device.local_ids(&bob, "singleChat").await, reversed(&sent));
    assert!(is_complete(&device, &bob).await);
}

#[wasm_bindgen_test]
async fn the_copy_of_a_user_who_was_registered_anew_goes() {
    let Some(app) = App::new().await else { return };
    let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
    copy_of(&app, &alice, &bob, 3).await;
    app.call("DELETE", &format!("/users/{alice}"), Value::Null).await;
    app.call("POST", "/users", json!([{"username": alice, "password": "pw"}])).await;
    let device = Device::online(&alice, "d1").await;
    until_async("the empty list", async || device.ok("loadAllConversations", Value::Null).await == json!([]))
        .await;
    // A notice on its way might explain it, so the history goes when the queues were emptied once more.
    TimeoutFuture::new(1_100).await;
    app.text(&carol, &alice, "hello").await;
    until_async("the empty history", async || device.local_ids(&bob, "singleChat").await.is_empty()).await;
    assert_eq!(device.local_ids(&carol, "singleChat").await.len(), 1);
}

#[wasm_bindgen_test]
async fn removals_that_a_forgotten_device_was_not_told_are_found() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let mut sent = copy_of(&app, &alice, &bob, 4).await;
    // So many other devices that the server forgets the first one.
    let token = app.token_of(&alice).await;
    for n in 0..25 {
        let other = Device::open(&alice, &format!("other{n}")).await;
        other.ok("login", json!({"token": token})).await;
        if n == 24 {
            other.ok("removeMessagesFromServer", with_ids(&bob, &[&sent[1]])).await;
        }
        other.ok("logout", Value::Null).await;
    }
    sent.push(app.text(&bob, &alice, "while it was forgotten").await);
    let device = Device::online(&alice, "d1").await;
    until_async("the copy that does not know the end", async || !is_complete(&device, &bob).await).await;
    TimeoutFuture::new(1_100).await;
    sent.push(app.text(&bob, &alice, "live").await);
    sent.remove(1);
    until_async("the compared copy", async || {
        let known = device.local_ids(&bob, "singleChat").await;
        known == reversed(&sent) && is_complete(&device, &bob).await
    })
    .await;
}

fn with_ids(peer: &str, ids: &[&String]) -> Value {
    json!({"conversationId": peer, "conversationType": "singleChat", "msgIdList": ids})
}
