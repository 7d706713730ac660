//! Read conversations and pins, which a user's devices share.

use super::support::*;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType, Meta};
use roamkit_wire::notice::{ConversationOp, Notice};
use serde_json::{Value, json};

fn receipt(receipt_type: MessageType, id: u64) -> MessageBody {
    MessageBody { r#type: receipt_type as i32, ack_message_id: id, ..MessageBody::default() }
}

async fn unread(server: &TestServer, user: &TestUser, peer: &str) -> Value {
    server.find_conversation(user, peer).await.unwrap()["unread_num"].clone()
}

/// The receipts among some envelopes, as (sender, type, message).
fn receipts(metas: &[Meta]) -> Vec<(String, i32, u64)> {
    let receipts = metas.iter().map(|meta| (meta.from.clone().unwrap().name, body_of(meta)));
    receipts
        .filter(|(_, body)| (4..=7).contains(&body.r#type))
        .map(|(from, body)| (from, body.r#type, body.ack_message_id))
        .collect()
}

#[tokio::test]
async fn a_conversation_that_one_device_read_is_read_on_the_others() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    server.connect_device(&bob, "away").await.log_out().await;
    let mut sender = server.connect_device(&ann, "sender").await;
    let mut reader = server.connect_device(&bob, "reader").await;
    let mut online = server.connect_device(&bob, "online").await;
    let channel_ack = MessageType::ChannelAck as i32;
    let read = vec![("bob".to_owned(), channel_ack, 0)];
    for (to, queue) in [(user_jid("bob"), user_jid("ann")), (group_jid(&group), group_jid(&group))] {
        for _ in 0..3 {
            sender.send_text(&to, "text").await;
        }
        assert_eq!(unread(&server, &bob, &queue.name).await, 3);
        reader.drain_queue(&queue).await;
        let answer = reader.send_message(&queue, receipt(MessageType::ChannelAck, 0)).await;
        assert_eq!(answer.status.unwrap().reason, "");
        assert_eq!(unread(&server, &bob, &queue.name).await, 0);
        assert_eq!(receipts(&online.drain_queue(&queue).await), read);
        assert_eq!(reader.unread().await, [], "the device that read is not told");
        // The other user of a single chat is told, the members of a group are not.
        let told = if to.is_group() { vec![] } else { read.clone() };
        let own = if to.is_group() { &queue } else { &to };
        assert_eq!(receipts(&sender.drain_queue(own).await), told);
    }
    let mut away = server.connect_device(&bob, "away").await;
    for queue in [user_jid("ann"), group_jid(&group)] {
        assert_eq!(receipts(&away.drain_queue(&queue).await), read);
    }
}

#[tokio::test]
async fn a_read_receipt_reads_up_to_its_message() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    let mut sender = server.connect_device(&ann, "sender").await;
    let mut reader = server.connect_device(&bob, "reader").await;
    let mut other = server.connect_device(&bob, "other").await;
    let read_ack = MessageType::ReadAck as i32;
    for (to, queue) in [(user_jid("bob"), user_jid("ann")), (group_jid(&group), group_jid(&group))] {
        let mut ids = Vec::new();
        for _ in 0..4 {
            ids.push(sender.send_text(&to, "text").await);
        }
        other.drain_queue(&queue).await;
        // A receipt for an earlier message does not make later ones unread again. An unknown id reads what there is.
        for (id, expected) in [(ids[1], 2), (ids[0], 2), (0, 2), (ids[2], 1), (u64::MAX, 0)] {
            reader.send_message(&queue, receipt(MessageType::ReadAck, id)).await;
            assert_eq!(unread(&server, &bob, &queue.name).await, expected, "{id}");
            assert_eq!(receipts(&other.drain_queue(&queue).await), [("bob".to_owned(), read_ack, id)]);
        }
        sender.send_text(&to, "later").await;
        assert_eq!(unread(&server, &bob, &queue.name).await, 1);
        other.drain_queue(&queue).await;
        reader.drain_queue(&queue).await;
    }
}

#[tokio::test]
async fn pins_are_answered_and_told_to_the_other_devices() {
    let server = TestServer::start(&[]).await;
    let (ann, _bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let group = server.create_group("chatgroups", "bob", &["ann"]).await;
    let room = server.create_group("chatrooms", "bob", &["ann"]).await;
    let mut own = server.connect_device(&ann, "own").await;
    for (peer, kind, chat_type) in [
        ("bob", "chat", ChatType::Single),
        (group.as_str(), "groupchat", ChatType::Group),
        (room.as_str(), "chatroom", ChatType::Room),
    ] {
        server.send("bob", if kind == "chat" { "ann" } else { peer }, "text", None).await;
        let mut other = server.connect_device(&ann, "other").await;
        let path = "/sdk/user/ann/user_channel/top";
        for pins in [true, false] {
            let answer = if pins {
                let body = json!({"type": kind, "to": peer});
                server.user_call(&ann, "POST", &format!("{path}?resource=own"), Some(body)).await
            } else {
                let query = format!("{path}?resource=own&type={kind}&to={peer}");
                server.user_call(&ann, "DELETE", &query, None).await
            };
            let time = answer["data"]["update_top_status_time"].as_u64().unwrap();
            assert_eq!(answer["data"]["is_top"], pins);
            let entry = server.find_conversation(&ann, peer).await.unwrap();
            assert_eq!(entry["is_top"], pins);
            assert_eq!(entry["update_top_status_time"], if pins { time } else { 0 });
            let notices: Vec<Notice> =
                other.drain_queue(&user_jid("ann")).await.iter().map(notice_of).collect();
            let expected = Notice::Conversation {
                op: if pins { ConversationOp::Pinned } else { ConversationOp::Unpinned },
                conversation: peer.to_owned(),
                chat_type,
                resource: "own".into(),
                timestamp: time,
                from: "ann".into(),
                ext: String::new(),
            };
            assert_eq!(notices, [expected]);
        }
        own.drain_queue(&if kind == "chat" { user_jid("bob") } else { group_jid(peer) }).await;
        assert_eq!(own.unread().await, [], "the device that pinned is not told");
        other.log_out().await;
    }
}
