//! Access control: every call is tried with every kind of wrong token. It must be refused and must change
//! nothing.

use super::support::*;
use roamkit_server::{Access, Route, routes};
use roamkit_wire::meta::{MessageBody, MessageType};
use roamkit_wire::msync::{CommSyncDl, ErrorCode};
use serde_json::{Value, json};

/// Ann and Bob have a direct conversation, a group and a chat room. Mallory is in none of them. Another app has
/// an Ann, too.
struct Fixture {
    server: TestServer,
    ann: TestUser,
    mallory: TestUser,
    group: String,
    room: String,
    /// A message from Bob to Ann.
    message: u64,
    /// A message from Bob to the group.
    in_group: u64,
    other_app: String,
    other_ann: String,
}

impl Fixture {
    async fn new() -> Self {
        let server = TestServer::start(&[]).await;
        let ann = server.create_user("ann").await;
        server.create_user("bob").await;
        let mallory = server.create_user("mallory").await;
        let group = server.create_group("chatgroups", "ann", &["bob"]).await;
        let room = server.create_group("chatrooms", "ann", &["bob"]).await;
        let message = server.send("bob", "ann", "private", None).await;
        let in_group = server.send("bob", &group, "for the group", None).await;
        server.send("bob", "mallory", "for mallory", None).await;
        let base = format!("http://{}/other/app", server.address);
        let other_app = server.new_app_token(&base).await;
        let user = json!({"username": "ann", "password": "x"}).to_string().into_bytes();
        assert_eq!(server.raw_call("POST", &format!("{base}/users"), &other_app, Some(user)).await.0, 200);
        let grant = json!({"grant_type": "password", "username": "ann", "password": "x"});
        let answer = server
            .raw_call("POST", &format!("{base}/token"), "", Some(grant.to_string().into_bytes()))
            .await
            .1;
        let other_ann = answer["access_token"].as_str().unwrap().to_owned();
        Self { server, ann, mallory, group, room, message, in_group, other_app, other_ann }
    }

    /// The path and body of a call of a route that would change or return something of Ann's. A route that is
    /// missing here fails the test, so a new route must be added.
    fn call(&self, route: &Route) -> (String, Option<Value>) {
        let (message, group, room) = (self.message, &self.group, &self.room);
        let path = route.path.strip_prefix("/{org}/{app}").unwrap();
        let roaming = "/sdk/message/roaming";
        let (query, body) = match (route.method, path) {
            (
                "GET",
                "/users/{user}"
                | "/users/{user}/user_channels"
                | "/users/{user}/user_channels/page"
                | "/users/{user}/disconnect"
                | "/sdk/users/{user}/token/expires"
                | "/sdk/user/{user}/user_channels/list"
                | "/chatgroups/{group}"
                | "/chatrooms/{group}",
            )
            | (
                "DELETE",
                "/users/{user}"
                | "/chatgroups/{group}"
                | "/chatrooms/{group}"
                | "/chatgroups/{group}/users/{user}"
                | "/chatrooms/{group}/users/{user}",
            )
            | ("POST", "/chatgroups/{group}/users/{user}" | "/chatrooms/{group}/users/{user}") => {
                (String::new(), None)
            }
            ("POST", path) if path == format!("{roaming}/user/{{user}}/delete/all") => (String::new(), None),
            ("DELETE", path) if path == format!("{roaming}/chat/user/{{user}}") => {
                (format!("?userId=bob&msgIdList={message}"), None)
            }
            ("DELETE", path) if path == format!("{roaming}/group/user/{{user}}") => {
                (format!("?groupId={group}&msgIdList={}", self.in_group), None)
            }
            ("DELETE", path) if path == format!("{roaming}/chat/user/{{user}}/time") => {
                ("?userId=bob&delTime=9999999999999".into(), None)
            }
            ("DELETE", path) if path == format!("{roaming}/group/user/{{user}}/time") => {
                (format!("?groupId={group}&delTime=9999999999999"), None)
            }
            ("POST", "/sdk/user/{user}/user_channel/top") => {
                (String::new(), Some(json!({"type": "chat", "to": "bob"})))
            }
            ("DELETE", "/sdk/user/{user}/user_channel/top") => ("?type=chat&to=bob".into(), None),
            ("DELETE", "/user/{user}/user_channel" | "/users/{user}/user_channel") => {
                (String::new(), Some(json!({"channel": "bob", "type": "chat", "delete_roam": true})))
            }
            ("POST", "/users/{user}/messageroaming") => {
                (String::new(), Some(json!({"queue": "bob@easemob.com", "pull_number": 10})))
            }
            ("PUT", "/users/{user}/password") => {
                (String::new(), Some(json!({"newpassword": "y", "oldpassword": "ann"})))
            }
            ("POST", "/users") => (String::new(), Some(json!({"username": "new", "password": "x"}))),
            ("POST", "/chatgroups" | "/chatrooms") => {
                (String::new(), Some(json!({"groupname": "g", "owner": "ann"})))
            }
            ("POST", "/chatgroups/{group}/users" | "/chatrooms/{group}/users") => {
                (String::new(), Some(json!({"usernames": ["mallory"]})))
            }
            ("POST", "/messages/users") => (String::new(), Some(text("bob"))),
            ("POST", "/messages/chatgroups") => (String::new(), Some(text(group))),
            ("POST", "/messages/chatrooms") => (String::new(), Some(text(room))),
            ("POST", "/messages/chatgroups/users" | "/messages/chatrooms/users") => {
                let mut targeted = text(if path.starts_with("/messages/chatrooms") { room } else { group });
                targeted["users"] = json!(["bob"]);
                (String::new(), Some(targeted))
            }
            ("POST", "/messages/msg_recall") => (String::new(), Some(json!({"msg_id": message.to_string()}))),
            other => panic!("add a call of {other:?}"),
        };
        let which = if path.starts_with("/chatrooms") { room } else { group };
        let user = if path.contains("/users/{user}") && path.contains("{group}") && route.method == "POST" {
            "mallory"
        } else if path.contains("{group}") {
            "bob"
        } else {
            "ann"
        };
        (path.replace("{user}", user).replace("{group}", which) + &query, body)
    }

    /// Everything that a call could change.
    async fn snapshot(&self) -> Vec<Value> {
        let server = &self.server;
        // Ann's password and token are still valid.
        server.log_in("ann").await;
        let mut all = vec![json!(server.list_conversations(&self.ann, "&needEmptySession=true").await)];
        for peer in ["bob", &self.group] {
            all.push(json!(server.newest_ids(&self.ann, peer).await));
        }
        for path in [format!("/chatgroups/{}", self.group), format!("/chatrooms/{}", self.room)] {
            all.push(server.app_call("GET", &path, None).await["data"].clone());
        }
        all.push(server.app_call("GET", "/users/ann", None).await["entities"].clone());
        all.push(json!(server.call("GET", "/users/new", server.app_token(), None).await.0));
        all
    }

    async fn assert_refused(&self, route: &Route, token: &str, expected: u16, description: &str) {
        let (path, body) = self.call(route);
        let (status, answer) = self.server.call(route.method, &path, token, body).await;
        assert_eq!(status, expected, "{} {path} with {description}: {answer}", route.method);
        assert!(is_error_response(&answer), "{answer}");
    }
}

fn text(to: &str) -> Value {
    json!({"from": "ann", "to": [to], "type": "txt", "body": {"msg": "x"}})
}

#[tokio::test]
async fn few_calls_require_no_token() {
    let open: Vec<_> =
        routes().iter().filter(|r| r.access == Access::Open).map(|r| (r.method, r.path)).collect();
    assert_eq!(
        open,
        [
            ("GET", "/health"),
            ("GET", "/metrics"),
            ("GET", "/openapi.json"),
            ("GET", "/easemob/server.json"),
            ("GET", "/websocket"),
            ("POST", "/{org}/{app}/token"),
        ]
    );
}

#[tokio::test]
async fn every_call_refuses_every_wrong_token() {
    for route in routes().iter().filter(|route| route.access != Access::Open) {
        let fixture = Fixture::new().await;
        let before = fixture.snapshot().await;
        for (description, token) in [
            ("no token", ""),
            ("an unknown token", "bm90aGluZw"),
            ("the app token of another app", &fixture.other_app),
            ("the token of another app's Ann", &fixture.other_ann),
        ] {
            fixture.assert_refused(route, token, 401, description).await;
        }
        fixture.assert_refused(route, &fixture.mallory.token, 403, "the token of another user").await;
        let app = fixture.server.app_token();
        match route.access {
            Access::User => fixture.assert_refused(route, app, 403, "an app token").await,
            Access::App => fixture.assert_refused(route, &fixture.ann.token, 403, "a user's token").await,
            Access::UserOrApp | Access::Open => {}
        }
        assert_eq!(fixture.snapshot().await, before, "{} {}", route.method, route.path);
        // The same call succeeds with the right token, so it was refused because of the token only.
        let token = if route.access == Access::App { app } else { &fixture.ann.token };
        let (path, body) = fixture.call(route);
        let (status, answer) = fixture.server.call(route.method, &path, token, body).await;
        assert_eq!(status, 200, "{} {path}: {answer}", route.method);
    }
}

#[tokio::test]
async fn users_outside_a_group_cannot_use_it() {
    let fixture = Fixture::new().await;
    let before = fixture.snapshot().await;
    let (group, id) = (&fixture.group, fixture.in_group);
    for group in [group, &fixture.room] {
        let channel = json!({"channel": group, "type": "groupchat", "delete_roam": true});
        let queue = json!({"queue": format!("{group}@conference.easemob.com"), "pull_number": 10});
        let calls = [
            ("POST", "/users/mallory/messageroaming".to_owned(), Some(queue)),
            (
                "DELETE",
                format!("/sdk/message/roaming/group/user/mallory?groupId={group}&msgIdList={id}"),
                None,
            ),
            (
                "DELETE",
                format!("/sdk/message/roaming/group/user/mallory/time?groupId={group}&delTime=9"),
                None,
            ),
            ("DELETE", "/user/mallory/user_channel".to_owned(), Some(channel.clone())),
            ("DELETE", "/users/mallory/user_channel".to_owned(), Some(channel)),
            (
                "POST",
                "/sdk/user/mallory/user_channel/top".to_owned(),
                Some(json!({"type": "groupchat", "to": group})),
            ),
            ("DELETE", format!("/sdk/user/mallory/user_channel/top?type=groupchat&to={group}"), None),
        ];
        for (method, path, body) in calls {
            let (status, answer) = fixture.server.call(method, &path, &fixture.mallory.token, body).await;
            assert_eq!(status, 403, "{method} {path}: {answer}");
            assert_eq!(answer["error_description"], "The user not in this group!");
        }
    }
    assert_eq!(fixture.snapshot().await, before);
}

#[tokio::test]
async fn ids_of_messages_of_others_give_no_access() {
    let fixture = Fixture::new().await;
    let before = fixture.snapshot().await;
    let (server, mallory) = (&fixture.server, &fixture.mallory);
    for id in [fixture.message, fixture.in_group] {
        let path = format!("/sdk/message/roaming/chat/user/mallory?userId=bob&msgIdList={id}");
        server.user_call(mallory, "DELETE", &path, None).await;
        let page = server.read_history(mallory, "bob", json!({"start": id.to_string()})).await;
        assert!(!page.ids.contains(&fixture.message) && !page.ids.contains(&fixture.in_group));
    }
    server.user_call(mallory, "POST", "/sdk/message/roaming/user/mallory/delete/all", None).await;
    assert_eq!(fixture.snapshot().await, before);
}

#[tokio::test]
async fn a_socket_has_the_permissions_of_its_user_only() {
    let fixture = Fixture::new().await;
    let server = &fixture.server;
    for (name, token) in [
        ("ann", fixture.mallory.token.as_str()),
        ("ann", &fixture.other_ann),
        ("ann", &fixture.other_app),
        ("ann", server.app_token()),
        ("ann", ""),
    ] {
        let answer = server.open_socket().await.provision(name, token, "web").await;
        assert_ne!(answer.status.unwrap().error_code, 0);
    }
    let before = fixture.snapshot().await;
    let mut mallory = server.connect_device(&fixture.mallory, "web").await;
    let assert_refused = |answer: CommSyncDl, what: &str| {
        let status = answer.status.unwrap();
        assert_ne!(status.error_code, ErrorCode::Ok as i32, "{what}");
    };
    let of = |kind: MessageType, id: u64| MessageBody {
        ack_message_id: id,
        edit_message_id: id,
        ..text_body(kind, "mine now")
    };
    for group in [group_jid(&fixture.group), group_jid(&fixture.room)] {
        for kind in [MessageType::GroupChat, MessageType::ChatRoom, MessageType::Chat] {
            assert_refused(mallory.send_message(&group, text_body(kind, "let me in")).await, "a message");
        }
        for kind in [MessageType::ReadAck, MessageType::DeliverAck, MessageType::ChannelAck] {
            assert_refused(mallory.send_message(&group, of(kind, fixture.in_group)).await, "a receipt");
        }
        assert!(mallory.sync(&group, None).await.metas.is_empty());
        assert!(mallory.sync(&group, Some(1)).await.metas.is_empty());
    }
    for id in [fixture.message, fixture.in_group] {
        for to in [user_jid("ann"), user_jid("bob"), group_jid(&fixture.group)] {
            assert_refused(mallory.send_message(&to, of(MessageType::Recall, id)).await, "a recall");
            assert_refused(mallory.send_message(&to, of(MessageType::Edit, id)).await, "an edit");
        }
    }
    assert!(mallory.sync(&user_jid("ann"), None).await.metas.is_empty());
    assert_eq!(fixture.snapshot().await, before);
}
