//! Messages to some members of a group, messages to online devices only, and chat rooms, in which nothing waits for
//! members who are away.

use super::support::*;
use prost::Message as _;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, RouteType};
use roamkit_wire::msync::Jid;
use roamkit_wire::prost;
use serde_json::json;

struct Fixture {
    server: TestServer,
    ann: TestUser,
    bob: TestUser,
    cat: TestUser,
}

async fn fixture() -> Fixture {
    let server = TestServer::start(&[]).await;
    let (ann, bob, cat) =
        (server.create_user("ann").await, server.create_user("bob").await, server.create_user("cat").await);
    Fixture { server, ann, bob, cat }
}

fn envelope(to: &Jid, message_type: MessageType, route: RouteType, receivers: &[&str]) -> Meta {
    Meta {
        to: Some(to.clone()),
        payload: text_body(message_type, "text").encode_to_vec(),
        routetype: route as i32,
        directed_users: receivers.iter().map(ToString::to_string).collect(),
        ..Meta::default()
    }
}

/// Sends an envelope, which must be accepted, and returns the id.
async fn send(device: &mut Device, meta: Meta) -> u64 {
    let answer = device.send_meta(meta).await;
    assert_eq!(answer.status.unwrap().reason, "");
    answer.server_id
}

#[tokio::test]
async fn a_targeted_message_exists_only_for_its_sender_and_the_named_members() {
    let Fixture { server, ann, bob, cat } = fixture().await;
    for kind in ["chatgroups", "chatrooms"] {
        let group = server.create_group(kind, "ann", &["bob", "cat"]).await;
        let queue = group_jid(&group);
        let mut sender = server.connect_device(&ann, "sender").await;
        let mut mirror = server.connect_device(&ann, "mirror").await;
        let mut named = server.connect_device(&bob, "named").await;
        let mut other = server.connect_device(&cat, "other").await;
        let first = send(
            &mut sender,
            envelope(&queue, MessageType::GroupChat, RouteType::Direct, &["Bob", "stranger"]),
        )
        .await;
        let message =
            json!({"from": "ann", "to": [group], "type": "txt", "body": {"msg": "m"}, "users": ["bob"]});
        let answer = server.app_call("POST", &format!("/messages/{kind}/users"), Some(message)).await;
        let second: u64 = answer["data"][&group].as_str().unwrap().parse().unwrap();

        let ids = |metas: Vec<Meta>| metas.iter().map(|meta| meta.id).collect::<Vec<_>>();
        assert_eq!(ids(named.drain_queue(&queue).await), [first, second]);
        assert_eq!(
            ids(mirror.drain_queue(&queue).await),
            [first],
            "the REST call did not ask for the sender's devices"
        );
        assert_eq!(other.unread().await, []);
        for (user, expected) in [(&ann, vec![second, first]), (&bob, vec![second, first]), (&cat, vec![])] {
            assert_eq!(server.newest_ids(user, &group).await, expected, "{}", user.name);
        }
        let entry = server.find_conversation(&bob, &group).await.unwrap();
        assert_eq!((&entry["unread_num"], &entry["meta"]["id"]), (&json!(2), &json!(second.to_string())));
        assert!(server.find_conversation(&cat, &group).await.is_none());

        // A recall and an edit concern the same users.
        let edit = MessageBody { edit_message_id: first, ..text_body(MessageType::Edit, "new") };
        assert_eq!(sender.send_message(&queue, edit).await.status.unwrap().reason, "");
        let recall = json!({"msg_id": second.to_string()});
        server.app_call("POST", "/messages/msg_recall", Some(recall)).await;
        assert_eq!(named.drain_queue(&queue).await.len(), 2);
        assert_eq!(other.unread().await, []);
        assert_eq!(server.find_conversation(&bob, &group).await.unwrap()["unread_num"], 1);

        // A message to everybody does not bring the targeted ones back for others.
        let third = server.send("bob", &group, "to all", None).await;
        assert_eq!(server.newest_ids(&cat, &group).await, [third]);
        assert_eq!(server.find_conversation(&cat, &group).await.unwrap()["unread_num"], 1);
        let path =
            format!("/sdk/message/roaming/group/user/cat?groupId={group}&msgIdList={third}&resource=other");
        server.user_call(&cat, "DELETE", &path, None).await;
        assert_eq!(server.find_conversation(&cat, &group).await.unwrap()["meta"], json!({}));
        for device in [sender, mirror, named, other] {
            device.log_out().await;
        }
    }
}

#[tokio::test]
async fn the_receivers_of_a_targeted_message_are_limited() {
    let Fixture { server, ann, bob, .. } = fixture().await;
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    let mut device = server.connect_device(&ann, "device").await;
    let names: Vec<String> = (0..21).map(|number| format!("u{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let meta = envelope(&group_jid(&group), MessageType::GroupChat, RouteType::Direct, &names);
    assert_eq!(device.send_meta(meta).await.status.unwrap().reason, "limit directed users");
    let message = |to: &[&str], users: &[&str]| json!({"from": "ann", "to": to, "type": "txt", "body": {"msg": "m"}, "users": users});
    for wrong in [
        message(&[&group], &[]),
        message(&[&group], &names),
        message(&[&group, &group], &["bob"]),
        message(&[&group], &["not a name"]),
    ] {
        let call = server.call("POST", "/messages/chatgroups/users", server.app_token(), Some(wrong.clone()));
        assert_eq!(call.await.0, 400, "{wrong}");
    }
    assert_eq!(server.newest_ids(&bob, &group).await, Vec::<u64>::new());
    // In a single chat and on the other paths, the names have no meaning.
    send(&mut device, envelope(&user_jid("bob"), MessageType::Chat, RouteType::Direct, &["cat"])).await;
    assert_eq!(server.newest_ids(&bob, "ann").await.len(), 1);
}

#[tokio::test]
async fn an_online_only_message_reaches_connected_devices_and_is_not_kept() {
    let Fixture { server, ann, bob, .. } = fixture().await;
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    server.connect_device(&bob, "away").await.log_out().await;
    let mut sender = server.connect_device(&ann, "sender").await;
    let mut mirror = server.connect_device(&ann, "mirror").await;
    let mut online = server.connect_device(&bob, "online").await;
    for (to, queue, message_type) in [
        (user_jid("bob"), user_jid("ann"), MessageType::Chat),
        (group_jid(&group), group_jid(&group), MessageType::GroupChat),
    ] {
        let id = send(&mut sender, envelope(&to, message_type, RouteType::Online, &[])).await;
        let metas = online.drain_queue(&queue).await;
        assert_eq!((metas.len(), metas[0].id, metas[0].routetype), (1, id, RouteType::Online as i32));
        assert_eq!(mirror.drain_queue(&to).await.len(), 1);
        for (user, peer) in [(&ann, &to.name), (&bob, &queue.name)] {
            assert_eq!(server.newest_ids(user, peer).await, Vec::<u64>::new());
            assert!(server.find_conversation(user, peer).await.is_none());
        }
        let recall = json!({"msg_id": id.to_string()});
        let call = server.call("POST", "/messages/msg_recall", server.app_token(), Some(recall));
        assert_eq!(call.await.0, 404, "nothing is left to recall");
    }
    let mut away = server.connect_device(&bob, "away").await;
    assert_eq!(away.unread().await, []);
}

#[tokio::test]
async fn an_online_only_message_ends_with_the_session_it_was_for() {
    let Fixture { server, ann, bob, .. } = fixture().await;
    server.create_user("dan").await;
    let mut sender = server.connect_device(&ann, "sender").await;
    let mut device = server.connect_device(&bob, "device").await;
    let kept = sender.send_text(&user_jid("bob"), "kept").await;
    let message = json!({"from": "dan", "to": ["bob"], "type": "txt", "body": {"msg": "now"}, "routetype": "ROUTE_ONLINE"});
    server.app_call("POST", "/messages/users", Some(message)).await;
    assert_eq!(device.unread().await, [("ann".into(), 1), ("dan".into(), 1)]);
    device.log_out().await;
    let mut device = server.connect_device(&bob, "device").await;
    assert_eq!(device.unread().await, [("ann".into(), 1)]);
    assert_eq!(device.drain_queue(&user_jid("ann")).await[0].id, kept);
    let wrong = json!({"from": "dan", "to": ["bob"], "type": "txt", "body": {"msg": "m"}, "routetype": "ROUTE_NOWHERE"});
    assert_eq!(server.call("POST", "/messages/users", server.app_token(), Some(wrong)).await.0, 400);
}

#[tokio::test]
async fn nothing_waits_for_members_of_a_room_who_are_away() {
    let Fixture { server, ann, bob, .. } = fixture().await;
    let room = server.create_group("chatrooms", "ann", &["bob"]).await;
    let queue = group_jid(&room);
    server.connect_device(&bob, "away").await.log_out().await;
    let mut sender = server.connect_device(&ann, "sender").await;
    let mut online = server.connect_device(&bob, "online").await;
    // A room keeps every message in its history, also one for online devices only.
    let first = send(&mut sender, envelope(&queue, MessageType::ChatRoom, RouteType::All, &[])).await;
    let second = send(&mut sender, envelope(&queue, MessageType::ChatRoom, RouteType::Online, &[])).await;
    let edit = MessageBody { edit_message_id: first, ..text_body(MessageType::Edit, "new") };
    assert_eq!(sender.send_message(&queue, edit).await.status.unwrap().reason, "");
    let recall = json!({"msg_id": second.to_string()});
    server.app_call("POST", "/messages/msg_recall", Some(recall)).await;
    let kinds: Vec<i32> = online.drain_queue(&queue).await.iter().map(|meta| body_of(meta).r#type).collect();
    let expected = [MessageType::ChatRoom, MessageType::Edit, MessageType::Recall];
    assert_eq!(kinds, expected.map(|kind| kind as i32));
    let mut away = server.connect_device(&bob, "away").await;
    assert_eq!(away.unread().await, []);
    assert_eq!(server.newest_ids(&bob, &room).await, [first]);
}
