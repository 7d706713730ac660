//! Invalid requests are answered with the service's error form and the right status, never with 500.

use super::support::*;
use serde_json::{Value, json};

/// All calls that name a user, with valid bodies.
fn calls_of(user: &str) -> Vec<(&'static str, String, Option<Value>)> {
    let channel = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    vec![
        ("GET", format!("/sdk/users/{user}/token/expires"), None),
        ("GET", format!("/users/{user}/user_channels"), None),
        ("GET", format!("/users/{user}/user_channels/page?pageNum=1&pageSize=20"), None),
        ("GET", format!("/sdk/user/{user}/user_channels/list?limit=20"), None),
        (
            "POST",
            format!("/users/{user}/messageroaming"),
            Some(json!({"queue": "bob@easemob.com", "pull_number": 1})),
        ),
        ("DELETE", format!("/sdk/message/roaming/chat/user/{user}?userId=bob&msgIdList=1"), None),
        ("DELETE", format!("/sdk/message/roaming/chat/user/{user}/time?userId=bob&delTime=1"), None),
        ("DELETE", format!("/sdk/message/roaming/group/user/{user}?groupId=1&msgIdList=1"), None),
        ("DELETE", format!("/sdk/message/roaming/group/user/{user}/time?groupId=1&delTime=1"), None),
        ("POST", format!("/sdk/message/roaming/user/{user}/delete/all"), None),
        ("DELETE", format!("/user/{user}/user_channel"), Some(channel.clone())),
        ("DELETE", format!("/users/{user}/user_channel"), Some(channel)),
        ("POST", format!("/sdk/user/{user}/user_channel/top"), Some(json!({"type": "chat", "to": "bob"}))),
        ("DELETE", format!("/sdk/user/{user}/user_channel/top?type=chat&to=bob"), None),
        ("GET", format!("/users/{user}"), None),
        ("PUT", format!("/users/{user}/password"), Some(json!({"newpassword": "x"}))),
        ("DELETE", format!("/users/{user}"), None),
        ("GET", format!("/users/{user}/disconnect"), None),
    ]
}

/// All calls that require an app token.
fn app_calls() -> Vec<(&'static str, String, Option<Value>)> {
    let message = json!({"from": "ann", "to": ["bob"], "type": "txt", "body": {"msg": "x"}});
    let group = json!({"groupname": "g", "owner": "ann"});
    let mut calls = vec![
        ("POST", "/messages/users".to_owned(), Some(message.clone())),
        ("POST", "/messages/chatgroups".to_owned(), Some(message.clone())),
        ("POST", "/messages/chatrooms".to_owned(), Some(message)),
        ("POST", "/messages/msg_recall".to_owned(), Some(json!({"msg_id": "1"}))),
        ("POST", "/users".to_owned(), Some(json!({"username": "new", "password": "x"}))),
    ];
    for kind in ["chatgroups", "chatrooms"] {
        calls.extend([
            ("POST", format!("/{kind}"), Some(group.clone())),
            ("GET", format!("/{kind}/1"), None),
            ("DELETE", format!("/{kind}/1"), None),
            ("POST", format!("/{kind}/1/users"), Some(json!({"usernames": ["ann"]}))),
            ("POST", format!("/{kind}/1/users/ann"), None),
            ("DELETE", format!("/{kind}/1/users/ann"), None),
        ]);
    }
    calls
}

#[tokio::test]
async fn a_token_acts_for_its_own_user_only() {
    let server = TestServer::start(&[]).await;
    let (ann, mallory) = (server.create_user("ann").await, server.create_user("mallory").await);
    server.create_user("bob").await;
    let id = server.send("bob", "ann", "private", None).await;
    for (method, path, body) in calls_of("ann") {
        for (token, expected) in [("", 401), ("made-up", 401), (mallory.token.as_str(), 403)] {
            let (status, answer) = server.call(method, &path, token, body.clone()).await;
            assert_eq!(status, expected, "{method} {path}: {answer}");
            assert!(is_error_response(&answer), "{answer}");
        }
    }
    for (method, path, body) in app_calls() {
        for (token, expected) in [("", 401), (ann.token.as_str(), 403)] {
            let (status, answer) = server.call(method, &path, token, body.clone()).await;
            assert_eq!(status, expected, "{method} {path}: {answer}");
        }
    }
    // None of the calls had an effect.
    assert_eq!(server.newest_ids(&ann, "bob").await, [id]);
    // The calls of the SDK refuse app tokens, too.
    for (method, path, body) in calls_of("ann").into_iter().take(10) {
        assert_eq!(server.call(method, &path, server.app_token(), body).await.0, 403, "{path}");
    }
}

#[tokio::test]
async fn user_names_are_case_insensitive() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    assert_eq!(server.call("GET", "/users/ANN/user_channels", &ann.token, None).await.0, 200);
}

#[tokio::test]
async fn invalid_queries_and_bodies_are_refused() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    server.create_user("bob").await;
    server.send("bob", "ann", "x", None).await;
    let ids = |n: u64| (1..=n).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let chat = "/sdk/message/roaming/chat/user/ann";
    let roam = "/users/ann/messageroaming";
    let list = "/sdk/user/ann/user_channels/list";
    let page = |field: &str, value: Value| {
        let mut request = json!({"queue": "bob@easemob.com", "start": -1, "pull_number": 10});
        request[field] = value;
        Some(request)
    };
    let fifty_one = format!("{chat}?userId=bob&msgIdList={}", ids(51));
    let cases: Vec<(&str, &str, Option<Value>)> = vec![
        ("GET", "/sdk/user/ann/user_channels/list?limit=0", None),
        ("GET", "/sdk/user/ann/user_channels/list?limit=51", None),
        ("GET", "/sdk/user/ann/user_channels/list?limit=99999999999999999999", None),
        ("GET", "/sdk/user/ann/user_channels/list?limit=many", None),
        ("GET", "/sdk/user/ann/user_channels/list?cursor=made-up", None),
        ("GET", "/sdk/user/ann/user_channels/list?sort=sideways", None),
        ("GET", "/sdk/user/ann/user_channels/list?is_top=maybe", None),
        ("GET", "/users/ann/user_channels/page?pageNum=0&pageSize=20", None),
        ("GET", "/users/ann/user_channels/page?pageNum=1&pageSize=21", None),
        ("DELETE", &fifty_one, None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann?userId=bob", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList=a,b", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann?msgIdList=1", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann?userId=b%20b&msgIdList=1", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann/time?userId=bob", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=0", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=-5", None),
        ("DELETE", "/sdk/message/roaming/chat/user/ann/time?userId=bob&delTime=99999999999999999999", None),
        ("DELETE", "/sdk/user/ann/user_channel/top?type=chat", None),
        ("POST", "/sdk/user/ann/user_channel/top", Some(json!({"type": "cat", "to": "bob"}))),
        ("POST", "/sdk/user/ann/user_channel/top", Some(json!({"type": 1, "to": "bob"}))),
        ("DELETE", "/user/ann/user_channel", Some(json!({"channel": "bob", "type": "x"}))),
        ("DELETE", "/user/ann/user_channel", Some(json!({"channel": 7, "type": "chat"}))),
        ("DELETE", "/user/ann/user_channel", None),
        ("POST", roam, page("pull_number", json!(0))),
        ("POST", roam, page("pull_number", json!(51))),
        ("POST", roam, page("pull_number", json!(-1))),
        ("POST", roam, page("pull_number", json!("10"))),
        ("POST", roam, page("start", json!("abc"))),
        ("POST", roam, page("start", json!({"a": 1}))),
        ("POST", roam, page("start", json!("18446744073709551616"))),
        ("POST", roam, page("queue", json!("not a queue"))),
        ("POST", roam, page("queue", json!(5))),
        ("POST", roam, page("is_positive", json!("yes"))),
        ("POST", roam, page("startTime", json!(1e300))),
        ("POST", roam, page("userId", json!("no one"))),
        ("POST", roam, page("msgType", json!("a,".repeat(30)))),
        ("POST", roam, Some(json!([]))),
        ("POST", roam, None),
        ("POST", list, None),
    ];
    for (method, path, body) in cases {
        let (status, answer) = server.call(method, path, &ann.token, body.clone()).await;
        let expected = if path == list { 405 } else { 400 };
        assert_eq!(status, expected, "{method} {path} {body:?}: {answer}");
        assert!(is_error_response(&answer), "{answer}");
    }
    assert_eq!(server.newest_ids(&ann, "bob").await.len(), 1);
}

#[tokio::test]
async fn invalid_app_calls_are_refused() {
    let server = TestServer::start(&[]).await;
    server.create_user("ann").await;
    server.create_user("bob").await;
    let message = |field: &str, value: Value| {
        let mut message = json!({"from": "ann", "to": ["bob"], "type": "txt", "body": {"msg": "x"}});
        message[field] = value;
        Some(message)
    };
    let many: Vec<String> = (0..601).map(|i| format!("u{i}")).collect();
    let cases = vec![
        ("/messages/users", message("to", json!([])), 400),
        ("/messages/users", message("to", json!(many)), 400),
        ("/messages/users", message("to", json!("bob")), 400),
        ("/messages/users", message("to", json!(["b b"])), 404),
        ("/messages/users", message("from", json!("a a")), 400),
        ("/messages/users", message("from", json!("nobody")), 404),
        ("/messages/users", message("type", json!("hologram")), 400),
        ("/messages/users", message("body", json!("x")), 400),
        ("/messages/users", message("body", json!({"msg": "x".repeat(6000)})), 413),
        ("/messages/users", message("ext", json!({"k": "x".repeat(6000)})), 413),
        ("/messages/users", message("ext", json!("x")), 400),
        ("/messages/users", message("msg_timestamp", json!(-1)), 400),
        ("/messages/users", message("msg_timestamp", json!(9_999_999_999_999_999_u64)), 400),
        ("/messages/users", message("msg_timestamp", json!(u64::MAX)), 400),
        ("/messages/users", message("msg_timestamp", json!("now")), 400),
        ("/messages/chatgroups", message("to", json!(["bob"])), 404),
        ("/messages/chatgroups", message("to", json!(["99999999999999999999"])), 404),
        ("/messages/msg_recall", Some(json!({"msg_id": "abc"})), 400),
        ("/messages/msg_recall", Some(json!({"msg_id": "123"})), 404),
        ("/messages/msg_recall", Some(json!({})), 400),
        ("/users", Some(json!({"username": "", "password": "x"})), 400),
        ("/users", Some(json!({"username": "a b", "password": "x"})), 400),
        ("/users", Some(json!({"username": "a".repeat(65), "password": "x"})), 400),
        ("/users", Some(json!({"username": "x", "password": ""})), 400),
        ("/users", Some(json!({"username": "x"})), 400),
        ("/users", Some(json!([])), 400),
        ("/chatgroups", Some(json!({"groupname": "g", "owner": "nobody"})), 404),
        ("/chatgroups", Some(json!({"groupname": "g", "owner": "ann", "maxusers": 0})), 400),
        ("/chatgroups", Some(json!({"groupname": "g", "owner": "ann", "members": ["nobody"]})), 404),
        ("/chatgroups", Some(json!({"owner": "ann"})), 400),
        ("/token", Some(json!({"grant_type": "magic"})), 400),
        ("/token", Some(json!({"grant_type": "password"})), 404),
        ("/token", Some(json!({"grant_type": "password", "username": 5})), 400),
    ];
    for (path, body, expected) in cases {
        let (status, answer) = server.call("POST", path, server.app_token(), body.clone()).await;
        assert_eq!(status, expected, "{path} {body:?}: {answer}");
        assert!(is_error_response(&answer), "{answer}");
    }
}

#[tokio::test]
async fn malformed_and_oversized_bodies_are_refused() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let url = server.url("/users/ann/messageroaming");
    for bytes in [&b"{"[..], b"", b"\xff\xfe", b"nul\0", b"[[[[[[", b"\"queue\""] {
        let (status, answer) = server.raw_call("POST", &url, &ann.token, Some(bytes.to_vec())).await;
        assert_eq!(status, 400, "{bytes:?}");
        assert!(is_error_response(&answer), "{answer}");
    }
    let deep = "[".repeat(200_000).into_bytes();
    assert_eq!(server.raw_call("POST", &url, &ann.token, Some(deep)).await.0, 400);
    let (status, answer) = server.raw_call("POST", &url, &ann.token, Some(vec![b' '; 2_000_000])).await;
    assert_eq!(status, 413);
    assert!(is_error_response(&answer), "{answer}");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let base = format!("http://{}", server.address);
    let cases = [
        ("GET", "/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/demo/chat/nothing", 404),
        ("GET", "/demo/chat/", 404),
        ("GET", "/no/app/users/ann/user_channels", 404),
        ("GET", "/demo/chat/users/%ff/user_channels", 400),
        ("GET", "/demo/chat/users/a%20b/user_channels", 400),
        ("GET", "/demo/chat/token", 405),
        ("PATCH", "/demo/chat/users/ann/messageroaming", 405),
        ("POST", "/health", 405),
        ("GET", "/websocket", 400),
    ];
    for (method, path, expected) in cases {
        let (status, answer) = server.raw_call(method, &format!("{base}{path}"), &ann.token, None).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        assert!(is_error_response(&answer), "{answer}");
    }
    assert_eq!(
        server.raw_call("GET", &format!("{base}/health"), "", None).await,
        (200, json!({"status": "ok"}))
    );
    let (_, hosts) =
        server.raw_call("GET", &format!("{base}/easemob/server.json?app_key=demo%23chat"), "", None).await;
    let port: u64 = server.address.rsplit_once(':').unwrap().1.parse().unwrap();
    assert_eq!(
        hosts["rest"]["hosts"][0],
        json!({"protocol": "http", "domain": "127.0.0.1", "ip": "127.0.0.1", "port": port})
    );
    assert_eq!(hosts["msync-wx"], hosts["rest"]);
}

#[tokio::test]
async fn static_files_are_served_beside_the_api() {
    let (www, pkg) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(www.path().join("index.html"), "<p>hi</p>").unwrap();
    std::fs::write(pkg.path().join("a.wasm"), "\0asm").unwrap();
    let mount = format!("/pkg={}", pkg.path().display());
    let server = TestServer::start(&["--www", &www.path().display().to_string(), "--mount", &mount]).await;
    let get = async |path: &str| {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.get(format!("http://{}{path}", server.address)).send().await.unwrap();
        let kind = answer.headers().get("content-type").map(|value| value.to_str().unwrap().to_owned());
        (answer.status().as_u16(), kind.unwrap_or_default(), answer.text().await.unwrap())
    };
    assert_eq!(get("/").await, (200, "text/html".into(), "<p>hi</p>".into()));
    assert_eq!(get("/pkg/a.wasm").await.1, "application/wasm");
    assert_eq!(get("/pkg/../a.wasm").await.0, 404);
    assert_eq!(get("/nothing").await.0, 404);
    assert_eq!(get("/health").await.2, r#"{"status":"ok"}"#);
}
