//! One-way removal and the deletion of conversations: for whom messages disappear, and which devices get
//! notices.

use super::support::*;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageType};
use roamkit_wire::notice::{ConversationOp, Notice};
use serde_json::{Value, json};

struct Fixture {
    server: TestServer,
    ann: TestUser,
    bob: TestUser,
    ids: Vec<u64>,
}

/// Two users and five messages.
async fn fixture(flags: &[&str]) -> Fixture {
    let server = TestServer::start(flags).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let mut ids = Vec::new();
    for i in 0..5 {
        ids.push(server.send("bob", "ann", "m", Some(1_700_000_000_000 + i * 10)).await);
    }
    Fixture { server, ann, bob, ids }
}

impl Fixture {
    async fn delete_conversation(&self, user: &TestUser, peer: &str, kind: &str, roam: bool) -> Value {
        let path = format!("/user/{}/user_channel?resource=own", user.name);
        let body = json!({"channel": peer, "type": kind, "delete_roam": roam});
        self.server.user_call(user, "DELETE", &path, Some(body)).await
    }
}

/// The deletion notices, as (conversation, type, resource, from).
fn deletions(notices: &[Notice]) -> Vec<(String, ChatType, String, String)> {
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
async fn removal_by_ids_affects_the_caller_only_and_notifies_other_devices() {
    let Fixture { server, ann, bob, ids } = fixture(&[]).await;
    let mut own = server.connect_device(&ann, "own").await;
    let mut other = server.connect_device(&ann, "other").await;
    let mut peer = server.connect_device(&bob, "peer").await;
    let path = format!(
        "/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={},{},999&resource=own",
        ids[4], ids[1]
    );
    let answer = server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(answer["requestStatusCode"], "ok");
    assert_eq!(server.newest_ids(&ann, "bob").await, [ids[3], ids[2], ids[0]]);
    assert_eq!(server.newest_ids(&bob, "ann").await.len(), 5);
    let entry = server.find_conversation(&ann, "bob").await.unwrap();
    assert_eq!(entry["meta"]["id"], ids[3].to_string());
    assert_eq!(entry["unread_num"], 3);

    let expected = Notice::MessagesRemoved {
        conversation: "bob".into(),
        chat_type: ChatType::Single,
        resource: "own".into(),
        ids: vec![ids[4], ids[1], 999],
        time: None,
    };
    assert_eq!(other.receive_notices().await, [expected]);
    assert_eq!(own.unread().await, []);
    assert_eq!(peer.unread().await, []);
    // Removing the same messages again succeeds and changes nothing.
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await.len(), 3);
}

#[tokio::test]
async fn removal_by_time_includes_that_time() {
    let Fixture { server, ann, bob, ids } = fixture(&[]).await;
    let mut other = server.connect_device(&ann, "other").await;
    let path = "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=1700000000020&&resource=own";
    server.user_call(&ann, "DELETE", path, None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, [ids[4], ids[3]]);
    assert_eq!(server.newest_ids(&bob, "ann").await.len(), 5);
    let notice = &other.receive_notices().await[0];
    assert!(
        matches!(notice, Notice::MessagesRemoved { time: Some(1_700_000_000_020), ids, .. } if ids.is_empty())
    );
    // A message that is sent afterwards is visible, whatever its timestamp.
    let late = server.send("bob", "ann", "late", Some(1_700_000_000_005)).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, [ids[4], ids[3], late]);
    // A removal with an earlier time removes it, too, and restores nothing.
    let path = "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=1700000000010&resource=own";
    server.user_call(&ann, "DELETE", path, None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, [ids[4], ids[3]]);
}

#[tokio::test]
async fn removal_with_a_future_time_does_not_affect_future_messages() {
    let Fixture { server, ann, .. } = fixture(&[]).await;
    let path =
        format!("/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime={}&resource=own", i64::MAX);
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, Vec::<u64>::new());
    let new = server.send("bob", "ann", "new", None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, [new]);
}

#[tokio::test]
async fn group_messages_are_removed_by_group_id() {
    let Fixture { server, ann, bob, .. } = fixture(&[]).await;
    let group = server.create_group("chatgroups", "bob", &["ann"]).await;
    let first = server.send("bob", &group, "1", None).await;
    let second = server.send("bob", &group, "2", None).await;
    let path = format!("/sdk/message/roaming/group/user/ann?groupId={group}&msgIdList={second}&resource=own");
    let mut other = server.connect_device(&ann, "other").await;
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest_ids(&ann, &group).await, [first]);
    assert_eq!(server.newest_ids(&bob, &group).await, [second, first]);
    let notice = &other.receive_notices().await[0];
    assert!(
        matches!(notice, Notice::MessagesRemoved { chat_type: ChatType::Group, conversation, .. } if *conversation == group)
    );
    let (status, _) = server.call("DELETE", &path.replace(&group, "12345"), &ann.token, None).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn ids_of_another_conversation_are_ignored() {
    let Fixture { server, ann, ids, .. } = fixture(&[]).await;
    server.create_user("cat").await;
    let other = server.send("cat", "ann", "m", None).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=cat&msgIdList={}&resource=own", ids[0]);
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await.len(), 5);
    assert_eq!(server.newest_ids(&ann, "cat").await, [other]);
}

#[tokio::test]
async fn all_messages_of_a_user_are_removed_at_once() {
    let Fixture { server, ann, bob, .. } = fixture(&[]).await;
    let group = server.create_group("chatgroups", "bob", &["ann"]).await;
    server.send("bob", &group, "1", None).await;
    let mut other = server.connect_device(&ann, "other").await;
    server.user_call(&ann, "POST", "/sdk/message/roaming/user/ann/delete/all?resource=own", None).await;
    assert_eq!(server.list_peers(&ann, "&needEmptySession=true").await, Vec::<String>::new());
    for peer in ["bob", &group] {
        assert_eq!(server.newest_ids(&ann, peer).await, Vec::<u64>::new());
    }
    assert_eq!(server.newest_ids(&bob, "ann").await.len(), 5);
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.extend(
            deletions(&other.receive_notices().await).into_iter().map(|(conversation, ..)| conversation),
        );
    }
    seen.sort();
    let mut both = vec!["bob".to_owned(), group.clone()];
    both.sort();
    assert_eq!(seen, both);
    // A new message shows the conversation again, without the old messages.
    let new = server.send("bob", "ann", "new", None).await;
    assert_eq!(server.list_peers(&ann, "").await, ["bob"]);
    assert_eq!(server.newest_ids(&ann, "bob").await, [new]);
    assert_eq!(server.find_conversation(&ann, "bob").await.unwrap()["unread_num"], 1);
}

#[tokio::test]
async fn deletion_affects_everyone_by_default() {
    for roam in [true, false] {
        let fixture = fixture(&[]).await;
        let Fixture { server, ann, bob, .. } = &fixture;
        let mut own = server.connect_device(ann, "own").await;
        let mut other = server.connect_device(ann, "other").await;
        let mut peer = server.connect_device(bob, "peer").await;
        assert_eq!(fixture.delete_conversation(ann, "bob", "chat", roam).await["data"]["result"], "ok");
        for (user, name) in [(ann, "bob"), (bob, "ann")] {
            assert_eq!(server.list_peers(user, "&needEmptySession=true").await, Vec::<String>::new());
            assert_eq!(server.newest_ids(user, name).await.len(), if roam { 0 } else { 5 });
        }
        let notice = |name: &str| (name.to_owned(), ChatType::Single, "own".to_owned(), "ann".to_owned());
        assert_eq!(deletions(&other.receive_notices().await), [notice("bob")]);
        assert_eq!(deletions(&peer.receive_notices().await), [notice("ann")]);
        assert_eq!(own.unread().await, []);
        // A new message shows the conversation again.
        server.send("ann", "bob", "new", None).await;
        assert_eq!(server.list_peers(ann, "").await, ["bob"]);
        assert_eq!(server.list_peers(bob, "").await, ["ann"]);
        assert_eq!(server.newest_ids(ann, "bob").await.len(), if roam { 1 } else { 6 });
        assert_eq!(server.find_conversation(bob, "ann").await.unwrap()["unread_num"], 1);
    }
}

#[tokio::test]
async fn deletion_can_be_restricted_to_the_caller() {
    for roam in [true, false] {
        let fixture = fixture(&["--conversation-deletion", "self"]).await;
        let Fixture { server, ann, bob, .. } = &fixture;
        let mut peer = server.connect_device(bob, "peer").await;
        fixture.delete_conversation(ann, "bob", "chat", roam).await;
        assert_eq!(server.list_peers(ann, "&needEmptySession=true").await, Vec::<String>::new());
        assert_eq!(server.newest_ids(ann, "bob").await.len(), if roam { 0 } else { 5 });
        assert_eq!(server.list_peers(bob, "").await, ["ann"]);
        assert_eq!(server.newest_ids(bob, "ann").await.len(), 5);
        assert_eq!(peer.unread().await, []);
    }
}

#[tokio::test]
async fn groups_and_rooms_are_deleted_by_their_types() {
    let fixture = fixture(&[]).await;
    let Fixture { server, ann, bob, .. } = &fixture;
    for (kind, names) in [("chatgroups", ["groupChat", "groupchat"]), ("chatrooms", ["chatroom", "chatRoom"])]
    {
        for name in names {
            let group = server.create_group(kind, "bob", &["ann"]).await;
            server.send("bob", &group, "1", None).await;
            let mut other = server.connect_device(bob, "peer").await;
            fixture.delete_conversation(ann, &group, name, true).await;
            assert!(server.find_conversation(bob, &group).await.is_none());
            let notices = loop {
                let notices = other.receive_new().await;
                if notices[0].ns == 5 {
                    break notices;
                }
            };
            let (conversation, chat_type, ..) = deletions(&[notice_of(&notices[0])]).remove(0);
            assert_eq!(conversation, group);
            assert_eq!(chat_type == ChatType::Room, kind == "chatrooms");
        }
    }
}

#[tokio::test]
async fn a_user_who_is_no_longer_in_a_group_deletes_it_for_nobody_else() {
    for closed in [false, true] {
        let fixture = fixture(&[]).await;
        let Fixture { server, ann, bob, .. } = &fixture;
        let group = server.create_group("chatgroups", "bob", &["ann"]).await;
        let sent = server.send("bob", &group, "1", None).await;
        let mut peer = server.connect_device(bob, "peer").await;
        let path = if closed { String::new() } else { "/users/ann".to_owned() };
        server.app_call("DELETE", &format!("/chatgroups/{group}{path}"), None).await;
        fixture.delete_conversation(ann, &group, "groupchat", true).await;
        assert!(server.find_conversation(ann, &group).await.is_none());
        assert_eq!(server.newest_ids(ann, &group).await, Vec::<u64>::new());
        assert!(server.find_conversation(bob, &group).await.is_some());
        assert_eq!(server.newest_ids(bob, &group).await, [sent]);
        assert_eq!(peer.unread().await, []);
    }
}

#[tokio::test]
async fn a_member_deletes_a_group_for_everyone_who_has_it() {
    let fixture = fixture(&[]).await;
    let Fixture { server, ann, bob, .. } = &fixture;
    server.create_user("cat").await;
    let group = server.create_group("chatgroups", "bob", &["ann", "cat"]).await;
    server.send("bob", &group, "1", None).await;
    server.app_call("DELETE", &format!("/chatgroups/{group}/users/bob"), None).await;
    fixture.delete_conversation(ann, &group, "groupchat", true).await;
    // A former member loses the conversation, too.
    assert!(server.find_conversation(bob, &group).await.is_none());
    assert_eq!(server.newest_ids(bob, &group).await, Vec::<u64>::new());
}

#[tokio::test]
async fn the_app_deletes_conversations_for_users() {
    let Fixture { server, ann, .. } = fixture(&["--conversation-deletion", "self"]).await;
    let mut device = server.connect_device(&ann, "any").await;
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    let answer = server.app_call("DELETE", "/users/ann/user_channel", Some(body)).await;
    assert_eq!(answer["data"]["result"], "ok");
    assert_eq!(server.list_peers(&ann, "").await, Vec::<String>::new());
    assert_eq!(deletions(&device.receive_notices().await).len(), 1);
}

#[tokio::test]
async fn removed_messages_are_removed_from_the_queues_of_the_users_devices() {
    let Fixture { server, ann, .. } = fixture(&[]).await;
    server.connect_device(&ann, "away").await.log_out().await;
    let kept = server.send("bob", "ann", "kept", None).await;
    let gone = server.send("bob", "ann", "gone", None).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={gone}&resource=own");
    server.user_call(&ann, "DELETE", &path, None).await;
    let mut away = server.connect_device(&ann, "away").await;
    let metas = away.drain_queue(&user_jid("bob")).await;
    assert_eq!(metas.iter().map(|meta| meta.id).collect::<Vec<_>>(), [kept]);
}

#[tokio::test]
async fn edits_of_removed_messages_are_removed_from_the_queues_too() {
    for tail in ["", "/time"] {
        let Fixture { server, ann, bob, .. } = fixture(&[]).await;
        server.connect_device(&ann, "away").await.log_out().await;
        let mut editor = server.connect_device(&bob, "editor").await;
        let gone = editor.send_text(&user_jid("ann"), "gone").await;
        let edit_of = |id| MessageBody { edit_message_id: id, ..text_body(MessageType::Edit, "new") };
        editor.send_message(&user_jid("ann"), edit_of(gone)).await;
        let what = if tail.is_empty() { format!("msgIdList={gone}") } else { "delTime=9999999999999".into() };
        let path = format!("/sdk/message/roaming/chat/user/ann{tail}?userId=bob&{what}&resource=own");
        server.user_call(&ann, "DELETE", &path, None).await;
        let kept = editor.send_text(&user_jid("ann"), "kept").await;
        editor.send_message(&user_jid("ann"), edit_of(kept)).await;
        let mut away = server.connect_device(&ann, "away").await;
        let metas = away.drain_queue(&user_jid("bob")).await;
        assert_eq!(metas.len(), 2);
        assert_eq!((metas[0].id, body_of(&metas[1]).edit_message_id), (kept, kept));
    }
}
