//! What the browser tests share: the real server that `cargo xtask test` started, users and messages on it,
//! and clients as JS sees them.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use gloo_timers::future::TimeoutFuture;
use roamkit as _;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// How long anything may take, ms.
const PATIENCE_MS: f64 = 15_000.0;

pub const APP_KEY: &str = match option_env!("ROAMKIT_TEST_APP_KEY") {
    Some(key) => key,
    None => "demo#chat",
};

/// The server's address; where there is none, one where nothing answers.
pub fn server() -> &'static str {
    option_env!("ROAMKIT_TEST_SERVER").unwrap_or("http://127.0.0.1:9")
}

fn base() -> String {
    format!("{}/{}", server(), APP_KEY.replace('#', "/"))
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch_text(url: &str, init: &JsValue) -> Result<js_sys::Promise, JsValue>;

    /// The class, as JS has it.
    #[wasm_bindgen(js_namespace = JSON, js_name = parse)]
    fn json_parse(text: &str) -> JsValue;
}

/// A JS value with that content.
pub fn js(value: &Value) -> JsValue {
    json_parse(&value.to_string())
}

/// The content of a JS value; `undefined` is `null`.
pub fn content(value: &JsValue) -> Value {
    js_sys::JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string())
        .map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

/// A name nobody else has.
pub fn fresh(prefix: &str) -> String {
    thread_local!(static COUNT: Cell<u32> = const { Cell::new(0) });
    let count = COUNT.with(|count| {
        count.set(count.get() + 1);
        count.get()
    });
    let random = (js_sys::Math::random() * 1e9) as u64;
    format!("{prefix}-{random:x}-{count}")
}

/// Waits until something holds.
pub async fn until(what: &str, holds: impl Fn() -> bool) {
    let start = js_sys::Date::now();
    while !holds() {
        assert!(js_sys::Date::now() - start < PATIENCE_MS, "waited in vain: {what}");
        TimeoutFuture::new(5).await;
    }
}

/// Waits until a call says that something holds.
pub async fn until_async(what: &str, holds: impl AsyncFn() -> bool) {
    let start = js_sys::Date::now();
    while !holds().await {
        assert!(js_sys::Date::now() - start < PATIENCE_MS, "waited in vain: {what}");
        TimeoutFuture::new(20).await;
    }
}

async fn request(method: &str, path: &str, body: &Value, token: Option<&str>) -> Value {
    let mut headers = json!({"Content-Type": "application/json"});
    if let Some(token) = token {
        headers["Authorization"] = format!("Bearer {token}").into();
    }
    let mut init = json!({"method": method, "headers": headers});
    if !body.is_null() {
        init["body"] = body.to_string().into();
    }
    let response = JsFuture::from(fetch_text(&format!("{}{path}", base()), &js(&init)).unwrap());
    let response: web_sys::Response = response.await.unwrap().unchecked_into();
    let text = JsFuture::from(response.text().unwrap()).await.unwrap().as_string().unwrap();
    assert!(response.ok(), "{method} {path}: {} {text}", response.status());
    serde_json::from_str(&text).unwrap()
}

/// The app's own access to the server.
#[derive(Clone)]
pub struct App {
    token: String,
}

impl App {
    /// `None`, with a word about it, where these tests run without a server (plain `wasm-pack test`).
    pub async fn new() -> Option<Self> {
        if option_env!("ROAMKIT_TEST_SERVER").is_none() {
            wasm_bindgen_test::console_log!(
                "skipped: needs a server; cargo xtask test --only browser has one"
            );
            return None;
        }
        let login = json!({
            "grant_type": "client_credentials",
            "client_id": option_env!("ROAMKIT_TEST_CLIENT_ID").unwrap_or_default(),
            "client_secret": option_env!("ROAMKIT_TEST_CLIENT_SECRET").unwrap_or_default(),
        });
        let answer = request("POST", "/token", &login, None).await;
        Some(Self { token: answer["access_token"].as_str().unwrap().into() })
    }

    pub async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        request(method, path, &body, Some(&self.token)).await
    }

    /// A new user, whose password is `pw`.
    pub async fn user(&self, prefix: &str) -> String {
        let name = fresh(prefix);
        self.call("POST", "/users", json!([{"username": name, "password": "pw"}])).await;
        name
    }

    pub async fn token_of(&self, user: &str) -> String {
        let login = json!({"grant_type": "password", "username": user, "password": "pw"});
        request("POST", "/token", &login, None).await["access_token"].as_str().unwrap().into()
    }

    pub async fn group(&self, owner: &str, members: &[&str]) -> String {
        let group = json!({"groupname": "g", "desc": "", "public": true, "maxusers": 200, "owner": owner,
                           "members": members});
        let answer = self.call("POST", "/chatgroups", group).await;
        match &answer["data"]["groupid"] {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        }
    }

    /// Sends a message of any kind and returns its id.
    pub async fn send(&self, from: &str, to: &str, kind: &str, body: Value, more: Value) -> String {
        self.send_by("/messages/users", from, to, kind, body, more).await
    }

    pub async fn send_to_group(&self, from: &str, group: &str, text: &str, more: Value) -> String {
        self.send_by("/messages/chatgroups", from, group, "txt", json!({"msg": text}), more).await
    }

    async fn send_by(
        &self,
        path: &str,
        from: &str,
        to: &str,
        kind: &str,
        body: Value,
        more: Value,
    ) -> String {
        let mut message = json!({"from": from, "to": [to], "type": kind, "body": body});
        if let Value::Object(more) = more {
            message.as_object_mut().unwrap().extend(more);
        }
        let answer = self.call("POST", path, message).await;
        match &answer["data"][to] {
            Value::String(id) => id.clone(),
            other => other.to_string(),
        }
    }

    pub async fn text(&self, from: &str, to: &str, text: &str) -> String {
        self.send(from, to, "txt", json!({"msg": text}), json!({})).await
    }

    /// Messages one second apart, oldest first; returns their ids. They begin an hour ago.
    pub async fn texts(&self, from: &str, to: &str, count: u64) -> Vec<String> {
        let start = js_sys::Date::now() as u64 - 3_600_000;
        let mut ids = Vec::new();
        for n in 0..count {
            let more = json!({"msg_timestamp": start + n * 1000});
            ids.push(self.send(from, to, "txt", json!({"msg": format!("message {n}")}), more).await);
        }
        ids
    }
}

/// How a call was refused.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub name: String,
    pub code: u32,
    pub reason: String,
    pub message: String,
}

impl Refusal {
    pub fn read(error: &JsValue) -> Self {
        let field = |name: &str| js_sys::Reflect::get(error, &name.into()).unwrap();
        Self {
            name: field("name").as_string().unwrap_or_default(),
            code: field("code").as_f64().unwrap_or_default() as u32,
            reason: field("reason").as_string().unwrap_or_default(),
            message: field("message").as_string().unwrap_or_default(),
        }
    }
}

/// Calls a method of a JS object; a method that throws is a promise that rejects.
pub fn start(object: &JsValue, method: &str, arguments: &[JsValue]) -> js_sys::Promise {
    let function: js_sys::Function = js_sys::Reflect::get(object, &method.into()).unwrap().unchecked_into();
    let list: js_sys::Array = arguments.iter().collect();
    match js_sys::Reflect::apply(&function, object, &list) {
        Ok(result) => js_sys::Promise::resolve(&result),
        Err(error) => js_sys::Promise::reject(&error),
    }
}

/// The same, and waits for its promise.
pub async fn call_raw(object: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    JsFuture::from(start(object, method, arguments)).await
}

/// `RoamClient.open`, as JS calls it.
pub async fn open_raw(options: &JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(roamkit::RoamClient::open(options)).await
}

/// A client of one device.
pub struct Device {
    pub client: JsValue,
    pub events: Rc<RefCell<Vec<(String, Value)>>>,
    _listeners: Vec<Closure<dyn FnMut(JsValue)>>,
}

impl Device {
    pub fn options(user: &str, device: &str) -> Value {
        json!({"appKey": APP_KEY, "user": user, "deviceId": device, "apiUrl": server(),
               "socketUrl": format!("{}/websocket", server().replacen("http", "ws", 1))})
    }

    /// Opened, not logged in.
    pub async fn open(user: &str, device: &str) -> Self {
        Self::open_with(&Self::options(user, device)).await
    }

    pub async fn open_with(options: &Value) -> Self {
        let client = open_raw(&js(options)).await.unwrap();
        let events = Rc::new(RefCell::new(Vec::new()));
        let names = [
            "messageRemoved",
            "conversationDeleted",
            "conversationRead",
            "messageReceived",
            "messagesChanged",
            "conversationsChanged",
            "connected",
            "disconnected",
            "tokenWillExpire",
            "tokenExpired",
            "error",
        ];
        let on: js_sys::Function = js_sys::Reflect::get(&client, &"on".into()).unwrap().unchecked_into();
        let mut listeners = Vec::new();
        for name in names {
            let to = events.clone();
            let listener = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
                let event =
                    if name == "error" { json!(Refusal::read(&event).message) } else { content(&event) };
                to.borrow_mut().push((name.to_owned(), event));
            });
            on.call2(&client, &name.into(), listener.as_ref()).unwrap();
            listeners.push(listener);
        }
        Self { client, events, _listeners: listeners }
    }

    /// Opened and logged in.
    pub async fn online(user: &str, device: &str) -> Self {
        let opened = Self::open(user, device).await;
        opened.call("login", json!({"password": "pw"})).await.unwrap();
        opened
    }

    pub async fn call(&self, method: &str, options: Value) -> Result<Value, Refusal> {
        let arguments = if options.is_null() { vec![] } else { vec![js(&options)] };
        match call_raw(&self.client, method, &arguments).await {
            Ok(value) => Ok(content(&value)),
            Err(error) => Err(Refusal::read(&error)),
        }
    }

    pub async fn ok(&self, method: &str, options: Value) -> Value {
        self.call(method, options).await.unwrap_or_else(|refusal| panic!("{method}: {refusal:?}"))
    }

    /// All events of a name so far.
    pub fn heard(&self, name: &str) -> Vec<Value> {
        let events = self.events.borrow();
        events.iter().filter(|(own, _)| own == name).map(|(_, event)| event.clone()).collect()
    }

    /// The ids of a conversation's messages, newest first, by the events `messagesChanged` alone.
    pub fn listed_ids(&self, conversation: &str) -> Vec<String> {
        let mut list: BTreeMap<String, u64> = BTreeMap::new();
        for event in self.heard("messagesChanged") {
            if event["conversationId"] != conversation {
                continue;
            }
            let time = |message: &Value| message["timestamp"].as_u64().unwrap();
            for (name, is_known) in [("added", false), ("updated", true)] {
                for message in event[name].as_array().unwrap() {
                    let before = list.insert(message["id"].as_str().unwrap().into(), time(message));
                    assert_eq!(before.is_some(), is_known, "{name} {message}");
                }
            }
            let until = event["removedUntil"].as_u64();
            let removed = event["removedIds"].as_array().unwrap();
            list.retain(|id, time| Some(*time) > until && !removed.contains(&json!(id)));
        }
        let mut ids: Vec<_> = list.into_iter().map(|(id, time)| (time, id)).collect();
        ids.sort_by(|one, other| other.cmp(one));
        ids.into_iter().map(|(_, id)| id).collect()
    }

    /// Waits for the first event of a name.
    pub async fn hear(&self, name: &str) -> Value {
        until(name, || !self.heard(name).is_empty()).await;
        self.heard(name).remove(0)
    }

    /// The ids of the newest messages of the local copy.
    pub async fn local_ids(&self, conversation: &str, conversation_type: &str) -> Vec<String> {
        let page = self
            .ok(
                "loadMessages",
                json!({"conversationId": conversation, "conversationType": conversation_type, "pageSize": 50}),
            )
            .await;
        ids(&page["messages"])
    }

    pub fn close(&self) {
        let close: js_sys::Function =
            js_sys::Reflect::get(&self.client, &"close".into()).unwrap().unchecked_into();
        close.call0(&self.client).unwrap();
    }
}

impl Drop for Device {
    /// The listeners go with the test: the client must not call them after.
    fn drop(&mut self) {
        self.close();
    }
}

/// The ids of a list of messages.
pub fn ids(messages: &Value) -> Vec<String> {
    messages.as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect()
}

/// From newest to oldest.
pub fn reversed(ids: &[String]) -> Vec<String> {
    ids.iter().rev().cloned().collect()
}
