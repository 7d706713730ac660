//! Garbage from the network: whatever a server, or something in between, answers, the call ends with the
//! fitting error and the client goes on.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{Device, ids, js, until};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
const real = globalThis.fetch;
export function answer(how, status, text) {
    globalThis.fetch = async ({ signal }) => {
        if (how === "reject") throw text;
        if (how === "hang") return new Promise((_, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason));
        });
        if (how === "odd") return text;
        if (how === "cut") return new Response(new ReadableStream({
            start(controller) { controller.enqueue(new Uint8Array([123])); controller.error(new TypeError("cut")); },
        }));
        return new Response(text, { status });
    };
}
export function restore() { globalThis.fetch = real; }
// The database refuses records with this text. What comes back undoes that.
export function refuse(text) {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (record, ...rest) {
        if (record.text && new TextDecoder().decode(record.text).includes(text)) {
            throw new DOMException("not cloneable", "DataCloneError");
        }
        return put.call(this, record, ...rest);
    };
    return () => Object.assign(IDBObjectStore.prototype, { put });
}
"#)]
extern "C" {
    fn answer(how: &str, status: u16, text: &JsValue);
    fn restore();
    fn refuse(text: &str) -> js_sys::Function;
}

async fn online() -> Option<Device> {
    restore();
    let app = common::App::new().await?;
    let mut options = Device::options(&app.user("alice").await, "d1");
    // What may be repeated is not repeated for long.
    options["requestTimeoutMs"] = json!(2000);
    let device = Device::open_with(&options).await;
    device.ok("login", json!({"password": "pw"})).await;
    Some(device)
}

#[wasm_bindgen_test]
async fn answers_that_make_no_sense_become_errors_and_nothing_breaks() {
    let Some(device) = online().await else { return };
    let history = json!({"conversationId": "bob", "conversationType": "singleChat"});
    let mut removal = history.clone();
    removal["msgIdList"] = json!(["1"]);
    let cases: &[(u16, &str, u32)] = &[
        (200, "", 303),
        (200, "<html>hello</html>", 303),
        (200, "[1,2,3", 303),
        (200, "\u{0}\u{1}", 303),
        (500, "<html><h1>Internal Server Error</h1></html>", 303),
        (502, "Bad Gateway", 303),
        (503, "busy", 302),
        (429, "{\"error\":\"too many\"}", 302),
        (401, "{\"error\":\"unauthorized\",\"error_description\":\"Unable to authenticate (OAuth)\"}", 104),
        (401, "{\"error_description\":\"token expired\",\"error_code\":40001}", 108),
        (403, "{\"error_description\":\"messageroaming function not open\"}", 505),
        (404, "{\"error_description\":\"user not found\"}", 204),
        (418, "{\"error\":7,\"timestamp\":\"x\"}", 303),
    ];
    for (status, text, code) in cases {
        answer("text", *status, &(*text).into());
        for (method, options) in [
            ("fetchConversationsFromServer", json!({"pageSize": 5})),
            ("fetchHistoryMessages", history.clone()),
            ("removeMessagesFromServer", removal.clone()),
        ] {
            let refusal = device.call(method, options).await;
            let refusal = refusal.err().unwrap_or_else(|| panic!("{method}: {status} {text:?} was taken"));
            assert_eq!(refusal.code, *code, "{method}: {status} {text:?}: {refusal:?}");
        }
    }
    restore();
    device.ok("fetchConversationsFromServer", Value::Null).await;
}

#[wasm_bindgen_test]
async fn a_fetch_that_fails_in_odd_ways_is_a_network_error() {
    let Some(device) = online().await else { return };
    let reasons: [(&str, JsValue); 6] = [
        ("reject", js_sys::TypeError::new("Failed to fetch").into()),
        ("reject", JsValue::UNDEFINED),
        ("reject", "a text".into()),
        ("reject", js(&json!({"no": "error"}))),
        ("odd", 42.into()),
        ("cut", JsValue::UNDEFINED),
    ];
    for (how, value) in reasons {
        answer(how, 0, &value);
        let refusal = device.call("fetchConversationsFromServer", Value::Null).await.unwrap_err();
        assert_eq!(refusal.code, 2, "{how} {value:?}: {refusal:?}");
    }
    restore();
    device.ok("fetchConversationsFromServer", Value::Null).await;
}

#[wasm_bindgen_test]
async fn an_answer_that_never_comes_is_given_up() {
    restore();
    let Some(app) = common::App::new().await else { return };
    let mut options = Device::options(&app.user("alice").await, "d1");
    options["requestTimeoutMs"] = json!(2000);
    let device = Device::open_with(&options).await;
    device.ok("login", json!({"password": "pw"})).await;
    answer("hang", 0, &JsValue::UNDEFINED);
    let refusal = device.call("fetchConversationsFromServer", Value::Null).await.unwrap_err();
    restore();
    assert_eq!(refusal.code, 301, "{refusal:?}");
}

#[wasm_bindgen_test]
async fn a_caller_s_own_abort_reason_is_handed_on() {
    let Some(device) = online().await else { return };
    answer("hang", 0, &JsValue::UNDEFINED);
    let controller = web_sys::AbortController::new().unwrap();
    let options = js(&json!({"pageSize": 5}));
    js_sys::Reflect::set(&options, &"signal".into(), &controller.signal()).unwrap();
    let call = common::start(&device.client, "fetchConversationsFromServer", &[options]);
    controller.abort_with_reason(&"enough".into());
    let error = wasm_bindgen_futures::JsFuture::from(call).await.unwrap_err();
    restore();
    assert_eq!(error, JsValue::from("enough"));
}

#[wasm_bindgen_test]
async fn one_message_that_cannot_be_read_costs_only_itself() {
    let Some(device) = online().await else { return };
    let message = message_of_type;
    let cut = message(7, 0)["msg"].as_str().unwrap()[..20].to_owned();
    let page = json!({"data": {"msgs": [message(9, 0), {"msg": "!!"}, message(8, 55), {"msg": cut}, message(6, 0)],
                               "is_last": true, "next_key": "undefined"}});
    answer("text", 200, &page.to_string().into());
    let history = json!({"conversationId": "bob", "conversationType": "singleChat"});
    let page = device.ok("fetchHistoryMessages", history).await;
    restore();
    assert_eq!(ids(&page["messages"]), ["9", "6"]);
    assert_eq!(page["isLast"], true);
    assert!(device.hear("error").await.as_str().unwrap().contains("3 messages"));
    assert_eq!(device.local_ids("bob", "singleChat").await, ["9", "6"]);
}

/// A message of bob's as a page has it. Its body has this type.
fn message_of_type(id: u64, kind: i32) -> Value {
    use base64::Engine as _;
    use roamkit_wire::body::Body;
    use roamkit_wire::meta::{MessageBody, Meta};
    use roamkit_wire::msync::Jid;
    use roamkit_wire::prost::Message as _;
    let mut content = Body::Text { msg: format!("m{id}") }.to_content();
    content.r#type = kind;
    let payload = MessageBody { contents: vec![content], ..MessageBody::default() };
    let meta = Meta {
        id,
        from: Some(Jid::user("demo#chat", "bob")),
        to: Some(Jid::user("demo#chat", "alice")),
        timestamp: 1_700_000_000_000 + id,
        ns: 1,
        payload: payload.encode_to_vec(),
        ..Meta::default()
    };
    json!({"msg": base64::engine::general_purpose::STANDARD.encode(meta.encode_to_vec())})
}

#[wasm_bindgen_test]
async fn a_message_of_an_unknown_type_leaves_a_gap_that_a_walk_does_not_ask_for_again() {
    let Some(device) = online().await else { return };
    let msgs = [message_of_type(9, 0), message_of_type(8, 55), message_of_type(6, 0)];
    let page = json!({"data": {"msgs": msgs, "is_last": true, "next_key": "undefined"}});
    answer("text", 200, &page.to_string().into());
    let history = json!({"conversationId": "bob", "conversationType": "singleChat"});
    let page = device.ok("fetchHistoryMessages", history.clone()).await;
    assert_eq!(ids(&page["messages"]), ["9", "6"]);
    answer("reject", 0, &"no request is expected".into());
    until("the page is saved", || device.heard("messagesChanged").len() == 1).await;
    let local = device.ok("loadMessages", history.clone()).await;
    assert_eq!(
        (ids(&local["messages"]), &local["complete"], &local["isLast"]),
        (vec!["9".into(), "6".into()], &json!(false), &json!(true))
    );
    // The walk ends without a request.
    let method: js_sys::Function =
        js_sys::Reflect::get(&device.client, &"history".into()).unwrap().unchecked_into();
    let walk = method.call1(&device.client, &js(&history)).unwrap();
    let begin = js_sys::Reflect::get(&walk, &js_sys::Symbol::async_iterator()).unwrap();
    let iterator = begin.unchecked_into::<js_sys::Function>().call0(&walk).unwrap();
    let next = async || common::content(&common::call_raw(&iterator, "next", &[]).await.unwrap());
    assert_eq!(ids(&next().await["value"]), ["9", "6"]);
    assert_eq!(next().await["done"], json!(true));
    restore();
}

#[wasm_bindgen_test]
async fn a_message_that_cannot_be_stored_does_not_stop_the_session() {
    restore();
    let Some(app) = common::App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let device = Device::online(&alice, "d1").await;
    let before = app.text(&bob, &alice, "before").await;
    until("messageReceived", || device.heard("messageReceived").len() == 1).await;
    let undo = refuse("poison");
    let poison = app.text(&bob, &alice, "poison").await;
    let after = app.text(&bob, &alice, "after").await;
    until("messageReceived", || device.heard("messageReceived").len() == 2).await;
    assert_eq!(device.heard("messageReceived")[1]["id"], json!(after));
    let errors = device.heard("error");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].as_str().unwrap().contains(&poison), "{errors:?}");
    assert_eq!((device.heard("connected").len(), device.heard("disconnected").len()), (1, 0));
    assert_eq!(device.local_ids(&bob, "singleChat").await, [after, before]);
    undo.call0(&JsValue::UNDEFINED).unwrap();
    // The server has it.
    let page = device
        .ok("fetchHistoryMessages", json!({"conversationId": bob, "conversationType": "singleChat"}))
        .await;
    assert!(ids(&page["messages"]).contains(&poison));
}

#[wasm_bindgen_test]
async fn lists_leave_out_what_cannot_be_read() {
    let Some(device) = online().await else { return };
    let list = json!({"data": {"cursor": "", "channel_infos": [
        {"session_to": "bob", "session_type": "chat", "unread_num": "3", "meta": {"id": "x", "payload": "{"}},
        7, null, {}, {"session_to": ""},
        {"session_to": "carol", "session_type": "hologram", "meta": []},
    ]}});
    answer("text", 200, &list.to_string().into());
    let page = device.ok("fetchConversationsFromServer", json!({"pageSize": 5})).await;
    restore();
    let names: Vec<&str> = page["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["conversationId"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["bob", "carol"]);
    assert_eq!(page["conversations"][0]["unreadCount"], 3);
}
