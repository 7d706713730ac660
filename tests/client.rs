//! The SDK's jobs, in a real browser against a real server: lists, history, removal, deletion, and what the
//! user's other devices see of them.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{App, Device, Refusal, call_raw, content, ids, js, reversed, start, until, until_async};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn with(peer: &str) -> Value {
    json!({"conversationId": peer, "conversationType": "singleChat"})
}

#[allow(clippy::needless_pass_by_value, reason = "callers write both in place")]
fn and(mut options: Value, more: Value) -> Value {
    options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    options
}

#[wasm_bindgen_test]
async fn lists_come_from_the_server_and_then_from_the_local_copy() {
    let Some(app) = App::new().await else { return };
    let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
    let group = app.group(&bob, &[&alice]).await;
    app.text(&bob, &alice, "one").await;
    app.text(&carol, &alice, "two").await;
    let newest = app.send_to_group(&bob, &group, "three", json!({})).await;

    let device = Device::online(&alice, "d1").await;
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|c| c["conversationId"].as_str().unwrap().to_owned()).collect()
    };
    let page = device.ok("fetchConversationsFromServer", Value::Null).await;
    assert_eq!(names(&page["conversations"]), [group.as_str(), &carol, &bob]);
    let first = &page["conversations"][0];
    assert_eq!(first["conversationType"], "groupChat");
    assert_eq!(first["lastMessage"]["id"], newest.as_str());
    assert_eq!(first["lastMessage"]["body"], json!({"type": "txt", "msg": "three"}));
    assert_eq!(first["lastMessage"]["direction"], "receive");
    assert_eq!(first["unreadCount"], 1);

    let one = device.ok("fetchConversationsFromServer", json!({"pageSize": 2})).await;
    assert_eq!(names(&one["conversations"]), [group.as_str(), &carol]);
    let options = json!({"pageSize": 2, "cursor": one["cursor"]});
    let two = device.ok("fetchConversationsFromServer", options).await;
    assert_eq!(names(&two["conversations"]), [bob.as_str()]);
    assert_eq!(two.get("cursor"), None);

    let local = device.ok("loadAllConversations", Value::Null).await;
    assert_eq!(local, page["conversations"]);
    let one = call_raw(&device.client, "getConversation", &[group.as_str().into(), "groupChat".into()]).await;
    assert_eq!(content(&one.unwrap()), local[0]);
    let none = call_raw(&device.client, "getConversation", &["nobody".into(), "singleChat".into()]).await;
    assert!(none.unwrap().is_undefined());
}

#[wasm_bindgen_test]
async fn history_pages_both_ways_and_stays_readable_without_a_session() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 25).await;
    let device = Device::online(&alice, "d1").await;

    let mut walked = Vec::new();
    let mut options = and(with(&bob), json!({"pageSize": 10}));
    loop {
        let page = device.ok("fetchHistoryMessages", options.clone()).await;
        walked.extend(ids(&page["messages"]));
        if page["isLast"] == true {
            break;
        }
        options = and(options, json!({"startMsgId": page["cursor"]}));
    }
    assert_eq!(walked, reversed(&sent));

    let down = and(with(&bob), json!({"pageSize": 50, "searchDirection": "down"}));
    let page = device.ok("fetchHistoryMessages", down.clone()).await;
    assert_eq!(ids(&page["messages"]), sent);

    device.ok("logout", Value::Null).await;
    let up = device.ok("loadMessages", and(with(&bob), json!({"pageSize": 50}))).await;
    assert_eq!(ids(&up["messages"]), reversed(&sent));
    assert_eq!((&up["complete"], &up["isLast"]), (&json!(true), &json!(true)));
    let local = device.ok("loadMessages", down).await;
    assert_eq!(local["messages"], page["messages"], "the copy holds what the server sent, field by field");
    let middle = and(with(&bob), json!({"pageSize": 5, "startMsgId": sent[12]}));
    let page = device.ok("loadMessages", middle).await;
    assert_eq!(ids(&page["messages"]), reversed(&sent[7..12]));
    assert_eq!(page["cursor"], json!(sent[7]));
}

#[wasm_bindgen_test]
async fn filtered_pages_claim_nothing() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let mut sent = app.texts(&bob, &alice, 3).await;
    sent.push(app.text(&alice, &bob, "mine").await);
    let device = Device::online(&alice, "d1").await;
    let page = device.ok("fetchHistoryMessages", and(with(&bob), json!({"from": alice}))).await;
    assert_eq!(ids(&page["messages"]), [sent[3].clone()]);
    let page = device.ok("fetchHistoryMessages", and(with(&bob), json!({"msgTypes": ["img"]}))).await;
    assert_eq!(ids(&page["messages"]), [] as [String; 0]);
    let page = device.ok("fetchHistoryMessages", and(with(&bob), json!({"save": false}))).await;
    assert_eq!(ids(&page["messages"]), reversed(&sent));
    let local = device.ok("loadMessages", with(&bob)).await;
    assert_eq!(ids(&local["messages"]), [sent[3].clone()]);
    assert_eq!((&local["complete"], &local["isLast"]), (&json!(false), &json!(false)));
}

#[wasm_bindgen_test]
async fn every_body_is_the_same_in_the_list_in_history_and_live() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::online(&alice, "d1").await;
    let file =
        json!({"url": "https://files.example/f", "secret": "s", "filename": "f.bin", "file_length": 7});
    let more = |more: Value| and(file.clone(), more);
    let bodies = [
        ("txt", json!({"msg": "你好 👋 \u{202e}rtl"})),
        ("img", more(json!({"size": {"width": 3, "height": 4}}))),
        ("audio", more(json!({"length": 9}))),
        ("video", more(json!({"length": 9, "thumb": "https://files.example/t", "thumb_secret": "t"}))),
        ("file", file.clone()),
        ("loc", json!({"addr": "a", "lat": 1.5, "lng": -2.5, "buildingName": "b"})),
        ("cmd", json!({"action": "do"})),
        ("custom", json!({"customEvent": "e", "customExts": {"k": "v"}})),
        (
            "txt",
            more(
                json!({"subType": "sub_combine", "title": "t", "summary": "s", "combineLevel": 1, "msg": "m"}),
            ),
        ),
    ];
    for (index, (kind, body)) in bodies.into_iter().enumerate() {
        let bob = app.user("bob").await;
        let fields = json!({"ext": {"n": 1, "deep": {"a": [true, null]}}});
        let id = app.send(&bob, &alice, kind, body, fields.clone()).await;
        until("messageReceived", || device.heard("messageReceived").len() > index).await;
        let live = device.heard("messageReceived").remove(index);
        let history = device.ok("fetchHistoryMessages", with(&bob)).await["messages"][0].clone();
        let list = device.ok("fetchConversationsFromServer", json!({"pageSize": 1})).await;
        assert_eq!(live["id"], id.as_str());
        assert_eq!(live["ext"], fields["ext"]);
        let kind = if index == 8 { "combine" } else { kind };
        assert_eq!(live["body"]["type"], kind);
        assert_eq!(history, live, "{kind}");
        if kind == "cmd" {
            // A command is a signal: it makes no conversation and is no last message, on the server and here.
            assert_ne!(list["conversations"][0]["conversationId"], bob.as_str());
            let one =
                call_raw(&device.client, "getConversation", &[bob.as_str().into(), "singleChat".into()])
                    .await;
            assert!(one.unwrap().is_undefined());
        } else {
            assert_eq!(list["conversations"][0]["lastMessage"], live, "{kind}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_pin_reaches_the_other_device_and_outlives_the_default_list() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.send(&bob, &alice, "txt", json!({"msg": "hello"}), json!({})).await;
    let (one, two) = (Device::online(&alice, "d1").await, Device::online(&alice, "d2").await);
    for device in [&one, &two] {
        device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    }
    let pinned = |list: &Value| (list[0]["isPinned"] == true, list[0]["pinnedTime"].as_u64() > Some(0));
    one.ok("pinConversation", and(with(&bob), json!({"isPinned": true}))).await;
    let here = one.ok("loadAllConversations", Value::Null).await;
    assert_eq!(pinned(&here), (true, true));
    until_async("the pin", async || two.ok("loadAllConversations", Value::Null).await == here).await;
    // The service's default list says nothing about pins.
    let page = two.ok("fetchConversationsFromServer", Value::Null).await;
    assert_eq!(page["conversations"], here);
    assert_eq!(two.ok("loadAllConversations", Value::Null).await, here);
    one.ok("pinConversation", and(with(&bob), json!({"isPinned": false}))).await;
    let page = one.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    assert_eq!(pinned(&page["conversations"]), (false, false));
    let error = one.call(
        "pinConversation",
        json!({"conversationId": "nobody", "conversationType": "singleChat", "isPinned": true}),
    );
    assert_eq!(error.await.unwrap_err().code, 303);
}

#[wasm_bindgen_test]
async fn a_removal_by_ids_reaches_the_other_device_and_its_copy() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 6).await;
    let (one, two) = (Device::online(&alice, "d1").await, Device::online(&alice, "d2").await);
    for device in [&one, &two] {
        device.ok("fetchHistoryMessages", with(&bob)).await;
        device.ok("fetchConversationsFromServer", Value::Null).await;
    }
    // The newest goes, too: the conversation shows the one before it.
    one.ok("removeMessagesFromServer", and(with(&bob), json!({"msgIdList": [sent[1], sent[5]]}))).await;
    let event = two.hear("messageRemoved").await;
    assert_eq!((&event["conversationId"], &event["deviceId"]), (&json!(bob), &json!("d1")));
    let mut removed: Vec<String> = serde_json::from_value(event["msgIdList"].clone()).unwrap();
    removed.sort();
    assert_eq!(removed, [sent[1].clone(), sent[5].clone()]);
    let left: Vec<String> = [4, 3, 2, 0].map(|n| sent[n].clone()).into();
    for device in [&one, &two] {
        assert_eq!(device.local_ids(&bob, "singleChat").await, left);
        let local = device.ok("loadMessages", with(&bob)).await;
        assert_eq!(local["complete"], true, "the neighbours of what was removed are neighbours now");
        let list = device.ok("loadAllConversations", Value::Null).await;
        assert_eq!(list[0]["lastMessage"]["id"], sent[4].as_str());
        let server = device.ok("fetchHistoryMessages", with(&bob)).await;
        assert_eq!(ids(&server["messages"]), left);
    }
    assert_eq!(one.heard("messageRemoved"), [] as [Value; 0], "a device is not told what it did itself");
}

#[wasm_bindgen_test]
async fn a_removal_by_time_reaches_a_device_that_was_away() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 6).await;
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d2").await;
    let page = two.ok("fetchHistoryMessages", with(&bob)).await;
    let time = page["messages"][2]["timestamp"].clone();
    // An answer does not wait for a database that is still being opened; a read does.
    assert_eq!(two.local_ids(&bob, "singleChat").await.len(), 6);
    two.close();
    one.ok("removeMessagesFromServer", and(with(&bob), json!({"time": time}))).await;
    let two = Device::open(&alice, "d2").await;
    assert_eq!(two.local_ids(&bob, "singleChat").await.len(), 6, "it has not heard of it");
    two.ok("login", json!({"password": "pw"})).await;
    let event = two.hear("messageRemoved").await;
    assert_eq!((&event["time"], event.get("msgIdList")), (&time, None));
    assert_eq!(two.local_ids(&bob, "singleChat").await, [sent[5].clone(), sent[4].clone()]);
    two.close();
    // And once only: the queue was acknowledged.
    let two = Device::online(&alice, "d2").await;
    app.text(&bob, &alice, "after").await;
    two.hear("messageReceived").await;
    assert_eq!(two.heard("messageRemoved"), [] as [Value; 0]);
}

/// Walks through a conversation with `history()`: the pages' ids, and how many requests for history were sent.
async fn walk(device: &Device, options: Value, pages: usize) -> Result<(Vec<Vec<String>>, usize), JsValue> {
    let before = history_requests();
    let arguments = js_sys::Array::of1(&js(&options));
    let method: js_sys::Function =
        js_sys::Reflect::get(&device.client, &"history".into()).unwrap().unchecked_into();
    let iterable = js_sys::Reflect::apply(&method, &device.client, &arguments)?;
    let begin = js_sys::Reflect::get(&iterable, &js_sys::Symbol::async_iterator()).unwrap();
    let iterator = begin.unchecked_into::<js_sys::Function>().call0(&iterable).unwrap();
    let mut seen = Vec::new();
    while seen.len() < pages {
        let next = call_raw(&iterator, "next", &[]).await?;
        if js_sys::Reflect::get(&next, &"done".into()).unwrap().is_truthy() {
            break;
        }
        seen.push(ids(&content(&js_sys::Reflect::get(&next, &"value".into()).unwrap())));
    }
    drop(call_raw(&iterator, "return", &[]).await);
    Ok((seen, history_requests() - before))
}

/// How many requests for history this page has sent.
fn history_requests() -> usize {
    let performance = js_sys::Reflect::get(&js_sys::global(), &"performance".into()).unwrap();
    let list: js_sys::Function =
        js_sys::Reflect::get(&performance, &"getEntriesByType".into()).unwrap().unchecked_into();
    let list: js_sys::Array = list.call1(&performance, &"resource".into()).unwrap().unchecked_into();
    let name = |entry: JsValue| js_sys::Reflect::get(&entry, &"name".into()).unwrap().as_string().unwrap();
    list.iter().filter(|entry| name(entry.clone()).ends_with("/messageroaming")).count()
}

#[wasm_bindgen_test]
async fn a_walk_asks_the_server_only_for_what_is_missing() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 25).await;
    let all = reversed(&sent);
    let device = Device::online(&alice, "d1").await;
    let whole = and(with(&bob), json!({"pageSize": 10}));

    let (pages, requests) = walk(&device, whole.clone(), 9).await.unwrap();
    assert_eq!((pages.concat(), requests), (all.clone(), 3));
    let (pages, requests) = walk(&device, whole.clone(), 9).await.unwrap();
    assert_eq!((pages.concat(), requests), (all.clone(), 0));
    let down = and(whole.clone(), json!({"searchDirection": "down"}));
    let (pages, requests) = walk(&device, down, 9).await.unwrap();
    assert_eq!((pages.concat(), requests), (sent.clone(), 0));
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);

    // Another device knows both ends: the middle is asked for, and whether it meets what is known below.
    let other = Device::online(&alice, "d2").await;
    other.ok("fetchHistoryMessages", and(with(&bob), json!({"pageSize": 5}))).await;
    other
        .ok("fetchHistoryMessages", and(with(&bob), json!({"pageSize": 5, "searchDirection": "down"})))
        .await;
    let (pages, requests) = walk(&other, and(with(&bob), json!({"pageSize": 15})), 9).await.unwrap();
    assert_eq!((pages.concat(), requests), (all.clone(), 2));
    // What was removed meanwhile is gone; a loop that is left early stops asking.
    device.ok("removeMessagesFromServer", and(with(&bob), json!({"msgIdList": [sent[24], sent[3]]}))).await;
    let (pages, requests) = walk(&device, whole.clone(), 9).await.unwrap();
    let left: Vec<_> = all.iter().filter(|id| **id != sent[24] && **id != sent[3]).cloned().collect();
    assert_eq!((pages.concat(), requests), (left, 0));
    let third = Device::online(&alice, "d3").await;
    let (pages, requests) = walk(&third, whole.clone(), 1).await.unwrap();
    assert_eq!((pages.len(), requests), (1, 1));

    // Without a session: what is here, and then the reason why there is no more.
    third.close();
    let third = Device::open(&alice, "d3").await;
    assert_eq!(walk(&third, whole.clone(), 1).await.unwrap(), (pages, 0));
    let refused = Refusal::read(&walk(&third, whole, 9).await.unwrap_err());
    assert_eq!(refused.code, 201, "{refused:?}");
    let wrong = Refusal::read(&walk(&third, json!({"conversationId": "bob"}), 9).await.unwrap_err());
    assert_eq!(wrong.code, 110, "{wrong:?}");
}

#[wasm_bindgen_test]
async fn a_deleted_conversation_goes_everywhere_and_comes_back_with_a_new_message() {
    let Some(app) = App::new().await else { return };
    for with_history in [true, false] {
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let sent = app.texts(&bob, &alice, 3).await;
        let (one, two) = (Device::online(&alice, "d1").await, Device::online(&alice, "d2").await);
        for device in [&one, &two] {
            device.ok("fetchConversationsFromServer", Value::Null).await;
            device.ok("fetchHistoryMessages", with(&bob)).await;
        }
        let options = and(with(&bob), json!({"isDeleteServerMessages": with_history}));
        one.ok("deleteConversationFromServer", options).await;
        let event = two.hear("conversationDeleted").await;
        assert_eq!((&event["conversationId"], &event["deviceId"]), (&json!(bob), &json!("d1")));
        for device in [&one, &two] {
            assert_eq!(device.ok("loadAllConversations", Value::Null).await, json!([]));
            let server = device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
            assert_eq!(server["conversations"], json!([]));
        }
        assert_eq!(two.local_ids(&bob, "singleChat").await, [] as [String; 0]);
        let server = two.ok("fetchHistoryMessages", with(&bob)).await;
        let left = if with_history { vec![] } else { reversed(&sent) };
        assert_eq!(ids(&server["messages"]), left);

        let id = app.text(&bob, &alice, "again").await;
        for device in [&one, &two] {
            device.hear("messageReceived").await;
            let list = device.ok("loadAllConversations", Value::Null).await;
            assert_eq!(list[0]["lastMessage"]["id"], id.as_str());
        }
    }
}

#[wasm_bindgen_test]
async fn everything_can_go_at_once() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.texts(&bob, &alice, 3).await;
    let (one, two) = (Device::online(&alice, "d1").await, Device::online(&alice, "d2").await);
    for device in [&one, &two] {
        device.ok("fetchConversationsFromServer", Value::Null).await;
        device.ok("fetchHistoryMessages", with(&bob)).await;
    }
    one.ok("deleteAllMessagesAndConversations", Value::Null).await;
    two.hear("conversationDeleted").await;
    for device in [&one, &two] {
        assert_eq!(device.ok("loadAllConversations", Value::Null).await, json!([]));
        assert_eq!(device.local_ids(&bob, "singleChat").await, [] as [String; 0]);
        assert_eq!(device.ok("fetchHistoryMessages", with(&bob)).await["messages"], json!([]));
    }
}

#[wasm_bindgen_test]
async fn logins_fail_with_the_code_that_says_why() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let refusal = device.call("login", json!({"password": "wrong"})).await.unwrap_err();
    assert_eq!((refusal.name.as_str(), refusal.code), ("RoamError", 102), "{refusal:?}");
    let refusal = device.call("login", json!({"token": "nonsense"})).await.unwrap_err();
    assert!([104, 202].contains(&refusal.code), "{refusal:?}");
    let nobody = Device::open(&common::fresh("nobody"), "d1").await;
    let refusal = nobody.call("login", json!({"password": "pw"})).await.unwrap_err();
    assert_eq!(refusal.code, 204, "{refusal:?}");
    let refusal = device.call("fetchConversationsFromServer", Value::Null).await.unwrap_err();
    assert_eq!((refusal.code, refusal.reason.as_str()), (201, "USER_NOT_LOGIN"));

    device.ok("login", json!({"token": app.token_of(&alice).await})).await;
    device.hear("connected").await;
    device.ok("fetchConversationsFromServer", Value::Null).await;
    let refused = call_raw(&device.client, "renewToken", &["nonsense".into()]).await.unwrap_err();
    assert_eq!(common::Refusal::read(&refused).code, 104);
    // The old one still counts.
    device.ok("fetchConversationsFromServer", Value::Null).await;
    let renewed = app.token_of(&alice).await;
    call_raw(&device.client, "renewToken", &[renewed.as_str().into()]).await.unwrap();
    device.ok("fetchConversationsFromServer", Value::Null).await;

    // The one port no browser connects to, on the other nobody answers.
    for port in [9, 47_399] {
        let mut nowhere = Device::options(&alice, "d1");
        nowhere["apiUrl"] = json!(format!("http://127.0.0.1:{port}"));
        nowhere["socketUrl"] = json!(format!("ws://127.0.0.1:{port}/websocket"));
        let device = Device::open_with(&nowhere).await;
        assert_eq!(device.call("login", json!({"password": "pw"})).await.unwrap_err().code, 2);
        assert_eq!(device.call("login", json!({"token": "t"})).await.unwrap_err().code, 300);
    }
}

#[wasm_bindgen_test]
async fn a_token_s_end_is_told_before_and_when_it_comes() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let login = json!({"grant_type": "password", "username": alice, "password": "pw", "ttl": 2});
    let token = app.call("POST", "/token", login).await["access_token"].as_str().unwrap().to_owned();
    let device = Device::open(&alice, "d1").await;
    device.ok("login", json!({"token": token})).await;
    device.hear("tokenWillExpire").await;
    device.hear("tokenExpired").await;
    let refusal = device.call("fetchConversationsFromServer", Value::Null).await.unwrap_err();
    assert_eq!(refusal.code, 108, "{refusal:?}");
    let renewed = app.token_of(&alice).await;
    call_raw(&device.client, "renewToken", &[renewed.as_str().into()]).await.unwrap();
    device.ok("fetchConversationsFromServer", Value::Null).await;
}

#[wasm_bindgen_test]
async fn the_server_s_final_word_is_told_with_its_code() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::online(&alice, "d1").await;
    app.call("DELETE", &format!("/users/{alice}"), Value::Null).await;
    let event = device.hear("disconnected").await;
    assert_eq!((&event["code"], &event["willReconnect"]), (&json!(207), &json!(false)));
    assert_eq!(device.call("fetchConversationsFromServer", Value::Null).await.unwrap_err().code, 201);
}

#[wasm_bindgen_test]
async fn an_aborted_call_rejects_with_the_platform_s_error_and_keeps_nothing() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.texts(&bob, &alice, 3).await;
    let device = Device::online(&alice, "d1").await;
    for abort_first in [true, false] {
        let controller = web_sys::AbortController::new().unwrap();
        let options = js(&with(&bob));
        js_sys::Reflect::set(&options, &"signal".into(), &controller.signal()).unwrap();
        if abort_first {
            controller.abort();
        }
        let call = start(&device.client, "fetchHistoryMessages", &[options]);
        controller.abort();
        let error = JsFuture::from(call).await.unwrap_err();
        let name = js_sys::Reflect::get(&error, &"name".into()).unwrap();
        assert_eq!(name, JsValue::from("AbortError"));
    }
    let controller = web_sys::AbortController::new().unwrap();
    let options = js(&with(&bob));
    js_sys::Reflect::set(&options, &"signal".into(), &controller.signal()).unwrap();
    let call = start(&device.client, "fetchHistoryMessages", &[options]);
    controller.abort_with_reason(&"why".into());
    assert_eq!(JsFuture::from(call).await.unwrap_err(), JsValue::from("why"));
    assert_eq!(device.local_ids(&bob, "singleChat").await, [] as [String; 0]);
}

#[wasm_bindgen_test]
async fn another_user_or_device_sees_nothing_and_wipe_leaves_nothing() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.texts(&bob, &alice, 3).await;
    let device = Device::online(&alice, "d1").await;
    device.ok("fetchConversationsFromServer", Value::Null).await;
    device.ok("fetchHistoryMessages", with(&bob)).await;
    let estimate = device.ok("storageEstimate", Value::Null).await;
    assert_eq!((&estimate["messages"], &estimate["conversations"]), (&json!(3), &json!(1)));
    for (user, name) in [(&alice, "d2"), (&bob, "d1")] {
        let other = Device::open(user, name).await;
        assert_eq!(other.ok("loadAllConversations", Value::Null).await, json!([]));
        assert_eq!(other.local_ids(&bob, "singleChat").await, [] as [String; 0]);
    }
    device.ok("logout", json!({"wipe": true})).await;
    assert_eq!(device.call("loadAllConversations", Value::Null).await.unwrap_err().code, 1);
    let again = Device::open(&alice, "d1").await;
    assert_eq!(again.ok("loadAllConversations", Value::Null).await, json!([]));
    assert_eq!(again.local_ids(&bob, "singleChat").await, [] as [String; 0]);
}

#[wasm_bindgen_test]
async fn a_device_id_that_was_not_given_is_kept() {
    let mut options = Device::options(&common::fresh("alice"), "x");
    options.as_object_mut().unwrap().remove("deviceId");
    let id = |device: &Device| {
        js_sys::Reflect::get(&device.client, &"deviceId".into()).unwrap().as_string().unwrap()
    };
    let first = id(&Device::open_with(&options).await);
    assert!(first.len() > 20, "{first}");
    assert_eq!(id(&Device::open_with(&options).await), first);
}

#[wasm_bindgen_test]
async fn a_client_that_js_frees_during_a_call_harms_nothing() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 2).await;
    let device = Device::online(&alice, "d1").await;
    let page = start(&device.client, "fetchHistoryMessages", &[js(&with(&bob))]);
    let loading = start(&device.client, "loadAllConversations", &[]);
    let free: js_sys::Function = js_sys::Reflect::get(&device.client, &"free".into()).unwrap().into();
    free.call0(&device.client).unwrap();
    // There is nothing left to close.
    std::mem::forget(device);
    assert_eq!(content(&JsFuture::from(loading).await.unwrap()), json!([]));
    let page = content(&JsFuture::from(page).await.unwrap());
    assert_eq!(ids(&page["messages"]), reversed(&sent));
}

/// Moves JS's clock; back again when it is dropped.
struct Clock;

impl Clock {
    fn ahead(ms: u64) -> Self {
        let code = format!("const real = Date.now; Date.now = () => real() + {ms}; Date.now.real = real;");
        js_sys::Function::new_no_args(&code).call0(&JsValue::NULL).unwrap();
        Self
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = js_sys::Function::new_no_args("Date.now = Date.now.real;").call0(&JsValue::NULL);
    }
}

#[wasm_bindgen_test]
async fn a_device_that_was_away_longer_than_its_queue_compares_its_copy_with_the_server() {
    let Some(app) = App::new().await else { return };
    let (alice, bob, carol) = (app.user("alice").await, app.user("bob").await, app.user("carol").await);
    let sent = app.texts(&bob, &alice, 5).await;
    app.texts(&carol, &alice, 2).await;
    {
        let away = Device::online(&alice, "away").await;
        away.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
        away.ok("fetchHistoryMessages", with(&bob)).await;
        away.ok("fetchHistoryMessages", with(&carol)).await;
    }
    let other = Device::online(&alice, "other").await;
    other.ok("removeMessagesFromServer", and(with(&bob), json!({"msgIdList": [sent[1], sent[4]]}))).await;
    other
        .ok("deleteConversationFromServer", and(with(&carol), json!({"isDeleteServerMessages": true})))
        .await;
    drop(other);
    // The server remembers so many devices: the queue of the one that is away goes.
    for n in 0..20 {
        let device = Device::open(&alice, &format!("new-{n}")).await;
        device.ok("login", json!({"token": app.token_of(&alice).await})).await;
    }
    let missed = app.text(&bob, &alice, "missed").await;

    let _clock = Clock::ahead(8 * 86_400_000);
    let back = Device::online(&alice, "away").await;
    let expected = [&missed, &sent[3], &sent[2], &sent[0]].map(String::as_str);
    for _ in 0..200 {
        let page = back.ok("loadMessages", with(&bob)).await;
        let list = back.ok("loadAllConversations", Value::Null).await;
        let done = page["complete"] == true && ids(&page["messages"]) == expected;
        // Conversations are compared one after the other.
        let done = done && back.local_ids(&carol, "singleChat").await.is_empty();
        if done && list.as_array().unwrap().len() == 1 && list[0]["lastMessage"]["id"] == missed.as_str() {
            assert_eq!(back.heard("messageRemoved"), [] as [Value; 0]);
            return;
        }
        gloo_timers::future::TimeoutFuture::new(50).await;
    }
    panic!("the copy stayed as it was: {}", back.ok("loadMessages", with(&bob)).await);
}

#[wasm_bindgen(inline_js = r#"
// Listeners of which the first removes the second, and, once a message came, the third closes the client.
export function cross_listeners(client) {
    const heard = [];
    client.on("messageReceived", () => { heard.push("first"); off(); });
    const off = client.on("messageReceived", () => heard.push("second"));
    client.on("messageReceived", ({ body }) => {
        heard.push("third");
        if (body.msg === "close") client.close();
    });
    for (const type of ["messageReceived", "messagesChanged", "conversationsChanged", "disconnected"]) {
        client.on(type, ({ body } = {}) => heard.push(type === "messageReceived" ? body.msg : type));
    }
    return {
        heard: () => heard.splice(0).join(" "),
        late: () => client.on("messageReceived", () => heard.push("late")),
    };
}
"#)]
extern "C" {
    fn cross_listeners(client: &JsValue) -> JsValue;
}

#[wasm_bindgen_test]
async fn a_listener_that_is_removed_during_a_dispatch_or_by_close_hears_nothing() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let device = Device::online(&alice, "d1").await;
    let log = cross_listeners(&device.client);
    let heard = || {
        let heard: js_sys::Function = js_sys::Reflect::get(&log, &"heard".into()).unwrap().unchecked_into();
        heard.call0(&log).unwrap().as_string().unwrap()
    };
    app.text(&bob, &alice, "stay").await;
    until("messagesChanged", || device.heard("messagesChanged").len() == 1).await;
    assert_eq!(heard(), "conversationsChanged first third stay messagesChanged");
    app.text(&bob, &alice, "close").await;
    until("messageReceived", || device.heard("messageReceived").len() == 2).await;
    call_raw(&log, "late", &[]).await.unwrap();
    app.text(&bob, &alice, "after").await;
    gloo_timers::future::TimeoutFuture::new(100).await;
    assert_eq!(heard(), "conversationsChanged first third", "nobody after the one that closed the client");
    assert_eq!(device.heard("messageReceived").len(), 2);
}

#[wasm_bindgen_test]
async fn a_whole_number_beyond_the_safe_ones_is_rounded_in_the_same_way_on_every_path() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let device = Device::online(&alice, "d1").await;
    let large: u64 = (1 << 53) + 1;
    let ext = json!({"ext": {"number": large, "text": large.to_string()}});
    app.send(&bob, &alice, "txt", json!({"msg": "large"}), ext).await;
    let live = device.hear("messageReceived").await["ext"].clone();
    assert_eq!(live, json!({"number": large - 1, "text": large.to_string()}));
    let changed = device.hear("messagesChanged").await["added"][0]["ext"].clone();
    let page = device.ok("fetchHistoryMessages", with(&bob)).await["messages"][0]["ext"].clone();
    let list = device.ok("fetchConversationsFromServer", Value::Null).await;
    let listed = list["conversations"][0]["lastMessage"]["ext"].clone();
    let local = device.ok("loadMessages", with(&bob)).await["messages"][0]["ext"].clone();
    let local_list = device.ok("loadAllConversations", Value::Null).await[0]["lastMessage"]["ext"].clone();
    for other in [changed, page, listed, local, local_list] {
        assert_eq!(other, live);
    }
}
