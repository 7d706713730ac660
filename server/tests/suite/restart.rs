//! A database that stays: what was answered is there after a restart.

use super::support::*;
use serde_json::json;

#[tokio::test]
async fn everything_is_there_again() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("new.db").display());
    let database = new_postgres_database().await.unwrap_or(file);
    let server = TestServer::on(&database, &[]).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    let id = server.group("chatgroups", "ann", &["bob"]).await;
    server.device(&bob, "away").await.leave().await;
    let one = server.send("ann", "bob", "1", None).await;
    let two = server.send("ann", "bob", "2", None).await;
    let three = server.send("ann", &id, "3", None).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={one}&resource=r");
    server.user_call(&ann, "DELETE", &path, None).await;
    let pin = json!({"type": "groupchat", "to": id});
    server.user_call(&bob, "POST", "/sdk/user/bob/user_channel/top?resource=r", Some(pin)).await;
    server.stop().await;

    let server = TestServer::on(&database, &[]).await;
    assert_eq!(server.newest(&ann, "bob").await, [two]);
    assert_eq!(server.newest(&bob, "ann").await, [two, one]);
    assert_eq!(server.newest(&bob, &id).await, [three]);
    assert_eq!(server.peers(&bob, "&is_top=true").await, [id.as_str()]);
    let mut away = server.device(&bob, "away").await;
    assert_eq!(away.drain(&user("ann")).await.len(), 2);
    assert_eq!(away.drain(&group(&id)).await.len(), 1);
    let notices = away.drain(&user("bob")).await;
    assert_eq!(notices.len(), 1);
    // New ids stay above the old ones.
    assert!(server.send("ann", "bob", "4", None).await > three);
}
