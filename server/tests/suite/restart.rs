//! Data survives a restart of the server.

use super::support::*;
use serde_json::json;

#[tokio::test]
async fn messages_removals_pins_and_queues_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("new.db").display());
    let database = create_postgres_database().await.unwrap_or(file);
    let server = TestServer::start_on(&database, &[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let id = server.create_group("chatgroups", "ann", &["bob"]).await;
    server.connect_device(&bob, "away").await.log_out().await;
    let one = server.send("ann", "bob", "1", None).await;
    let two = server.send("ann", "bob", "2", None).await;
    let three = server.send("ann", &id, "3", None).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={one}&resource=r");
    server.user_call(&ann, "DELETE", &path, None).await;
    let pin = json!({"type": "groupchat", "to": id});
    server.user_call(&bob, "POST", "/sdk/user/bob/user_channel/top?resource=r", Some(pin)).await;
    server.stop().await;

    let server = TestServer::start_on(&database, &[]).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, [two]);
    assert_eq!(server.newest_ids(&bob, "ann").await, [two, one]);
    assert_eq!(server.newest_ids(&bob, &id).await, [three]);
    assert_eq!(server.list_peers(&bob, "&is_top=true").await, [id.as_str()]);
    let mut away = server.connect_device(&bob, "away").await;
    assert_eq!(away.drain_queue(&user_jid("ann")).await.len(), 2);
    assert_eq!(away.drain_queue(&group_jid(&id)).await.len(), 1);
    let notices = away.drain_queue(&user_jid("bob")).await;
    assert_eq!(notices.len(), 1);
    // New ids are larger than the old ones.
    assert!(server.send("ann", "bob", "4", None).await > three);
}
