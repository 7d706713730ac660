//! Several nodes on one PostgreSQL database. Without PostgreSQL, which `cargo xtask test` starts, these tests
//! do nothing.

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

/// A poll interval longer than any test, so that a node can learn only from announcements what another node
/// did.
const NO_POLLING: [&str; 2] = ["--node-poll", "300"];

async fn start_node(database: &str, number: &str, poll: &[&str]) -> TestServer {
    TestServer::start_on(database, &[&["--node", number], poll].concat()).await
}

#[tokio::test]
async fn announcements_wake_the_devices_of_other_nodes() {
    let Some(database) = create_postgres_database().await else { return };
    let (a, b) =
        (start_node(&database, "0", &NO_POLLING).await, start_node(&database, "1", &NO_POLLING).await);
    let (ann, bob) = (a.create_user("ann").await, b.create_user("bob").await);
    let mut here = a.connect_device(&ann, "here").await;
    let mut there = b.connect_device(&ann, "there").await;
    let mut bobs = b.connect_device(&bob, "bobs").await;

    let one = a.send("ann", "bob", "by rest, through a", None).await;
    assert_eq!(bobs.receive_new().await[0].id, one);
    let two = bobs.send_text(&user_jid("ann"), "by socket, through b").await;
    for device in [&mut here, &mut there] {
        let metas = device.drain_queue(&user_jid("bob")).await;
        assert!(metas.iter().any(|meta| meta.id == two) || device.receive_new().await[0].id == two);
    }
    assert!(two > one);
    assert_eq!(a.newest_ids(&ann, "bob").await, [two, one]);
    assert_eq!(b.newest_ids(&ann, "bob").await, [two, one]);

    let path = format!("/sdk/message/roaming/chat/user/ann?userId=bob&msgIdList={two}&resource=here");
    a.user_call(&ann, "DELETE", &path, None).await;
    while there.wait_for_notice().await != user_jid("ann") {}
    let notices = there.drain_queue(&user_jid("ann")).await;
    let found = notices
        .iter()
        .map(notice_of)
        .any(|notice| matches!(notice, Notice::MessagesRemoved { ids, .. } if ids == [two]));
    assert!(found);
    assert_eq!(b.newest_ids(&ann, "bob").await, [one]);
}

#[tokio::test]
async fn device_limits_and_replaced_sessions_work_across_nodes() {
    let Some(database) = create_postgres_database().await else { return };
    let (a, b) =
        (start_node(&database, "0", &NO_POLLING).await, start_node(&database, "1", &NO_POLLING).await);
    let ann = a.create_user("ann").await;
    let first = a.connect_device(&ann, "r0").await;
    let again = b.connect_device(&ann, "r0").await;
    // The device opened a newer session through the other node.
    assert_eq!(ended_by(first).await, StatisticsOperation::UserLoginAnotherDevice);
    let mut others = vec![again];
    for number in 1..4 {
        others.push([&a, &b][number % 2].connect_device(&ann, &format!("r{number}")).await);
    }
    for server in [&a, &b] {
        let refused = server.open_socket().await.provision("ann", &ann.token, "r4").await.status.unwrap();
        assert_eq!(refused.error_code, ErrorCode::TooManyDevices as i32);
    }
    others.remove(1).log_out().await;
    others.push(b.connect_device(&ann, "r4").await);

    let change = json!({"newpassword": "other", "oldpassword": "ann"});
    a.user_call(&ann, "PUT", "/users/ann/password", Some(change)).await;
    for device in others {
        assert_eq!(ended_by(device).await, StatisticsOperation::UserKickedByChangePassword);
    }
}

/// Waits until the server ends a session, and returns the reason that it gave.
async fn ended_by(device: Device) -> StatisticsOperation {
    let frames = device.wait_closed().await;
    let last = CommSyncDl::decode(frames.last().unwrap().payload.as_slice()).unwrap();
    let body = StatisticsBody::decode(last.metas[0].payload.as_slice()).unwrap();
    body.operation()
}

#[tokio::test]
async fn polling_finds_what_a_lost_announcement_named() {
    let Some(database) = create_postgres_database().await else { return };
    let (a, b) = (
        start_node(&database, "0", &NO_POLLING).await,
        start_node(&database, "1", &["--node-poll", "1"]).await,
    );
    let (ann, _bob) = (a.create_user("ann").await, a.create_user("bob").await);
    let mut there = b.connect_device(&ann, "there").await;
    // Written without an announcement, as by a node that died right after the commit.
    let mut conn = sqlx::PgConnection::connect(&database).await.unwrap();
    let statements = "INSERT INTO deliveries (seq, created, meta) VALUES (9000000000000000000, 0, '\\x0801');
                      INSERT INTO queue_items (device_id, queue, seq)
                      SELECT id, 'bob@easemob.com', 9000000000000000000 FROM devices";
    sqlx::raw_sql(statements).execute(&mut conn).await.unwrap();
    assert_eq!(there.wait_for_notice().await, user_jid("bob"));
    // A session that another node ended without an announcement.
    sqlx::raw_sql("UPDATE users SET ended = 9223372036854775807, ended_by = 4")
        .execute(&mut conn)
        .await
        .unwrap();
    assert!(!there.wait_closed().await.is_empty());
}

#[tokio::test]
async fn a_node_whose_listener_was_cut_off_listens_again() {
    let Some(database) = create_postgres_database().await else { return };
    let (a, b) =
        (start_node(&database, "0", &NO_POLLING).await, start_node(&database, "1", &NO_POLLING).await);
    let (ann, _bob) = (a.create_user("ann").await, a.create_user("bob").await);
    let mut there = b.connect_device(&ann, "there").await;
    let mut conn = sqlx::PgConnection::connect(&database).await.unwrap();
    let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE 'LISTEN%'";
    let cut: i64 = sqlx::query_scalar(cut).fetch_one(&mut conn).await.unwrap();
    assert_eq!(cut, 2, "both nodes listen");
    for number in 0..5 {
        let id = a.send("bob", "ann", &number.to_string(), None).await;
        assert_eq!(there.receive_new().await.iter().map(|meta| meta.id).collect::<Vec<_>>(), [id]);
    }
}

#[tokio::test]
async fn a_node_number_belongs_to_one_node() {
    let Some(database) = create_postgres_database().await else { return };
    let poll = ["--node-poll", "1"];
    let a = start_node(&database, "3", &poll).await;
    let taken = tokio::process::Command::new(env!("CARGO_BIN_EXE_roamkit-server"))
        .args(["--app", APP, "--client-id", "ID", "--client-secret", "SECRET", "--database", &database])
        .args(["--listen", "127.0.0.1:0", "--node", "3", "--node-poll", "1"])
        .output();
    let taken = tokio::time::timeout(TIMEOUT * 2, taken).await.unwrap().unwrap();
    assert!(!taken.status.success());
    let error = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(error.contains("node number 3 is in use"), "{error}");
    a.create_user("ann").await;
    a.stop().await;
    // A released number is free at once.
    let start = Instant::now();
    let again = start_node(&database, "3", &NO_POLLING).await;
    again.log_in("ann").await;
    assert!(start.elapsed() < Duration::from_mins(1));
}

/// A device's local copy: the received messages without the removed ones.
struct LocalCopy {
    device: Device,
    resource: String,
    messages: BTreeSet<u64>,
}

impl LocalCopy {
    fn apply(&mut self, metas: &[roamkit_wire::meta::Meta]) {
        for meta in metas {
            if meta.ns == roamkit_wire::meta::Namespace::Chat as i32 {
                self.messages.insert(meta.id);
            } else if let Notice::MessagesRemoved { ids, time, resource, .. } = notice_of(meta) {
                assert_ne!(resource, self.resource, "a device got the notice of its own removal");
                assert_eq!(time, None);
                for id in ids {
                    self.messages.remove(&id);
                }
            }
        }
    }

    async fn sync(&mut self, peers: &[&str]) {
        for peer in peers {
            let metas = self.device.drain_queue(&user_jid(peer)).await;
            self.apply(&metas);
        }
    }
}

/// Random messages and removals through two nodes, with devices on both. One node is killed in the middle.
#[tokio::test]
async fn devices_of_both_nodes_converge_although_one_node_is_killed() {
    let Some(database) = create_postgres_database().await else { return };
    let seed: u64 = std::env::var("ROAMKIT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261);
    println!("ROAMKIT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let poll = ["--node-poll", "1"];
    let a = TestServer::start_process(&database, &[&["--node", "0"], &poll[..]].concat()).await;
    let b = TestServer::start_process(&database, &[&["--node", "1"], &poll[..]].concat()).await;
    let ann = a.create_user("ann").await;
    for name in ["bob", "cid"] {
        a.create_user(name).await;
    }
    let mut copies = Vec::new();
    for number in 0..4 {
        let resource = format!("device{number}");
        let device = [&a, &b][number % 2].connect_device(&ann, &resource).await;
        copies.push(LocalCopy { device, resource, messages: BTreeSet::default() });
    }
    let (client_a, client_b) = (a.client(), b.client());
    let mut servers = [Some(a), Some(b)];
    let mut messages: Vec<(String, u64)> = Vec::new();
    for step in 0..300 {
        let client = if servers[1].is_some() && random.random_bool(0.5) { &client_b } else { &client_a };
        if random.random_bool(0.6) || messages.is_empty() {
            let from = *["bob", "cid"].choose(&mut random).unwrap();
            let message =
                json!({"from": from, "to": ["ann"], "type": "txt", "body": {"msg": step.to_string()}});
            let (status, answer) = client.call("POST", "/messages/users", "", Some(message)).await.unwrap();
            assert_eq!(status, 200, "{answer}");
            messages.push((from.to_owned(), answer["data"]["ann"].as_str().unwrap().parse().unwrap()));
        } else {
            let (peer, id) = messages.swap_remove(random.random_range(0..messages.len()));
            let remover = random.random_range(0..copies.len());
            let resource = copies[remover].resource.clone();
            let path = format!(
                "/sdk/message/roaming/chat/user/ann?userId={peer}&msgIdList={id}&resource={resource}"
            );
            let (status, answer) = client.call("DELETE", &path, &ann.token, None).await.unwrap();
            assert_eq!(status, 200, "{answer}");
            // If the device has not received the message yet, it never will.
            copies[remover].messages.remove(&id);
        }
        if random.random_bool(0.1) {
            let index = random.random_range(0..copies.len());
            copies[index].sync(&["bob", "cid", "ann"]).await;
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
            let page = server.read_history(&ann, peer, json!({"start": start})).await;
            expected.extend(page.ids);
            if page.is_last {
                break;
            }
            start = page.next.into();
        }
    }
    assert_eq!(expected, messages.iter().map(|(_, id)| *id).collect());
    for copy in &mut copies {
        copy.sync(&["bob", "cid", "ann"]).await;
        assert_eq!(copy.messages, expected, "{}", copy.resource);
    }
}

/// Connects a device through another node. Its session on the killed node may still count for a moment.
async fn reconnect(server: &TestServer, user: &TestUser, resource: &str) -> Device {
    let start = Instant::now();
    loop {
        let mut device = server.open_socket().await;
        let status = device.provision(&user.name, &user.token, resource).await.status.unwrap();
        if status.error_code == 0 {
            return device;
        }
        assert_eq!(status.error_code, ErrorCode::TooManyDevices as i32);
        assert!(start.elapsed() < TIMEOUT);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
