//! The audience of a message: who learns of its recall, its edits and its receipts.

use super::support::*;
use roamkit_wire::meta::{MessageBody, MessageType, RouteType};
use serde_json::json;

struct Fixture {
    server: TestServer,
    ann: TestUser,
    bob: TestUser,
    cat: TestUser,
    group: String,
}

/// A group of Ann, who owns it, and Bob. Cat is not in it.
async fn fixture(flags: &[&str]) -> Fixture {
    let server = TestServer::start(flags).await;
    let (ann, bob, cat) =
        (server.create_user("ann").await, server.create_user("bob").await, server.create_user("cat").await);
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    Fixture { server, ann, bob, cat, group }
}

impl Fixture {
    async fn add(&self, name: &str) {
        self.server.app_call("POST", &format!("/chatgroups/{}/users/{name}", self.group), None).await;
    }

    async fn remove(&self, name: &str) {
        self.server.app_call("DELETE", &format!("/chatgroups/{}/users/{name}", self.group), None).await;
    }
}

fn recall_of(id: u64) -> MessageBody {
    MessageBody { r#type: MessageType::Recall as i32, ack_message_id: id, ..MessageBody::default() }
}

fn edit_of(id: u64, text: &str) -> MessageBody {
    MessageBody { edit_message_id: id, ..text_body(MessageType::Edit, text) }
}

fn receipt(receipt_type: MessageType, id: u64) -> MessageBody {
    MessageBody { r#type: receipt_type as i32, ack_message_id: id, ..MessageBody::default() }
}

/// Sends a body and returns the reason of the refusal, empty if there is none.
async fn reason_of(device: &mut Device, group: &str, body: MessageBody) -> String {
    device.send_message(&group_jid(group), body).await.status.unwrap().reason
}

#[tokio::test]
async fn recalls_and_edits_reach_former_members_and_not_later_ones() {
    for body in [recall_of(0), edit_of(0, "new")] {
        let fixture = fixture(&[]).await;
        let Fixture { server, ann, bob, cat, group } = &fixture;
        let mut sender = server.connect_device(ann, "sender").await;
        let mut online = server.connect_device(bob, "online").await;
        server.connect_device(bob, "away").await.log_out().await;
        let mut later = server.connect_device(cat, "later").await;
        let id = sender.send_text(&group_jid(group), "old").await;
        online.drain_queue(&group_jid(group)).await;
        fixture.remove("bob").await;
        fixture.add("cat").await;
        // A message of the time after Bob left concerns Cat only.
        let second = sender.send_text(&group_jid(group), "second").await;
        later.drain_queue(&group_jid(group)).await;

        let is_edit = body.r#type == MessageType::Edit as i32;
        let change = |id| if is_edit { edit_of(id, "new") } else { recall_of(id) };
        assert_eq!(reason_of(&mut sender, group, change(id)).await, "");
        assert_eq!(later.unread().await, [], "Cat never had the message");
        let changed = |metas: Vec<roamkit_wire::meta::Meta>| -> Vec<u64> {
            let bodies = metas.iter().map(body_of).filter(|found| found.r#type == body.r#type);
            bodies.map(|body| if is_edit { body.edit_message_id } else { body.ack_message_id }).collect()
        };
        let mut away = server.connect_device(bob, "away").await;
        for device in [&mut online, &mut away] {
            assert_eq!(changed(device.drain_queue(&group_jid(group)).await), [id]);
        }
        assert_eq!(reason_of(&mut sender, group, change(second)).await, "");
        assert_eq!(changed(later.drain_queue(&group_jid(group)).await), [second]);
        assert_eq!(online.unread().await, [], "Bob never had the second message");
    }
}

#[tokio::test]
async fn who_removed_a_message_hears_nothing_of_it_any_more() {
    let Fixture { server, ann, bob, group, .. } = fixture(&[]).await;
    let mut sender = server.connect_device(&ann, "sender").await;
    let mut remover = server.connect_device(&bob, "remover").await;
    for by_time in [false, true] {
        let id = sender.send_text(&group_jid(&group), "text").await;
        let (tail, what) = if by_time {
            ("/time", "delTime=9999999999999".to_owned())
        } else {
            ("", format!("msgIdList={id}"))
        };
        let path =
            format!("/sdk/message/roaming/group/user/bob{tail}?groupId={group}&{what}&resource=remover");
        server.user_call(&bob, "DELETE", &path, None).await;
        assert_eq!(reason_of(&mut sender, &group, edit_of(id, "new")).await, "");
        assert_eq!(reason_of(&mut sender, &group, recall_of(id)).await, "");
        assert_eq!(remover.unread().await, []);
    }
}

#[tokio::test]
async fn a_former_member_edits_and_acknowledges_nothing_but_recalls() {
    let fixture = fixture(&[]).await;
    let Fixture { server, ann, bob, group, .. } = &fixture;
    let mut former = server.connect_device(bob, "former").await;
    let mut member = server.connect_device(ann, "member").await;
    let own = former.send_text(&group_jid(group), "own").await;
    let other = member.send_text(&group_jid(group), "other").await;
    member.drain_queue(&group_jid(group)).await;
    fixture.remove("bob").await;
    let not_member = "not in group or chatroom";
    assert_eq!(reason_of(&mut former, group, edit_of(own, "new")).await, not_member);
    for receipt_type in [MessageType::ReadAck, MessageType::DeliverAck, MessageType::ChannelAck] {
        assert_eq!(reason_of(&mut former, group, receipt(receipt_type, other)).await, not_member);
    }
    assert_eq!(server.find_conversation(bob, group).await.unwrap()["unread_num"], 1);
    assert_eq!(member.unread().await, []);
    assert_eq!(reason_of(&mut former, group, recall_of(own)).await, "");
    assert_eq!(body_of(&member.drain_queue(&group_jid(group)).await[0]).ack_message_id, own);
}

#[tokio::test]
async fn the_app_recalls_messages_of_removed_users_and_of_closed_groups() {
    let fixture = fixture(&[]).await;
    let Fixture { server, ann, bob, group, .. } = &fixture;
    let direct = server.send("cat", "ann", "direct", None).await;
    fixture.add("cat").await;
    let of_removed = server.send("cat", group, "of a removed user", None).await;
    let of_closed = server.send("bob", group, "of a closed group", None).await;
    let mut device = server.connect_device(ann, "device").await;
    server.app_call("DELETE", "/users/cat", None).await;
    server.app_call("DELETE", &format!("/chatgroups/{group}"), None).await;
    for (id, from, to, chat_type) in [
        (direct, "cat", "ann", "chat"),
        (of_removed, "cat", group.as_str(), "groupchat"),
        (of_closed, "bob", group, "groupchat"),
    ] {
        let recall = json!({"msg_id": id.to_string(), "from": from, "to": to});
        let answer = server.app_call("POST", "/messages/msg_recall", Some(recall)).await;
        assert_eq!((&answer["from"], &answer["to"]), (&json!(from), &json!(to)));
        assert_eq!(answer["chattype"], chat_type);
    }
    for user in [ann, bob] {
        assert_eq!(server.newest_ids(user, group).await, Vec::<u64>::new());
    }
    assert_eq!(server.newest_ids(ann, "cat").await, Vec::<u64>::new());
    let recalled = |metas: Vec<roamkit_wire::meta::Meta>| {
        metas.iter().map(|meta| body_of(meta).ack_message_id).collect::<Vec<_>>()
    };
    assert_eq!(recalled(device.drain_queue(&user_jid("cat")).await), [direct]);
    assert_eq!(recalled(device.drain_queue(&group_jid(group)).await), [of_removed, of_closed]);
}

#[tokio::test]
async fn a_new_user_of_a_removed_users_name_hears_nothing_of_earlier_messages() {
    let fixture = fixture(&[]).await;
    let Fixture { server, ann, .. } = &fixture;
    let mut sender = server.connect_device(ann, "sender").await;
    let id = sender.send_text(&user_jid("cat"), "for the first cat").await;
    server.app_call("DELETE", "/users/cat", None).await;
    let cat = server.create_user("cat").await;
    let mut device = server.connect_device(&cat, "device").await;
    sender.send_text(&user_jid("cat"), "for the second cat").await;
    device.drain_queue(&user_jid("ann")).await;
    let status = sender.send_message(&user_jid("cat"), edit_of(id, "new")).await.status.unwrap();
    assert_eq!(status.reason, "");
    let status = sender.send_message(&user_jid("cat"), recall_of(id)).await.status.unwrap();
    assert_eq!(status.reason, "");
    assert_eq!(device.unread().await, []);
}

#[tokio::test]
async fn a_read_receipt_in_a_group_reaches_the_sender_of_the_message_only() {
    let fixture = fixture(&[]).await;
    let Fixture { server, ann, bob, cat, group } = &fixture;
    fixture.add("cat").await;
    let mut sender = server.connect_device(ann, "sender").await;
    let mut reader = server.connect_device(bob, "reader").await;
    let mut bystander = server.connect_device(cat, "bystander").await;
    let id = sender.send_text(&group_jid(group), "text").await;
    bystander.drain_queue(&group_jid(group)).await;
    reader.drain_queue(&group_jid(group)).await;
    for receipt_type in [MessageType::ReadAck, MessageType::DeliverAck] {
        assert_eq!(reason_of(&mut reader, group, receipt(receipt_type, id)).await, "");
        let body = body_of(&sender.receive_new().await[0]);
        assert_eq!((body.r#type, body.ack_message_id), (receipt_type as i32, id));
        assert_eq!(bystander.unread().await, []);
    }
    // Nobody is told of a receipt for a message that the reader never saw.
    let targeted =
        json!({"from": "ann", "to": [group], "type": "txt", "body": {"msg": "m"}, "users": ["cat"]});
    let answer = server.app_call("POST", "/messages/chatgroups/users", Some(targeted)).await;
    let unseen = answer["data"][group].as_str().unwrap().parse().unwrap();
    reason_of(&mut reader, group, receipt(MessageType::ReadAck, unseen)).await;
    assert_eq!(sender.unread().await, []);
}

#[tokio::test]
async fn receipts_have_the_maximum_size_of_messages() {
    let Fixture { server, bob, ann, group, .. } = fixture(&["--message-bytes", "200"]).await;
    let mut device = server.connect_device(&bob, "device").await;
    let mut sender = server.connect_device(&ann, "sender").await;
    for receipt_type in [MessageType::ReadAck, MessageType::DeliverAck, MessageType::ChannelAck] {
        for to in [group_jid(&group), user_jid("ann")] {
            let body = MessageBody { meta: "x".repeat(200), ..receipt(receipt_type, 1) };
            let status = device.send_message(&to, body).await.status.unwrap();
            assert_eq!(status.reason, "Sorry, data is too large");
        }
    }
    assert_eq!(sender.unread().await, []);
}

#[tokio::test]
async fn a_rest_message_to_oneself_arrives_once() {
    let Fixture { server, ann, .. } = fixture(&[]).await;
    let mut device = server.connect_device(&ann, "device").await;
    for sync_device in [false, true] {
        let message = json!({"from": "ann", "to": ["ann"], "type": "txt", "body": {"msg": "note"},
                             "sync_device": sync_device});
        let answer = server.app_call("POST", "/messages/users", Some(message)).await;
        let metas = device.drain_queue(&user_jid("ann")).await;
        let ids: Vec<String> = metas.iter().map(|meta| meta.id.to_string()).collect();
        assert_eq!(ids, [answer["data"]["ann"].as_str().unwrap()]);
        assert_eq!(metas[0].routetype, RouteType::All as i32);
        assert_eq!(device.unread().await, []);
    }
    assert_eq!(server.newest_ids(&ann, "ann").await.len(), 2);
    assert_eq!(server.find_conversation(&ann, "ann").await.unwrap()["unread_num"], 0);
}
