//! Everything that the server accepts is bounded in size, number and time.

use super::support::*;
use roamkit_wire::msync::{ErrorCode, Jid};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn texts_with_a_nul_character_are_refused() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let id = server.create_group("chatgroups", "ann", &[]).await;
    let app = server.app_token();
    let nul = "a\0b";
    let app_calls = [
        ("POST", "/chatgroups", json!({"groupname": nul, "owner": "ann"})),
        ("POST", "/chatgroups", json!({"groupname": "g", "desc": nul, "owner": "ann"})),
        ("POST", "/chatrooms", json!({"groupname": "g", "owner": nul})),
        ("POST", "/users", json!({"username": nul, "password": "x"})),
        ("POST", "/users", json!({"username": "x", "password": nul})),
        ("PUT", "/users/ann/password", json!({"newpassword": nul})),
        ("POST", "/messages/users", json!({"from": "ann", "to": [nul], "type": "txt", "body": {"msg": "x"}})),
        (
            "POST",
            "/messages/users",
            json!({"from": "ann", "to": ["ann"], "type": "txt", "body": {"msg": nul}}),
        ),
    ];
    let user_calls = [
        ("POST", "/users/ann/messageroaming", json!({"queue": nul, "pull_number": 1})),
        (
            "POST",
            "/users/ann/messageroaming",
            json!({"queue": format!("{nul}@conference.easemob.com"), "pull_number": 1}),
        ),
        (
            "POST",
            "/users/ann/messageroaming",
            json!({"queue": format!("{id}@conference.easemob.com"), "pull_number": 1, "msgType": nul}),
        ),
        ("DELETE", "/users/ann/user_channel", json!({"channel": nul, "type": "groupchat"})),
        ("POST", "/sdk/user/ann/user_channel/top", json!({"type": "groupchat", "to": nul})),
    ];
    let calls_without_body = [
        ("GET", "/users/a%00b"),
        ("GET", "/sdk/user/ann/user_channels/list?cursor=%00"),
        ("DELETE", "/sdk/message/roaming/group/user/ann?groupId=%00&msgIdList=1"),
        ("DELETE", "/sdk/user/ann/user_channel/top?type=groupchat&to=%00"),
        ("POST", "/sdk/message/roaming/user/ann/delete/all?resource=%00"),
    ];
    let calls = app_calls.map(|(method, path, body)| (app, method, path, Some(body))).into_iter();
    let calls =
        calls.chain(user_calls.map(|(method, path, body)| (ann.token.as_str(), method, path, Some(body))));
    let calls =
        calls.chain(calls_without_body.map(|(method, path)| (ann.token.as_str(), method, path, None)));
    for (token, method, path, body) in calls {
        let (status, answer) = server.call(method, path, token, body.clone()).await;
        assert_eq!(status, 400, "{method} {path} {body:?}: {answer}");
        assert!(is_error_response(&answer), "{answer}");
    }
}

#[tokio::test]
async fn invalid_queue_names_are_refused_and_the_socket_stays_open() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let mut device = server.connect_device(&ann, "web").await;
    for name in ["a\0b".to_owned(), "a".repeat(1000)] {
        for queue in [Jid::user(APP, &name), Jid::group(APP, &name)] {
            for key in [None, Some(1)] {
                let answer = device.sync(&queue, key).await;
                assert_eq!(answer.status.unwrap().error_code, ErrorCode::WrongParameter as i32);
                assert!(answer.is_last && answer.metas.is_empty());
            }
        }
    }
    assert_eq!(device.unread().await, []);
}

#[tokio::test]
async fn lengths_are_bounded() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let long = |n: usize| "x".repeat(n);
    let group =
        |name: usize, desc: usize| json!({"groupname": long(name), "desc": long(desc), "owner": "ann"});
    let password = |n: usize| json!({"username": format!("u{n}"), "password": long(n)});
    let name = |n: usize| json!({"username": long(n), "password": "x"});
    for (path, body, wanted) in [
        ("/chatgroups", group(128, 512), 200),
        ("/chatgroups", group(129, 0), 400),
        ("/chatgroups", group(1, 513), 400),
        ("/users", password(64), 200),
        ("/users", password(65), 400),
        ("/users", name(64), 200),
        ("/users", name(65), 400),
    ] {
        let (status, answer) = server.call("POST", path, server.app_token(), Some(body)).await;
        assert_eq!(status, wanted, "{path}: {answer}");
    }
    for (length, wanted) in [(256, 200), (257, 400)] {
        let path = format!("/sdk/message/roaming/user/ann/delete/all?resource={}", long(length));
        assert_eq!(server.call("POST", &path, &ann.token, None).await.0, wanted);
        let answer = server.open_socket().await.provision("ann", &ann.token, &long(length)).await;
        assert_eq!(answer.status.unwrap().error_code == 0, wanted == 200);
    }
}

#[tokio::test]
async fn list_lengths_and_page_sizes_are_bounded() {
    let server = TestServer::start(&["--user-groups", "2"]).await;
    let ann = server.create_user("ann").await;
    server.create_user("bob").await;
    let registered: Vec<Value> =
        (0..61).map(|i| json!({"username": format!("u{i}"), "password": "x"})).collect();
    let names: Vec<String> = (0..1001).map(|i| format!("u{i}")).collect();
    let app = server.app_token();
    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    let ids = |n: usize| (1..=n).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let kinds = vec!["txt"; 21].join(",");
    let (page, roaming) = ("/users/ann/messageroaming", "/sdk/message/roaming/chat/user/ann");
    server.send("bob", "ann", "x", None).await;
    let refused = [
        (app, "POST", "/users".to_owned(), Some(json!(registered))),
        (app, "POST", format!("/chatgroups/{group}/users"), Some(json!({"usernames": names}))),
        (
            app,
            "POST",
            "/chatgroups".into(),
            Some(json!({"groupname": "g", "owner": "ann", "members": names})),
        ),
        (
            app,
            "POST",
            "/chatgroups".into(),
            Some(json!({"groupname": "g", "owner": "ann", "maxusers": 5001})),
        ),
        (&ann.token, "POST", page.into(), Some(json!({"queue": "bob@easemob.com", "pull_number": 51}))),
        (
            &ann.token,
            "POST",
            page.into(),
            Some(json!({"queue": "bob@easemob.com", "pull_number": 1, "msgType": kinds})),
        ),
        (&ann.token, "GET", "/users/ann/user_channels/page?pageSize=21".into(), None),
        (&ann.token, "GET", "/users/ann/user_channels/page?pageNum=100001".into(), None),
        (&ann.token, "GET", "/sdk/user/ann/user_channels/list?limit=51".into(), None),
        (&ann.token, "DELETE", format!("{roaming}?userId=bob&msgIdList={}", ids(51)), None),
    ];
    for (token, method, path, body) in refused {
        let (status, answer) = server.call(method, &path, token, body).await;
        assert_eq!(status, 400, "{method} {path}: {answer}");
    }
    // Chat rooms count as well. A user who left a group is no member any more.
    server.create_group("chatrooms", "bob", &[]).await;
    let third = json!({"groupname": "g", "owner": "ann", "members": ["bob"]});
    let (status, answer) = server.call("POST", "/chatgroups", app, Some(third.clone())).await;
    assert_eq!(status, 403, "{answer}");
    let entries = server.list_conversations(&ann, "&needEmptySession=true").await.len();
    assert_eq!(entries, 1, "the refused group left nothing behind; only Bob's conversation is listed");
    server.app_call("DELETE", &format!("/chatgroups/{group}/users/bob"), None).await;
    server.app_call("POST", "/chatgroups", Some(third)).await;
}

/// Sends bytes slowly, one by one, until the server closes the connection. Returns the response.
async fn trickle(server: &TestServer, head: &str, byte: u8) -> String {
    let stream = TcpStream::connect(&server.address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(head.as_bytes()).await.unwrap();
    let trickle = tokio::spawn(async move {
        while writer.write_all(&[byte]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let mut response = Vec::new();
    // A connection reset may arrive before the whole response was read.
    let _ = tokio::time::timeout(TIMEOUT, reader.read_to_end(&mut response)).await.expect("an end");
    trickle.abort();
    String::from_utf8_lossy(&response).into_owned()
}

#[tokio::test]
async fn slow_requests_time_out() {
    let server = TestServer::start(&["--header-timeout", "1", "--body-timeout", "1"]).await;
    let start = Instant::now();
    trickle(&server, "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ", b'x').await;
    assert!(start.elapsed() >= Duration::from_millis(900), "the timeout ended it");

    let head =
        "POST /demo/chat/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n";
    let response = trickle(&server, head, b' ').await;
    assert!(response.starts_with("HTTP/1.1 408 "), "{response}");
    let body = response.split_once("\r\n\r\n").unwrap().1;
    assert!(is_error_response(&serde_json::from_str(body).unwrap()), "{body}");
}

#[tokio::test]
async fn idle_connections_and_sockets_are_closed() {
    let server = TestServer::start(&["--header-timeout", "1", "--socket-provision", "1"]).await;
    let mut idle = TcpStream::connect(&server.address).await.unwrap();
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(TIMEOUT, idle.read_to_end(&mut bytes)).await.expect("an end");
    let socket = server.open_socket().await;
    assert_eq!(socket.wait_closed().await, []);
}

#[tokio::test]
async fn the_size_of_a_request_head_is_bounded() {
    let server = TestServer::start(&[]).await;
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let head = format!("GET /health HTTP/1.1\r\nHost: x\r\nX-Long: {}", "x".repeat(200_000));
    // The server need not read the whole head.
    let _ = stream.write_all(head.as_bytes()).await;
    let mut start = [0; 12];
    tokio::time::timeout(TIMEOUT, stream.read_exact(&mut start)).await.expect("an answer").unwrap();
    assert_eq!(&start, b"HTTP/1.1 431");
}

#[tokio::test]
async fn static_files_and_api_responses_have_protective_headers() {
    let www = tempfile::tempdir().unwrap();
    std::fs::write(www.path().join("index.html"), "<p>hi</p>").unwrap();
    let dir = www.path().display().to_string();
    let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
    for (flags, policy) in [
        (vec![], Some("wasm-unsafe-eval")),
        (vec!["--csp", "default-src 'self'"], Some("default-src 'self'")),
        (vec!["--csp", ""], None),
    ] {
        let flags: Vec<&str> = flags.into_iter().chain(["--www", &dir]).collect();
        let server = TestServer::start(&flags).await;
        let file = http.get(format!("http://{}/", server.address)).send().await.unwrap();
        let header = |name: &str| file.headers().get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("x-content-type-options"), Some("nosniff"));
        assert_eq!(header("referrer-policy"), Some("no-referrer"));
        assert_eq!(header("cross-origin-opener-policy"), Some("same-origin"));
        match policy {
            Some(part) => assert!(header("content-security-policy").unwrap().contains(part)),
            None => assert_eq!(header("content-security-policy"), None),
        }
        let answer = http.get(format!("http://{}/health", server.address)).send().await.unwrap();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}
