//! Several nodes on one PostgreSQL. Without one (`cargo xtask test` starts one) these tests have nothing to test.

use super::support::*;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use roamkit_wire::msync::*;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost::Message as _;
use serde_json::json;
use sqlx::Connection as _;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// So slow that in a test's time only a call can tell a node of what another did.
const NEVER: [&str; 2] = ["--node-poll", "300"];

async fn node(database: &str, number: &str, poll: &[&str]) -> TestServer {
    TestServer::on(database, &[&["--node", number], poll].concat()).await
}

#[tokio::test]
async fn what_one_node_does_the_others_devices_learn_at_once() {
    let Some(database) = new_postgres_database().await else { return };
    let (a, b) = (node(&database, "0", &NEVER).await, node(&database, "1", &NEVER).await);
    let (ann, bob) = (a.user("ann").await, b.user("bob").await);
    let mut here = a.device(&ann, "here").await;
    let mut there = b.device(&ann, "there").await;
    let mut bobs = b.device(&bob, "bobs").await;

    let one = a.send("ann", "bob", "by rest, through a", None).await;
    assert_eq!(bobs.news().await[0].id, one);
    let two = bobs.say(&user("ann"), "by socket, through b").await;
    for device in [&mut here, &mut there] {
        let metas = device.drain(&user("bob")).await;
        assert!(metas.iter().any(|meta| meta.id == two) || device.news().await[0].id == two);
    }
    assert!(two > one);
    assert_eq!(a.newest(&ann, "bob").await, [two, one]);
    assert_eq!(b.newest(&ann, "bob").await, [two, one]);

    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={two}&resource=here");
    a.user_call(&ann, "DELETE", &path, None).await;
    while there.told().await != user("ann") {}
    let notices = there.drain(&user("ann")).await;
    let told = notices
        .iter()
        .map(notice_of)
        .any(|notice| matches!(notice, Notice::MessagesRemoved { ids, .. } if ids == [two]));
    assert!(told);
    assert_eq!(b.newest(&ann, "bob").await, [one]);
}

#[tokio::test]
async fn a_device_is_online_once_whichever_the_node() {
    let Some(database) = new_postgres_database().await else { return };
    let (a, b) = (node(&database, "0", &NEVER).await, node(&database, "1", &NEVER).await);
    let ann = a.user("ann").await;
    let first = a.device(&ann, "r0").await;
    let again = b.device(&ann, "r0").await;
    assert_eq!(first.closed().await, [], "the same device came again, through the other node");
    let mut others = vec![again];
    for number in 1..4 {
        others.push([&a, &b][number % 2].device(&ann, &format!("r{number}")).await);
    }
    for server in [&a, &b] {
        let refused = server.socket().await.provision("ann", &ann.token, "r4").await.status.unwrap();
        assert_eq!(refused.error_code, ErrorCode::TooManyDevices as i32);
    }
    others.remove(1).leave().await;
    others.push(b.device(&ann, "r4").await);

    let change = json!({"newpassword": "other", "oldpassword": "ann"});
    a.user_call(&ann, "PUT", "/users/ann/password", Some(change)).await;
    for device in others {
        let frames = device.closed().await;
        let last = CommSyncDl::decode(frames.last().unwrap().payload.as_slice()).unwrap();
        let body = StatisticsBody::decode(last.metas[0].payload.as_slice()).unwrap();
        assert_eq!(body.operation, StatisticsOperation::UserKickedByChangePassword as i32);
    }
}

#[tokio::test]
async fn a_lost_call_is_only_late() {
    let Some(database) = new_postgres_database().await else { return };
    let (a, b) = (node(&database, "0", &NEVER).await, node(&database, "1", &["--node-poll", "1"]).await);
    let (ann, _bob) = (a.user("ann").await, a.user("bob").await);
    let mut there = b.device(&ann, "there").await;
    // Nobody hears this: as if it were written by a node that died before it could call.
    let mut conn = sqlx::PgConnection::connect(&database).await.unwrap();
    let statements = "INSERT INTO deliveries (seq, created, meta) VALUES (9000000000000000000, 0, '\\x0801');
                      INSERT INTO queue_items (device_id, queue, seq)
                      SELECT id, 'bob@easemob.com', 9000000000000000000 FROM devices";
    sqlx::raw_sql(statements).execute(&mut conn).await.unwrap();
    assert_eq!(there.told().await, user("bob"));
    // And a session that another node ended.
    sqlx::raw_sql("UPDATE users SET ended = 9223372036854775807, ended_by = 4")
        .execute(&mut conn)
        .await
        .unwrap();
    assert!(!there.closed().await.is_empty());
}

#[tokio::test]
async fn a_node_that_does_not_hear_calls_any_more_looks_and_listens_again() {
    let Some(database) = new_postgres_database().await else { return };
    let (a, b) = (node(&database, "0", &NEVER).await, node(&database, "1", &NEVER).await);
    let (ann, _bob) = (a.user("ann").await, a.user("bob").await);
    let mut there = b.device(&ann, "there").await;
    let mut conn = sqlx::PgConnection::connect(&database).await.unwrap();
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE 'LISTEN%'";
    let cut: i64 = sqlx::query_scalar(cut).fetch_one(&mut conn).await.unwrap();
    assert_eq!(cut, 2, "both nodes listen");
    for number in 0..5 {
        let id = a.send("bob", "ann", &number.to_string(), None).await;
        assert_eq!(there.news().await.iter().map(|meta| meta.id).collect::<Vec<_>>(), [id]);
    }
}

#[tokio::test]
async fn a_number_belongs_to_one_node() {
    let Some(database) = new_postgres_database().await else { return };
    let poll = ["--node-poll", "1"];
    let a = node(&database, "3", &poll).await;
    let taken = tokio::process::Command::new(env!("CARGO_BIN_EXE_roamkit-server"))
        .args(["--app", APP, "--client-id", "ID", "--client-secret", "SECRET", "--database", &database])
        .args(["--listen", "127.0.0.1:0", "--node", "3", "--node-poll", "1"])
        .output();
    let taken = tokio::time::timeout(PATIENCE * 2, taken).await.unwrap().unwrap();
    assert!(!taken.status.success());
    let said = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(said.contains("node number 3 is in use"), "{said}");
    a.user("ann").await;
    a.stop().await;
    // Given back: no waiting.
    let start = Instant::now();
    let again = node(&database, "3", &NEVER).await;
    again.log_in("ann").await;
    assert!(start.elapsed() < Duration::from_mins(1));
}

/// What a device keeps, as a client would: messages that came, without those that were removed.
struct Copy {
    device: Device,
    resource: String,
    messages: BTreeSet<u64>,
}

impl Copy {
    fn apply(&mut self, metas: &[roamkit_wire::meta::Meta]) {
        for meta in metas {
            if meta.ns == roamkit_wire::meta::Namespace::Chat as i32 {
                self.messages.insert(meta.id);
            } else if let Notice::MessagesRemoved { ids, time, resource, .. } = notice_of(meta) {
                assert_ne!(resource, self.resource, "told of its own removal");
                assert_eq!(time, None);
                for id in ids {
                    self.messages.remove(&id);
                }
            }
        }
    }

    async fn catch_up(&mut self, peers: &[&str]) {
        for peer in peers {
            let metas = self.device.drain(&user(peer)).await;
            self.apply(&metas);
        }
    }
}

/// Two nodes, devices on both, random messages and removals through both; one node is killed in the middle.
#[tokio::test]
async fn devices_of_both_nodes_end_equal_though_one_is_killed() {
    let Some(database) = new_postgres_database().await else { return };
    let seed: u64 = std::env::var("ROAMKIT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261);
    println!("ROAMKIT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let poll = ["--node-poll", "1"];
    let a = TestServer::process(&database, &[&["--node", "0"], &poll[..]].concat()).await;
    let b = TestServer::process(&database, &[&["--node", "1"], &poll[..]].concat()).await;
    let ann = a.user("ann").await;
    for name in ["bob", "cid"] {
        a.user(name).await;
    }
    let mut copies = Vec::new();
    for number in 0..4 {
        let resource = format!("device{number}");
        let device = [&a, &b][number % 2].device(&ann, &resource).await;
        copies.push(Copy { device, resource, messages: BTreeSet::default() });
    }
    let (to_a, to_b) = (a.caller(), b.caller());
    let mut servers = [Some(a), Some(b)];
    let mut there: Vec<(String, u64)> = Vec::new();
    for step in 0..300 {
        let through = if servers[1].is_some() && random.random_bool(0.5) { &to_b } else { &to_a };
        if random.random_bool(0.6) || there.is_empty() {
            let from = *["bob", "cid"].choose(&mut random).unwrap();
            let message =
                json!({"from": from, "to": ["ann"], "type": "txt", "body": {"msg": step.to_string()}});
            let (status, answer) = through.call("POST", "/messages/users", "", Some(message)).await.unwrap();
            assert_eq!(status, 200, "{answer}");
            there.push((from.to_owned(), answer["data"]["ann"].as_str().unwrap().parse().unwrap()));
        } else {
            let (peer, id) = there.swap_remove(random.random_range(0..there.len()));
            let doer = random.random_range(0..copies.len());
            let resource = copies[doer].resource.clone();
            let path = format!(
                "/sdk/message/roaming/chat/user/ann?userId={peer}&msgIdList={id}&resource={resource}"
            );
            let (status, answer) = through.call("DELETE", &path, &ann.token, None).await.unwrap();
            assert_eq!(status, 200, "{answer}");
            // What it had not got yet does not come any more.
            copies[doer].messages.remove(&id);
        }
        if random.random_bool(0.1) {
            let one = random.random_range(0..copies.len());
            copies[one].catch_up(&["bob", "cid", "ann"]).await;
        }
        if step == 150 {
            servers[1].take().unwrap().kill().await;
            let a = servers[0].as_ref().unwrap();
            for copy in copies.iter_mut().skip(1).step_by(2) {
                copy.device = reconnect(a, &ann, &copy.resource).await;
            }
        }
    }
    let server = servers[0].as_ref().unwrap();
    let mut expected = BTreeSet::new();
    for peer in ["bob", "cid"] {
        let mut start = json!(-1);
        loop {
            let page = server.history(&ann, peer, json!({"start": start})).await;
            expected.extend(page.ids);
            if page.is_last {
                break;
            }
            start = page.next.into();
        }
    }
    assert_eq!(expected, there.iter().map(|(_, id)| *id).collect());
    for copy in &mut copies {
        copy.catch_up(&["bob", "cid", "ann"]).await;
        assert_eq!(copy.messages, expected, "{}", copy.resource);
    }
}

/// A device comes back through another node; the killed one may count as there for a moment.
async fn reconnect(server: &TestServer, user: &TestUser, resource: &str) -> Device {
    let start = Instant::now();
    loop {
        let mut device = server.socket().await;
        let status = device.provision(&user.name, &user.token, resource).await.status.unwrap();
        if status.error_code == 0 {
            return device;
        }
        assert_eq!(status.error_code, ErrorCode::TooManyDevices as i32);
        assert!(start.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
