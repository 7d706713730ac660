//! Texts and extension fields at the edge: halves of emoji, and deep nesting.

use super::support::*;
use prost::Message as _;
use roamkit_wire::ext;
use roamkit_wire::key_value::{KeyValue, Value as PairValue, ValueType};
use roamkit_wire::meta::{Content, MessageBody, MessageType, Meta};
use roamkit_wire::prost;
use serde_json::{Value, json};

struct Fixture {
    server: TestServer,
    bob: TestUser,
    sender: Device,
    receiver: Device,
}

async fn fixture() -> Fixture {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let sender = server.connect_device(&ann, "sender").await;
    let receiver = server.connect_device(&bob, "receiver").await;
    Fixture { server, bob, sender, receiver }
}

/// The body in the list's last message.
async fn listed(server: &TestServer, user: &TestUser, peer: &str) -> Value {
    let entry = server.find_conversation(user, peer).await.unwrap();
    serde_json::from_str(entry["meta"]["payload"].as_str().unwrap()).unwrap()
}

/// An extension field with JSON text, as the official client writes objects.
fn json_field(text: &str) -> KeyValue {
    KeyValue {
        key: "k".into(),
        r#type: ValueType::JsonString as i32,
        value: Some(PairValue::Text(text.into())),
    }
}

/// JSON text with objects in each other.
fn nested(levels: usize) -> String {
    format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels))
}

#[tokio::test]
async fn half_an_emoji_from_a_device_is_read_as_a_replacement_character() {
    let Fixture { server, bob, mut sender, mut receiver } = fixture().await;
    let body = MessageBody {
        ext: vec![json_field(r#"{"cut":"\ud83d"}"#)],
        ..text_body(MessageType::Chat, "hi @@@")
    };
    let mut payload = body.encode_to_vec();
    let at = payload.windows(3).position(|part| part == b"@@@").unwrap();
    payload[at..at + 3].copy_from_slice(b"\xED\xA0\xBD");
    assert!(MessageBody::decode(payload.as_slice()).is_err());
    let meta = Meta { to: Some(user_jid("bob")), payload, ..Meta::default() };
    let answer = sender.send_meta(meta).await;
    assert_eq!(answer.status.unwrap().reason, "");
    let received = receiver.receive_new().await;
    assert_eq!(text_of(&received[0]), "hi \u{FFFD}");
    let request = json!({"queue": "ann@easemob.com", "pull_number": 1});
    let page = server.user_call(&bob, "POST", "/users/bob/messageroaming", Some(request)).await;
    assert_eq!(text_of(&decode_meta(&page["data"]["msgs"][0]["msg"])), "hi \u{FFFD}");
    let listed = listed(&server, &bob, "ann").await;
    assert_eq!(listed["bodies"][0]["msg"], "hi \u{FFFD}");
    assert_eq!(listed["ext"]["k"]["cut"], "\u{FFFD}");
}

#[tokio::test]
async fn half_an_emoji_in_an_edit_is_read_as_a_replacement_character() {
    let Fixture { server, bob, mut sender, mut receiver } = fixture().await;
    let id = sender.send_text(&user_jid("bob"), "old").await;
    receiver.drain_queue(&user_jid("ann")).await;
    let edit = MessageBody { edit_message_id: id, ..text_body(MessageType::Edit, "@@@") };
    let mut payload = edit.encode_to_vec();
    let at = payload.windows(3).position(|part| part == b"@@@").unwrap();
    payload[at..at + 3].copy_from_slice(b"\xED\xB8\x80");
    let meta = Meta { to: Some(user_jid("bob")), payload, ..Meta::default() };
    assert_eq!(sender.send_meta(meta).await.status.unwrap().reason, "");
    assert_eq!(text_of(&receiver.drain_queue(&user_jid("ann")).await[0]), "\u{FFFD}");
    assert_eq!(listed(&server, &bob, "ann").await["bodies"][0]["msg"], "\u{FFFD}");
}

#[tokio::test]
async fn half_an_emoji_in_a_rest_call_is_read_as_a_replacement_character() {
    let Fixture { server, bob, mut receiver, .. } = fixture().await;
    let bodies: [&[u8]; 2] = [
        br#"{"from":"ann","to":["bob"],"type":"txt","body":{"msg":"hi \ud83d"},"ext":{"k":"\ude00"}}"#,
        b"{\"from\":\"ann\",\"to\":[\"bob\"],\"type\":\"txt\",\"body\":{\"msg\":\"hi \xED\xA0\xBD\"},\"ext\":{\"k\":\"\xED\xB8\x80\"}}",
    ];
    for body in bodies {
        let url = server.url("/messages/users");
        let (status, answer) = server.raw_call("POST", &url, server.app_token(), Some(body.to_vec())).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(text_of(&receiver.receive_new().await[0]), "hi \u{FFFD}");
        assert_eq!(listed(&server, &bob, "ann").await["ext"]["k"], "\u{FFFD}");
    }
}

#[tokio::test]
async fn deep_fields_are_refused_with_a_reason() {
    let Fixture { server, bob, mut sender, mut receiver } = fixture().await;
    let too_deep = "Sorry, ext is nested deeper than 64 levels";
    let id = sender.send_text(&user_jid("bob"), "old").await;
    let custom = |fields: Vec<KeyValue>| Content { r#type: 7, custom_exts: fields, ..Content::default() };
    let params = |fields: Vec<KeyValue>| Content { r#type: 7, params: fields, ..Content::default() };
    // The object of all fields is one level.
    for (levels, reason) in [(63, ""), (64, too_deep), (126, too_deep), (1000, too_deep)] {
        let field = || vec![json_field(&nested(levels))];
        let bodies = [
            MessageBody { ext: field(), ..text_body(MessageType::Chat, "text") },
            MessageBody { contents: vec![custom(field())], ..text_body(MessageType::Chat, "") },
            MessageBody { contents: vec![params(field())], ..text_body(MessageType::Chat, "") },
            MessageBody { edit_message_id: id, ext: field(), ..text_body(MessageType::Edit, "new") },
        ];
        for body in bodies {
            let status = sender.send_message(&user_jid("bob"), body).await.status.unwrap();
            assert_eq!(status.reason, reason, "{levels} levels");
        }
    }
    let ids = server.newest_ids(&bob, "ann").await;
    assert_eq!((ids.len(), ids[3]), (4, id));
    // The deepest field that is accepted is readable everywhere.
    let metas = receiver.drain_queue(&user_jid("ann")).await;
    let expected: Value = serde_json::from_str(&nested(63)).unwrap();
    assert_eq!(ext::from_pairs(&body_of(&metas[1]).ext)["k"], expected);
    let message = |levels: usize| {
        let field: Value = serde_json::from_str(&nested(levels)).unwrap();
        json!({"from": "ann", "to": ["bob"], "type": "txt", "body": {"msg": "m"}, "ext": {"k": field}})
    };
    let (status, answer) =
        server.call("POST", "/messages/users", server.app_token(), Some(message(64))).await;
    assert_eq!(status, 400);
    assert!(answer["error_description"].as_str().unwrap().contains("64 levels"), "{answer}");
    server.app_call("POST", "/messages/users", Some(message(63))).await;
    assert_eq!(listed(&server, &bob, "ann").await["ext"]["k"], expected);
}
