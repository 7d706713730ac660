//! The program is killed at random moments under load. Everything that it answered must survive, and nothing
//! may be stored partially.

use super::support::*;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The number of concurrent writers. Each has its own conversation with Ann.
const WRITERS: usize = 4;
const ROUNDS: usize = 5;

/// The state of one writer's conversation, as far as the answers tell.
#[derive(Default)]
struct Ledger {
    /// Messages whose sending was answered.
    sent: Vec<u64>,
    /// Texts of messages whose sending was not answered.
    unanswered: Vec<String>,
    /// Messages whose removal was answered.
    removed: BTreeSet<u64>,
    /// Messages whose removal was not answered.
    unanswered_removals: BTreeSet<u64>,
    /// `true` if the conversation is deleted; `None` if an unanswered call may have changed it.
    hidden: Option<bool>,
}

async fn write(
    client: RestClient,
    peer: String,
    ann: String,
    seed: u64,
    running: Arc<AtomicBool>,
    ledger: Arc<Mutex<Ledger>>,
) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut number = 0;
    while running.load(Ordering::Relaxed) {
        number += 1;
        let known = ledger.lock().unwrap().sent.clone();
        match random.random_range(0..10) {
            0..=6 => {
                let text = format!("{seed}/{number}");
                let body = json!({"from": peer, "to": ["ann"], "type": "txt", "body": {"msg": text}});
                let answer = client.call("POST", "/messages/users", "", Some(body)).await;
                let mut ledger = ledger.lock().unwrap();
                match answer {
                    Some((200, answer)) => {
                        ledger.sent.push(answer["data"]["ann"].as_str().unwrap().parse().unwrap());
                        ledger.hidden = Some(false);
                    }
                    _ => {
                        ledger.unanswered.push(text);
                        ledger.hidden = None;
                    }
                }
            }
            7..=8 if !known.is_empty() => {
                let id = known[random.random_range(0..known.len())];
                let path =
                    format!("/sdk/message/roaming/chat/user/ann?userId={peer}&msgIdList={id}&resource=r");
                let answer = client.call("DELETE", &path, &ann, None).await;
                let mut ledger = ledger.lock().unwrap();
                match answer {
                    Some((200, _)) => drop(ledger.removed.insert(id)),
                    _ => drop(ledger.unanswered_removals.insert(id)),
                }
            }
            _ => {
                let deletion = json!({"channel": peer, "type": "chat", "delete_roam": false});
                let answer =
                    client.call("DELETE", "/user/ann/user_channel?resource=r", &ann, Some(deletion)).await;
                let answered = matches!(answer, Some((200, _)));
                let mut ledger = ledger.lock().unwrap();
                ledger.hidden = answered.then_some(!ledger.sent.is_empty() || !ledger.unanswered.is_empty());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answered_writes_survive_kills() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("crash.db").display());
    let database = create_postgres_database().await.unwrap_or(file);
    let seed: u64 = std::env::var("ROAMKIT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_262);
    println!("ROAMKIT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    // With a poll of one second the number of a killed node is free after three seconds.
    let flags = ["--node-poll", "1", "--conversation-deletion", "self"];
    let mut server = TestServer::start_process(&database, &flags).await;
    let ann = server.create_user("ann").await;
    server.connect_device(&ann, "away").await.log_out().await;
    let peers: Vec<String> = (0..WRITERS).map(|number| format!("peer{number}")).collect();
    let mut users = Vec::new();
    for peer in &peers {
        users.push(server.create_user(peer).await);
    }
    let ledgers: Vec<Arc<Mutex<Ledger>>> = peers.iter().map(|_| Arc::default()).collect();
    for round in 0..ROUNDS {
        let running = Arc::new(AtomicBool::new(true));
        let writers: Vec<_> = peers
            .iter()
            .zip(&ledgers)
            .enumerate()
            .map(|(at, (peer, ledger))| {
                let seed = seed * 1000 + (round * WRITERS + at) as u64;
                let (client, ann) = (server.client(), ann.token.clone());
                tokio::spawn(write(client, peer.clone(), ann, seed, running.clone(), ledger.clone()))
            })
            .collect();
        // The kill happens at a random moment, so this waits for nothing in particular.
        tokio::time::sleep(Duration::from_millis(random.random_range(50..600))).await;
        server.kill().await;
        running.store(false, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        server = TestServer::start_process(&database, &flags).await;
        for ((peer, user), ledger) in peers.iter().zip(&users).zip(&ledgers) {
            check(&server, &ann, user, peer, ledger).await;
        }
    }
    let sent: usize = ledgers.iter().map(|ledger| ledger.lock().unwrap().sent.len()).sum();
    assert!(sent > 20, "the writers sent only {sent} messages");
    // The device that was offline all the time gets each remaining message once and in order.
    let mut away = server.connect_device(&ann, "away").await;
    for (peer, ledger) in peers.iter().zip(&ledgers) {
        let mut stored = server.read_all_ids(&ann, peer).await;
        stored.reverse();
        let queued: Vec<u64> = away.drain_queue(&user_jid(peer)).await.iter().map(|meta| meta.id).collect();
        assert_eq!(queued, stored, "{peer}");
        assert!(ledger.lock().unwrap().removed.iter().all(|id| !queued.contains(id)));
    }
}

/// Compares the server's data with a writer's ledger, and updates the ledger.
async fn check(server: &TestServer, ann: &TestUser, peer: &TestUser, name: &str, ledger: &Mutex<Ledger>) {
    let of_peer = server.read_all_ids(peer, "ann").await;
    let of_ann = server.read_all_ids(ann, name).await;
    let entry: Option<Value> = server.find_conversation(ann, name).await;
    let mut ledger = ledger.lock().unwrap();
    let ledger = &mut *ledger;
    for id in &ledger.sent {
        assert!(of_peer.contains(id), "an answered message is gone: {id}");
    }
    // Each unanswered write happened completely or not at all. From now on its result is known.
    let unanswered: Vec<u64> = of_peer.iter().filter(|id| !ledger.sent.contains(id)).copied().collect();
    assert!(unanswered.len() <= ledger.unanswered.len(), "messages that nobody sent");
    ledger.unanswered.clear();
    ledger.sent.extend(&unanswered);
    for id in &of_peer {
        let is_visible = of_ann.contains(id);
        if ledger.removed.contains(id) {
            assert!(!is_visible, "an answered removal is undone: {id}");
        } else if !ledger.unanswered_removals.contains(id) {
            assert!(is_visible, "a message that nobody removed is gone: {id}");
        }
        if !is_visible {
            ledger.removed.insert(*id);
        }
    }
    ledger.unanswered_removals.clear();
    if let Some(hidden) = ledger.hidden {
        assert_eq!(entry.is_none(), hidden, "the conversation with {name}");
    }
    if let Some(newest) = entry.as_ref().filter(|entry| entry["meta"]["id"].is_string()) {
        assert_eq!(newest["meta"]["id"], of_ann.first().unwrap().to_string());
    }
    ledger.hidden = Some(entry.is_none()).filter(|_| !ledger.sent.is_empty());
}
