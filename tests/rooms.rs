//! Chat rooms, which the service often names like groups.

// Clippy does not recognize the helper functions as test code.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{App, Device, fresh, ids, reversed, until_async};
use serde_json::{Value, json};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A room with six messages of bob and alice as a member.
struct Room {
    app: App,
    alice: String,
    bob: String,
    id: String,
    sent: Vec<String>,
}

impl Room {
    async fn new() -> Option<Self> {
        let app = App::new().await?;
        let (alice, bob) = (app.user("alice").await, app.user("bob").await);
        let room = json!({"name": "r", "description": "", "maxusers": 200, "owner": bob, "members": [alice]});
        let answer = app.call("POST", "/chatrooms", room).await;
        let id = answer["data"]["id"].as_str().unwrap().to_owned();
        let mut room = Self { app, alice, bob, id, sent: Vec::new() };
        for n in 0..6 {
            let id = room.send(&format!("message {n}")).await;
            room.sent.push(id);
        }
        Some(room)
    }

    async fn send(&self, text: &str) -> String {
        let message = json!({"from": self.bob, "to": [self.id], "type": "txt", "body": {"msg": text}});
        let answer = self.app.call("POST", "/messages/chatrooms", message).await;
        let id = &answer["data"][&self.id];
        id.as_str().map_or_else(|| id.to_string(), str::to_owned)
    }

    /// The options of a call about the room, with these fields.
    fn with(&self, fields: &Value) -> Value {
        let mut options = json!({"conversationId": self.id, "conversationType": "chatRoom"});
        options.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        options
    }

    async fn fetch(&self, device: &Device) {
        let page = device.ok("fetchHistoryMessages", self.with(&json!({"pageSize": 50}))).await;
        assert_eq!(ids(&page["messages"]), reversed(&self.sent));
    }

    /// The ids in the local copy.
    async fn local(&self, device: &Device) -> Vec<String> {
        device.local_ids(&self.id, "chatRoom").await
    }

    /// The list of a device: the types of its entries and the ids of their last messages.
    async fn list(&self, device: &Device) -> Value {
        entries(&device.ok("loadAllConversations", Value::Null).await)
    }
}

fn entries(list: &Value) -> Value {
    let entry = |conversation: &Value| {
        let newest = &conversation["lastMessage"];
        json!([conversation["conversationType"], newest["conversationType"], newest["id"]])
    };
    list.as_array().unwrap().iter().map(entry).collect()
}

#[wasm_bindgen_test]
async fn a_removal_in_a_room_reaches_the_room_of_the_other_device() {
    let Some(room) = Room::new().await else { return };
    let (one, two) = (Device::online(&room.alice, "d1").await, Device::online(&room.alice, "d2").await);
    room.fetch(&one).await;
    room.fetch(&two).await;

    one.ok("removeMessagesFromServer", room.with(&json!({"msgIdList": [room.sent[1]]}))).await;
    let event = two.hear("messageRemoved").await;
    let expected = json!({"conversationId": room.id, "conversationType": "chatRoom", "deviceId": "d1",
                          "msgIdList": [room.sent[1]]});
    assert_eq!(event, expected);
    let left: Vec<_> = [5, 4, 3, 2, 0].map(|n| room.sent[n].clone()).into();
    assert_eq!(room.local(&one).await, left);
    assert_eq!(room.local(&two).await, left);
    // The type that the application gives does not matter.
    assert_eq!(two.local_ids(&room.id, "groupChat").await, left);

    // The same after a restart, and for a removal by time.
    two.close();
    let two = Device::online(&room.alice, "d2").await;
    assert_eq!(room.local(&two).await, left);
    let page = one.ok("loadMessages", room.with(&json!({}))).await;
    let time = page["messages"][1]["timestamp"].clone();
    one.ok("removeMessagesFromServer", room.with(&json!({"time": time}))).await;
    let event = two.hear("messageRemoved").await;
    assert_eq!((&event["conversationType"], &event["time"]), (&json!("chatRoom"), &time));
    until_async("the removal by time", async || {
        room.local(&two).await == [room.sent[5].clone()] && room.local(&one).await == [room.sent[5].clone()]
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_room_is_one_conversation_in_every_list() {
    let Some(room) = Room::new().await else { return };
    let device = Device::online(&room.alice, "d1").await;
    // The default list names the room like a group. It is one once anything says so: here the list by cursor.
    device.ok("fetchConversationsFromServer", Value::Null).await;
    let page = device.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    let expected = json!([["chatRoom", "chatRoom", room.sent[5]]]);
    assert_eq!(entries(&page["conversations"]), expected);
    assert_eq!(room.list(&device).await, expected);
    let page = device.ok("fetchConversationsFromServer", Value::Null).await;
    assert_eq!(entries(&page["conversations"]), expected);
    assert_eq!(room.list(&device).await, expected);

    // A new session knows it.
    device.close();
    let device = Device::online(&room.alice, "d1").await;
    let page = device.ok("fetchConversationsFromServer", Value::Null).await;
    assert_eq!(entries(&page["conversations"]), expected);
    let new = room.send("live").await;
    let live = device.hear("messageReceived").await;
    assert_eq!((&live["conversationType"], &live["id"]), (&json!("chatRoom"), &json!(new)));
    assert_eq!(room.list(&device).await, json!([["chatRoom", "chatRoom", new]]));
}

#[wasm_bindgen_test]
async fn recalls_edits_and_deletions_in_a_room_name_the_room() {
    let Some(room) = Room::new().await else { return };
    let (one, two) = (Device::online(&room.alice, "d1").await, Device::online(&room.alice, "d2").await);
    room.fetch(&one).await;
    room.fetch(&two).await;
    let recall = json!({"msg_id": room.sent[4], "to": room.id, "chat_type": "chatroom", "force": true});
    room.app.call("POST", "/messages/msg_recall", recall).await;
    let left: Vec<_> = [5, 3, 2, 1, 0].map(|n| room.sent[n].clone()).into();
    until_async("the recall", async || room.local(&one).await == left && room.local(&two).await == left)
        .await;

    one.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    two.ok("fetchConversationsFromServer", json!({"pageSize": 50})).await;
    one.ok("deleteConversationFromServer", room.with(&json!({"isDeleteServerMessages": true}))).await;
    let event = two.hear("conversationDeleted").await;
    assert_eq!(event["conversationType"], "chatRoom");
    assert_eq!(room.list(&two).await, json!([]));
    assert_eq!(room.local(&two).await, [] as [String; 0]);
}

#[wasm_bindgen_test]
async fn the_end_of_a_room_is_asked_for_again_in_a_new_session() {
    let Some(room) = Room::new().await else { return };
    let device = Device::online(&room.alice, "d1").await;
    room.fetch(&device).await;
    assert_eq!(device.ok("loadMessages", room.with(&json!({}))).await["complete"], true);
    device.close();

    // Nothing waits for the members of a room.
    let missed = room.send("missed").await;
    let device = Device::online(&room.alice, "d1").await;
    until_async("the copy that does not know the end", async || {
        device.ok("loadMessages", room.with(&json!({}))).await["complete"] == false
    })
    .await;
    let mut all = room.sent.clone();
    all.push(missed);
    let page = device.ok("fetchHistoryMessages", room.with(&json!({"pageSize": 50}))).await;
    assert_eq!(ids(&page["messages"]), reversed(&all));
    let local = device.ok("loadMessages", room.with(&json!({"pageSize": 50}))).await;
    assert_eq!((ids(&local["messages"]), &local["complete"]), (reversed(&all), &json!(true)));
    // A group's end stays known.
    let group = room.app.group(&room.bob, &[&room.alice]).await;
    room.app.send_to_group(&room.bob, &group, &fresh("text"), json!({})).await;
    let options = json!({"conversationId": group, "conversationType": "groupChat"});
    device.ok("fetchHistoryMessages", options.clone()).await;
    device.close();
    let device = Device::online(&room.alice, "d1").await;
    assert_eq!(device.ok("loadMessages", options).await["complete"], true);
}
