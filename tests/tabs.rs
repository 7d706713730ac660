//! Several clients of one device in one page: locks and channels take them for tabs.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{App, Device, ids, until};
use gloo_timers::future::TimeoutFuture;
use serde_json::{Value, json};
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = r#"
// Every socket and channel of this page that is not closed.
const open = { sockets: new Set(), channels: new Set() };

globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    open.sockets.add(this);
    this.addEventListener("close", () => open.sockets.delete(this));
  }
  close(...args) {
    open.sockets.delete(this);
    super.close(...args);
  }
};

const Channel = globalThis.BroadcastChannel;
class Counted extends Channel {
  constructor(...args) {
    super(...args);
    open.channels.add(this);
  }
  close() {
    open.channels.delete(this);
    super.close();
  }
  postMessage(said) {
    if (held) held.push(() => super.postMessage(said));
    else super.postMessage(said);
  }
}
let held;
globalThis.BroadcastChannel = Counted;

export const sockets = () => open.sockets.size;
export const channels = () => open.channels.size;
// From now on nobody hears of what tabs say, until what comes back is called.
export const hold_words = () => {
  held = [];
  return () => {
    const words = held;
    held = undefined;
    for (const say of words) say();
  };
};
export const without_channels = (without) => {
  globalThis.BroadcastChannel = without ? undefined : Counted;
};

const mine = (locks, user) => locks.filter(({ name }) => name.includes(user)).map(({ name }) => name);

// The names of the locks that are held, and those that are waited for.
export async function locks(user) {
  const { held, pending } = await navigator.locks.query();
  return JSON.stringify({ held: mine(held, user), pending: mine(pending, user) });
}

// A tab that has the lock and answers nobody. What comes back lets it go.
export function hold(name, steal) {
  return new Promise((resolve) => {
    const held = () => new Promise((release) => resolve(release));
    navigator.locks.request(name, { steal }, held).catch(() => {});
  });
}

export function page(target, event) {
  (target === "document" ? document : window).dispatchEvent(new Event(event));
}
"#)]
extern "C" {
    fn sockets() -> u32;
    fn channels() -> u32;
    fn without_channels(without: bool);
    fn hold_words() -> js_sys::Function;
    fn locks(user: &str) -> js_sys::Promise;
    fn hold(name: &str, steal: bool) -> js_sys::Promise;
    fn page(target: &str, event: &str);
}

/// Undoes what a test did to the page, also when it fails.
struct Undo(js_sys::Function);

impl Drop for Undo {
    fn drop(&mut self) {
        drop(self.0.call0(&JsValue::UNDEFINED));
    }
}

fn with(peer: &str) -> Value {
    json!({"conversationId": peer, "conversationType": "singleChat"})
}

async fn locks_of(user: &str) -> Value {
    serde_json::from_str(&JsFuture::from(locks(user)).await.unwrap().as_string().unwrap()).unwrap()
}

/// Waits until nobody has a lock or waits for one: letting go takes the platform a moment.
async fn no_locks(user: &str) {
    let start = js_sys::Date::now();
    while locks_of(user).await != json!({"held": [], "pending": []}) {
        assert!(js_sys::Date::now() - start < 5_000.0, "{}", locks_of(user).await);
    }
}

async fn held_by(user: &str) -> String {
    locks_of(user).await["held"][0].as_str().unwrap().to_owned()
}

fn is_connected(device: &Device) -> bool {
    js_sys::Reflect::get(&device.client, &"isConnected".into()).unwrap().is_truthy()
}

/// The ids of the messages that a tab was told of.
fn told(tab: &Device) -> Vec<String> {
    tab.heard("messageReceived").iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// Each tab is told of exactly these, in their order.
async fn all_told(tabs: &[&Device], sent: &[String]) {
    for tab in tabs {
        until("messageReceived", || told(tab).len() >= sent.len()).await;
    }
    // What comes twice comes soon.
    TimeoutFuture::new(50).await;
    for tab in tabs {
        assert_eq!(told(tab), sent);
    }
}

#[wasm_bindgen_test]
async fn two_tabs_share_one_session() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d1").await;
    assert!(is_connected(&one) && is_connected(&two));
    assert_eq!(sockets(), 1);
    assert_eq!((one.heard("connected").len(), two.heard("connected").len()), (1, 1));
    let mut sent = vec![];
    for text in ["a", "b", "c"] {
        sent.push(app.text(&bob, &alice, text).await);
    }
    all_told(&[&one, &two], &sent).await;
    let elsewhere = Device::online(&alice, "d2").await;
    let what = json!({"conversationId": bob, "conversationType": "singleChat", "msgIdList": [sent[0]]});
    elsewhere.ok("removeMessagesFromServer", what).await;
    for tab in [&one, &two] {
        assert_eq!(tab.hear("messageRemoved").await["msgIdList"], json!([sent[0]]));
        assert_eq!(tab.heard("messageRemoved").len(), 1);
        assert_eq!(tab.local_ids(&bob, "singleChat").await, [sent[2].clone(), sent[1].clone()]);
        assert_eq!((tab.heard("disconnected").len(), tab.heard("error").len()), (0, 0));
    }
}

#[wasm_bindgen_test]
async fn what_one_tab_removes_the_other_no_longer_reads() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let sent = app.texts(&bob, &alice, 5).await;
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d1").await;
    for (doer, other, gone) in [(&one, &two, 4), (&two, &one, 3)] {
        doer.ok("fetchHistoryMessages", with(&bob)).await;
        doer.ok("fetchConversationsFromServer", Value::Null).await;
        assert_eq!(other.local_ids(&bob, "singleChat").await.len(), gone + 1);
        let before = other.heard("conversationsChanged").len();
        let what =
            json!({"conversationId": bob, "conversationType": "singleChat", "msgIdList": [sent[gone]]});
        doer.ok("removeMessagesFromServer", what).await;
        let left: Vec<String> = sent[..gone].iter().rev().cloned().collect();
        assert_eq!(other.local_ids(&bob, "singleChat").await, left);
        until("conversationsChanged", || other.heard("conversationsChanged").len() > before).await;
        assert_eq!(other.heard("messageRemoved"), [] as [Value; 0], "its own device did it");
    }
}

/// Waits until the lists of the tabs, which only hear events, have these messages. The local copy must have them, too.
async fn all_list(tabs: &[&Device], peer: &str, expected: &[&String]) {
    for (at, tab) in tabs.iter().enumerate() {
        let start = js_sys::Date::now();
        while !tab.listed_ids(peer).iter().eq(expected.iter().copied()) {
            let waited = js_sys::Date::now() - start;
            assert!(
                waited < 5_000.0,
                "{at}: {:?} is not {expected:?}: {:?}",
                tab.listed_ids(peer),
                tab.events.borrow()
            );
            TimeoutFuture::new(5).await;
        }
        assert!(tab.local_ids(peer, "singleChat").await.iter().eq(expected.iter().copied()));
    }
}

#[wasm_bindgen_test]
async fn a_list_stays_right_by_the_changes_of_its_messages_alone() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let old = app.texts(&bob, &alice, 4).await;
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d1").await;
    let elsewhere = Device::online(&alice, "d2").await;
    let tabs = [&one, &two];
    one.ok("fetchHistoryMessages", with(&bob)).await;
    all_list(&tabs, &bob, &[&old[3], &old[2], &old[1], &old[0]]).await;
    // Removed here, in either tab, and on another device.
    for (device, id) in [(&one, &old[0]), (&two, &old[1]), (&elsewhere, &old[2])] {
        let mut removal = with(&bob);
        removal["msgIdList"] = json!([id]);
        device.ok("removeMessagesFromServer", removal).await;
        if *id == old[1] {
            all_list(&tabs, &bob, &[&old[3], &old[2]]).await;
        }
    }
    all_list(&tabs, &bob, &[&old[3]]).await;
    let new = app.text(&bob, &alice, "new").await;
    let other = app.text(&bob, &alice, "other").await;
    all_list(&tabs, &bob, &[&other, &new, &old[3]]).await;
    app.call("POST", "/messages/msg_recall", json!({"msg_id": new, "to": alice, "from": bob, "force": true}))
        .await;
    all_list(&tabs, &bob, &[&other, &old[3]]).await;
    // A message that no queue brings: the backend writes in the user's name.
    let own = app.text(&alice, &bob, "own").await;
    two.ok("fetchHistoryMessages", with(&bob)).await;
    all_list(&tabs, &bob, &[&own, &other, &old[3]]).await;
    let time = one.ok("loadMessages", with(&bob)).await["messages"][2]["timestamp"].clone();
    let mut removal = with(&bob);
    removal["time"] = time;
    elsewhere.ok("removeMessagesFromServer", removal).await;
    all_list(&tabs, &bob, &[&own, &other]).await;
    let mut deletion = with(&bob);
    deletion["isDeleteServerMessages"] = json!(true);
    two.ok("deleteConversationFromServer", deletion).await;
    all_list(&tabs, &bob, &[]).await;
    let last = app.text(&bob, &alice, "last").await;
    all_list(&tabs, &bob, &[&last]).await;
    one.ok("deleteAllMessagesAndConversations", Value::Null).await;
    all_list(&tabs, &bob, &[]).await;
    for tab in tabs {
        assert_eq!((tab.heard("error").len(), tab.heard("disconnected").len()), (0, 0));
    }
}

#[wasm_bindgen_test]
async fn a_page_that_changes_the_list_is_told_to_all_tabs() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d1").await;
    app.text(&bob, &alice, "first").await;
    one.hear("messageReceived").await;
    two.hear("messageReceived").await;
    // No queue brings what the backend writes in the user's name.
    let own = app.text(&alice, &bob, "own").await;
    let before = [&one, &two].map(|tab| tab.heard("conversationsChanged").len());
    one.ok("fetchHistoryMessages", with(&bob)).await;
    for (tab, before) in [&one, &two].into_iter().zip(before) {
        until("conversationsChanged", || tab.heard("conversationsChanged").len() > before).await;
        until("messagesChanged", || tab.heard("messagesChanged").len() == 2).await;
        let list = tab.ok("loadAllConversations", Value::Null).await;
        assert_eq!(list[0]["lastMessage"]["id"], json!(own));
    }
    // A page that changes nothing.
    let before =
        [&one, &two].map(|tab| (tab.heard("conversationsChanged").len(), tab.heard("messagesChanged").len()));
    one.ok("fetchHistoryMessages", with(&bob)).await;
    TimeoutFuture::new(50).await;
    let after =
        [&one, &two].map(|tab| (tab.heard("conversationsChanged").len(), tab.heard("messagesChanged").len()));
    assert_eq!(after, before);
}

#[wasm_bindgen_test]
async fn nothing_that_a_tab_removed_is_told_to_it_afterwards() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d1").await;
    let mut sent = vec![app.text(&bob, &alice, "before").await];
    all_told(&[&one, &two], &sent).await;
    let held = Undo(hold_words());
    for text in ["a", "b"] {
        sent.push(app.text(&bob, &alice, text).await);
    }
    until("messageReceived", || told(&one).len() == 3).await;
    assert_eq!(told(&two), sent[..1], "nobody has told it yet");
    let what = json!({"conversationId": bob, "conversationType": "singleChat", "msgIdList": [sent[1]]});
    two.ok("removeMessagesFromServer", what).await;
    assert_eq!(told(&two), sent, "all that was there before is told by now");
    drop(held);
    sent.push(app.text(&bob, &alice, "after").await);
    all_told(&[&one, &two], &sent).await;
    let left = [sent[3].clone(), sent[2].clone(), sent[0].clone()];
    assert_eq!(two.local_ids(&bob, "singleChat").await, left);
}

#[wasm_bindgen_test]
async fn the_next_tab_takes_over_and_nobody_notices() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let mut tabs = Vec::new();
    for _ in 0..4 {
        tabs.push(Device::online(&alice, "d1").await);
    }
    let mut sent = Vec::new();
    for how in ["close", "logout", "close"] {
        sent.push(app.text(&bob, &alice, how).await);
        all_told(&tabs.iter().collect::<Vec<_>>(), &sent).await;
        let first = tabs.remove(0);
        if how == "close" {
            first.close();
        } else {
            first.ok("logout", Value::Null).await;
        }
        sent.push(app.text(&bob, &alice, "after").await);
        all_told(&tabs.iter().collect::<Vec<_>>(), &sent).await;
        assert_eq!(sockets(), 1);
        if how == "logout" {
            assert_eq!(told(&first).len(), sent.len() - 1, "who is logged out hears nothing");
        }
    }
    assert_eq!((tabs[0].heard("connected").len(), tabs[0].heard("disconnected").len()), (1, 0));
}

#[wasm_bindgen_test]
async fn a_token_is_renewed_for_all_tabs_and_its_end_told_once_in_each() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let login = json!({"grant_type": "password", "username": alice, "password": "pw", "ttl": 3});
    let token = app.call("POST", "/token", login).await["access_token"].as_str().unwrap().to_owned();
    let mut tabs = Vec::new();
    for _ in 0..3 {
        let tab = Device::open(&alice, "d1").await;
        tab.ok("login", json!({"token": token})).await;
        tabs.push(tab);
    }
    for tab in &tabs {
        tab.hear("tokenWillExpire").await;
    }
    // The session passes on: the next one knows of the warning.
    tabs.remove(0);
    for tab in &tabs {
        tab.hear("tokenExpired").await;
    }
    let refusal = tabs[0].call("fetchConversationsFromServer", Value::Null).await.unwrap_err();
    assert_eq!(refusal.code, 108, "{refusal:?}");
    let renewed = app.token_of(&alice).await;
    common::call_raw(&tabs[1].client, "renewToken", &[renewed.as_str().into()]).await.unwrap();
    for tab in &tabs {
        let start = js_sys::Date::now();
        while tab.call("fetchConversationsFromServer", Value::Null).await.is_err() {
            assert!(js_sys::Date::now() - start < 5_000.0, "the new token never came");
        }
        assert_eq!((tab.heard("tokenWillExpire").len(), tab.heard("tokenExpired").len()), (1, 1));
    }
}

#[wasm_bindgen_test]
async fn a_refused_token_harms_only_the_tab_that_has_it() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let bad = || async {
        let tab = Device::open(&alice, "d1").await;
        let refusal = tab.call("login", json!({"token": "nonsense"})).await.unwrap_err();
        assert!([104, 202].contains(&refusal.code), "{refusal:?}");
        assert_eq!(tab.heard("connected").len(), 0);
    };
    bad().await;
    let one = Device::online(&alice, "d1").await;
    bad().await;
    // Both at once, the bad one first.
    let two = Device::open(&alice, "d2").await;
    let other = Device::open(&alice, "d2").await;
    let (refused, well) = futures_util::future::join(
        two.call("login", json!({"token": "nonsense"})),
        other.call("login", json!({"token": app.token_of(&alice).await})),
    )
    .await;
    assert!(refused.is_err());
    well.unwrap();
    let sent = vec![app.text(&bob, &alice, "a").await];
    all_told(&[&one, &other], &sent).await;
}

#[wasm_bindgen_test]
async fn the_server_s_final_word_is_for_every_tab() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    let tabs = [Device::online(&alice, "d1").await, Device::online(&alice, "d1").await];
    app.call("DELETE", &format!("/users/{alice}"), Value::Null).await;
    for tab in &tabs {
        let event = tab.hear("disconnected").await;
        assert_eq!((&event["code"], &event["willReconnect"]), (&json!(207), &json!(false)));
        assert!(!is_connected(tab));
        assert_eq!(tab.call("fetchConversationsFromServer", Value::Null).await.unwrap_err().code, 201);
    }
    assert_eq!(sockets(), 0);
    no_locks(&alice).await;
}

#[wasm_bindgen_test]
async fn a_leader_that_answers_nobody_loses_the_lock() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let one = Device::online(&alice, "d1").await;
    let name = held_by(&alice).await;
    one.close();
    // A hung tab has it.
    let release: js_sys::Function = JsFuture::from(hold(&name, false)).await.unwrap().unchecked_into();
    let start = js_sys::Date::now();
    let two = Device::online(&alice, "d1").await;
    assert!(js_sys::Date::now() - start >= 2_000.0, "it waits for an answer first");
    // And a hung tab takes it from one that is well: that one stays a tab like others, and gets it back.
    drop(JsFuture::from(hold(&name, true)).await.unwrap());
    drop(release);
    until("the old session's end", || sockets() == 0).await;
    let three = Device::online(&alice, "d1").await;
    let sent = vec![app.text(&bob, &alice, "a").await];
    all_told(&[&two, &three], &sent).await;
    assert!(is_connected(&two) && is_connected(&three) && sockets() == 1);
}

#[wasm_bindgen_test]
async fn a_page_that_is_put_away_lets_go_and_comes_back() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let tabs = [Device::online(&alice, "d1").await, Device::online(&alice, "d1").await];
    let all: Vec<_> = tabs.iter().collect();
    let mut sent = Vec::new();
    for (target, away, back) in [("window", "pagehide", "pageshow"), ("document", "freeze", "resume")] {
        page(target, away);
        until("the sockets' end", || sockets() == 0).await;
        no_locks(&alice).await;
        assert_eq!(channels(), 0);
        sent.push(app.text(&bob, &alice, away).await);
        page(target, back);
        all_told(&all, &sent).await;
        sent.push(app.text(&bob, &alice, back).await);
        all_told(&all, &sent).await;
        assert_eq!(sockets(), 1);
    }
}

#[wasm_bindgen_test]
async fn without_channels_each_tab_has_its_own_session() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    without_channels(true);
    let one = Device::online(&alice, "d1").await;
    let two = Device::online(&alice, "d1").await;
    without_channels(false);
    assert_eq!(locks_of(&alice).await, json!({"held": [], "pending": []}));
    let sent = app.text(&bob, &alice, "a").await;
    // The server lets one of them stand at a time; the copy hears it once.
    until("the message", || !told(&one).is_empty() || !told(&two).is_empty()).await;
    for tab in [&one, &two] {
        assert_eq!(tab.local_ids(&bob, "singleChat").await, std::slice::from_ref(&sent));
    }
    assert_eq!(told(&one).len() + told(&two).len(), 1);
}

#[wasm_bindgen_test]
async fn tabs_that_go_leave_nothing_behind() {
    let Some(app) = App::new().await else { return };
    let alice = app.user("alice").await;
    for round in 0..10 {
        let mut tabs = Vec::new();
        for _ in 0..3 {
            tabs.push(Device::online(&alice, "d1").await);
        }
        for (at, tab) in tabs.iter().enumerate() {
            if (round + at) % 2 == 0 {
                tab.ok("logout", Value::Null).await;
            }
            tab.close();
        }
        // One that is ended while it logs in.
        let tab = Rc::new(Device::open(&alice, "d1").await);
        let done = Rc::new(Cell::new(None));
        let (logging_in, end) = (tab.clone(), done.clone());
        spawn_local(async move {
            end.set(Some(logging_in.call("login", json!({"password": "pw"})).await.is_ok()));
        });
        TimeoutFuture::new(round as u32 * 3).await;
        let before = done.get();
        tab.close();
        until("the end of the login", || done.get().is_some()).await;
        // A fast machine may have been done before.
        assert!(before.is_some() || done.get() == Some(false), "logged in after its end");
    }
    until("the sockets' end", || sockets() == 0).await;
    no_locks(&alice).await;
    assert_eq!(channels(), 0);
}

#[wasm_bindgen_test]
async fn a_tab_may_log_in_again_and_again() {
    let Some(app) = App::new().await else { return };
    let (alice, bob) = (app.user("alice").await, app.user("bob").await);
    let tabs = [Device::online(&alice, "d1").await, Device::online(&alice, "d1").await];
    let mut sent = Vec::new();
    for round in 0..4 {
        tabs[round % 2].ok("login", json!({"password": "pw"})).await;
        sent.push(app.text(&bob, &alice, "a").await);
        all_told(&[&tabs[0], &tabs[1]], &sent).await;
    }
    assert_eq!(sockets(), 1);
    assert_eq!(ids(&json!(tabs[0].heard("messageReceived"))), sent);
}
