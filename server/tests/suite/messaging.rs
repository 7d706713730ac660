//! What devices send: messages that are refused, recalls, edits, receipts.

use super::support::*;
use roamkit_wire::meta::{MessageBody, MessageType};
use roamkit_wire::msync::*;
use serde_json::{Value, json};

struct Stage {
    server: TestServer,
    ann: TestUser,
    bob: TestUser,
    phone: Device,
    laptop: Device,
    peer: Device,
}

/// Ann with two devices, Bob with one.
async fn stage() -> Stage {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    let phone = server.device(&ann, "phone").await;
    let laptop = server.device(&ann, "laptop").await;
    let peer = server.device(&bob, "peer").await;
    Stage { server, ann, bob, phone, laptop, peer }
}

fn recall_of(id: u64) -> MessageBody {
    MessageBody { r#type: MessageType::Recall as i32, ack_message_id: id, ..MessageBody::default() }
}

#[tokio::test]
async fn refusals_are_told_in_words_that_clients_know() {
    let Stage { server, mut phone, .. } = stage().await;
    server.user("cat").await;
    let foreign = server.group("chatgroups", "cat", &[]).await;
    let long = "x".repeat(6000);
    let cases = [
        (user("nobody"), "hi", ErrorCode::Fail, "username nobody doesn't exist!"),
        (group("4711"), "hi", ErrorCode::Fail, "group not found"),
        (group(&foreign), "hi", ErrorCode::Fail, "not in group or chatroom"),
        (user("bob"), long.as_str(), ErrorCode::PermissionDenied, "Sorry, data is too large"),
    ];
    for (to, text, code, reason) in cases {
        let status = phone.post(&to, text_body(MessageType::Chat, text)).await.status.unwrap();
        assert_eq!((status.error_code, status.reason.as_str()), (code as i32, reason));
    }
    let nothing = MessageBody { r#type: MessageType::Chat as i32, ..MessageBody::default() };
    assert_eq!(
        phone.post(&user("bob"), nothing).await.status.unwrap().error_code,
        ErrorCode::WrongParameter as i32
    );
}

#[tokio::test]
async fn nobody_speaks_in_anothers_name() {
    let Stage { server, bob, mut phone, mut peer, .. } = stage().await;
    let mut body = text_body(MessageType::Chat, "hi");
    body.from = Some(user("cat"));
    body.to = Some(user("dog"));
    assert_eq!(phone.post(&user("bob"), body).await.status.unwrap().error_code, 0);
    let meta = peer.news().await.remove(0);
    assert_eq!(meta.from, Some(user("ann")));
    assert_eq!(body_of(&meta).from, Some(user("ann")));
    assert_eq!(body_of(&meta).to, Some(user("bob")));
    assert_eq!(server.newest(&bob, "ann").await, [meta.id]);
}

#[tokio::test]
async fn addresses_may_leave_out_what_goes_without_saying() {
    let Stage { server, bob, mut phone, .. } = stage().await;
    let bare = Jid { name: "BOB".into(), ..Jid::default() };
    let id = phone.say(&bare, "hi").await;
    assert_eq!(server.newest(&bob, "ann").await, [id]);
}

#[tokio::test]
async fn a_recalled_message_is_gone_for_everyone() {
    let Stage { server, ann, bob, mut phone, mut laptop, mut peer } = stage().await;
    let first = phone.say(&user("bob"), "stays").await;
    let id = phone.say(&user("bob"), "goes").await;
    // Not by someone else.
    let refused = peer.post(&user("ann"), recall_of(id)).await.status.unwrap();
    assert_eq!(refused.reason, "Sorry, You do not have permission");
    assert_eq!(phone.post(&user("bob"), recall_of(id)).await.status.unwrap().error_code, 0);
    for (user, name) in [(&ann, "bob"), (&bob, "ann")] {
        assert_eq!(server.newest(user, name).await, [first]);
        assert_eq!(server.entry(user, name).await.unwrap()["meta"]["id"], first.to_string());
    }
    assert_eq!(server.entry(&bob, "ann").await.unwrap()["unread_num"], 1);
    // What was not delivered yet is delivered no more; the recall is.
    for (device, queue) in [(&mut peer, "ann"), (&mut laptop, "bob")] {
        let metas = device.drain(&user(queue)).await;
        let kinds: Vec<i32> = metas.iter().map(|meta| body_of(meta).r#type).collect();
        assert_eq!(kinds, [MessageType::Chat as i32, MessageType::Recall as i32]);
        assert_eq!(body_of(&metas[1]).ack_message_id, id);
    }
    let again = phone.post(&user("bob"), recall_of(id)).await.status.unwrap();
    assert_eq!(again.reason, "Sorry, message does not exist");
}

#[tokio::test]
async fn the_app_recalls_too() {
    let Stage { server, bob, mut peer, .. } = stage().await;
    let id = server.send("ann", "bob", "goes", None).await;
    let wrong = json!({"msg_id": id.to_string(), "from": "bob", "to": "ann", "chat_type": "chat"});
    assert_eq!(server.call("POST", "/messages/msg_recall", server.app_token(), Some(wrong)).await.0, 403);
    let recall = json!({"msg_id": id.to_string(), "from": "ann", "to": "bob", "chat_type": "chat"});
    let answer = server.app("POST", "/messages/msg_recall", Some(recall.clone())).await;
    assert_eq!(answer["recalled"], "yes");
    assert_eq!(server.newest(&bob, "ann").await, Vec::<u64>::new());
    let metas = peer.drain(&user("ann")).await;
    assert_eq!(body_of(&metas[0]).ack_message_id, id);
    assert_eq!(server.call("POST", "/messages/msg_recall", server.app_token(), Some(recall)).await.0, 404);
}

#[tokio::test]
async fn an_edited_message_says_the_new_thing_everywhere() {
    let Stage { server, ann, bob, mut phone, mut laptop, mut peer } = stage().await;
    let id = phone.say(&user("bob"), "old").await;
    peer.drain(&user("ann")).await;
    laptop.drain(&user("bob")).await;
    let edit = |id: u64| MessageBody { edit_message_id: id, ..text_body(MessageType::Edit, "new") };
    let refused = peer.post(&user("ann"), edit(id)).await.status.unwrap();
    assert_eq!(refused.reason, "Sorry, You do not have permission");
    let answer = phone.post(&user("bob"), edit(id)).await;
    assert_eq!(answer.status.unwrap().error_code, 0);
    let info: Value = serde_json::from_slice(&answer.metas[0].payload).unwrap();
    assert_eq!((&info["edit_msg"]["count"], &info["edit_msg"]["operator"]), (&json!(1), &json!("ann")));
    for (device, queue) in [(&mut peer, "ann"), (&mut laptop, "bob")] {
        let metas = device.drain(&user(queue)).await;
        let body = body_of(&metas[0]);
        assert_eq!((body.r#type, body.edit_message_id), (MessageType::Edit as i32, id));
        assert_eq!(body.contents[0].text, "new");
    }
    for (user, name) in [(&ann, "bob"), (&bob, "ann")] {
        let path = format!("/users/{}/messageroaming", user.name);
        let request = json!({"queue": format!("{name}@easemob.com"), "pull_number": 1});
        let answer = server.user_call(user, "POST", &path, Some(request)).await;
        let meta = decode(&answer["data"]["msgs"][0]["msg"]);
        assert_eq!((meta.id, text_of(&meta).as_str()), (id, "new"));
        assert!(body_of(&meta).meta.contains("edit_msg"));
    }
    let gone = phone.post(&user("bob"), edit(1)).await.status.unwrap();
    assert_eq!(gone.reason, "Sorry, message does not exist");
}

#[tokio::test]
async fn reading_clears_the_count_and_the_peer_is_told() {
    for kind in [MessageType::ChannelAck, MessageType::ReadAck] {
        let Stage { server, bob, mut phone, mut peer, .. } = stage().await;
        let id = phone.say(&user("bob"), "hi").await;
        assert_eq!(server.entry(&bob, "ann").await.unwrap()["unread_num"], 1);
        peer.drain(&user("ann")).await;
        let receipt = MessageBody { r#type: kind as i32, ack_message_id: id, ..MessageBody::default() };
        assert_eq!(peer.post(&user("ann"), receipt).await.status.unwrap().error_code, 0);
        assert_eq!(server.entry(&bob, "ann").await.unwrap()["unread_num"], 0);
        let metas = phone.news().await;
        assert_eq!((body_of(&metas[0]).r#type, body_of(&metas[0]).ack_message_id), (kind as i32, id));
        // A receipt is not a message.
        assert_eq!(server.newest(&bob, "ann").await, [id]);
        server.send("ann", "bob", "more", None).await;
        assert_eq!(server.entry(&bob, "ann").await.unwrap()["unread_num"], 1);
    }
}

#[tokio::test]
async fn delivery_receipts_leave_the_count_alone() {
    let Stage { server, bob, mut phone, mut peer, .. } = stage().await;
    let id = phone.say(&user("bob"), "hi").await;
    let receipt =
        MessageBody { r#type: MessageType::DeliverAck as i32, ack_message_id: id, ..MessageBody::default() };
    peer.post(&user("ann"), receipt).await;
    assert_eq!(body_of(&phone.news().await[0]).r#type, MessageType::DeliverAck as i32);
    assert_eq!(server.entry(&bob, "ann").await.unwrap()["unread_num"], 1);
}
