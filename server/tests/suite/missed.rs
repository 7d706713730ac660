//! Queues are bounded; a device whose queue overflowed learns of it.

use super::support::*;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::Namespace;
use roamkit_wire::notice::{ConversationOp, Notice};
use serde_json::json;

/// The conversations in which a device is told that something changed.
fn changed(notices: &[Notice]) -> Vec<(ChatType, String)> {
    let told = notices.iter().filter_map(|notice| match notice {
        Notice::MessagesRemoved { conversation, chat_type, resource, ids, time: None }
            if ids.is_empty() && resource.is_empty() =>
        {
            Some((*chat_type, conversation.clone()))
        }
        _ => None,
    });
    told.collect()
}

/// Waits until a device's queues hold so many envelopes.
async fn holds(device: &mut Device, count: u32) {
    let start = std::time::Instant::now();
    loop {
        let waiting: u32 = device.unread().await.iter().map(|(_, count)| count).sum();
        if waiting == count {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{waiting} envelopes wait, not {count}");
    }
}

#[tokio::test]
async fn a_device_whose_queue_overflowed_is_told_where() {
    let server = TestServer::start(&["--queue-length", "5", "--clear-seconds", "1"]).await;
    let (ann, _bob) = (server.user("ann").await, server.user("bob").await);
    server.user("cid").await;
    let team = server.group("chatgroups", "bob", &["ann"]).await;
    server.device(&ann, "away").await.leave().await;
    server.send("bob", &team, "dropped", None).await;
    server.send("ann", "cid", "dropped", None).await;
    let path = "/user/ann/user_channel?resource=elsewhere";
    let deletion = json!({"channel": "cid", "type": "chat", "delete_roam": false});
    server.user_call(&ann, "DELETE", path, Some(deletion)).await;
    // A device that does not read: what waits for it shows when the queues were cleared.
    let mut slow = server.device(&ann, "slow").await;
    let mut kept = Vec::new();
    for number in 0..12 {
        kept.push(server.send("bob", "ann", &number.to_string(), None).await);
    }
    holds(&mut slow, 5).await;

    let mut away = server.device(&ann, "away").await;
    let got: Vec<u64> = away.drain(&user("bob")).await.iter().map(|meta| meta.id).collect();
    assert_eq!(got, kept[7..]);
    assert_eq!(away.drain(&group(&team)).await, []);
    let own = away.drain(&user("ann")).await;
    assert!(own.iter().all(|meta| meta.ns == Namespace::Notify as i32));
    let notices: Vec<Notice> = own.iter().map(notice_of).collect();
    assert_eq!(
        changed(&notices),
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
    away.leave().await;
    // Told once.
    let mut again = server.device(&ann, "away").await;
    assert_eq!(again.unread().await, []);
}

#[tokio::test]
async fn who_missed_nothing_is_told_nothing() {
    let server = TestServer::start(&["--queue-length", "5", "--clear-seconds", "1"]).await;
    let ann = server.user("ann").await;
    server.user("bob").await;
    server.device(&ann, "away").await.leave().await;
    let mut slow = server.device(&ann, "slow").await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(server.send("bob", "ann", &number.to_string(), None).await);
    }
    holds(&mut slow, 5).await;
    let mut away = server.device(&ann, "away").await;
    assert_eq!(away.unread().await, [("bob".to_owned(), 5)]);
}
