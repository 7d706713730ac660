//! The three forms of the conversation list.

use super::support::*;
use serde_json::json;

const DAY: u64 = 24 * 60 * 60 * 1000;

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64
}

/// Creates Ann, and `n` users who each send her a message, `step` ms apart from `start` on.
async fn with_peers(server: &TestServer, n: usize, start: u64, step: u64) -> TestUser {
    let ann = server.create_user("ann").await;
    for i in 0..n {
        let name = format!("p{i:02}");
        server.create_user(&name).await;
        server.send(&name, "ann", "hi", Some(start + i as u64 * step)).await;
    }
    ann
}

#[tokio::test]
async fn the_cursor_list_is_paged_newest_first() {
    let server = TestServer::start(&[]).await;
    // All messages have the same timestamp.
    let ann = with_peers(&server, 12, 1_700_000_000_000, 0).await;
    for size in [1, 5, 12, 50] {
        let (mut cursor, mut seen) = (String::new(), Vec::new());
        loop {
            let path = format!("/sdk/user/ann/user_channels/list?&limit={size}&cursor={cursor}");
            let answer = server.user_call(&ann, "GET", &path, None).await;
            let infos = answer["data"]["channel_infos"].as_array().unwrap();
            assert!(infos.len() <= size && infos.iter().all(|info| info.get("marks").is_none()));
            seen.extend(infos.iter().map(|info| info["session_to"].as_str().unwrap().to_owned()));
            cursor = answer["data"]["cursor"].as_str().unwrap().to_owned();
            if cursor.is_empty() {
                break;
            }
        }
        let expected: Vec<String> = (0..12).rev().map(|i| format!("p{i:02}")).collect();
        assert_eq!(seen, expected, "pages of {size}");
    }
    let mut oldest_first = server.list_peers(&ann, "&sort=asc").await;
    oldest_first.reverse();
    assert_eq!(oldest_first, server.list_peers(&ann, "&sort=desc").await);
}

#[tokio::test]
async fn list_entries_have_the_form_of_the_service() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let message = json!({"from": "ann", "to": ["bob"], "type": "loc", "body": {"addr": "here", "lat": 1.5, "lng": 2},
                         "ext": {"k": [1, {"a": null}]}, "msg_timestamp": 1_700_000_000_000_u64});
    let answer = server.app_call("POST", "/messages/users", Some(message)).await;
    let id = answer["data"]["bob"].as_str().unwrap();
    let entry = server.find_conversation(&bob, "ann").await.unwrap();
    assert_eq!(
        (&entry["session_type"], &entry["unread_num"], &entry["is_top"]),
        (&json!("chat"), &json!(1), &json!(false))
    );
    assert_eq!(entry["marks"], json!([]));
    let meta = &entry["meta"];
    assert_eq!((meta["id"].as_str(), meta["timestamp"].as_u64()), (Some(id), Some(1_700_000_000_000)));
    assert_eq!(meta["from"], "demo#chat_ann@easemob.com");
    let payload: serde_json::Value = serde_json::from_str(meta["payload"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&payload["from"], &payload["to"], &payload["type"]),
        (&json!("ann"), &json!("bob"), &json!("chat"))
    );
    assert_eq!(payload["ext"], json!({"k": [1, {"a": null}]}));
    assert_eq!(payload["bodies"][0]["addr"], "here");
    assert_eq!(server.find_conversation(&ann, "bob").await.unwrap()["unread_num"], 0);

    let answer =
        server.user_call(&bob, "GET", "/users/bob/user_channels/page?pageNum=1&pageSize=20", None).await;
    assert_eq!(answer["data"]["channel_infos"][0]["channel_id"], "ann@easemob.com");
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    server.send("ann", &group, "hi", None).await;
    let answer = server.user_call(&bob, "GET", "/users/bob/user_channels", None).await;
    let channel = format!("demo#chat_{group}@conference.easemob.com");
    assert_eq!(answer["data"]["channel_infos"][0]["channel_id"], channel.as_str());
    assert_eq!(server.find_conversation(&bob, &group).await.unwrap()["session_type"], "groupchat");
}

#[tokio::test]
async fn the_default_window_is_seven_days_and_ten_conversations() {
    let server = TestServer::start(&[]).await;
    let ann = with_peers(&server, 12, now() - 12 * DAY, DAY).await;
    let infos = async |server: &TestServer, user: &TestUser| {
        let path = format!("/users/{}/user_channels", user.name);
        let answer = server.user_call(user, "GET", &path, None).await;
        answer["data"]["channel_infos"].as_array().unwrap().len()
    };
    // p11 is one day old, p05 slightly more than seven days.
    assert_eq!(infos(&server, &ann).await, 6);
    for i in 0..12 {
        server.send("ann", &format!("p{i:02}"), "now", None).await;
    }
    assert_eq!(infos(&server, &ann).await, 10);

    let server = TestServer::start(&["--list-window-days", "2", "--list-window-count", "3"]).await;
    // The times are half a day away from the limit, so a slow machine does not change the result.
    let ann = with_peers(&server, 6, now() - 6 * DAY + DAY / 2, DAY).await;
    assert_eq!(infos(&server, &ann).await, 2);
}

#[tokio::test]
async fn the_numbered_list_is_paged() {
    let server = TestServer::start(&[]).await;
    let ann = with_peers(&server, 7, 1_700_000_000_000, 10).await;
    let mut seen = Vec::new();
    for page in 1..=4 {
        let path = format!("/users/ann/user_channels/page?pageNum={page}&pageSize=3");
        let answer = server.user_call(&ann, "GET", &path, None).await;
        let infos = answer["data"]["channel_infos"].as_array().unwrap();
        seen.push(infos.len());
    }
    assert_eq!(seen, [3, 3, 1, 0]);
}

#[tokio::test]
async fn pinned_conversations_are_listed_separately_and_pins_send_notices() {
    let server = TestServer::start(&[]).await;
    let ann = with_peers(&server, 4, 1_700_000_000_000, 10).await;
    let mut other = server.connect_device(&ann, "other").await;
    let mut own = server.connect_device(&ann, "own").await;
    for peer in ["p02", "p00"] {
        let path = "/sdk/user/ann/user_channel/top?resource=own";
        let answer = server.user_call(&ann, "POST", path, Some(json!({"type": "chat", "to": peer}))).await;
        assert_eq!(answer["data"]["is_top"], true);
        let time = answer["data"]["update_top_status_time"].as_u64().unwrap();
        assert_eq!(server.find_conversation(&ann, peer).await.unwrap()["update_top_status_time"], time);
        while now() <= time {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.list_peers(&ann, "&is_top=true").await, ["p00", "p02"]);
    assert_eq!(server.list_peers(&ann, "").await, ["p03", "p02", "p01", "p00"]);
    let path = "/sdk/user/ann/user_channel/top?type=chat&to=p00&resource=own";
    assert_eq!(server.user_call(&ann, "DELETE", path, None).await["data"]["is_top"], false);
    assert_eq!(server.list_peers(&ann, "&is_top=true").await, ["p02"]);

    let mut ops = Vec::new();
    while ops.len() < 3 {
        ops.extend(other.receive_notices().await.into_iter().map(|notice| match notice {
            roamkit_wire::notice::Notice::Conversation { op, conversation, resource, from, .. } => {
                assert_eq!((resource.as_str(), from.as_str()), ("own", "ann"));
                format!("{op:?} {conversation}")
            }
            other @ roamkit_wire::notice::Notice::MessagesRemoved { .. } => panic!("{other:?}"),
        }));
    }
    assert_eq!(ops, ["Pinned p02", "Pinned p00", "Unpinned p00"]);
    assert_eq!(own.unread().await.iter().filter(|(queue, _)| queue == "ann").count(), 0);

    let (status, answer) = server
        .call(
            "POST",
            "/sdk/user/ann/user_channel/top",
            &ann.token,
            Some(json!({"type": "chat", "to": "nobody"})),
        )
        .await;
    assert_eq!((status, answer["error_code"].as_i64()), (404, Some(91001)));
}

#[tokio::test]
async fn empty_conversations_are_listed_on_request() {
    let server = TestServer::start(&[]).await;
    let ann = with_peers(&server, 2, now() - 1000, 10).await;
    let path = format!("/sdk/message/roaming/chat/user/ann/time?userId=p00&delTime={}&resource=r", now());
    server.user_call(&ann, "DELETE", &path, None).await;
    assert_eq!(server.list_peers(&ann, "").await, ["p01"]);
    assert_eq!(server.list_peers(&ann, "&needEmptySession=true").await, ["p01", "p00"]);
    let entry = server.find_conversation(&ann, "p00").await.unwrap();
    assert_eq!((&entry["meta"], &entry["unread_num"]), (&json!({}), &json!(0)));
}

#[tokio::test]
async fn commands_are_in_the_history_but_neither_counted_nor_listed() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    let action = json!({"action": "typing"});
    for peer in ["ann", &group] {
        let to = if peer == "ann" { "bob" } else { peer };
        let mut commands = vec![server.send_body("ann", to, "cmd", &action, Some(1_700_000_000_000)).await];
        // A command makes no conversation.
        for user in [&ann, &bob] {
            let other = if user.name == "ann" { to } else { peer };
            assert!(server.find_conversation(user, other).await.is_none());
        }
        assert_eq!(server.newest_ids(&bob, peer).await, commands);
        let text = server.send("ann", to, "text", Some(1_700_000_000_001)).await;
        let mut device = server.connect_device(&bob, "device").await;
        commands.push(server.send_body("ann", to, "cmd", &action, None).await);
        assert_eq!(device.receive_new().await.last().unwrap().id, commands[1]);
        device.log_out().await;
        let check = |entry: serde_json::Value, unread: u64, last: serde_json::Value| {
            assert_eq!((&entry["unread_num"], &entry["meta"]["id"]), (&json!(unread), &last), "{entry}");
        };
        let entry = server.find_conversation(&bob, peer).await.unwrap();
        check(entry, 1, json!(text.to_string()));
        assert_eq!(server.newest_ids(&bob, peer).await, [commands[1], text, commands[0]]);
        // The rule holds also where the list is computed again, and for a deleted conversation.
        let last = server.send("ann", to, "last", None).await;
        server.app_call("POST", "/messages/msg_recall", Some(json!({"msg_id": last.to_string()}))).await;
        let entry = server.find_conversation(&bob, peer).await.unwrap();
        check(entry, 1, json!(text.to_string()));
        server.app_call("POST", "/messages/msg_recall", Some(json!({"msg_id": text.to_string()}))).await;
        let entry = server.find_conversation(&bob, peer).await.unwrap();
        check(entry, 0, json!(null));
        let kind = if peer == "ann" { "chat" } else { "groupchat" };
        let deletion = json!({"channel": peer, "type": kind, "delete_roam": true});
        server.user_call(&bob, "DELETE", "/user/bob/user_channel", Some(deletion)).await;
        let after = server.send_body("ann", to, "cmd", &action, None).await;
        assert!(server.find_conversation(&bob, peer).await.is_none());
        assert_eq!(server.newest_ids(&bob, peer).await, [after]);
    }
}
