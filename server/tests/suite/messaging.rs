//! Messages from devices: refusals, recalls, edits and receipts.

use super::support::*;
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, MessageType};
use roamkit_wire::msync::*;
use serde_json::{Value, json};

struct Fixture {
    server: TestServer,
    ann: TestUser,
    bob: TestUser,
    phone: Device,
    laptop: Device,
    peer: Device,
}

/// Ann with two devices, Bob with one.
async fn fixture() -> Fixture {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let phone = server.connect_device(&ann, "phone").await;
    let laptop = server.connect_device(&ann, "laptop").await;
    let peer = server.connect_device(&bob, "peer").await;
    Fixture { server, ann, bob, phone, laptop, peer }
}

fn recall_of(id: u64) -> MessageBody {
    MessageBody { r#type: MessageType::Recall as i32, ack_message_id: id, ..MessageBody::default() }
}

#[tokio::test]
async fn refusals_have_the_reasons_that_clients_compare() {
    let Fixture { server, mut phone, .. } = fixture().await;
    server.create_user("cat").await;
    let foreign = server.create_group("chatgroups", "cat", &[]).await;
    let long = "x".repeat(6000);
    let cases = [
        (user_jid("nobody"), "hi", ErrorCode::Fail, "username nobody doesn't exist!"),
        (group_jid("4711"), "hi", ErrorCode::Fail, "group not found"),
        (group_jid(&foreign), "hi", ErrorCode::Fail, "not in group or chatroom"),
        (user_jid("bob"), long.as_str(), ErrorCode::PermissionDenied, "Sorry, data is too large"),
    ];
    for (to, text, code, reason) in cases {
        let status = phone.send_message(&to, text_body(MessageType::Chat, text)).await.status.unwrap();
        assert_eq!((status.error_code, status.reason.as_str()), (code as i32, reason));
    }
    let nothing = MessageBody { r#type: MessageType::Chat as i32, ..MessageBody::default() };
    assert_eq!(
        phone.send_message(&user_jid("bob"), nothing).await.status.unwrap().error_code,
        ErrorCode::WrongParameter as i32
    );
}

#[tokio::test]
async fn forged_addresses_are_replaced() {
    let Fixture { server, bob, mut phone, mut peer, .. } = fixture().await;
    let mut body = text_body(MessageType::Chat, "hi");
    body.from = Some(user_jid("cat"));
    body.to = Some(user_jid("dog"));
    assert_eq!(phone.send_message(&user_jid("bob"), body).await.status.unwrap().error_code, 0);
    let meta = peer.receive_new().await.remove(0);
    assert_eq!(meta.from, Some(user_jid("ann")));
    assert_eq!(body_of(&meta).from, Some(user_jid("ann")));
    assert_eq!(body_of(&meta).to, Some(user_jid("bob")));
    assert_eq!(server.newest_ids(&bob, "ann").await, [meta.id]);
}

#[tokio::test]
async fn addresses_may_omit_the_app_and_the_domain() {
    let Fixture { server, bob, mut phone, .. } = fixture().await;
    let bare = Jid { name: "BOB".into(), ..Jid::default() };
    let id = phone.send_text(&bare, "hi").await;
    assert_eq!(server.newest_ids(&bob, "ann").await, [id]);
}

#[tokio::test]
async fn a_recalled_message_disappears_for_everyone() {
    let Fixture { server, ann, bob, mut phone, mut laptop, mut peer } = fixture().await;
    let first = phone.send_text(&user_jid("bob"), "stays").await;
    let id = phone.send_text(&user_jid("bob"), "goes").await;
    // Another user cannot recall it.
    let refused = peer.send_message(&user_jid("ann"), recall_of(id)).await.status.unwrap();
    assert_eq!(refused.reason, "Sorry, You do not have permission");
    assert_eq!(phone.send_message(&user_jid("bob"), recall_of(id)).await.status.unwrap().error_code, 0);
    for (user, name) in [(&ann, "bob"), (&bob, "ann")] {
        assert_eq!(server.newest_ids(user, name).await, [first]);
        assert_eq!(server.find_conversation(user, name).await.unwrap()["meta"]["id"], first.to_string());
    }
    assert_eq!(server.find_conversation(&bob, "ann").await.unwrap()["unread_num"], 1);
    // The undelivered message was removed from the queues, and the recall is delivered.
    for (device, queue) in [(&mut peer, "ann"), (&mut laptop, "bob")] {
        let metas = device.drain_queue(&user_jid(queue)).await;
        let kinds: Vec<i32> = metas.iter().map(|meta| body_of(meta).r#type).collect();
        assert_eq!(kinds, [MessageType::Chat as i32, MessageType::Recall as i32]);
        assert_eq!(body_of(&metas[1]).ack_message_id, id);
    }
    let again = phone.send_message(&user_jid("bob"), recall_of(id)).await.status.unwrap();
    assert_eq!(again.reason, "Sorry, message does not exist");
}

#[tokio::test]
async fn a_recall_also_drops_the_edits_that_still_wait() {
    let Fixture { mut phone, mut laptop, mut peer, .. } = fixture().await;
    let id = phone.send_text(&user_jid("bob"), "old").await;
    let other = phone.send_text(&user_jid("bob"), "other").await;
    for edited in [id, other] {
        let edit = MessageBody { edit_message_id: edited, ..text_body(MessageType::Edit, "new") };
        assert_eq!(phone.send_message(&user_jid("bob"), edit).await.status.unwrap().reason, "");
    }
    assert_eq!(phone.send_message(&user_jid("bob"), recall_of(id)).await.status.unwrap().reason, "");
    for (device, queue) in [(&mut peer, "ann"), (&mut laptop, "bob")] {
        let metas = device.drain_queue(&user_jid(queue)).await;
        let kinds: Vec<i32> = metas.iter().map(|meta| body_of(meta).r#type).collect();
        assert_eq!(
            kinds,
            [MessageType::Chat, MessageType::Edit, MessageType::Recall].map(|kind| kind as i32)
        );
        assert_eq!((metas[0].id, body_of(&metas[1]).edit_message_id), (other, other));
    }
}

#[tokio::test]
async fn the_app_can_recall_messages() {
    let Fixture { server, bob, mut peer, .. } = fixture().await;
    let id = server.send("ann", "bob", "goes", None).await;
    let wrong = json!({"msg_id": id.to_string(), "from": "bob", "to": "ann", "chat_type": "chat"});
    assert_eq!(server.call("POST", "/messages/msg_recall", server.app_token(), Some(wrong)).await.0, 403);
    let recall = json!({"msg_id": id.to_string(), "from": "ann", "to": "bob", "chat_type": "chat"});
    let answer = server.app_call("POST", "/messages/msg_recall", Some(recall.clone())).await;
    assert_eq!(answer["recalled"], "yes");
    assert_eq!(server.newest_ids(&bob, "ann").await, Vec::<u64>::new());
    let metas = peer.drain_queue(&user_jid("ann")).await;
    assert_eq!(body_of(&metas[0]).ack_message_id, id);
    assert_eq!(server.call("POST", "/messages/msg_recall", server.app_token(), Some(recall)).await.0, 404);
}

#[tokio::test]
async fn an_edited_message_changes_everywhere() {
    let Fixture { server, ann, bob, mut phone, mut laptop, mut peer } = fixture().await;
    let id = phone.send_text(&user_jid("bob"), "old").await;
    peer.drain_queue(&user_jid("ann")).await;
    laptop.drain_queue(&user_jid("bob")).await;
    let edit = |id: u64| MessageBody { edit_message_id: id, ..text_body(MessageType::Edit, "new") };
    let refused = peer.send_message(&user_jid("ann"), edit(id)).await.status.unwrap();
    assert_eq!(refused.reason, "Sorry, You do not have permission");
    let answer = phone.send_message(&user_jid("bob"), edit(id)).await;
    assert_eq!(answer.status.unwrap().error_code, 0);
    let info: Value = serde_json::from_slice(&answer.metas[0].payload).unwrap();
    assert_eq!((&info["edit_msg"]["count"], &info["edit_msg"]["operator"]), (&json!(1), &json!("ann")));
    for (device, queue) in [(&mut peer, "ann"), (&mut laptop, "bob")] {
        let metas = device.drain_queue(&user_jid(queue)).await;
        let body = body_of(&metas[0]);
        assert_eq!((body.r#type, body.edit_message_id), (MessageType::Edit as i32, id));
        assert_eq!(body.contents[0].text, "new");
    }
    for (user, name) in [(&ann, "bob"), (&bob, "ann")] {
        let path = format!("/users/{}/messageroaming", user.name);
        let request = json!({"queue": format!("{name}@easemob.com"), "pull_number": 1});
        let answer = server.user_call(user, "POST", &path, Some(request)).await;
        let meta = decode_meta(&answer["data"]["msgs"][0]["msg"]);
        assert_eq!((meta.id, text_of(&meta).as_str()), (id, "new"));
        assert!(body_of(&meta).meta.contains("edit_msg"));
    }
    let gone = phone.send_message(&user_jid("bob"), edit(1)).await.status.unwrap();
    assert_eq!(gone.reason, "Sorry, message does not exist");
}

#[tokio::test]
async fn no_edit_turns_a_command_into_a_message_or_back() {
    let Fixture { server, bob, mut phone, .. } = fixture().await;
    let command = |message_type| {
        let body = Body::Command { action: "typing".into() };
        MessageBody {
            r#type: message_type as i32,
            contents: vec![body.to_content()],
            ..MessageBody::default()
        }
    };
    let text = phone.send_text(&user_jid("bob"), "text").await;
    let signal = phone.send_message(&user_jid("bob"), command(MessageType::Chat)).await.server_id;
    let edits = [
        MessageBody { edit_message_id: text, ..command(MessageType::Edit) },
        MessageBody { edit_message_id: signal, ..text_body(MessageType::Edit, "new") },
    ];
    for edit in edits {
        let status = phone.send_message(&user_jid("bob"), edit).await.status.unwrap();
        assert_eq!(status.reason, "Sorry, format is incorrect");
    }
    let entry = server.find_conversation(&bob, "ann").await.unwrap();
    assert_eq!((&entry["unread_num"], &entry["meta"]["id"]), (&json!(1), &json!(text.to_string())));
}

#[tokio::test]
async fn read_receipts_reset_the_unread_count_and_reach_the_peer() {
    for kind in [MessageType::ChannelAck, MessageType::ReadAck] {
        let Fixture { server, bob, mut phone, mut peer, .. } = fixture().await;
        let id = phone.send_text(&user_jid("bob"), "hi").await;
        assert_eq!(server.find_conversation(&bob, "ann").await.unwrap()["unread_num"], 1);
        peer.drain_queue(&user_jid("ann")).await;
        let receipt = MessageBody { r#type: kind as i32, ack_message_id: id, ..MessageBody::default() };
        assert_eq!(peer.send_message(&user_jid("ann"), receipt).await.status.unwrap().error_code, 0);
        assert_eq!(server.find_conversation(&bob, "ann").await.unwrap()["unread_num"], 0);
        let metas = phone.receive_new().await;
        assert_eq!((body_of(&metas[0]).r#type, body_of(&metas[0]).ack_message_id), (kind as i32, id));
        // A receipt is not in the history.
        assert_eq!(server.newest_ids(&bob, "ann").await, [id]);
        server.send("ann", "bob", "more", None).await;
        assert_eq!(server.find_conversation(&bob, "ann").await.unwrap()["unread_num"], 1);
    }
}

#[tokio::test]
async fn delivery_receipts_do_not_change_the_unread_count() {
    let Fixture { server, bob, mut phone, mut peer, .. } = fixture().await;
    let id = phone.send_text(&user_jid("bob"), "hi").await;
    let receipt =
        MessageBody { r#type: MessageType::DeliverAck as i32, ack_message_id: id, ..MessageBody::default() };
    peer.send_message(&user_jid("ann"), receipt).await;
    assert_eq!(body_of(&phone.receive_new().await[0]).r#type, MessageType::DeliverAck as i32);
    assert_eq!(server.find_conversation(&bob, "ann").await.unwrap()["unread_num"], 1);
}
