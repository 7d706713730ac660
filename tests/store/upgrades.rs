//! Local copies that earlier versions of the package wrote are read as they were.

use super::troubles::{name, open, reported_errors, user};
use super::*;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = r#"
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const put = (tx, store, key, value) => tx.objectStore(store).put(value, key);

// A database of the second version, from records as JSON: typed arrays and bigints are objects with the name of their class.
export async function second_version(name, stores) {
  const decode = (value) => {
    if (Array.isArray(value)) return value.map(decode);
    if (value === null || typeof value !== "object") return value;
    if (value.$ === "bigint") return BigInt(value.v);
    if (value.$) {
      const parse = value.$.startsWith("Big") ? BigInt : Number;
      return globalThis[value.$].from(value.v === "" ? [] : value.v.split(","), parse);
    }
    return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, decode(inner)]));
  };
  const request = indexedDB.open(name, 2);
  request.onupgradeneeded = () => Object.keys(stores).forEach((store) => request.result.createObjectStore(store));
  const db = await done(request);
  const tx = db.transaction(Object.keys(stores), "readwrite");
  for (const [store, records] of Object.entries(stores)) {
    for (const [key, record] of records) put(tx, store, key, decode(record));
  }
  await new Promise((resolve) => { tx.oncomplete = resolve; });
  db.close();
}
"#)]
extern "C" {
    fn second_version(name: &str, stores: &JsValue) -> js_sys::Promise;
}

/// A database that the package of version 0.1.0 wrote before `indexed_db_futures` did: two pages of a long history with a
/// gap between them, a short history that was cut by time, a group, a group that is only listed, and removals by id. With
/// it, the answers that package gave.
const SECOND_VERSION: &str = include_str!("second_version.json");

#[wasm_bindgen_test]
async fn a_copy_that_the_second_version_wrote_is_read_as_it_was() {
    let user = user("v2");
    let written: serde_json::Value = serde_json::from_str(SECOND_VERSION).unwrap();
    let stores = js_sys::JSON::parse(&written["stores"].to_string()).unwrap();
    JsFuture::from(second_version(&name(&user), &stores)).await.unwrap();
    let store = open(&user);
    let errors = reported_errors(&store);
    let list = store.conversations().await.unwrap();
    let list: Vec<serde_json::Value> = list.iter().map(|text| text.read().unwrap()).collect();
    assert_eq!(list, *written["conversations"].as_array().unwrap());
    for expected in written["pages"].as_array().unwrap() {
        let chat_type = if expected[1] == "groupChat" { ChatType::Group } else { ChatType::Single };
        let id = ConversationId::new(chat_type, expected[0].as_str().unwrap());
        let query = LocalQuery { anchor: None, direction: Up, size: 50 };
        let page = store.page(&id, query).await.unwrap();
        let read: Vec<_> = page.messages.iter().map(|(key, _)| key.id.to_string()).collect();
        assert_eq!(
            serde_json::json!([expected[0], expected[1], page.complete, page.is_last, read]),
            *expected
        );
    }
    let bob = ConversationId::new(ChatType::Single, "v2-bob");
    let query = LocalQuery { anchor: None, direction: Up, size: 1 };
    let newest = store.page(&bob, query).await.unwrap().messages.remove(0).1;
    assert_eq!(newest.read::<serde_json::Value>().unwrap(), written["newest_of_bob"]);
    // Its removals hold, and its queue goes on where it was.
    let removed = written["stores"]["removals"][0][1]["ids"]["v"].as_str().unwrap();
    let id: u64 = removed.split(',').next().unwrap().parse().unwrap();
    let late = Message {
        id: id.to_string(),
        conversation_id: "v2-bob".into(),
        timestamp: u64::MAX >> 12,
        ..message(1)
    };
    assert!(!apply_local(&store, live(&late)).await);
    assert_eq!(store.queue_position("").await.unwrap(), Some(1_796_069_588_501));
    // The third version has reads, which are still there when the copy is opened again.
    store.mark_as_read(&bob).await.unwrap();
    store.close();
    let receipts = open(&user).pending_receipts().await.unwrap();
    assert_eq!(receipts.iter().map(|receipt| &receipt.conversation).collect::<Vec<_>>(), [&bob]);
    assert_eq!(errors.borrow().len(), 0, "{errors:?}");
}

/// The same database, as if its group were a room of which two copies exist: the room's, and a group's with what the service
/// told of it. Each has a message and a removal of its own.
#[wasm_bindgen_test]
async fn a_room_and_the_group_that_it_was_taken_for_become_one_conversation() {
    const ROOM: &str = "2238775138826846208";
    let user = user("v2-room");
    let written: Value = serde_json::from_str(SECOND_VERSION).unwrap();
    let mut stores = written["stores"].clone();
    let (as_group, as_room) = (format!("groupChat:{ROOM}"), format!("chatRoom:{ROOM}"));
    for store in ["blocks", "directories"] {
        let records = stores[store].as_array_mut().unwrap();
        let own = records.iter().find(|record| record[0] == *as_group || record[0][0] == *as_group);
        let mut copy = own.unwrap().clone();
        if copy[0].is_array() {
            copy[0][0] = json!(as_room);
        } else {
            copy[0] = json!(as_room);
        }
        records.push(copy);
    }
    let removal = |id: &str| json!({"ids": {"$": "BigUint64Array", "v": id}, "noted": {"$": "Float64Array", "v": now().sent_at.to_string()}});
    let removals = stores["removals"].as_array_mut().unwrap();
    removals.push(json!([as_group, removal("8")]));
    removals.push(json!([as_room, removal("9")]));
    let stores = js_sys::JSON::parse(&stores.to_string()).unwrap();
    JsFuture::from(second_version(&name(&user), &stores)).await.unwrap();

    let store = open(&user);
    let errors = reported_errors(&store);
    let expected = &written["pages"][2];
    for chat_type in [ChatType::Room, ChatType::Group] {
        let id = ConversationId::new(chat_type, ROOM);
        let page = store.page(&id, LocalQuery { anchor: None, direction: Up, size: 50 }).await.unwrap();
        let read: Vec<_> = page.messages.iter().map(|(key, _)| key.id.to_string()).collect();
        assert_eq!((page.complete, json!(read)), (true, expected[4].clone()));
    }
    // The removals of both hold, whichever name the service uses.
    for (id, chat_type) in [(8, ChatType::Room), (9, ChatType::Group)] {
        let late = Message { conversation_id: ROOM.into(), timestamp: u64::MAX >> 12, ..message(id) };
        let mut fact = live(&late);
        if let Fact::Message(arrived) = &mut fact {
            arrived.conversation = ConversationId::new(chat_type, ROOM);
        }
        assert!(!apply_local(&store, fact).await);
    }
    // The list names it as a room.
    let listed = store.conversation(&ConversationId::new(ChatType::Room, ROOM)).await.unwrap().unwrap();
    assert_eq!(listed.read::<Conversation>().unwrap().conversation_type, ConversationType::ChatRoom);
    assert_eq!(errors.borrow().len(), 0, "{errors:?}");
}
