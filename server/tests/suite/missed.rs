//! Queues are bounded. A device whose queue overflowed learns in which conversations it missed something.

use super::support::*;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::Namespace;
use roamkit_wire::notice::{ConversationOp, Notice};
use serde_json::json;

/// The conversations that a device is asked to compare with the server.
fn missed_conversations(notices: &[Notice]) -> Vec<(ChatType, String)> {
    let conversations = notices.iter().filter_map(|notice| match notice {
        Notice::MessagesRemoved { conversation, chat_type, resource, ids, time: None }
            if ids.is_empty() && resource.is_empty() =>
        {
            Some((*chat_type, conversation.clone()))
        }
        _ => None,
    });
    conversations.collect()
}

/// Waits until a device's queues hold a number of envelopes.
async fn wait_for_queued(device: &mut Device, count: u32) {
    let start = std::time::Instant::now();
    loop {
        let queued: u32 = device.unread().await.iter().map(|(_, count)| count).sum();
        if queued == count {
            return;
        }
        assert!(start.elapsed() < TIMEOUT, "{queued} envelopes are queued, not {count}");
    }
}

#[tokio::test]
async fn a_device_whose_queue_overflowed_learns_the_conversations() {
    let server = TestServer::start(&["--queue-length", "5", "--clear-seconds", "1"]).await;
    let (ann, _bob) = (server.create_user("ann").await, server.create_user("bob").await);
    server.create_user("cid").await;
    let team = server.create_group("chatgroups", "bob", &["ann"]).await;
    server.connect_device(&ann, "away").await.log_out().await;
    server.send("bob", &team, "dropped", None).await;
    server.send("ann", "cid", "dropped", None).await;
    let path = "/user/ann/user_channel?resource=elsewhere";
    let deletion = json!({"channel": "cid", "type": "chat", "delete_roam": false});
    server.user_call(&ann, "DELETE", path, Some(deletion)).await;
    // The queue of this device, which does not read, shows when the server has pruned the queues.
    let mut slow = server.connect_device(&ann, "slow").await;
    let mut kept = Vec::new();
    for number in 0..12 {
        kept.push(server.send("bob", "ann", &number.to_string(), None).await);
    }
    wait_for_queued(&mut slow, 5).await;

    let mut away = server.connect_device(&ann, "away").await;
    let got: Vec<u64> = away.drain_queue(&user_jid("bob")).await.iter().map(|meta| meta.id).collect();
    assert_eq!(got, kept[7..]);
    assert_eq!(away.drain_queue(&group_jid(&team)).await, []);
    let own = away.drain_queue(&user_jid("ann")).await;
    assert!(own.iter().all(|meta| meta.ns == Namespace::Notify as i32));
    let notices: Vec<Notice> = own.iter().map(notice_of).collect();
    assert_eq!(
        missed_conversations(&notices),
        [
            (ChatType::Single, "bob".to_owned()),
            (ChatType::Single, "cid".to_owned()),
            (ChatType::Group, team.clone())
        ]
    );
    let deleted = notices.iter().filter(|notice| {
        matches!(notice, Notice::Conversation { op: ConversationOp::Deleted, conversation, .. } if conversation == "cid")
    });
    assert_eq!(deleted.count(), 1);
    away.log_out().await;
    // The notices are sent once.
    let mut again = server.connect_device(&ann, "away").await;
    assert_eq!(again.unread().await, []);
}

#[tokio::test]
async fn a_device_that_missed_nothing_gets_no_notices() {
    let server = TestServer::start(&["--queue-length", "5", "--clear-seconds", "1"]).await;
    let ann = server.create_user("ann").await;
    server.create_user("bob").await;
    server.connect_device(&ann, "away").await.log_out().await;
    let mut slow = server.connect_device(&ann, "slow").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(server.send("bob", "ann", &number.to_string(), None).await);
    }
    wait_for_queued(&mut slow, 5).await;
    let mut away = server.connect_device(&ann, "away").await;
    assert_eq!(away.unread().await, [("bob".to_owned(), 5)]);
}
