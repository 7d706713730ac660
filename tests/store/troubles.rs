//! A database that is deleted, blocked, damaged, too new, too old, or missing.

use super::*;
use roamkit::store::Comparison;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = r#"
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const put = (tx, store, key, value) => tx.objectStore(store).put(value, key);

// A database of the first version, with a conversation of three messages, others that are only listed, a removal and
// a queue.
export async function first_version(name, message) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const store of ["conversations", "directories", "blocks", "removals", "queues"]) {
      request.result.createObjectStore(store);
    }
  };
  const db = await done(request);
  const tx = db.transaction([...db.objectStoreNames], "readwrite");
  const messages = [1, 2, 3].map((n) => ({ ...message, id: String(n), timestamp: 1000 + n }));
  const last = messages[2];
  put(tx, "conversations", "singleChat:bob", {
    conversation: { conversationId: "bob", conversationType: "singleChat", lastMessage: last, unreadCount: 2,
                    isPinned: false, pinnedTime: 0, marks: [] },
    pinned: 0, time: 1003, id: "3".padStart(20, "0"),
  });
  for (let n = 0; n < 100; n += 1) {
    put(tx, "conversations", `groupChat:${n}`, {
      conversation: { conversationId: `${n}`, conversationType: "groupChat", unreadCount: n,
                      isPinned: true, pinnedTime: 1 + n, marks: [`mark_${n}`] },
      pinned: 1 + n, time: 0, id: "",
    });
  }
  put(tx, "conversations", "groupChat:damaged", { pinned: 0, time: 0, id: "" });
  put(tx, "directories", "singleChat:bob", {
    spans: BigUint64Array.of(1001n, 1n, 1003n, 3n, 1n, 3n, 3n), edges: Uint8Array.of(1, 1),
  });
  put(tx, "blocks", ["singleChat:bob", 1001, "1".padStart(20, "0")], {
    ids: BigUint64Array.of(1n, 2n, 3n), times: Float64Array.of(1001, 1002, 1003), joins: Uint8Array.of(1, 1), messages,
  });
  put(tx, "removals", "singleChat:bob", {
    ids: BigUint64Array.of(9n), noted: Float64Array.of(Date.now()), until: 900, gone: undefined,
  });
  put(tx, "queues", "bob@x", { position: 7n, seen: BigUint64Array.of(5n) });
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  db.close();
}

// A tab that keeps a database open. The returned function closes it.
export async function hold(name, version) {
  const db = await done(indexedDB.open(name, version));
  db.onversionchange = () => {};
  return () => db.close();
}

export async function remove(name) {
  await done(indexedDB.deleteDatabase(name));
}

// Replaces the content of all records.
export async function damage(name, store) {
  const db = await done(indexedDB.open(name));
  const tx = db.transaction(store, "readwrite");
  const keys = await done(tx.objectStore(store).getAllKeys());
  for (const key of keys) tx.objectStore(store).put({ nothing: "of use" }, key);
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  db.close();
}

// Makes the next transactions fail to begin, as in a browser whose database process died.
export function break_transactions(times, name, message) {
  const own = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...rest) {
    if (times-- > 0) throw new DOMException(message, name);
    IDBDatabase.prototype.transaction = own;
    return own.apply(this, rest);
  };
  return () => { IDBDatabase.prototype.transaction = own; };
}

// Aborts the next transactions that write, after their first record and before they commit.
export function abort_writes(times) {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...rest) {
    const request = put.apply(this, rest);
    if (times-- > 0) this.transaction.abort();
    return request;
  };
  return () => Object.assign(IDBObjectStore.prototype, { put });
}

// Makes every `put` fail for lack of space, until a store is cleared.
export function fill_up() {
  const { put, clear } = IDBObjectStore.prototype;
  let full = true;
  IDBObjectStore.prototype.put = function (...rest) {
    if (full) throw new DOMException("no room", "QuotaExceededError");
    return put.apply(this, rest);
  };
  IDBObjectStore.prototype.clear = function () { full = false; return clear.call(this); };
  return () => Object.assign(IDBObjectStore.prototype, { put, clear });
}

// Makes every `put` fail.
export function refuse_puts() {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = () => { throw new DOMException("no room", "QuotaExceededError"); };
  return () => Object.assign(IDBObjectStore.prototype, { put });
}

// A browser without a database.
export function without_database() {
  const own = Object.getOwnPropertyDescriptor(globalThis, "indexedDB")
    ?? Object.getOwnPropertyDescriptor(Object.getPrototypeOf(globalThis), "indexedDB");
  Object.defineProperty(globalThis, "indexedDB", {
    configurable: true, get() { throw new DOMException("not here", "SecurityError"); },
  });
  return () => {
    delete globalThis.indexedDB;
    if (!("indexedDB" in globalThis)) Object.defineProperty(globalThis, "indexedDB", own);
  };
}

// The page becomes visible.
export function show_page() {
  document.dispatchEvent(new Event("visibilitychange"));
}
"#)]
extern "C" {
    fn first_version(name: &str, message: &JsValue) -> js_sys::Promise;
    fn hold(name: &str, version: u32) -> js_sys::Promise;
    fn remove(name: &str) -> js_sys::Promise;
    fn damage(name: &str, store: &str) -> js_sys::Promise;
    fn break_transactions(times: u32, name: &str, message: &str) -> js_sys::Function;
    fn abort_writes(times: u32) -> js_sys::Function;
    fn fill_up() -> js_sys::Function;
    fn refuse_puts() -> js_sys::Function;
    fn without_database() -> js_sys::Function;
    fn show_page();
}

/// The name of a user's database.
pub fn name(user: &str) -> String {
    format!("roamkit/org#app/{user}/device")
}

pub fn user(test: &str) -> String {
    format!("{test}-{}", js_sys::Math::random())
}

pub fn open(user: &str) -> Store {
    Store::open("org#app", user, "device")
}

/// The errors that a copy reports.
pub fn reported_errors(store: &Store) -> Rc<RefCell<Vec<String>>> {
    let errors = Rc::new(RefCell::new(Vec::new()));
    let to = errors.clone();
    store.on_fault(move |error| to.borrow_mut().push(error.message.clone()));
    errors
}

/// Restores the browser at the end of a test, even of one that fails.
struct Undo(js_sys::Function);

impl Drop for Undo {
    fn drop(&mut self) {
        drop(self.0.call0(&JsValue::UNDEFINED));
    }
}

async fn undo(promise: js_sys::Promise) -> Undo {
    Undo(JsFuture::from(promise).await.unwrap().unchecked_into())
}

#[wasm_bindgen_test]
async fn a_copy_of_the_first_version_is_upgraded() {
    let user = user("v1");
    let plain = serde_wasm_bindgen::to_value(&message(1)).unwrap();
    let plain = js_sys::JSON::parse(&js_sys::JSON::stringify(&plain).unwrap().as_string().unwrap()).unwrap();
    JsFuture::from(first_version(&name(&user), &plain)).await.unwrap();
    let store = open(&user);
    assert_eq!(read_ids(&store, None, Up).await, (vec![3, 2, 1], true, true));
    let groups = (0..100).rev().map(|n: u32| n.to_string());
    assert_eq!(listed_names(&store).await, groups.chain(["bob".to_owned()]).collect::<Vec<_>>());
    assert_eq!(last_id(&store).await.as_deref(), Some("3"));
    let group = ConversationId::new(ChatType::Group, "42");
    let group: Conversation = store.conversation(&group).await.unwrap().unwrap().read().unwrap();
    assert_eq!((group.unread_count, group.pinned_time, &*group.marks[0]), (42, 43, "mark_42"));
    assert_eq!((group.is_pinned, group.last_message), (true, None));
    assert_eq!(store.estimate().await.unwrap().conversations, 101);
    assert_eq!(store.queue_position("bob@x").await.unwrap(), Some(7));
    // Tombstones and metas of the first version count, and new stores work.
    let repeated =
        Batch { queue: "bob@x".into(), position: None, facts: vec![(5, removed(&[], None))], call: None };
    assert_eq!(store.apply(&repeated).await.unwrap(), [false]);
    assert!(!apply_local(&store, live(&Message { timestamp: 2000, ..message(9) })).await);
    apply_local(&store, removed(&[], None)).await;
    assert!(matches!(store.next_comparison(false).await.unwrap(), Comparison::Page(_)));
    // The upgraded copy is opened again.
    store.close();
    let store = open(&user);
    assert_eq!((listed_names(&store).await.len(), last_id(&store).await.as_deref()), (101, Some("3")));
    assert!(save_whole_list(&store, &[listed("bob", Some(4))], now()).await);
    assert_eq!(
        (listed_names(&store).await, last_id(&store).await.as_deref()),
        (vec!["bob".to_owned()], Some("4"))
    );
}

#[wasm_bindgen_test]
async fn a_failed_upgrade_leaves_the_first_version_unchanged() {
    let user = user("v1-full");
    let plain = serde_wasm_bindgen::to_value(&message(1)).unwrap();
    JsFuture::from(first_version(&name(&user), &plain)).await.unwrap();
    let refusing = Undo(refuse_puts());
    assert!(open(&user).is_in_memory().await.unwrap());
    drop(refusing);
    let next = open(&user);
    assert!(!next.is_in_memory().await.unwrap());
    assert_eq!(
        (listed_names(&next).await.len(), next.queue_position("bob@x").await.unwrap()),
        (101, Some(7))
    );
}

#[wasm_bindgen_test]
async fn a_newer_copy_stays_unchanged() {
    let user = user("newer");
    let newer = undo(hold(&name(&user), 99)).await;
    drop(newer);
    let store = open(&user);
    let errors = reported_errors(&store);
    apply_local(&store, live(&message(1))).await;
    assert!(store.is_in_memory().await.unwrap());
    assert_eq!(read_ids(&store, None, Up).await.0, [1]);
    assert!(errors.borrow()[0].contains("newer version"), "{errors:?}");
    assert_eq!(errors.borrow().len(), 1);
    // The newer copy still exists.
    drop(undo(hold(&name(&user), 99)).await);
}

#[wasm_bindgen_test]
async fn a_blocked_upgrade_is_replaced_by_a_copy_in_memory() {
    let user = user("blocked");
    let plain = serde_wasm_bindgen::to_value(&message(1)).unwrap();
    JsFuture::from(first_version(&name(&user), &plain)).await.unwrap();
    let old_tab = undo(hold(&name(&user), 1)).await;
    let store = open(&user);
    let errors = reported_errors(&store);
    assert!(!store.is_open());
    assert!(store.is_in_memory().await.unwrap());
    assert!(errors.borrow()[0].contains("another tab"), "{errors:?}");
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await.0, [4, 3, 2, 1]);
    // When the old tab is closed, the next page opens the copy.
    drop(old_tab);
    let next = open(&user);
    assert!(!next.is_in_memory().await.unwrap());
    assert_eq!(next.queue_position("bob@x").await.unwrap(), Some(7));
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_opened_again_and_the_transaction_repeated() {
    let user = user("lost");
    let store = open(&user);
    let errors = reported_errors(&store);
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    for (error, words) in [
        ("InvalidStateError", "The database connection is closing."),
        ("UnknownError", "Connection to Indexed Database server lost. Refresh the page to try again"),
    ] {
        let broken = Undo(break_transactions(2, error, words));
        assert_eq!(read_ids(&store, None, Up).await.0, [4, 3, 2, 1]);
        drop(broken);
        let broken = Undo(break_transactions(2, error, words));
        assert!(apply_local(&store, removed(&[77], None)).await);
        drop(broken);
    }
    // A connection that stays lost makes the call fail, without a partial write.
    let broken = Undo(break_transactions(99, "UnknownError", "gone for good"));
    let error = store.save_page(&bob(), &up(1..9, None, true)).await.unwrap_err();
    assert_eq!(error.code, roamkit::error::Code::Database);
    assert!(error.message.contains("gone for good"), "{}", error.message);
    drop(broken);
    assert_eq!(read_ids(&store, None, Up).await.0, [4, 3, 2, 1]);
    assert_eq!(errors.borrow().len(), 0);
}

#[wasm_bindgen_test]
async fn the_connection_is_checked_when_the_page_becomes_visible() {
    let store = new_store("visible");
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    let broken = Undo(break_transactions(1, "UnknownError", "Connection to Indexed Database server lost."));
    show_page();
    // The check met the failure, not the read.
    turns(&new_store("clock"), 1).await;
    drop(broken);
    assert_eq!(read_ids(&store, None, Up).await.0, [4, 3, 2, 1]);
}

#[wasm_bindgen_test]
async fn an_aborted_write_is_repeated_and_its_facts_count_as_new() {
    let store = new_store("aborted");
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    let aborting = Undo(abort_writes(2));
    let batch = Batch {
        queue: "bob".into(),
        position: Some(8),
        facts: vec![(1, live(&message(5))), (2, removed(&[4], None))],
        call: None,
    };
    assert_eq!(store.apply(&batch).await.unwrap(), [true, true]);
    drop(aborting);
    assert_eq!(
        (read_ids(&store, None, Up).await.0, store.queue_position("bob").await.unwrap()),
        (vec![5, 3, 2, 1], Some(8))
    );
    let aborting = Undo(abort_writes(99));
    let error = store.save_page(&bob(), &up(1..9, None, true)).await.unwrap_err();
    assert!(error.message.contains("may be repeated"), "{}", error.message);
    drop(aborting);
    assert_eq!(read_ids(&store, None, Up).await.0, [5, 3, 2, 1]);
}

#[wasm_bindgen_test]
async fn a_deleted_database_is_created_again() {
    let user = user("deleted");
    let store = open(&user);
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    JsFuture::from(remove(&name(&user))).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![], false, false));
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    assert_eq!(read_ids(&store, None, Up).await, (vec![4, 3, 2, 1], true, true));
}

#[wasm_bindgen_test]
async fn damaged_records_count_as_missing() {
    let user = user("damaged");
    for table in ["conversations", "directories", "blocks", "removals", "queues"] {
        let store = open(&user);
        store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
        save_whole_list(&store, &[listed("bob", Some(4))], now()).await;
        apply_local(&store, removed(&[44], None)).await;
        store.close();
        JsFuture::from(damage(&name(&user), table)).await.unwrap();
        let store = open(&user);
        let _ = (read_ids(&store, None, Up).await, store.conversations().await.unwrap());
        store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
        save_whole_list(&store, &[listed("bob", Some(4))], now()).await;
        assert_eq!(read_ids(&store, None, Up).await, (vec![4, 3, 2, 1], true, true), "{table}");
        assert_eq!(last_id(&store).await.as_deref(), Some("4"), "{table}");
        store.close();
    }
}

#[wasm_bindgen_test]
async fn histories_are_dropped_when_there_is_no_room_for_tombstones() {
    let store = new_store("quota");
    let errors = reported_errors(&store);
    store.save_page(&bob(), &up(1..5, None, true)).await.unwrap();
    let full = Undo(fill_up());
    assert!(apply_local(&store, removed(&[2], None)).await);
    assert_eq!(read_ids(&store, None, Up).await, (vec![], false, false));
    assert!(!apply_local(&store, live(&message(2))).await);
    drop(full);
    assert!(errors.borrow()[0].contains("storage is full"), "{errors:?}");
    assert_eq!(errors.borrow().len(), 1);
}

#[wasm_bindgen_test]
async fn without_a_database_the_copy_is_in_memory_and_one_error_says_so() {
    let gone = Undo(without_database());
    let store = new_store("none");
    let errors = reported_errors(&store);
    assert!(store.is_in_memory().await.unwrap());
    store.save_page(&bob(), &up(1..151, None, true)).await.unwrap();
    apply_local(&store, removed(&[150], None)).await;
    store.save_page(&bob(), &up(1..151, None, true)).await.unwrap();
    assert_eq!(read(&store, None, Up, 200).await.messages.len(), 149);
    apply_local(&store, removed(&[], Some(time(100)))).await;
    assert_eq!(read(&store, None, Up, 200).await.messages.len(), 48);
    let batch = Batch { queue: "q".into(), position: Some(3), facts: vec![], call: None };
    store.apply(&batch).await.unwrap();
    assert_eq!(store.queue_position("q").await.unwrap(), Some(3));
    assert_eq!(errors.borrow().len(), 1, "{errors:?}");
    assert!(device_id("org#app", "someone").await.is_err());
    assert!(roamkit::store::temporary_device_id().unwrap().starts_with("webim_roamkit_"));
    let error = store.wipe().await.unwrap_err();
    assert_eq!(error.code, roamkit::error::Code::Database, "{error}");
    drop(gone);
    assert!(!new_store("again").is_in_memory().await.unwrap());
}

/// In the order of their UTF-8, which differs from that of their UTF-16.
const PEERS: [&str; 5] = ["ann", "bob", "zoë", "\u{ff5e}", "𝄞"];

/// Executes a step that a random number selects, and describes its result.
async fn step(store: &Store, random: u64) -> String {
    let (what, n) = (random % 8, random / 8 % 300 + 1);
    let peer = PEERS[n as usize % 5];
    match what {
        0 => {
            let message = Message { conversation_id: peer.into(), from: peer.into(), ..message(n) };
            format!("{:?}", apply_local(store, live(&message)).await)
        }
        1 => format!("{:?}", apply_local(store, removed(&[n, n + 1], None)).await),
        2 => format!("{:?}", apply_local(store, removed(&[], Some(time(n / 3)))).await),
        3 if n % 3 == 0 => format!("{:?}", apply_local(store, deleted(n % 2 == 0, time(n))).await),
        // A removal without details.
        3 => {
            let conversation = ConversationId::new(ChatType::Single, peer);
            let fact = Fact::Removed { conversation, ids: Vec::new(), until: None };
            format!("{:?}", apply_local(store, fact).await)
        }
        4 => {
            let peers = PEERS.iter().skip(n as usize % 3);
            let list: Vec<_> = peers.map(|peer| listed(peer, Some(n))).collect();
            format!("{:?}", store.save_conversations(&list, now()).await.is_ok())
        }
        5 => {
            let batch = Batch { queue: "q".into(), position: Some(n), facts: vec![], call: None };
            format!("{:?} {:?}", store.apply(&batch).await.unwrap(), store.queue_position("q").await.unwrap())
        }
        _ => {
            let page = up(n..n + 140, (n % 4 > 0).then_some(n + 140), n == 1);
            let visible = store.save_page(&bob(), &page).await.unwrap();
            format!("{:?}", visible.map(|visible| ids(&visible)))
        }
    }
}

/// Describes everything that can be read.
async fn describe(store: &Store) -> String {
    let page = read(store, None, Up, 1000).await;
    let list: Vec<_> =
        store.conversations().await.unwrap().iter().map(|text| text.bytes().to_vec()).collect();
    let list: Vec<_> = list.into_iter().map(|text| String::from_utf8(text).unwrap()).collect();
    let check = match store.next_comparison(true).await.unwrap() {
        Comparison::Page(check) => format!("{} {:?}", check.conversation.storage_key(), check.anchor),
        other => format!("{other:?}"),
    };
    let estimate = store.estimate().await.unwrap();
    format!("{:?} {} {} {list:?} {check} {estimate:?}", ids(&page.messages), page.complete, page.is_last)
}

#[wasm_bindgen_test]
async fn a_copy_in_memory_behaves_like_one_on_disk() {
    for mut random in [1, 2, 3, (js_sys::Math::random() * 9e15) as u64] {
        let seed = random;
        let disk = new_store("same");
        assert!(!disk.is_in_memory().await.unwrap());
        let gone = Undo(without_database());
        let memory = new_store("same");
        assert!(memory.is_in_memory().await.unwrap());
        drop(gone);
        for at in 0..40 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let done = [step(&disk, random >> 20).await, step(&memory, random >> 20).await];
            assert_eq!(done[0], done[1], "seed {seed}, step {at}");
            assert_eq!(describe(&disk).await, describe(&memory).await, "seed {seed}, step {at}");
        }
        disk.wipe().await.unwrap();
    }
}
