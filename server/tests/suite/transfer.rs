//! Import and export with the program.

use super::program::{output, program};
use super::support::*;
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::Path;

fn url(dir: &Path, name: &str) -> String {
    format!("sqlite:{}", dir.join(name).display())
}

/// Runs `roamkit-server import` or `export`. Returns the exit code and stderr.
async fn transfer(command_name: &str, database: &str, file: &Path) -> (i32, String) {
    let mut command = program();
    command.args([command_name, "--database", database, "--app", APP]).arg(file);
    if command_name == "import" {
        command.arg("--password-memory=8");
    }
    let output = output(&mut command).await;
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The same, but the program must succeed. Returns stderr.
async fn transfer_ok(command_name: &str, database: &str, file: &Path) -> String {
    let (code, stderr) = transfer(command_name, database, file).await;
    assert_eq!(code, 0, "{stderr}");
    stderr
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Everything that users see: their lists and their histories.
async fn visible_data(server: &TestServer, users: &[TestUser]) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for user in users {
        for list in ["&needEmptySession=true", "&is_top=true"] {
            all.insert(format!("{} {list}", user.name), json!(server.list_conversations(user, list).await));
        }
        for peer in server.list_peers(user, "&needEmptySession=true").await {
            let domain = if peer.parse::<u64>().is_ok() { "conference.easemob.com" } else { "easemob.com" };
            let request = json!({"queue": format!("{peer}@{domain}"), "start": -1, "pull_number": 50});
            let path = format!("/users/{}/messageroaming", user.name);
            let page = server.user_call(user, "POST", &path, Some(request)).await;
            all.insert(format!("{} {peer}", user.name), page["data"]["msgs"].clone());
        }
    }
    all
}

/// A server whose database contains every kind of data. Returns the visible data.
async fn populated_server(database: &str) -> (BTreeMap<String, Value>, TestServer) {
    let server = TestServer::start_on(database, &[]).await;
    let (ann, bob, cat) =
        (server.create_user("ann").await, server.create_user("bob").await, server.create_user("cat").await);
    // A removed user, and a new user of the same name.
    server.create_user("dan").await;
    server.send("dan", "ann", "from the first dan", None).await;
    server.send("ann", "dan", "to the first dan", None).await;
    server.app_call("DELETE", "/users/dan", None).await;
    let dan = server.create_user("dan").await;
    server.send("ann", "dan", "to the second dan", None).await;
    server.create_user("eve").await;
    server.send("eve", "ann", "from a removed user", None).await;
    server.app_call("DELETE", "/users/eve", None).await;
    server.create_user("eve").await;

    let group = server.create_group("chatgroups", "ann", &["bob"]).await;
    let room = server.create_group("chatrooms", "bob", &["cat"]).await;
    let closed = server.create_group("chatgroups", "ann", &["cat"]).await;
    server.send("ann", &group, "1", None).await;
    server.app_call("POST", &format!("/chatgroups/{group}/users/cat"), None).await;
    server.send("bob", &group, "2", Some(1_500_000_000_000)).await;
    let targeted =
        json!({"from": "ann", "to": [group], "type": "txt", "body": {"msg": "for bob"}, "users": ["bob"]});
    server.app_call("POST", "/messages/chatgroups/users", Some(targeted)).await;
    server.app_call("DELETE", &format!("/chatgroups/{group}/users/bob"), None).await;
    server.send("cat", &group, "3", None).await;
    let targeted =
        json!({"from": "cat", "to": [group], "type": "txt", "body": {"msg": "a note"}, "users": ["cat"]});
    server.app_call("POST", "/messages/chatgroups/users", Some(targeted)).await;
    let command = json!({"action": "typing"});
    server.send_body("ann", &group, "cmd", &command, None).await;
    server.send_body("cat", "dan", "cmd", &command, None).await;
    let in_room = json!({"from": "cat", "to": [room], "type": "txt", "body": {"msg": "in the room"}});
    server.app_call("POST", "/messages/chatrooms", Some(in_room)).await;
    server.send("cat", &closed, "before the group is closed", None).await;
    server.app_call("DELETE", &format!("/chatgroups/{closed}"), None).await;

    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(server.send("ann", "bob", &format!("text {n}"), None).await);
    }
    let rich = json!({"from": "bob", "to": ["ann"], "type": "loc", "body": {"addr": "here", "lat": 1.5, "lng": 2.0},
        "ext": {"z": {"a": [1, null]}, "a": 1.5, "text": "t", "yes": true}});
    server.app_call("POST", "/messages/users", Some(rich)).await;
    server
        .send_body(
            "bob",
            "ann",
            "custom",
            &json!({"customEvent": "e", "customExts": {"b": "1", "a": "2"}}),
            None,
        )
        .await;
    server.app_call("POST", "/messages/msg_recall", Some(json!({"msg_id": ids[0].to_string()}))).await;
    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={}&resource=r", ids[1]);
    server.user_call(&ann, "DELETE", &path, None).await;
    let path = format!(
        "/sdk/message/roaming/group/user/cat/time?groupId={group}&delTime={}&resource=r",
        1_600_000_000_000_u64
    );
    server.user_call(&cat, "DELETE", &path, None).await;
    let pin = json!({"type": "chat", "to": "ann"});
    server.user_call(&bob, "POST", "/sdk/user/bob/user_channel/top?resource=r", Some(pin)).await;
    let gone = json!({"channel": room, "type": "groupchat", "delete_roam": false});
    server.user_call(&cat, "DELETE", "/user/cat/user_channel?resource=r", Some(gone)).await;
    let users = [ann, bob, cat, dan, server.log_in("eve").await];
    let data = visible_data(&server, &users).await;
    (data, server)
}

/// An empty PostgreSQL database. Returns `None` if the environment names no PostgreSQL server.
async fn postgres_database() -> Option<String> {
    let postgres = std::env::var("ROAMKIT_TEST_POSTGRES").ok()?;
    let name = format!("transfer_{}", std::process::id());
    let mut conn = sqlx::PgConnection::connect(&format!("{postgres}/postgres")).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut conn).await.unwrap();
    Some(format!("{postgres}/{name}"))
}

#[tokio::test]
async fn an_import_of_an_export_shows_everyone_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (first, last) = (url(dir.path(), "first.db"), url(dir.path(), "last.db"));
    let middle = postgres_database().await.unwrap_or_else(|| url(dir.path(), "middle.db"));
    let (before, server) = populated_server(&first).await;
    server.stop().await;
    assert!(before.values().map(|list| list.as_array().unwrap().len()).sum::<usize>() > 25, "{before:#?}");

    let out = |name: &str| dir.path().join(name);
    transfer_ok("export", &first, &out("first")).await;
    for (from, to) in [("first", &middle), ("middle", &last)] {
        let stderr = transfer_ok("import", to, &out(from)).await;
        assert!(stderr.contains("imported 5 users, 3 groups"), "{stderr}");
        let name = if from == "first" { "middle" } else { "last" };
        transfer_ok("export", to, &out(name)).await;
        let server = TestServer::start_on(to, &[]).await;
        let mut users = Vec::new();
        for name in ["ann", "bob", "cat", "dan", "eve"] {
            // The passwords are the same as before.
            users.push(server.log_in(name).await);
        }
        assert_eq!(visible_data(&server, &users).await, before);
        // New messages get larger ids.
        let newest = server.newest_ids(&users[0], "bob").await;
        assert!(server.send("ann", "bob", "new", None).await > newest[0]);
        server.stop().await;
    }
    // Users have new ids and therefore another order. Apart from the order the exports are equal.
    let sorted = |name: &str| {
        let mut lines: Vec<String> = lines(&out(name)).iter().map(Value::to_string).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted("middle"), sorted("first"));
    assert_eq!(sorted("last"), sorted("first"));
}

#[tokio::test]
async fn an_export_contains_no_plain_passwords_and_can_go_to_stdout() {
    let dir = tempfile::tempdir().unwrap();
    let database = url(dir.path(), "a.db");
    let server = TestServer::start_on(&database, &[]).await;
    server.create_user("ann-and-her-word").await;
    server.stop().await;
    let output = output(program().args(["export", "--database", &database])).await;
    let text = String::from_utf8(output.stdout).unwrap();
    let line: Value = serde_json::from_str(text.trim()).unwrap();
    assert_eq!((&line["type"], &line["username"]), (&json!("user"), &json!("ann-and-her-word")));
    assert!(line["password_hash"].as_str().unwrap().starts_with("$argon2id$"));
    assert_eq!(line["app"], APP);
    assert_eq!(text.matches("ann-and-her-word").count(), 1);
}

fn join_lines(lines: &[Value]) -> String {
    lines.iter().map(Value::to_string).chain([String::new()]).collect::<Vec<_>>().join("\n")
}

/// A file as a person would write it.
fn handwritten_file(messages: usize) -> String {
    let mut lines = Vec::new();
    let mut line = |value: Value| lines.push(value);
    line(json!({"type": "user", "username": "Ann", "password": "ann"}));
    line(json!({"type": "user", "username": "bob", "password": "bob"}));
    line(json!({"type": "group", "id": "77", "name": "g", "owner": "ann", "members": ["bob"]}));
    for n in 0..messages {
        let to =
            if n % 2 == 0 { json!({"to": "bob"}) } else { json!({"to": "77", "chat_type": "groupchat"}) };
        let mut message = json!({"type": "message", "from": "ann", "time": 1_600_000_000_000_u64 + n as u64 / 4,
            "body": {"type": "txt", "msg": format!("{n}")}});
        message.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        line(message);
    }
    join_lines(&lines)
}

#[tokio::test]
async fn repeated_imports_of_a_file_add_every_line_once() {
    let dir = tempfile::tempdir().unwrap();
    let (database, file) = (url(dir.path(), "a.db"), dir.path().join("in.jsonl"));
    let whole = handwritten_file(2_600);
    // A line in the middle is invalid. The batches before it are imported.
    let at = whole.match_indices('\n').nth(2_299).unwrap().0 + 1;
    let broken = format!("{}{{\"type\": \"message\"}}\n{}", &whole[..at], &whole[at..]);
    std::fs::write(&file, broken).unwrap();
    let (code, stderr) = transfer("import", &database, &file).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("line 2301: missing field"), "{stderr}");
    // The repaired file continues, the same file again adds nothing, and a longer file adds the new lines.
    std::fs::write(&file, &whole).unwrap();
    let stderr = transfer_ok("import", &database, &file).await;
    assert!(
        stderr.contains("0 users, 0 groups, 603 messages, 0 views; 2000 lines were there before"),
        "{stderr}"
    );
    let stderr = transfer_ok("import", &database, &file).await;
    assert!(stderr.contains("0 messages, 0 views; 2603 lines"), "{stderr}");
    let more = json!({"type": "message", "from": "bob", "to": "ann", "time": 1_700_000_000_000_u64,
        "body": {"type": "txt", "msg": "last"}});
    std::fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap()
        .write_all(format!("{more}").as_bytes())
        .unwrap();
    let stderr = transfer_ok("import", &database, &file).await;
    assert!(stderr.contains("1 messages"), "{stderr}");

    let server = TestServer::start_on(&database, &[]).await;
    let (ann, bob) = (server.log_in("ann").await, server.log_in("bob").await);
    for (user, peer, count) in [(&ann, "bob", 1_301), (&bob, "77", 1_300)] {
        let (mut ids, mut texts, mut start) = (Vec::new(), Vec::new(), "-1".to_owned());
        loop {
            let domain = if peer == "77" { "conference.easemob.com" } else { "easemob.com" };
            let request = json!({"queue": format!("{peer}@{domain}"), "start": start, "pull_number": 50});
            let path = format!("/users/{}/messageroaming", user.name);
            let page = server.user_call(user, "POST", &path, Some(request)).await;
            let page = &page["data"];
            for message in page["msgs"].as_array().unwrap() {
                let meta = decode_meta(&message["msg"]);
                ids.push(meta.id);
                texts.push(text_of(&meta));
            }
            if page["is_last"] == true {
                break;
            }
            start = page["next_key"].as_str().unwrap().to_owned();
        }
        assert_eq!(texts.len(), count);
        // Messages with the same time are in the order of the file.
        let numbers: Vec<u64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] > pair[1]), "{numbers:?}");
        assert!(ids.windows(2).all(|pair| pair[0] > pair[1]));
    }
    let entry = server.find_conversation(&bob, "ann").await.unwrap();
    assert_eq!(entry["unread_num"], 0, "{entry}");
}

#[tokio::test]
async fn free_message_ids_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let (database, file) = (url(dir.path(), "a.db"), dir.path().join("in.jsonl"));
    let id = 700_000_000_000_000_001_u64;
    let message = |to: &str, text: &str| {
        json!({"type": "message", "id": id.to_string(), "from": "ann", "to": to, "time": 1_600_000_000_000_u64,
               "body": {"type": "txt", "msg": text}})
    };
    let mut text = handwritten_file(0);
    text.push_str(&join_lines(&[message("bob", "kept"), message("ann", "another"), message("bob", "again")]));
    std::fs::write(&file, text).unwrap();
    let stderr = transfer_ok("import", &database, &file).await;
    assert!(stderr.contains("2 messages, 0 views; 1 lines"), "{stderr}");
    let server = TestServer::start_on(&database, &[]).await;
    let (ann, bob) = (server.log_in("ann").await, server.log_in("bob").await);
    assert_eq!(server.newest_ids(&bob, "ann").await, [id]);
    let other = server.newest_ids(&ann, "ann").await;
    assert!(other.len() == 1 && other[0] > id, "{other:?}");
}

#[tokio::test]
async fn errors_name_the_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("in.jsonl");
    let base = handwritten_file(1);
    for (line, expected) in [
        ("{", "EOF"),
        (r#"{"type":"song"}"#, "unknown variant"),
        (r#"{"type":"user","username":"a b","password":"x"}"#, "username \"a b\" is not legal"),
        (r#"{"type":"user","username":"x"}"#, "either password or password_hash"),
        (r#"{"type":"user","username":"x","password_hash":"plain"}"#, "not of argon2"),
        (r#"{"type":"group","id":"1","owner":"ann","members":["nobody"]}"#, "no user \"nobody\""),
        (
            r#"{"type":"message","from":"ann","to":"no","time":1,"body":{"type":"txt","msg":""}}"#,
            "no user \"no\"",
        ),
        (
            r#"{"type":"message","from":"ann","to":"9","chat_type":"groupchat","time":1,"body":{"type":"txt","msg":""}}"#,
            "no group",
        ),
        (r#"{"type":"message","from":"ann","to":"bob","time":1,"body":{"type":"dance"}}"#, "\"dance\""),
        (
            r#"{"type":"message","from":"ann","to":"bob","time":99999999999999,"body":{"type":"txt","msg":""}}"#,
            "not a time",
        ),
        (
            r#"{"type":"message","id":"9223372036854775807","from":"ann","to":"bob","time":1,"body":{"type":"txt","msg":""}}"#,
            "time to come",
        ),
        (r#"{"app":"none","type":"user","username":"x","password":"x"}"#, "org#app"),
    ] {
        let database = url(dir.path(), "bad.db");
        std::fs::write(&file, format!("{base}\n{line}\n")).unwrap();
        let (code, stderr) = transfer("import", &database, &file).await;
        assert_eq!(code, 1, "{line}");
        assert!(stderr.starts_with("error: line 6: ") && stderr.contains(expected), "{line}: {stderr}");
    }
    let (code, stderr) = transfer("import", &url(dir.path(), "bad.db"), Path::new("/no/such.jsonl")).await;
    assert!(code == 1 && stderr.contains("/no/such.jsonl"), "{stderr}");
}

/// Imports a data set of real messages, if the environment names it.
#[tokio::test]
async fn real_messages_survive_a_round_trip() {
    let Some(data) = std::env::var_os("ROAMKIT_TALK") else {
        eprintln!("skipped: ROAMKIT_TALK is not set");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (dir.path().join("in.jsonl"), dir.path().join("out.jsonl"));
    let mut text = String::new();
    std::fs::File::open(data).unwrap().read_to_string(&mut text).unwrap();
    let messages: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut names: Vec<&str> = messages.iter().map(|line| line["from"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    let mut lines_in = Vec::new();
    for name in &names {
        lines_in.push(json!({"type": "user", "username": name, "password": "p"}));
    }
    lines_in.push(json!({"type": "group", "id": 9, "owner": names[0], "max_users": 5000, "members": names}));
    for line in &messages {
        lines_in.push(json!({"type": "message", "from": line["from"], "to": "9", "chat_type": "groupchat",
            "time": line["ts"], "body": {"type": "txt", "msg": line["text"]}}));
    }
    let text = join_lines(&lines_in);
    std::fs::write(&file, text).unwrap();
    let database = url(dir.path(), "talk.db");
    transfer_ok("import", &database, &file).await;
    transfer_ok("export", &database, &out).await;
    let texts = |path: &Path| -> Vec<(Value, Value)> {
        let lines = lines(path).into_iter().filter(|line| line["type"] == "message");
        lines.map(|line| (line["time"].clone(), line["body"]["msg"].clone())).collect()
    };
    assert_eq!(texts(&out), texts(&file));
    assert_eq!(texts(&out).len(), messages.len());
}
