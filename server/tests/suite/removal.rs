//! One-way removal and the deletion of conversations: who loses what, and who is told.

use super::support::*;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::notice::{ConversationOp, Notice};
use serde_json::{Value, json};

struct Stage {
    server: TestServer,
    ann: TestUser,
    bob: TestUser,
    ids: Vec<u64>,
}

/// Two users and five messages.
async fn stage(flags: &[&str]) -> Stage {
    let server = TestServer::start(flags).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    let mut ids = Vec::new();
    for i in 0..5 {
        ids.push(server.send("bob", "ann", "m", Some(1_700_000_000_000 + i * 10)).await);
    }
    Stage { server, ann, bob, ids }
}

impl Stage {
    async fn delete_conversation(&self, user: &TestUser, peer: &str, kind: &str, roam: bool) -> Value {
        let path = format!("/user/{}/user_channel?resource=own", user.name);
        let body = json!({"channel": peer, "type": kind, "delete_roam": roam});
        self.server.user_call(user, "DELETE", &path, Some(body)).await
    }
}

fn deleted(notices: &[Notice]) -> Vec<(String, ChatType, String, String)> {
    notices
        .iter()
        .map(|notice| match notice {
            Notice::Conversation {
                op: ConversationOp::Deleted,
                conversation,
                chat_type,
                resource,
                from,
                ..
            } => (conversation.clone(), *chat_type, resource.clone(), from.clone()),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn by_ids_for_the_caller_alone_and_other_devices_are_told() {
    let Stage { server, ann, bob, ids } = stage(&[]).await;
    let mut own = server.device(&ann, "own").await;
    let mut other = server.device(&ann, "other").await;
    let mut peer = server.device(&bob, "peer").await;
    let path = format!(
        "/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={},{},999&resource=own",
        ids[4], ids[1]
    );
    let answer = server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(answer["requestStatusCode"], "ok");
    assert_eq!(server.newest(&ann, "bob").await, [ids[3], ids[2], ids[0]]);
    assert_eq!(server.newest(&bob, "ann").await.len(), 5);
    let entry = server.entry(&ann, "bob").await.unwrap();
    assert_eq!(entry["meta"]["id"], ids[3].to_string());
    assert_eq!(entry["unread_num"], 3);

    let expected = Notice::MessagesRemoved {
        conversation: "bob".into(),
        chat_type: ChatType::Single,
        resource: "own".into(),
        ids: vec![ids[4], ids[1], 999],
        time: None,
    };
    assert_eq!(other.notices().await, [expected]);
    assert_eq!(own.unread().await, []);
    assert_eq!(peer.unread().await, []);
    // Again is as good as once.
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest(&ann, "bob").await.len(), 3);
}

#[tokio::test]
async fn by_time_up_to_and_with_it() {
    let Stage { server, ann, bob, ids } = stage(&[]).await;
    let mut other = server.device(&ann, "other").await;
    let path = "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=1700000000020&&resource=own";
    server.user_call(&ann, "DELETE", path, None).await;
    assert_eq!(server.newest(&ann, "bob").await, [ids[4], ids[3]]);
    assert_eq!(server.newest(&bob, "ann").await.len(), 5);
    let notice = &other.notices().await[0];
    assert!(
        matches!(notice, Notice::MessagesRemoved { time: Some(1_700_000_000_020), ids, .. } if ids.is_empty())
    );
    // What is sent afterwards is there, wherever it stands.
    let late = server.send("bob", "ann", "late", Some(1_700_000_000_005)).await;
    assert_eq!(server.newest(&ann, "bob").await, [ids[4], ids[3], late]);
    // An earlier time takes that one too, and nothing comes back.
    let path = "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=1700000000010&resource=own";
    server.user_call(&ann, "DELETE", path, None).await;
    assert_eq!(server.newest(&ann, "bob").await, [ids[4], ids[3]]);
}

#[tokio::test]
async fn a_time_to_come_removes_nothing_that_is_to_come() {
    let Stage { server, ann, .. } = stage(&[]).await;
    let path =
        format!("/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime={}&resource=own", i64::MAX);
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest(&ann, "bob").await, Vec::<u64>::new());
    let new = server.send("bob", "ann", "new", None).await;
    assert_eq!(server.newest(&ann, "bob").await, [new]);
}

#[tokio::test]
async fn in_groups_by_group_id() {
    let Stage { server, ann, bob, .. } = stage(&[]).await;
    let group = server.group("chatgroups", "bob", &["ann"]).await;
    let first = server.send("bob", &group, "1", None).await;
    let second = server.send("bob", &group, "2", None).await;
    let path = format!("/sdk/message/roaming/group/user/ann?groupId={group}&msgIdList={second}&resource=own");
    let mut other = server.device(&ann, "other").await;
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest(&ann, &group).await, [first]);
    assert_eq!(server.newest(&bob, &group).await, [second, first]);
    let notice = &other.notices().await[0];
    assert!(
        matches!(notice, Notice::MessagesRemoved { chat_type: ChatType::Group, conversation, .. } if *conversation == group)
    );
    let (status, _) = server.call("DELETE", &path.replace(&group, "12345"), &ann.token, None).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn ids_of_another_conversation_are_left_alone() {
    let Stage { server, ann, ids, .. } = stage(&[]).await;
    server.user("cat").await;
    let other = server.send("cat", "ann", "m", None).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=cat&msgIdList={}&resource=own", ids[0]);
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest(&ann, "bob").await.len(), 5);
    assert_eq!(server.newest(&ann, "cat").await, [other]);
}

#[tokio::test]
async fn everything_at_once() {
    let Stage { server, ann, bob, .. } = stage(&[]).await;
    let group = server.group("chatgroups", "bob", &["ann"]).await;
    server.send("bob", &group, "1", None).await;
    let mut other = server.device(&ann, "other").await;
    server.user_call(&ann, "POST", "/sdk/message/roaming/user/ann/delete/all?resource=own", None).await;
    assert_eq!(server.peers(&ann, "&needEmptySession=true").await, Vec::<String>::new());
    for peer in ["bob", &group] {
        assert_eq!(server.newest(&ann, peer).await, Vec::<u64>::new());
    }
    assert_eq!(server.newest(&bob, "ann").await.len(), 5);
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(deleted(&other.notices().await).into_iter().map(|(conversation, ..)| conversation));
    }
    seen.sort();
    let mut both = vec!["bob".to_owned(), group.clone()];
    both.sort();
    assert_eq!(seen, both);
    // And a new message brings the conversation back, with nothing else in it.
    let new = server.send("bob", "ann", "new", None).await;
    assert_eq!(server.peers(&ann, "").await, ["bob"]);
    assert_eq!(server.newest(&ann, "bob").await, [new]);
    assert_eq!(server.entry(&ann, "bob").await.unwrap()["unread_num"], 1);
}

#[tokio::test]
async fn deleting_reaches_everyone_by_default() {
    for roam in [true, false] {
        let stage = stage(&[]).await;
        let Stage { server, ann, bob, .. } = &stage;
        let mut own = server.device(ann, "own").await;
        let mut other = server.device(ann, "other").await;
        let mut peer = server.device(bob, "peer").await;
        assert_eq!(stage.delete_conversation(ann, "bob", "chat", roam).await["data"]["result"], "ok");
        for (user, name) in [(ann, "bob"), (bob, "ann")] {
            assert_eq!(server.peers(user, "&needEmptySession=true").await, Vec::<String>::new());
            assert_eq!(server.newest(user, name).await.len(), if roam { 0 } else { 5 });
        }
        let told = |name: &str| (name.to_owned(), ChatType::Single, "own".to_owned(), "ann".to_owned());
        assert_eq!(deleted(&other.notices().await), [told("bob")]);
        assert_eq!(deleted(&peer.notices().await), [told("ann")]);
        assert_eq!(own.unread().await, []);
        // Back with a new message.
        server.send("ann", "bob", "new", None).await;
        assert_eq!(server.peers(ann, "").await, ["bob"]);
        assert_eq!(server.peers(bob, "").await, ["ann"]);
        assert_eq!(server.newest(ann, "bob").await.len(), if roam { 1 } else { 6 });
        assert_eq!(server.entry(bob, "ann").await.unwrap()["unread_num"], 1);
    }
}

#[tokio::test]
async fn deleting_reaches_the_caller_alone_where_set_so() {
    for roam in [true, false] {
        let stage = stage(&["--conversation-deletion", "self"]).await;
        let Stage { server, ann, bob, .. } = &stage;
        let mut peer = server.device(bob, "peer").await;
        stage.delete_conversation(ann, "bob", "chat", roam).await;
        assert_eq!(server.peers(ann, "&needEmptySession=true").await, Vec::<String>::new());
        assert_eq!(server.newest(ann, "bob").await.len(), if roam { 0 } else { 5 });
        assert_eq!(server.peers(bob, "").await, ["ann"]);
        assert_eq!(server.newest(bob, "ann").await.len(), 5);
        assert_eq!(peer.unread().await, []);
    }
}

#[tokio::test]
async fn groups_and_rooms_are_deleted_by_their_types() {
    let stage = stage(&[]).await;
    let Stage { server, ann, bob, .. } = &stage;
    for (kind, names) in [("chatgroups", ["groupChat", "groupchat"]), ("chatrooms", ["chatroom", "chatRoom"])]
    {
        for name in names {
            let group = server.group(kind, "bob", &["ann"]).await;
            server.send("bob", &group, "1", None).await;
            let mut other = server.device(bob, "peer").await;
            stage.delete_conversation(ann, &group, name, true).await;
            assert!(server.entry(bob, &group).await.is_none());
            let notices = loop {
                let notices = other.news().await;
                if notices[0].ns == 5 {
                    break notices;
                }
            };
            let (conversation, chat_type, ..) = deleted(&[notice_of(&notices[0])]).remove(0);
            assert_eq!(conversation, group);
            assert_eq!(chat_type == ChatType::Room, kind == "chatrooms");
        }
    }
}

#[tokio::test]
async fn the_app_deletes_conversations_for_users() {
    let Stage { server, ann, .. } = stage(&["--conversation-deletion", "self"]).await;
    let mut device = server.device(&ann, "any").await;
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    let answer = server.app("DELETE", "/users/ann/user_channel", Some(body)).await;
    assert_eq!(answer["data"]["result"], "ok");
    assert_eq!(server.peers(&ann, "").await, Vec::<String>::new());
    assert_eq!(deleted(&device.notices().await).len(), 1);
}

#[tokio::test]
async fn what_is_removed_no_longer_waits_for_the_users_own_devices() {
    let Stage { server, ann, .. } = stage(&[]).await;
    server.device(&ann, "away").await.leave().await;
    let kept = server.send("bob", "ann", "kept", None).await;
    let gone = server.send("bob", "ann", "gone", None).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={gone}&resource=own");
    server.user_call(&ann, "DELETE", &path, None).await;
    let mut away = server.device(&ann, "away").await;
    let metas = away.drain(&user("bob")).await;
    assert_eq!(metas.iter().map(|meta| meta.id).collect::<Vec<_>>(), [kept]);
}
