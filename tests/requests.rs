//! What becomes of requests: repeated, given up, aborted, sent to another host; and of the token in them. The server is
//! real; between it and the client stands a `fetch` that fails as it is told.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{APP_KEY, App, Device, Refusal, call_raw, ids, js, start, until};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
const real = globalThis.fetch;
let seen = [];
let goOn;
// Each request that concerns the plan takes the next step of it; after the last step all go through.
export function plan(path, steps) {
    const left = JSON.parse(steps);
    seen = [];
    globalThis.fetch = async (input, init) => {
        // The tests' own requests come as an address, and may concern the plan, too.
        const request = input instanceof Request ? input : new Request(input, init);
        if (!request.url.includes(path)) return real(request);
        const entry = { url: request.url, at: Date.now(), aborted: false };
        seen.push(entry);
        request.signal.addEventListener("abort", () => { entry.aborted = true; });
        const step = left.shift();
        if (!step) return real(request);
        if (step.lost) await (await real(request)).text();
        if (step.lost || step.reject) throw new TypeError("Failed to fetch");
        if (step.hang) return new Promise((_, reject) => {
            request.signal.addEventListener("abort", () => reject(request.signal.reason));
        });
        if (step.late) {
            const answer = await real(request);
            await new Promise((resolve) => { goOn = resolve; });
            return answer;
        }
        if (step.held) await new Promise((resolve) => { goOn = resolve; });
        if (step.date) step.headers = { "Retry-After": new Date(Date.now() + step.date).toUTCString() };
        return new Response(step.text ?? "{}", { status: step.status, headers: step.headers });
    };
}
export function requests() { return JSON.stringify(seen); }
export function restore() { globalThis.fetch = real; }
// Lets an answer go that is held.
export function release() { goOn(); goOn = undefined; }
export const is_held = () => goOn !== undefined;

// Bytes are the texts of messages and conversations.
function readable(value) {
    if (value instanceof Uint8Array) return new TextDecoder().decode(value);
    return typeof value === "bigint" || ArrayBuffer.isView(value) ? String(value) : value;
}
export async function databases() {
    const texts = [];
    for (const { name } of await indexedDB.databases()) {
        const db = await new Promise((resolve, reject) => {
            const open = indexedDB.open(name);
            open.onsuccess = () => resolve(open.result);
            open.onerror = () => reject(open.error);
        });
        for (const store of db.objectStoreNames) {
            const tx = db.transaction(store).objectStore(store);
            for (const all of [tx.getAll(), tx.getAllKeys()]) {
                await new Promise((resolve) => { all.onsuccess = resolve; });
                texts.push(JSON.stringify([name, store, all.result], (_, value) => readable(value)));
            }
        }
        db.close();
    }
    return texts.join("\n");
}
const said = [];
export function listen() {
    for (const level of ["log", "info", "warn", "error", "debug"]) {
        const own = console[level];
        console[level] = (...words) => { said.push(words.map(String).join(" ")); own.apply(console, words); };
    }
}
export function console_said() { return said.join("\n"); }
"#)]
extern "C" {
    fn plan(path: &str, steps: &str);
    fn requests() -> String;
    fn restore();
    fn release();
    fn is_held() -> bool;
    #[wasm_bindgen(catch)]
    async fn databases() -> Result<JsValue, JsValue>;
    fn listen();
    fn console_said() -> String;
}

/// What the requests of the plan were.
fn sent() -> Vec<Value> {
    serde_json::from_str(&requests()).unwrap()
}

fn with(peer: &str) -> Value {
    json!({"conversationId": peer, "conversationType": "singleChat"})
}

/// Alice's device, and five messages from bob.
async fn world(timeout: u32) -> Option<(App, Device, String, Vec<String>)> {
    restore();
    let app = App::new().await?;
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 5).await;
    let mut options = Device::options(&alice, "d1");
    options["requestTimeoutMs"] = json!(timeout);
    let device = Device::open_with(&options).await;
    device.ok("login", json!({"password": "pw"})).await;
    Some((app, device, bob, sent))
}

async fn server_ids(device: &Device, bob: &str) -> Vec<String> {
    ids(&device.ok("fetchHistoryMessages", with(bob)).await["messages"])
}

#[wasm_bindgen_test]
async fn what_fails_for_a_moment_is_repeated() {
    let Some((_, device, bob, ids)) = world(30_000).await else { return };
    for step in
        [json!({"reject": true}), json!({"status": 503}), json!({"status": 502}), json!({"status": 504})]
    {
        plan("messageroaming", &json!([step, step]).to_string());
        assert_eq!(server_ids(&device, &bob).await.len(), ids.len());
        assert_eq!(sent().len(), 3);
    }
    for status in [400, 403, 500] {
        plan("messageroaming", &json!([{"status": status}]).to_string());
        device.call("fetchHistoryMessages", with(&bob)).await.unwrap_err();
        assert_eq!(sent().len(), 1, "{status}");
    }
    restore();
}

#[wasm_bindgen_test]
async fn a_server_that_asks_to_be_left_alone_is() {
    let Some((_, device, bob, ids)) = world(5_000).await else { return };
    for (step, least) in [
        (json!({"status": 429, "headers": {"Retry-After": "1"}}), 1_000.0),
        // A date has no milliseconds.
        (json!({"status": 503, "date": 2_500}), 1_400.0),
    ] {
        plan("messageroaming", &json!([step]).to_string());
        assert_eq!(server_ids(&device, &bob).await.len(), ids.len());
        let sent = sent();
        let waited = sent[1]["at"].as_f64().unwrap() - sent[0]["at"].as_f64().unwrap();
        assert!(waited >= least, "{waited} {step}");
    }
    for (status, code) in [(429, 4), (503, 302)] {
        plan("messageroaming", &json!([{"status": status, "headers": {"Retry-After": "120"}}]).to_string());
        let refusal = device.call("fetchHistoryMessages", with(&bob)).await.unwrap_err();
        assert_eq!((refusal.code, sent().len()), (code, 1), "{refusal:?}");
        assert!(refusal.message.contains("120 s"), "{refusal:?}");
    }
    restore();
}

#[wasm_bindgen_test]
async fn a_removal_whose_answer_was_lost_is_repeated_and_certain() {
    let Some((_, device, bob, ids)) = world(30_000).await else { return };
    device.ok("fetchHistoryMessages", with(&bob)).await;
    for lost in [json!({"lost": true}), json!({"status": 503})] {
        plan("/sdk/message/roaming", &json!([lost, lost]).to_string());
        let id = if lost["lost"] == true { &ids[0] } else { &ids[1] };
        let mut removal = with(&bob);
        removal["msgIdList"] = json!([id]);
        device.ok("removeMessagesFromServer", removal).await;
        assert_eq!(sent().len(), 3);
        restore();
        assert!(!device.local_ids(&bob, "singleChat").await.contains(id));
        assert!(!server_ids(&device, &bob).await.contains(id));
    }
    // What ends uncertain says so, and the copy finds out.
    plan(
        "/sdk/message/roaming",
        &json!([{"lost": true}, {"lost": true}, {"lost": true}, {"lost": true}]).to_string(),
    );
    let mut removal = with(&bob);
    removal["msgIdList"] = json!([ids[2]]);
    let refusal = device.call("removeMessagesFromServer", removal.clone()).await.unwrap_err();
    assert_eq!((refusal.code, sent().len()), (2, 4));
    assert!(refusal.message.contains("may or may not have been done"), "{refusal:?}");
    let gone = std::cell::Cell::new(false);
    for _ in 0..200 {
        gone.set(!device.local_ids(&bob, "singleChat").await.contains(&ids[2]));
        if gone.get() {
            break;
        }
        gloo_timers::future::TimeoutFuture::new(20).await;
    }
    assert!(gone.get(), "the copy was not compared");
    // One that was refused for sure does not say that.
    removal["msgIdList"] = json!([ids[3]]);
    plan("/sdk/message/roaming", &json!([{"status": 403}]).to_string());
    let refusal = device.call("removeMessagesFromServer", removal.clone()).await.unwrap_err();
    assert!(!refusal.message.contains("may or may not"), "{refusal:?}");
    // But one that was refused only when it was repeated does.
    plan("/sdk/message/roaming", &json!([{"lost": true}, {"status": 403}]).to_string());
    let refusal = device.call("removeMessagesFromServer", removal).await.unwrap_err();
    assert_eq!(refusal.code, 210);
    assert!(refusal.message.contains("may or may not"), "{refusal:?}");
    restore();
}

#[wasm_bindgen_test]
async fn a_deletion_is_not_repeated_lest_it_deletes_what_came_in_between() {
    let Some((_, device, bob, _)) = world(30_000).await else { return };
    device.ok("fetchConversationsFromServer", Value::Null).await;
    // The comparison of the list in the background is no request of the deletion.
    plan("/user_channel?", &json!([{"lost": true}]).to_string());
    let mut deletion = with(&bob);
    deletion["isDeleteServerMessages"] = json!(true);
    let refusal = device.call("deleteConversationFromServer", deletion.clone()).await.unwrap_err();
    assert_eq!(sent().len(), 1);
    assert!(refusal.message.contains("may or may not"), "{refusal:?}");
    // Turned away before anything was done: once more harms nothing.
    plan("/user_channel?", &json!([{"status": 429}]).to_string());
    device.ok("deleteConversationFromServer", deletion).await;
    assert_eq!(sent().len(), 2, "{:?}", sent());
    restore();
}

#[wasm_bindgen_test]
async fn an_aborted_call_stops_its_fetch_and_its_repeats_and_writes_nothing() {
    let Some((_, device, bob, _)) = world(30_000).await else { return };
    for step in [json!({"hang": true}), json!({"status": 503, "headers": {"Retry-After": "20"}})] {
        plan("messageroaming", &json!([step]).to_string());
        let controller = web_sys::AbortController::new().unwrap();
        let options = js(&with(&bob));
        js_sys::Reflect::set(&options, &"signal".into(), &controller.signal()).unwrap();
        let call = start(&device.client, "fetchHistoryMessages", &[options]);
        until("the request", || !sent().is_empty()).await;
        gloo_timers::future::TimeoutFuture::new(20).await;
        let before = js_sys::Date::now();
        controller.abort();
        let error = JsFuture::from(call).await.unwrap_err();
        assert_eq!(Refusal::read(&error).name, "AbortError");
        assert!(js_sys::Date::now() - before < 5_000.0);
        let sent = sent();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0]["aborted"], step["hang"] == true);
        assert_eq!(device.local_ids(&bob, "singleChat").await, [] as [String; 0]);
    }
    restore();
}

#[wasm_bindgen_test]
async fn logout_and_close_end_what_is_under_way() {
    restore();
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    for end in ["logout", "close"] {
        for step in [json!({"hang": true}), json!({"status": 503, "headers": {"Retry-After": "20"}})] {
            let device = Device::online(&alice, "d1").await;
            plan("messageroaming", &json!([step]).to_string());
            let call = start(&device.client, "fetchHistoryMessages", &[js(&with(&bob))]);
            until("the request", || !sent().is_empty()).await;
            gloo_timers::future::TimeoutFuture::new(20).await;
            let before = js_sys::Date::now();
            if end == "logout" {
                device.ok("logout", Value::Null).await;
            } else {
                device.close();
            }
            let error = Refusal::read(&JsFuture::from(call).await.unwrap_err());
            assert_eq!(error.code, 1, "{error:?}");
            assert!(js_sys::Date::now() - before < 5_000.0);
            let sent = sent();
            assert_eq!(sent.len(), 1);
            assert_eq!(sent[0]["aborted"], step["hang"] == true);
            restore();
        }
    }
}

#[wasm_bindgen_test]
async fn a_refused_token_is_each_call_s_error_and_one_event() {
    let Some((app, device, bob, _)) = world(30_000).await else { return };
    let refused =
        json!({"status": 401, "text": "{\"error_description\":\"token expired\",\"error_code\":40001}"});
    plan("messageroaming", &json!([refused, refused, refused, refused]).to_string());
    for _ in 0..3 {
        assert_eq!(device.call("fetchHistoryMessages", with(&bob)).await.unwrap_err().code, 108);
    }
    assert_eq!(device.heard("tokenExpired").len(), 1);
    let user = js_sys::Reflect::get(&device.client, &"user".into()).unwrap().as_string().unwrap();
    let renewed = app.token_of(&user).await;
    call_raw(&device.client, "renewToken", &[renewed.as_str().into()]).await.unwrap();
    device.call("fetchHistoryMessages", with(&bob)).await.unwrap_err();
    assert_eq!(device.heard("tokenExpired").len(), 2);
    device.ok("fetchHistoryMessages", with(&bob)).await;
    let refused =
        json!({"status": 401, "text": "{\"error_description\":\"Unable to authenticate (OAuth)\"}"});
    plan("messageroaming", &json!([refused]).to_string());
    assert_eq!(device.call("fetchHistoryMessages", with(&bob)).await.unwrap_err().code, 104);
    assert_eq!(device.heard("tokenExpired").len(), 2);
    assert_eq!(device.heard("disconnected"), [] as [Value; 0]);
    restore();
}

#[wasm_bindgen_test]
async fn a_token_whose_login_ended_while_the_server_looked_at_it_is_not_taken() {
    let Some((app, device, ..)) = world(30_000).await else { return };
    let good = json!([{"held": true, "status": 200, "text": "{\"expire_timestamp\": 4000000000000}"}]);
    plan("token/expires", &good.to_string());
    let renewing = start(&device.client, "renewToken", &["another-token".into()]);
    until("the server is asked about the token", || !sent().is_empty()).await;
    let user = js_sys::Reflect::get(&device.client, &"user".into()).unwrap().as_string().unwrap();
    app.call("DELETE", &format!("/users/{user}"), Value::Null).await;
    device.hear("disconnected").await;
    release();
    let refused = JsFuture::from(renewing).await.unwrap_err();
    assert_eq!(Refusal::read(&refused).code, 201);
    restore();
}

#[wasm_bindgen_test]
async fn the_token_stands_in_no_url_no_database_and_no_word_on_the_console() {
    restore();
    let Some(app) = App::new().await else { return };
    listen();
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent_ids = app.texts(&bob, &alice, 3).await;
    let (token, renewed) = (app.token_of(&alice).await, app.token_of(&alice).await);
    plan("", "[]");
    let device = Device::open(&alice, "d1").await;
    device.ok("login", json!({"token": token})).await;
    device.ok("fetchConversationsFromServer", Value::Null).await;
    call_raw(&device.client, "renewToken", &[renewed.as_str().into()]).await.unwrap();
    device.ok("fetchHistoryMessages", with(&bob)).await;
    let mut removal = with(&bob);
    removal["msgIdList"] = json!([sent_ids[0]]);
    device.ok("removeMessagesFromServer", removal).await;
    device.call("login", json!({"token": format!("{token}x")})).await.unwrap_err();
    device.ok("login", json!({"token": renewed})).await;
    app.text(&bob, &alice, "live").await;
    device.hear("messageReceived").await;
    let urls = requests();
    restore();
    let kept = databases().await.unwrap().as_string().unwrap();
    assert!(urls.contains("messageroaming") && kept.contains("live") && kept.contains(&sent_ids[1]));
    for token in [token, renewed] {
        assert!(token.len() > 10);
        for (place, text) in [("a URL", &urls), ("a database", &kept), ("the console", &console_said())] {
            assert!(!text.contains(&token), "the token stands in {place}");
        }
        for event in device.events.borrow().iter() {
            assert!(!event.1.to_string().contains(&token), "the token stands in {event:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn hosts_are_found_by_the_service_s_list_and_the_next_one_takes_over() {
    restore();
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.texts(&bob, &alice, 3).await;
    let port: u16 = common::server().rsplit(':').next().unwrap().parse().unwrap();
    let host = |port: u16| json!({"protocol": "http", "domain": "127.0.0.1", "port": port});
    let hosts = json!({"hosts": [{"protocol": "gopher", "domain": "x"}, host(9), host(port)]});
    let list = json!({"rest": hosts, "msync-wx": hosts}).to_string();
    let mut options = Device::options(&alice, "d1");
    options.as_object_mut().unwrap().retain(|name, _| !name.ends_with("Url"));
    let device = Device::open_with(&options).await;
    // Nothing answers for the list: its own error.
    let down = json!({"status": 404});
    plan("rs.easemob.com", &json!([down]).to_string());
    let refusal = device.call("login", json!({"password": "pw"})).await.unwrap_err();
    assert_eq!(refusal.code, 304, "{refusal:?}");
    plan("rs.easemob.com", &json!([{"status": 200, "text": list}]).to_string());
    device.ok("login", json!({"password": "pw"})).await;
    let sent = sent();
    assert_eq!(sent.len(), 1);
    let asked = format!("app_key={}", String::from(js_sys::encode_uri_component(APP_KEY)));
    assert!(sent[0]["url"].as_str().unwrap().ends_with(&asked), "{sent:?}");
    // The good host is asked first from now on, and the list no more.
    plan("", "[]");
    device.ok("fetchHistoryMessages", with(&bob)).await;
    device.ok("logout", Value::Null).await;
    device.ok("login", json!({"token": app.token_of(&alice).await})).await;
    device.ok("fetchHistoryMessages", with(&bob)).await;
    for request in self::sent() {
        assert!(request["url"].as_str().unwrap().starts_with(common::server()), "{request}");
    }
    restore();
}

#[wasm_bindgen_test]
async fn a_copy_that_is_compared_as_a_whole_sends_a_few_requests_a_second() {
    restore();
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::online(&alice, "d1").await;
    let mut peers = Vec::new();
    for _ in 0..16 {
        let peer = app.user("peer").await;
        app.text(&peer, &alice, "hello").await;
        peers.push(peer);
    }
    device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    for peer in &peers {
        device.ok("fetchHistoryMessages", with(peer)).await;
    }
    drop(device);
    plan("messageroaming", "[]");
    // The device was away for too long, so every conversation is compared.
    let day = 86_400_000;
    let code = format!("const real = Date.now; Date.now = () => real() + {}; Date.now.real = real;", 8 * day);
    js_sys::Function::new_no_args(&code).call0(&JsValue::NULL).unwrap();
    let device = Device::online(&alice, "d1").await;
    until("all conversations are requested", || sent().len() >= peers.len()).await;
    js_sys::Function::new_no_args("Date.now = Date.now.real;").call0(&JsValue::NULL).unwrap();
    let times: Vec<_> = sent().iter().map(|request| request["at"].as_f64().unwrap()).collect();
    restore();
    drop(device);
    for first in &times {
        let within = times.iter().filter(|at| (*first..first + 1_000.0).contains(*at)).count();
        // Four at once, four in the second after that, and one for the rounding of timers.
        assert!(within <= 9, "{within} requests in one second: {times:?}");
    }
}

#[wasm_bindgen_test]
async fn a_list_does_not_show_a_message_that_is_removed_while_it_is_on_its_way() {
    let Some((_app, device, bob, sent)) = world(10_000).await else { return };
    device.ok("fetchHistoryMessages", with(&bob)).await;
    for options in [json!({"pageSize": 5}), Value::Null] {
        let newest = device.local_ids(&bob, "singleChat").await[0].clone();
        plan("user_channels", r#"[{"late": true}]"#);
        let arguments = if options.is_null() { vec![] } else { vec![js(&options)] };
        let list = start(&device.client, "fetchConversationsFromServer", &arguments);
        until("the list is on its way", is_held).await;
        let mut removal = with(&bob);
        removal["msgIdList"] = json!([newest]);
        device.ok("removeMessagesFromServer", removal).await;
        release();
        let list = common::content(&JsFuture::from(list).await.unwrap());
        let left = device.local_ids(&bob, "singleChat").await[0].clone();
        assert!(left != newest && sent.contains(&left));
        assert_eq!(list["conversations"][0]["lastMessage"]["id"], json!(left), "{options}");
        let local = device.ok("loadAllConversations", Value::Null).await;
        assert_eq!(local[0]["lastMessage"]["id"], json!(left));
    }
    restore();
}

#[wasm_bindgen_test]
async fn a_login_that_gets_its_token_late_does_not_end_a_newer_one() {
    let Some((app, device, _, _)) = world(10_000).await else { return };
    let user = js_sys::Reflect::get(&device.client, &"user".into()).unwrap().as_string().unwrap();
    let token = app.token_of(&user).await;
    device.ok("logout", Value::Null).await;
    for newer in ["login", "logout"] {
        plan("/token", r#"[{"late": true}]"#);
        let late = start(&device.client, "login", &[js(&json!({"password": "pw"}))]);
        until("the token is on its way", is_held).await;
        let connected = device.heard("connected").len();
        if newer == "login" {
            device.ok("login", json!({"token": token})).await;
            assert_eq!(device.heard("connected").len(), connected + 1);
        } else {
            device.ok("logout", Value::Null).await;
        }
        release();
        let refusal = Refusal::read(&JsFuture::from(late).await.unwrap_err());
        assert!(newer == "logout" || refusal.code == 1, "{refusal:?}");
        restore();
        let is_connected = js_sys::Reflect::get(&device.client, &"isConnected".into()).unwrap().is_truthy();
        assert_eq!(is_connected, newer == "login");
        assert_eq!(device.heard("disconnected").len(), 0);
        device.ok("logout", Value::Null).await;
    }
}

#[wasm_bindgen_test]
async fn a_wiped_copy_leaves_no_row() {
    restore();
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    app.texts(&bob, &alice, 3).await;
    let mut options = Device::options(&alice, "");
    options.as_object_mut().unwrap().remove("deviceId");
    let device = Device::open_with(&options).await;
    device.ok("login", json!({"password": "pw"})).await;
    device.ok("fetchHistoryMessages", with(&bob)).await;
    device.ok("fetchConversationsFromServer", Value::Null).await;
    let rows = || async { databases().await.unwrap().as_string().unwrap() };
    assert!(rows().await.contains(&alice) && rows().await.contains(&bob));
    // Pages that are being saved leave nothing, either.
    let fetch = start(&device.client, "fetchHistoryMessages", &[js(&with(&bob))]);
    device.ok("logout", json!({"wipe": true})).await;
    drop(JsFuture::from(fetch).await);
    let left = rows().await;
    assert!(!left.contains(&alice) && !left.contains(&bob), "{left}");
    let id = |device: &Device| {
        js_sys::Reflect::get(&device.client, &"deviceId".into()).unwrap().as_string().unwrap()
    };
    assert_ne!(id(&Device::open_with(&options).await), id(&device), "the next copy is another device");
}
