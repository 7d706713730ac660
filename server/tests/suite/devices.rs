//! Queues of devices: what waits, what is sent again, who is let in.

use super::support::*;
use roamkit_wire::meta::Namespace;
use roamkit_wire::msync::*;
use roamkit_wire::prost;
use serde_json::json;

async fn pair(server: &TestServer) -> (TestUser, TestUser) {
    (server.user("ann").await, server.user("bob").await)
}

#[tokio::test]
async fn provision_says_who_may_come_in() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let answer = server.socket().await.provision("ann", &ann.token, "web_1").await;
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
        let mut socket = server.socket().await;
        let status = socket.provision(name, token, "web_2").await.status.unwrap();
        assert_eq!((status.error_code, status.reason.as_str()), (ErrorCode::Fail as i32, reason));
        assert_eq!(socket.closed().await.len(), 0);
    }
}

#[tokio::test]
async fn four_devices_at_once_and_the_same_one_again() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let first = server.device(&ann, "r0").await;
    let mut others = Vec::new();
    for i in 1..4 {
        others.push(server.device(&ann, &format!("r{i}")).await);
    }
    let refused = server.socket().await.provision("ann", &ann.token, "r4").await.status.unwrap();
    assert_eq!(refused.error_code, ErrorCode::TooManyDevices as i32);
    // The same device comes again: the stale socket closes without a word.
    let mut again = server.device(&ann, "r0").await;
    assert_eq!(first.closed().await.len(), 0);
    assert_eq!(again.unread().await, []);
    // One leaves, another may come.
    let mut leaving = others.pop().unwrap();
    leaving.send(Command::Logout, Vec::new()).await;
    assert_eq!(leaving.closed().await.len(), 1);
    server.device(&ann, "r4").await;
}

#[tokio::test]
async fn a_message_reaches_the_receivers_devices_in_the_senders_queue() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let mut one = server.device(&ann, "one").await;
    let mut two = server.device(&ann, "two").await;
    let mut sender = server.device(&bob, "sender").await;
    let mut mirror = server.device(&bob, "mirror").await;
    let id = sender.say(&user("ann"), "hello").await;
    for device in [&mut one, &mut two] {
        assert_eq!(device.told().await, user("bob"));
        let metas = device.drain(&user("bob")).await;
        assert_eq!(metas.len(), 1);
        let meta = &metas[0];
        assert_eq!((meta.id, meta.ns, text_of(meta).as_str()), (id, Namespace::Chat as i32, "hello"));
        assert_eq!(meta.from.as_ref().unwrap(), &user("bob"));
        assert_eq!(meta.to.as_ref().unwrap(), &user("ann"));
    }
    // The sender's other device has it under the peer's name; the sending one does not get it back.
    assert_eq!(mirror.told().await, user("ann"));
    assert_eq!(mirror.drain(&user("ann")).await[0].id, id);
    assert_eq!(sender.unread().await, []);
}

#[tokio::test]
async fn rest_messages_reach_the_senders_devices_only_on_demand() {
    let server = TestServer::start(&[]).await;
    let (_, bob) = pair(&server).await;
    let mut device = server.device(&bob, "r").await;
    server.send("bob", "ann", "quiet", None).await;
    assert_eq!(device.unread().await, []);
    let message =
        json!({"from": "bob", "to": ["ann"], "type": "txt", "body": {"msg": "loud"}, "sync_device": true});
    server.app("POST", "/messages/users", Some(message)).await;
    assert_eq!(text_of(&device.news().await[0]), "loud");
}

#[tokio::test]
async fn a_device_that_was_away_finds_everything_in_order_and_in_batches() {
    let server = TestServer::start(&["--sync-batch", "4"]).await;
    let (ann, _) = pair(&server).await;
    server.device(&ann, "away").await.leave().await;
    let mut ids = Vec::new();
    for i in 0..10 {
        ids.push(server.send("bob", "ann", &i.to_string(), None).await);
    }
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={}&resource=other", ids[0]);
    server.user_call(&ann, "DELETE", &path, None).await;
    let mut device = server.device(&ann, "away").await;
    let mut unread = device.unread().await;
    unread.sort();
    assert_eq!(unread, [("ann".into(), 1), ("bob".into(), 9)]);

    let first = device.sync(&user("bob"), None).await;
    assert_eq!((first.metas.len(), first.is_last), (4, false));
    let second = device.sync(&user("bob"), first.next_key).await;
    assert_eq!((second.metas.len(), second.is_last), (4, false));
    let third = device.sync(&user("bob"), second.next_key).await;
    assert_eq!((third.metas.len(), third.is_last), (1, false));
    // Only an empty batch is the last: clients in the field acknowledge nothing after a batch that says it is.
    let end = device.sync(&user("bob"), third.next_key).await;
    assert_eq!((end.metas.len(), end.is_last), (0, true));
    let got: Vec<u64> =
        [first, second, third].iter().flat_map(|batch| &batch.metas).map(|meta| meta.id).collect();
    assert_eq!(got, ids[1..]);
    assert_eq!(device.drain(&user("ann")).await.len(), 1);
}

#[tokio::test]
async fn what_was_not_followed_up_comes_again_on_the_next_connection() {
    let server = TestServer::start(&["--sync-batch", "2"]).await;
    let (ann, _) = pair(&server).await;
    let mut device = server.device(&ann, "r").await;
    let mut ids = Vec::new();
    for i in 0..3 {
        ids.push(server.send("bob", "ann", &i.to_string(), None).await);
    }
    let seen = |batch: &CommSyncDl| batch.metas.iter().map(|meta| meta.id).collect::<Vec<_>>();
    assert_eq!(seen(&device.sync(&user("bob"), None).await), ids[..2]);
    drop(device);

    let mut device = server.device(&ann, "r").await;
    let batch = device.sync(&user("bob"), None).await;
    assert_eq!(seen(&batch), ids[..2]);
    // Without a key, the next wish means that the batch arrived.
    assert_eq!(seen(&device.sync(&user("bob"), None).await), ids[2..]);
    drop(device);

    let mut device = server.device(&ann, "r").await;
    assert_eq!(device.unread().await, [("bob".into(), 1)]);
    let batch = device.sync(&user("bob"), None).await;
    assert_eq!(seen(&batch), ids[2..]);
    // With a key, exactly what it covers: an older one brings the batch again.
    assert_eq!(seen(&device.sync(&user("bob"), Some(batch.next_key.unwrap() - 1)).await), ids[2..]);
    assert_eq!(seen(&device.sync(&user("bob"), batch.next_key).await), Vec::<u64>::new());
    assert_eq!(device.unread().await, []);
}

#[tokio::test]
async fn a_device_gets_nothing_from_before_it_existed() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    server.send("bob", "ann", "before", None).await;
    let mut device = server.device(&ann, "new").await;
    assert_eq!(device.unread().await, []);
}

#[tokio::test]
async fn only_so_many_devices_are_remembered() {
    let server = TestServer::start(&["--known-devices", "4"]).await;
    let (ann, _) = pair(&server).await;
    for i in 0..6 {
        server.device(&ann, &format!("r{i}")).await.leave().await;
    }
    server.send("bob", "ann", "m", None).await;
    let mut newest = server.device(&ann, "r5").await;
    assert_eq!(newest.unread().await, [("bob".into(), 1)]);
    let mut oldest = server.device(&ann, "r0").await;
    assert_eq!(oldest.unread().await, []);
}

#[tokio::test]
async fn group_messages_come_in_the_groups_queue() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let id = server.group("chatgroups", "bob", &["ann"]).await;
    let mut receiver = server.device(&ann, "r").await;
    let mut sender = server.device(&bob, "s").await;
    let mut mirror = server.device(&bob, "m").await;
    let said = sender.say(&group(&id), "hi all").await;
    for device in [&mut receiver, &mut mirror] {
        assert_eq!(device.told().await, group(&id));
        let metas = device.drain(&group(&id)).await;
        assert_eq!((metas.len(), metas[0].id, metas[0].to.as_ref()), (1, said, Some(&group(&id))));
    }
    assert_eq!(sender.unread().await, []);
}

#[tokio::test]
async fn odd_frames_are_answered_or_end_the_session() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    // Before provision nothing is listened to.
    let mut device = server.socket().await;
    device.send(Command::Unread, Vec::new()).await;
    assert_eq!(device.provision("ann", &ann.token, "r").await.status.unwrap().error_code, 0);
    // An unreadable payload is answered,
    device.send(Command::Sync, vec![0xff, 0xff]).await;
    let answer = device.receive(Command::Sync).await;
    let answer = <CommSyncDl as prost::Message>::decode(answer.payload.as_slice()).unwrap();
    assert_eq!(answer.status.unwrap().error_code, ErrorCode::PbParserError as i32);
    // so is a queue that does not exist,
    let batch = device.sync(&user("nobody"), Some(u64::MAX)).await;
    assert_eq!((batch.metas.len(), batch.is_last), (0, true));
    // an unreadable frame is the end.
    device.send_bytes(vec![0xff; 10]).await;
    assert_eq!(device.closed().await.len(), 0);
    // So is one that is too large.
    let mut device = server.device(&ann, "r").await;
    device.send(Command::Sync, vec![0; 100_000]).await;
    assert_eq!(device.closed().await.len(), 0);
}

#[tokio::test]
async fn silent_sockets_are_closed() {
    let server = TestServer::start(&["--socket-provision", "1", "--socket-idle", "1"]).await;
    let (ann, bob) = pair(&server).await;
    assert_eq!(server.socket().await.closed().await.len(), 0);
    // Being told things is not a sign of life.
    let silent = server.device(&ann, "r").await;
    let mut busy = server.device(&bob, "r").await;
    let closed = tokio::spawn(silent.closed());
    while !closed.is_finished() {
        busy.say(&user("ann"), "are you there?").await;
    }
    assert!(!closed.await.unwrap().is_empty());
    assert_eq!(busy.unread().await, []);
}

#[tokio::test]
async fn an_online_device_is_not_forgotten_for_being_quiet() {
    let server = TestServer::start(&["--known-devices", "4", "--max-devices", "4"]).await;
    let (ann, _) = pair(&server).await;
    let mut quiet = server.device(&ann, "quiet").await;
    for i in 0..6 {
        server.device(&ann, &format!("r{i}")).await.leave().await;
    }
    let id = server.send("bob", "ann", "m", None).await;
    assert_eq!(quiet.news().await[0].id, id);
}

#[tokio::test]
async fn a_stopping_server_closes_its_sockets() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let device = server.device(&ann, "r").await;
    let (closed, ()) = tokio::join!(device.closed(), server.stop());
    assert_eq!(closed.len(), 0);
}
