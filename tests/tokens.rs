//! Tokens that end, the application's function `getToken`, and clocks that are set meanwhile. The server is real.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{App, Device, Refusal, call_raw, start, until};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
const Real = globalThis.WebSocket;
const sockets = [];
export function watch_sockets() {
    globalThis.WebSocket = class extends Real {
        constructor(...given) { super(...given); sockets.push(this); }
    };
}
export function lose_sockets() { for (const socket of sockets.splice(0)) socket.close(); }
"#)]
extern "C" {
    /// From now on, new sockets can be lost.
    fn watch_sockets();
    fn lose_sockets();
}

const HOUR: i64 = 3_600_000;

/// Sets the wall clock of the page; back again when it is dropped.
struct WallClock;

impl WallClock {
    fn ahead(ms: i64) -> Self {
        let code = format!("const real = Date.now; Date.now = () => real() + {ms}; Date.now.real = real;");
        js_sys::Function::new_no_args(&code).call0(&JsValue::NULL).unwrap();
        Self
    }
}

impl Drop for WallClock {
    fn drop(&mut self) {
        let _ = js_sys::Function::new_no_args("Date.now = Date.now.real;").call0(&JsValue::NULL);
    }
}

/// A new token of a user with this lifetime in seconds.
async fn token(app: &App, user: &str, seconds: u32) -> String {
    let login = json!({"grant_type": "password", "username": user, "password": "pw", "ttl": seconds});
    app.call("POST", "/token", login).await["access_token"].as_str().unwrap().into()
}

/// An application's function, and how often it was called. Each token has the next lifetime in seconds, the last one again and
/// again; 0 stands for a function that throws.
struct GetToken {
    function: Closure<dyn FnMut() -> Result<JsValue, JsValue>>,
    calls: Rc<Cell<usize>>,
}

impl GetToken {
    fn new(app: &App, user: &str, lifetimes: &'static [u32]) -> Self {
        let calls = Rc::new(Cell::new(0));
        let (app, user, counter) = (app.clone(), user.to_owned(), calls.clone());
        let function = Closure::new(move || {
            let call = counter.get();
            counter.set(call + 1);
            let seconds = lifetimes[call.min(lifetimes.len() - 1)];
            if seconds == 0 {
                return Err(js_sys::Error::new("the shop is closed").into());
            }
            let (app, user) = (app.clone(), user.clone());
            Ok(future_to_promise(async move { Ok(token(&app, &user, seconds).await.into()) }).into())
        });
        Self { function, calls }
    }

    fn options(&self) -> JsValue {
        let options = js_sys::Object::new();
        js_sys::Reflect::set(&options, &"getToken".into(), self.function.as_ref()).unwrap();
        options.into()
    }

    async fn login(&self, device: &Device) -> Result<JsValue, Refusal> {
        call_raw(&device.client, "login", &[self.options()]).await.map_err(|error| Refusal::read(&error))
    }
}

/// Does what applications without `getToken` do: renews the token at each event. Returns the number of renewals.
fn renew_at_each_event(app: &App, user: &str, seconds: u32, device: &Device) -> Rc<Cell<usize>> {
    let renewals = Rc::new(Cell::new(0));
    let on: js_sys::Function = js_sys::Reflect::get(&device.client, &"on".into()).unwrap().unchecked_into();
    for name in ["tokenWillExpire", "tokenExpired"] {
        let (app, user, client) = (app.clone(), user.to_owned(), device.client.clone());
        let counter = renewals.clone();
        let listener = Closure::<dyn FnMut()>::new(move || {
            counter.set(counter.get() + 1);
            let (app, user, client) = (app.clone(), user.clone(), client.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let renewed = token(&app, &user, seconds).await;
                let _ = call_raw(&client, "renewToken", &[renewed.into()]).await;
            });
        });
        on.call2(&device.client, &name.into(), &listener.into_js_value()).unwrap();
    }
    renewals
}

/// Runs the event loop for so long. The test waits for something that must not happen.
async fn pass(ms: u32) {
    gloo_timers::future::TimeoutFuture::new(ms).await;
}

#[wasm_bindgen_test]
async fn a_clock_that_is_set_during_a_session_renews_nothing() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let renewals = renew_at_each_event(&app, &alice, 3_600, &device);
    device.ok("login", json!({"token": token(&app, &alice, 3_600).await})).await;
    for ahead in [2 * HOUR, -2 * HOUR] {
        let _clock = WallClock::ahead(ahead);
        // The computer seems to have slept, which makes the session ask the server.
        device.ok("fetchConversationsFromServer", Value::Null).await;
        pass(1_500).await;
    }
    assert_eq!(renewals.get(), 0);
    assert_eq!(device.heard("disconnected"), [] as [Value; 0]);
}

#[wasm_bindgen_test]
async fn a_short_token_is_announced_once_and_in_time_whatever_the_clock_says() {
    let Some(app) = App::new().await else { return };
    for ahead in [-60_000, 0, 8 * HOUR] {
        let alice = app.user("alice").await;
        let _clock = WallClock::ahead(ahead);
        let device = Device::open(&alice, "d1").await;
        device.ok("login", json!({"token": token(&app, &alice, 3).await})).await;
        assert_eq!(device.heard("tokenWillExpire").len(), 0);
        device.hear("tokenWillExpire").await;
        assert_eq!(device.heard("tokenExpired").len(), 0);
        device.hear("tokenExpired").await;
        assert_eq!((device.heard("tokenWillExpire").len(), device.heard("tokenExpired").len()), (1, 1));
    }
}

#[wasm_bindgen_test]
async fn the_application_s_function_is_asked_once_for_each_token() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let source = GetToken::new(&app, &alice, &[7, 3_600]);
    source.login(&device).await.unwrap();
    assert_eq!(source.calls.get(), 1);
    device.hear("tokenWillExpire").await;
    until("another token is in use", || source.calls.get() == 2).await;
    // The first token ends, and the calls go on.
    pass(3_000).await;
    device.ok("fetchConversationsFromServer", Value::Null).await;
    assert_eq!((source.calls.get(), device.heard("tokenExpired").len()), (2, 0));
    assert_eq!(device.heard("error"), [] as [Value; 0]);
}

#[wasm_bindgen_test]
async fn a_failing_function_is_asked_again_later_and_each_failure_is_an_event() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let source = GetToken::new(&app, &alice, &[2, 0, 3_600]);
    source.login(&device).await.unwrap();
    until("a failure", || !device.heard("error").is_empty()).await;
    assert_eq!(device.heard("error"), [json!("getToken failed: the shop is closed")]);
    // The token has expired before the function is asked again, five seconds after the failure.
    until("another attempt", || source.calls.get() == 3).await;
    let begun = js_sys::Date::now();
    while device.call("fetchConversationsFromServer", Value::Null).await.is_err() {
        assert!(js_sys::Date::now() - begun < 5_000.0, "the new token never came");
    }
    assert_eq!((source.calls.get(), device.heard("error").len()), (3, 1));
}

#[wasm_bindgen_test]
async fn a_login_without_a_usable_token_is_refused() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let refusal = GetToken::new(&app, &alice, &[0]).login(&device).await.unwrap_err();
    assert_eq!((refusal.code, refusal.message.as_str()), (1, "getToken failed: the shop is closed"));
    for (code, body) in [(110, "return 5"), (104, "return ''"), (202, "return 'nonsense'")] {
        let options = js_sys::Object::new();
        let function = js_sys::Function::new_no_args(body);
        js_sys::Reflect::set(&options, &"getToken".into(), &function).unwrap();
        let refused = call_raw(&device.client, "login", &[options.into()]).await;
        let refusal = Refusal::read(&refused.unwrap_err());
        assert_eq!(refusal.code, code, "{body}: {refusal:?}");
    }
}

#[wasm_bindgen_test]
async fn a_session_that_ends_with_its_token_begins_again_with_another_one() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let source = GetToken::new(&app, &alice, &[3_600]);
    source.login(&device).await.unwrap();
    // Another device changes the password. That ends the session and its token.
    let path = format!("/users/{alice}/password");
    app.call("PUT", &path, json!({"newpassword": "pw"})).await;
    let event = device.hear("disconnected").await;
    assert_eq!((&event["code"], &event["willReconnect"]), (&json!(216), &json!(false)), "this is final");

    // A token that has expired when the session reconnects is not.
    watch_sockets();
    let source = GetToken::new(&app, &alice, &[1, 0, 3_600]);
    let device = Device::open(&alice, "d2").await;
    source.login(&device).await.unwrap();
    device.hear("tokenExpired").await;
    lose_sockets();
    let event = device.hear("disconnected").await;
    assert_eq!(event["willReconnect"], json!(true));
    until("the session is up again", || device.heard("connected").len() == 2).await;
    assert_eq!(source.calls.get(), 3);
    assert!(device.heard("disconnected").iter().all(|event| event["willReconnect"] == json!(true)));
    device.ok("fetchConversationsFromServer", Value::Null).await;
}

#[wasm_bindgen_test]
async fn logout_lets_the_function_go_while_it_is_asked() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let device = Device::open(&alice, "d1").await;
    let asked = Rc::new(RefCell::new(0));
    let counter = asked.clone();
    let function = Closure::<dyn FnMut() -> JsValue>::new(move || {
        *counter.borrow_mut() += 1;
        js_sys::Promise::new(&mut |_, _| {}).into()
    });
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"getToken".into(), function.as_ref()).unwrap();
    let login = start(&device.client, "login", &[options.into()]);
    until("the function is asked", || *asked.borrow() == 1).await;
    device.ok("logout", Value::Null).await;
    let refusal = Refusal::read(&JsFuture::from(login).await.unwrap_err());
    assert_eq!(refusal.code, 1, "{refusal:?}");
    // The client works on.
    device.ok("login", json!({"password": "pw"})).await;
}
