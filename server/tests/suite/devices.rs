//! Sessions of devices and their queues.

use super::support::*;
use roamkit_wire::meta::Namespace;
use roamkit_wire::msync::*;
use roamkit_wire::prost;
use serde_json::json;

async fn pair(server: &TestServer) -> (TestUser, TestUser) {
    (server.create_user("ann").await, server.create_user("bob").await)
}

#[tokio::test]
async fn provision_checks_the_token_and_gives_the_reason_of_a_refusal() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let answer = server.open_socket().await.provision("ann", &ann.token, "web_1").await;
    assert_eq!((answer.status.unwrap().error_code, answer.resource.as_str()), (0, "web_1"));
    let expires: serde_json::Value = serde_json::from_str(&answer.auth_token).unwrap();
    assert!(expires["expires_in"].as_u64().unwrap() > 1_795_000_000_000);

    let mismatch = "Sorry, token or password does not match login info";
    let cases = [
        ("ann", bob.token.as_str(), mismatch),
        ("ann", "made-up", mismatch),
        ("ann", server.app_token(), mismatch),
        ("nobody", "made-up", "Sorry, user not found"),
    ];
    for (name, token, reason) in cases {
        let mut socket = server.open_socket().await;
        let status = socket.provision(name, token, "web_2").await.status.unwrap();
        assert_eq!((status.error_code, status.reason.as_str()), (ErrorCode::Fail as i32, reason));
        assert_eq!(socket.wait_closed().await.len(), 0);
    }
}

#[tokio::test]
async fn four_devices_can_be_online_and_a_new_session_replaces_an_old_one() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let first = server.connect_device(&ann, "r0").await;
    let mut others = Vec::new();
    for i in 1..4 {
        others.push(server.connect_device(&ann, &format!("r{i}")).await);
    }
    let refused = server.open_socket().await.provision("ann", &ann.token, "r4").await.status.unwrap();
    assert_eq!(refused.error_code, ErrorCode::TooManyDevices as i32);
    let mut again = server.connect_device(&ann, "r0").await;
    first.wait_closed().await;
    assert_eq!(again.unread().await, []);
    // After one device has left, another can log in.
    let mut leaving = others.pop().unwrap();
    leaving.send(Command::Logout, Vec::new()).await;
    assert_eq!(leaving.wait_closed().await.len(), 1);
    server.connect_device(&ann, "r4").await;
}

#[tokio::test]
async fn a_replaced_session_is_told_why_it_ends() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let older = server.connect_device(&ann, "r").await;
    let mut newer = server.connect_device(&ann, "r").await;
    let frames = older.wait_closed().await;
    assert_eq!(frames.len(), 1);
    let sync = <CommSyncDl as prost::Message>::decode(frames[0].payload.as_slice()).unwrap();
    assert_eq!(sync.metas[0].ns, Namespace::Statistic as i32);
    let body = <StatisticsBody as prost::Message>::decode(sync.metas[0].payload.as_slice()).unwrap();
    assert_eq!(body.operation, StatisticsOperation::UserLoginAnotherDevice as i32);
    // The newer session goes on, and nothing of this waits in a queue.
    assert_eq!(newer.unread().await, []);
}

#[tokio::test]
async fn a_message_is_delivered_to_all_devices_of_receiver_and_sender() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let mut one = server.connect_device(&ann, "one").await;
    let mut two = server.connect_device(&ann, "two").await;
    let mut sender = server.connect_device(&bob, "sender").await;
    let mut mirror = server.connect_device(&bob, "mirror").await;
    let id = sender.send_text(&user_jid("ann"), "hello").await;
    for device in [&mut one, &mut two] {
        assert_eq!(device.wait_for_notice().await, user_jid("bob"));
        let metas = device.drain_queue(&user_jid("bob")).await;
        assert_eq!(metas.len(), 1);
        let meta = &metas[0];
        assert_eq!((meta.id, meta.ns, text_of(meta).as_str()), (id, Namespace::Chat as i32, "hello"));
        assert_eq!(meta.from.as_ref().unwrap(), &user_jid("bob"));
        assert_eq!(meta.to.as_ref().unwrap(), &user_jid("ann"));
    }
    // The sender's other device gets it in the queue with the peer's name. The sending device does not get it.
    assert_eq!(mirror.wait_for_notice().await, user_jid("ann"));
    assert_eq!(mirror.drain_queue(&user_jid("ann")).await[0].id, id);
    assert_eq!(sender.unread().await, []);
}

#[tokio::test]
async fn rest_messages_reach_the_senders_devices_only_on_request() {
    let server = TestServer::start(&[]).await;
    let (_, bob) = pair(&server).await;
    let mut device = server.connect_device(&bob, "r").await;
    server.send("bob", "ann", "online", None).await;
    assert_eq!(device.unread().await, []);
    let message =
        json!({"from": "bob", "to": ["ann"], "type": "txt", "body": {"msg": "loud"}, "sync_device": true});
    server.app_call("POST", "/messages/users", Some(message)).await;
    assert_eq!(text_of(&device.receive_new().await[0]), "loud");
}

#[tokio::test]
async fn a_device_that_was_offline_gets_everything_in_order_and_in_batches() {
    let server = TestServer::start(&["--sync-batch", "4"]).await;
    let (ann, _) = pair(&server).await;
    server.connect_device(&ann, "away").await.log_out().await;
    let mut ids = Vec::new();
    for i in 0..10 {
        ids.push(server.send("bob", "ann", &i.to_string(), None).await);
    }
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={}&resource=other", ids[0]);
    server.user_call(&ann, "DELETE", &path, None).await;
    let mut device = server.connect_device(&ann, "away").await;
    let mut unread = device.unread().await;
    unread.sort();
    assert_eq!(unread, [("ann".into(), 1), ("bob".into(), 9)]);

    let first = device.sync(&user_jid("bob"), None).await;
    assert_eq!((first.metas.len(), first.is_last), (4, false));
    let second = device.sync(&user_jid("bob"), first.next_key).await;
    assert_eq!((second.metas.len(), second.is_last), (4, false));
    let third = device.sync(&user_jid("bob"), second.next_key).await;
    assert_eq!((third.metas.len(), third.is_last), (1, false));
    // Only an empty batch is marked as the last, because existing clients do not acknowledge a batch with that
    // mark.
    let end = device.sync(&user_jid("bob"), third.next_key).await;
    assert_eq!((end.metas.len(), end.is_last), (0, true));
    let received: Vec<u64> =
        [first, second, third].iter().flat_map(|batch| &batch.metas).map(|meta| meta.id).collect();
    assert_eq!(received, ids[1..]);
    assert_eq!(device.drain_queue(&user_jid("ann")).await.len(), 1);
}

#[tokio::test]
async fn unacknowledged_envelopes_are_sent_again_on_the_next_connection() {
    let server = TestServer::start(&["--sync-batch", "2"]).await;
    let (ann, _) = pair(&server).await;
    let mut device = server.connect_device(&ann, "r").await;
    let mut ids = Vec::new();
    for i in 0..3 {
        ids.push(server.send("bob", "ann", &i.to_string(), None).await);
    }
    let ids_of = |batch: &CommSyncDl| batch.metas.iter().map(|meta| meta.id).collect::<Vec<_>>();
    assert_eq!(ids_of(&device.sync(&user_jid("bob"), None).await), ids[..2]);
    drop(device);

    let mut device = server.connect_device(&ann, "r").await;
    let batch = device.sync(&user_jid("bob"), None).await;
    assert_eq!(ids_of(&batch), ids[..2]);
    // Without a key, the next request acknowledges the batch.
    assert_eq!(ids_of(&device.sync(&user_jid("bob"), None).await), ids[2..]);
    drop(device);

    let mut device = server.connect_device(&ann, "r").await;
    assert_eq!(device.unread().await, [("bob".into(), 1)]);
    let batch = device.sync(&user_jid("bob"), None).await;
    assert_eq!(ids_of(&batch), ids[2..]);
    // A key acknowledges exactly up to itself: with an older key the batch is sent again.
    assert_eq!(ids_of(&device.sync(&user_jid("bob"), Some(batch.next_key.unwrap() - 1)).await), ids[2..]);
    assert_eq!(ids_of(&device.sync(&user_jid("bob"), batch.next_key).await), Vec::<u64>::new());
    assert_eq!(device.unread().await, []);
}

#[tokio::test]
async fn a_new_device_gets_no_older_envelopes() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    server.send("bob", "ann", "before", None).await;
    let mut device = server.connect_device(&ann, "new").await;
    assert_eq!(device.unread().await, []);
}

#[tokio::test]
async fn the_number_of_known_devices_is_bounded() {
    let server = TestServer::start(&["--known-devices", "4"]).await;
    let (ann, _) = pair(&server).await;
    for i in 0..6 {
        server.connect_device(&ann, &format!("r{i}")).await.log_out().await;
    }
    server.send("bob", "ann", "m", None).await;
    let mut newest = server.connect_device(&ann, "r5").await;
    assert_eq!(newest.unread().await, [("bob".into(), 1)]);
    let mut oldest = server.connect_device(&ann, "r0").await;
    assert_eq!(oldest.unread().await, []);
}

#[tokio::test]
async fn group_messages_are_in_the_groups_queue() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let id = server.create_group("chatgroups", "bob", &["ann"]).await;
    let mut receiver = server.connect_device(&ann, "r").await;
    let mut sender = server.connect_device(&bob, "s").await;
    let mut mirror = server.connect_device(&bob, "m").await;
    let sent = sender.send_text(&group_jid(&id), "hi all").await;
    for device in [&mut receiver, &mut mirror] {
        assert_eq!(device.wait_for_notice().await, group_jid(&id));
        let metas = device.drain_queue(&group_jid(&id)).await;
        assert_eq!((metas.len(), metas[0].id, metas[0].to.as_ref()), (1, sent, Some(&group_jid(&id))));
    }
    assert_eq!(sender.unread().await, []);
}

#[tokio::test]
async fn invalid_frames_are_answered_or_end_the_session() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    // Frames before the provision are ignored.
    let mut device = server.open_socket().await;
    device.send(Command::Unread, Vec::new()).await;
    assert_eq!(device.provision("ann", &ann.token, "r").await.status.unwrap().error_code, 0);
    // An unreadable payload is answered with an error.
    device.send(Command::Sync, vec![0xff, 0xff]).await;
    let answer = device.receive(Command::Sync).await;
    let answer = <CommSyncDl as prost::Message>::decode(answer.payload.as_slice()).unwrap();
    assert_eq!(answer.status.unwrap().error_code, ErrorCode::PbParserError as i32);
    // An unknown queue is answered with an empty batch.
    let batch = device.sync(&user_jid("nobody"), Some(u64::MAX)).await;
    assert_eq!((batch.metas.len(), batch.is_last), (0, true));
    // An unreadable frame closes the socket.
    device.send_bytes(vec![0xff; 10]).await;
    assert_eq!(device.wait_closed().await.len(), 0);
    // A frame that is too large closes the socket.
    let mut device = server.connect_device(&ann, "r").await;
    device.send(Command::Sync, vec![0; 100_000]).await;
    assert_eq!(device.wait_closed().await.len(), 0);
}

#[tokio::test]
async fn idle_sockets_are_closed() {
    let server = TestServer::start(&["--socket-provision", "1", "--socket-idle", "1"]).await;
    let (ann, bob) = pair(&server).await;
    assert_eq!(server.open_socket().await.wait_closed().await.len(), 0);
    // Only received frames count as activity, sent ones do not.
    let idle = server.connect_device(&ann, "r").await;
    let mut busy = server.connect_device(&bob, "r").await;
    let closed = tokio::spawn(idle.wait_closed());
    while !closed.is_finished() {
        busy.send_text(&user_jid("ann"), "are you there?").await;
    }
    assert!(!closed.await.unwrap().is_empty());
    assert_eq!(busy.unread().await, []);
}

#[tokio::test]
async fn an_online_device_is_not_deleted_when_others_come_and_go() {
    let server = TestServer::start(&["--known-devices", "4", "--max-devices", "4"]).await;
    let (ann, _) = pair(&server).await;
    let mut online = server.connect_device(&ann, "online").await;
    for i in 0..6 {
        server.connect_device(&ann, &format!("r{i}")).await.log_out().await;
    }
    let id = server.send("bob", "ann", "m", None).await;
    assert_eq!(online.receive_new().await[0].id, id);
}

#[tokio::test]
async fn shutdown_closes_the_sockets() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let device = server.connect_device(&ann, "r").await;
    let (closed, ()) = tokio::join!(device.wait_closed(), server.stop());
    assert_eq!(closed.len(), 0);
}
