//! Pages of history. `model.rs` tests that they contain the right messages.

use super::support::*;
use serde_json::json;

async fn pair(server: &TestServer) -> (TestUser, TestUser) {
    (server.create_user("ann").await, server.create_user("bob").await)
}

#[tokio::test]
async fn pages_are_ordered_and_contain_every_kind_of_body() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let mut ids = Vec::new();
    for (i, body) in roamkit_wire::body::samples().iter().enumerate() {
        let mut json = body.to_json();
        let kind = json.as_object_mut().unwrap().remove("type").unwrap();
        let time = 1_700_000_000_000 + i as u64;
        ids.push(server.send_body("ann", "bob", kind.as_str().unwrap(), &json, Some(time)).await);
    }
    let path = "/users/bob/messageroaming";
    let request =
        json!({"queue": "ann@easemob.com", "start": "", "end": -1, "pull_number": 50, "is_positive": true});
    let answer = server.user_call(&bob, "POST", path, Some(request)).await;
    let metas: Vec<_> =
        answer["data"]["msgs"].as_array().unwrap().iter().map(|msg| decode_meta(&msg["msg"])).collect();
    assert_eq!(metas.iter().map(|meta| meta.id).collect::<Vec<_>>(), ids);
    for (meta, body) in metas.iter().zip(roamkit_wire::body::samples()) {
        assert_eq!(meta.from.as_ref().unwrap().name, "ann");
        assert_eq!(meta.to.as_ref().unwrap().name, "bob");
        let content = &body_of(meta).contents[0];
        assert_eq!(roamkit_wire::body::Body::from_content(content), Some(body));
    }
    for kind in ["txt", "img", "audio", "video", "file", "loc", "cmd", "custom", "combine"] {
        let page = server.read_history(&ann, "bob", json!({"msgType": kind})).await;
        assert_eq!(page.ids.len(), 1, "{kind}");
    }
    assert_eq!(server.read_history(&ann, "bob", json!({"msgType": "txt,loc"})).await.ids.len(), 2);
}

#[tokio::test]
async fn a_page_can_start_at_a_missing_message() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let mut ids = Vec::new();
    for i in 0..6 {
        ids.push(server.send("ann", "bob", "m", Some(1_700_000_000_000 + i)).await);
    }
    let recall = json!({"msg_id": ids[2].to_string(), "from": "ann", "to": "bob", "chat_type": "chat"});
    server.app_call("POST", "/messages/msg_recall", Some(recall)).await;
    let older = server.read_history(&ann, "bob", json!({"start": ids[2].to_string()})).await;
    assert_eq!(older.ids, [ids[1], ids[0]]);
    let newer =
        server.read_history(&ann, "bob", json!({"start": ids[2].to_string(), "is_positive": true})).await;
    assert_eq!(newer.ids, ids[3..]);
    // The position of an id without a message follows from its time. All messages are older than that.
    let unused_id = (ids[5] + 4096).to_string();
    assert_eq!(server.read_history(&ann, "bob", json!({"start": unused_id})).await.ids.len(), 5);
    let none = server.read_history(&ann, "bob", json!({"start": unused_id, "is_positive": true})).await;
    assert_eq!((none.ids.len(), none.is_last, none.next.as_str()), (0, true, "undefined"));
}

#[tokio::test]
async fn an_unknown_conversation_is_an_empty_page() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    for peer in ["bob", "nobody"] {
        let page = server.read_history(&ann, peer, json!({})).await;
        assert_eq!((page.ids.len(), page.is_last), (0, true));
    }
    server.send("ann", "bob", "m", None).await;
    assert_eq!(server.read_history(&ann, "bob", json!({"userId": "nobody"})).await.ids.len(), 0);
}

#[tokio::test]
async fn queue_names_are_accepted_in_every_form() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = pair(&server).await;
    let id = server.send("ann", "bob", "m", None).await;
    for queue in ["bob@easemob.com", "demo#chat_bob@easemob.com", "BOB@easemob.com", "bob"] {
        let page = server.read_history(&ann, "bob", json!({"queue": queue})).await;
        assert_eq!(page.ids, [id], "{queue}");
    }
}

#[tokio::test]
async fn calls_fail_when_roaming_is_turned_off() {
    let server = TestServer::start(&["--roaming", "off"]).await;
    let (ann, _) = pair(&server).await;
    server.send("ann", "bob", "m", None).await;
    let request = json!({"queue": "bob@easemob.com", "pull_number": 10});
    let calls = [
        ("POST", "/users/ann/messageroaming", Some(request)),
        ("DELETE", "/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList=1", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=1", None),
        ("POST", "/sdk/message/roaming/user/ann/delete/all", None),
    ];
    for (method, path, body) in calls {
        let (status, answer) = server.call(method, path, &ann.token, body).await;
        assert_eq!(status, 403, "{path}");
        assert_eq!(answer["error_description"], "messageroaming function not open");
    }
    assert_eq!(server.list_peers(&ann, "").await, ["bob"]);
}

#[tokio::test]
async fn messages_can_be_sent_to_several_users_and_to_oneself() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = pair(&server).await;
    let cat = server.create_user("cat").await;
    let message = json!({"from": "ann", "to": ["bob", "cat", "ann"], "type": "txt", "body": {"msg": "all"}});
    let answer = server.app_call("POST", "/messages/users", Some(message)).await;
    let id = |name: &str| answer["data"][name].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(server.newest_ids(&bob, "ann").await, [id("bob")]);
    assert_eq!(server.newest_ids(&cat, "ann").await, [id("cat")]);
    assert_eq!(server.newest_ids(&ann, "ann").await, [id("ann")]);
    assert_eq!(server.find_conversation(&ann, "ann").await.unwrap()["unread_num"], 0);
    // One unknown receiver fails the whole call.
    let message = json!({"from": "ann", "to": ["bob", "nobody"], "type": "txt", "body": {"msg": "all"}});
    assert_eq!(server.call("POST", "/messages/users", server.app_token(), Some(message)).await.0, 404);
    assert_eq!(server.newest_ids(&bob, "ann").await.len(), 1);
}
