//! Groups and chat rooms: membership decides which messages a user sees.

use super::support::*;
use serde_json::json;

#[tokio::test]
async fn members_see_the_messages_of_their_membership() {
    let server = TestServer::start(&[]).await;
    let (ann, bob, cat) =
        (server.create_user("ann").await, server.create_user("bob").await, server.create_user("cat").await);
    for kind in ["chatgroups", "chatrooms"] {
        let id = server.create_group(kind, "ann", &["bob"]).await;
        let one = server.send("ann", &id, "1", None).await;
        server.app_call("POST", &format!("/{kind}/{id}/users"), Some(json!({"usernames": ["cat"]}))).await;
        let two = server.send("bob", &id, "2", None).await;
        server.app_call("DELETE", &format!("/{kind}/{id}/users/bob"), None).await;
        let three = server.send("cat", &id, "3", None).await;
        server.app_call("POST", &format!("/{kind}/{id}/users/bob"), None).await;
        let four = server.send("ann", &id, "4", Some(1_600_000_000_000)).await;
        assert_eq!(server.newest_ids(&ann, &id).await, [three, two, one, four]);
        assert_eq!(server.newest_ids(&bob, &id).await, [two, one, four]);
        assert_eq!(server.newest_ids(&cat, &id).await, [three, two, four]);
    }
}

#[tokio::test]
async fn non_members_are_refused() {
    let server = TestServer::start(&[]).await;
    server.create_user("ann").await;
    let eve = server.create_user("eve").await;
    let id = server.create_group("chatgroups", "ann", &[]).await;
    server.send("ann", &id, "1", None).await;
    let queue = format!("{id}@conference.easemob.com");
    let calls = [
        ("POST", "/users/eve/messageroaming".into(), Some(json!({"queue": queue, "pull_number": 1}))),
        ("DELETE", format!("/sdk/message/roaming/group/user/eve?groupId={id}&msgIdList=1"), None),
        ("DELETE", format!("/sdk/message/roaming/group/user/eve/time?groupId={id}&delTime=1"), None),
        (
            "DELETE",
            "/user/eve/user_channel".into(),
            Some(json!({"channel": id, "type": "groupchat", "delete_roam": true})),
        ),
        ("POST", "/sdk/user/eve/user_channel/top".into(), Some(json!({"to": id, "type": "groupchat"}))),
    ];
    for (method, path, body) in calls {
        assert_eq!(server.call(method, &path, &eve.token, body).await.0, 403, "{path}");
    }
    let message = json!({"from": "eve", "to": [id], "type": "txt", "body": {"msg": "hi"}});
    assert_eq!(server.call("POST", "/messages/chatgroups", server.app_token(), Some(message)).await.0, 403);
    assert_eq!(server.list_peers(&eve, "&needEmptySession=true").await, Vec::<String>::new());
}

#[tokio::test]
async fn groups_have_a_maximum_size_and_can_be_shown_and_closed() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    server.create_user("bob").await;
    server.create_user("cat").await;
    let small = json!({"groupname": "s", "desc": "", "public": false, "maxusers": 2, "owner": "ann", "members": ["bob"]});
    let answer = server.app_call("POST", "/chatgroups", Some(small)).await;
    let id = answer["data"]["groupid"].as_str().unwrap().to_owned();
    let (status, answer) =
        server.call("POST", &format!("/chatgroups/{id}/users/cat"), server.app_token(), None).await;
    assert_eq!((status, answer["error_description"].as_str()), (403, Some("group member list is full!")));
    let shown = server.app_call("GET", &format!("/chatgroups/{id}"), None).await;
    assert_eq!(shown["data"][0]["affiliations"], json!([{"owner": "ann"}, {"member": "bob"}]));
    // Adding a member again changes nothing. A non-member cannot be removed.
    server.app_call("POST", &format!("/chatgroups/{id}/users/bob"), None).await;
    assert_eq!(
        server.call("DELETE", &format!("/chatgroups/{id}/users/cat"), server.app_token(), None).await.0,
        403
    );

    let sent = server.send("ann", &id, "1", None).await;
    server.app_call("DELETE", &format!("/chatgroups/{id}"), None).await;
    let message = json!({"from": "ann", "to": [id], "type": "txt", "body": {"msg": "hi"}});
    assert_eq!(server.call("POST", "/messages/chatgroups", server.app_token(), Some(message)).await.0, 404);
    assert_eq!(server.newest_ids(&ann, &id).await, [sent]);
}
