//! Bad input: every argument is checked before anything is sent, and the error names it.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Device, Refusal, call_raw, fresh, js, open_raw};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn refused(what: &str, result: Result<JsValue, JsValue>, code: u32, words: &[&str]) {
    let error = result.err().unwrap_or_else(|| panic!("{what} was taken"));
    assert!(error.is_instance_of::<js_sys::Error>(), "{what}: no Error");
    let refusal = Refusal::read(&error);
    assert_eq!((refusal.name.as_str(), refusal.code), ("RoamError", code), "{what}: {refusal:?}");
    for word in words {
        assert!(refusal.message.contains(word), "{what}: {:?} does not say {word:?}", refusal.message);
    }
}

#[wasm_bindgen_test]
async fn open_names_the_option_that_is_wrong() {
    let good = json!({"appKey": "demo#chat", "user": "alice"});
    let cases: &[(Value, u32, &[&str])] = &[
        (Value::Null, 110, &["options object", "null"]),
        (json!("demo#chat"), 110, &["options object", "\"demo#chat\""]),
        (json!([]), 110, &["options object", "array"]),
        (json!({"user": "alice"}), 110, &["appKey", "missing"]),
        (json!({"appKey": 7, "user": "alice"}), 110, &["appKey", "string", "7"]),
        (json!({"appKey": "demo", "user": "alice"}), 100, &["appKey", "org#app", "\"demo\""]),
        (json!({"appKey": "#chat", "user": "alice"}), 100, &["appKey", "org#app"]),
        (json!({"appKey": "demo#chat"}), 110, &["user", "missing"]),
        (json!({"appKey": "demo#chat", "user": ""}), 110, &["user", "empty"]),
        (json!({"appKey": "demo#chat", "user": "a b"}), 101, &["user", "\"a b\""]),
        (json!({"appKey": "demo#chat", "user": "x".repeat(65)}), 101, &["user", "64"]),
    ];
    for (options, code, words) in cases {
        refused(&options.to_string(), open_raw(&js(options)).await, *code, words);
    }
    let more: &[(&str, Value, &[&str])] = &[
        ("apiUrl", json!("nowhere"), &["apiUrl", "http", "\"nowhere\""]),
        ("apiUrl", json!("ftp://x.example"), &["apiUrl", "http"]),
        ("apiUrl", json!("https://alice:pw@x.example"), &["apiUrl", "names no user"]),
        ("socketUrl", json!("https://x.example"), &["socketUrl", "ws"]),
        ("deviceId", json!(""), &["deviceId", "1 to 125"]),
        ("deviceId", json!("a/b"), &["deviceId", "\"a/b\""]),
        ("deviceId", json!(7), &["deviceId", "1 to 125", "7"]),
        ("requestTimeoutMs", json!(0), &["requestTimeoutMs", "1 to 600000", "0"]),
        ("requestTimeoutMs", json!("soon"), &["requestTimeoutMs", "whole number"]),
        ("persist", json!("yes"), &["persist", "\"yes\""]),
    ];
    for (name, value, words) in more {
        let mut options = good.clone();
        options[name] = value.clone();
        refused(name, open_raw(&js(&options)).await, 110, words);
    }
}

#[wasm_bindgen_test]
async fn calls_name_the_argument_that_is_wrong() {
    let device = Device::open(&fresh("alice"), "d1").await;
    let bob = json!({"conversationId": "bob", "conversationType": "singleChat"});
    let and = |more: Value| {
        let mut options = bob.clone();
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        options
    };
    let ids = |count: usize| (1..=count).map(|n| n.to_string()).collect::<Vec<_>>();
    let no_peer = json!({"conversationType": "singleChat"});
    let cases: Vec<(&str, Value, &[&str])> = vec![
        ("login", json!({}), &["token", "password", "neither"]),
        ("login", json!({"token": "t", "password": "p"}), &["token", "password", "both"]),
        ("login", json!({"token": 5}), &["token", "string", "5"]),
        ("login", json!({"getToken": "t"}), &["getToken", "function", "\"t\""]),
        ("login", json!({"token": "t", "getToken": {}}), &["token and getToken", "both"]),
        ("history", and(json!({"pageSize": 51})), &["history", "pageSize", "1 to 50", "51"]),
        ("history", and(json!({"searchDirection": "left"})), &["searchDirection", "up", "\"left\""]),
        ("fetchConversationsFromServer", json!({"pageSize": 0}), &["pageSize", "1 to 50", "0"]),
        ("fetchConversationsFromServer", json!({"pageSize": 51}), &["pageSize", "1 to 50", "51"]),
        ("fetchConversationsFromServer", json!({"pageSize": 2.5}), &["pageSize", "whole", "2.5"]),
        ("fetchConversationsFromServer", json!({"pageSize": "20"}), &["pageSize", "\"20\""]),
        ("fetchConversationsFromServer", json!({"cursor": 7}), &["cursor", "string", "7"]),
        ("fetchConversationsFromServer", json!({"pinnedOnly": "yes"}), &["pinnedOnly", "true or false"]),
        ("fetchConversationsFromServer", json!({"signal": {}}), &["signal", "AbortSignal"]),
        ("fetchConversationsFromServer", json!("all"), &["options object"]),
        ("fetchHistoryMessages", no_peer.clone(), &["conversationId", "missing"]),
        ("fetchHistoryMessages", json!({"conversationId": "bob"}), &["conversationType", "missing"]),
        ("fetchHistoryMessages", and(json!({"conversationId": ""})), &["conversationId", "empty"]),
        ("fetchHistoryMessages", and(json!({"conversationId": 7})), &["conversationId", "string"]),
        ("fetchHistoryMessages", and(json!({"conversationId": "a@b"})), &["conversationId", "user id"]),
        (
            "fetchHistoryMessages",
            and(json!({"conversationType": "chat"})),
            &["conversationType", "groupChat"],
        ),
        ("fetchHistoryMessages", and(json!({"pageSize": 51})), &["pageSize", "1 to 50"]),
        ("fetchHistoryMessages", and(json!({"startMsgId": 12})), &["startMsgId", "string of digits"]),
        ("fetchHistoryMessages", and(json!({"startMsgId": "x"})), &["startMsgId", "\"x\""]),
        ("fetchHistoryMessages", and(json!({"searchDirection": "left"})), &["searchDirection", "\"up\""]),
        ("fetchHistoryMessages", and(json!({"msgTypes": ["txt", "smell"]})), &["msgTypes[1]", "\"smell\""]),
        ("fetchHistoryMessages", and(json!({"msgTypes": "txt"})), &["msgTypes", "array"]),
        ("fetchHistoryMessages", and(json!({"from": "a b"})), &["from", "user id"]),
        ("fetchHistoryMessages", and(json!({"startTime": -1})), &["startTime", "whole number"]),
        ("fetchHistoryMessages", and(json!({"startTime": 2, "endTime": 1})), &["startTime", "endTime"]),
        ("fetchHistoryMessages", and(json!({"save": 1})), &["save", "true or false"]),
        ("loadMessages", no_peer.clone(), &["conversationId"]),
        ("loadMessages", and(json!({"pageSize": 0})), &["pageSize", "1 to 50"]),
        ("loadMessages", and(json!({"startMsgId": ""})), &["startMsgId"]),
        ("loadMessages", and(json!({"startMsgId": "0"})), &["startMsgId", "\"0\""]),
        ("loadMessages", and(json!({"startMsgId": "18446744073709551616"})), &["startMsgId", "digits"]),
        ("loadMessages", and(json!({"startMsgId": "-1"})), &["startMsgId", "digits"]),
        ("removeMessagesFromServer", bob.clone(), &["msgIdList", "time", "neither"]),
        ("removeMessagesFromServer", and(json!({"msgIdList": ["1"], "time": 5})), &["msgIdList", "both"]),
        ("removeMessagesFromServer", and(json!({"msgIdList": []})), &["msgIdList", "1 to 50", "0"]),
        ("removeMessagesFromServer", and(json!({"msgIdList": ids(51)})), &["msgIdList", "1 to 50", "51"]),
        ("removeMessagesFromServer", and(json!({"msgIdList": ["1", ""]})), &["msgIdList[1]"]),
        ("removeMessagesFromServer", and(json!({"msgIdList": [1]})), &["msgIdList[0]", "string of digits"]),
        ("removeMessagesFromServer", and(json!({"msgIdList": "1,2"})), &["msgIdList", "array"]),
        ("removeMessagesFromServer", and(json!({"time": 0})), &["time", "whole number"]),
        ("removeMessagesFromServer", and(json!({"time": "now"})), &["time", "\"now\""]),
        ("deleteConversationFromServer", bob.clone(), &["isDeleteServerMessages", "missing"]),
        (
            "deleteConversationFromServer",
            and(json!({"isDeleteServerMessages": 0})),
            &["isDeleteServerMessages"],
        ),
        ("logout", json!({"wipe": "yes"}), &["wipe", "true or false"]),
    ];
    for (method, options, words) in cases {
        let what = format!("{method} {options}");
        refused(&what, call_raw(&device.client, method, &[js(&options)]).await, 110, words);
    }
    // The largest id there is.
    let last = js(&and(json!({"startMsgId": "18446744073709551615"})));
    assert!(call_raw(&device.client, "loadMessages", &[last]).await.is_ok());
    let object = call_raw(&device.client, "getConversation", &[7.into(), "singleChat".into()]).await;
    refused("getConversation", object, 110, &["getConversation", "conversationId"]);
    let object = call_raw(&device.client, "getConversation", &["bob".into()]).await;
    refused("getConversation", object, 110, &["conversationType", "missing"]);
    let password = call_raw(&device.client, "login", &[js(&json!({"password": ""}))]).await;
    refused("an empty password", password, 102, &["password"]);
    for bad in ["", "two\nlines", "gü"] {
        let token = call_raw(&device.client, "login", &[js(&json!({"token": bad}))]).await;
        refused("a token", token, 104, &["token"]);
        refused("renewToken", call_raw(&device.client, "renewToken", &[bad.into()]).await, 104, &["token"]);
    }
    let on = call_raw(&device.client, "on", &["nothing".into(), js_sys::Function::default().into()]).await;
    refused("on", on, 110, &["messageRemoved", "\"nothing\""]);
    let on = call_raw(&device.client, "on", &["connected".into(), 7.into()]).await;
    refused("on", on, 110, &["function"]);
    // An object whose field throws when it is read.
    let trap = js_sys::eval("({ get pageSize() { throw new Error('trap'); } })").unwrap();
    let trapped = call_raw(&device.client, "fetchConversationsFromServer", &[trap]).await;
    refused("a getter that throws", trapped, 110, &["pageSize"]);
}

#[wasm_bindgen_test]
async fn pins_and_reads_name_the_argument_that_is_wrong() {
    let device = Device::open(&fresh("alice"), "d1").await;
    let no_peer = json!({"conversationType": "singleChat"});
    let no_type = json!({"conversationId": "bob"});
    let bob = json!({"conversationId": "bob", "conversationType": "singleChat"});
    let wrong_peer = json!({"conversationId": "a@b", "conversationType": "singleChat"});
    let not_boolean = json!({"conversationId": "bob", "conversationType": "singleChat", "isPinned": 1});
    let cases: [(&str, &Value, &[&str]); 6] = [
        ("markConversationAsRead", &no_peer, &["conversationId", "missing"]),
        ("markConversationAsRead", &no_type, &["conversationType", "missing"]),
        ("markConversationAsRead", &wrong_peer, &["conversationId", "user id"]),
        ("pinConversation", &no_peer, &["conversationId", "missing"]),
        ("pinConversation", &bob, &["isPinned", "missing"]),
        ("pinConversation", &not_boolean, &["isPinned", "true or false"]),
    ];
    for (method, options, words) in cases {
        let what = format!("{method} {options}");
        refused(&what, call_raw(&device.client, method, &[js(options)]).await, 110, words);
    }
}

#[wasm_bindgen_test]
async fn calls_before_login_say_so() {
    let device = Device::open(&fresh("alice"), "d1").await;
    let bob = json!({"conversationId": "bob", "conversationType": "singleChat"});
    let mut removal = bob.clone();
    removal["msgIdList"] = json!(["1"]);
    let mut deletion = bob.clone();
    deletion["isDeleteServerMessages"] = json!(true);
    for (method, argument) in [
        ("fetchConversationsFromServer", JsValue::UNDEFINED),
        ("fetchHistoryMessages", js(&bob)),
        ("removeMessagesFromServer", js(&removal)),
        ("deleteConversationFromServer", js(&deletion)),
        ("deleteAllMessagesAndConversations", JsValue::UNDEFINED),
        ("renewToken", "token".into()),
    ] {
        refused(method, call_raw(&device.client, method, &[argument]).await, 201, &[method, "login"]);
    }
}

#[wasm_bindgen_test]
async fn after_close_every_call_says_so() {
    let device = Device::open(&fresh("alice"), "d1").await;
    device.close();
    device.close();
    for (method, argument) in [
        ("loadAllConversations", JsValue::UNDEFINED),
        ("login", js(&json!({"password": "pw"}))),
        ("logout", JsValue::UNDEFINED),
        ("storageEstimate", JsValue::UNDEFINED),
    ] {
        refused(method, call_raw(&device.client, method, &[argument]).await, 1, &["closed"]);
    }
}
