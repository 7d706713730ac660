//! The program is killed at random moments under load: what it answered is there, and nothing is there by half.

use super::support::*;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Writers that work at the same time, each in a conversation of its own with "ann".
const WRITERS: usize = 4;
const ROUNDS: usize = 5;

/// What one writer did, as far as it was answered.
#[derive(Default)]
struct Ledger {
    /// Messages that are there.
    sent: Vec<u64>,
    /// Texts of messages that were not answered.
    unsure: Vec<String>,
    /// Removals that were answered, and those that were not.
    removed: BTreeSet<u64>,
    unsure_removals: BTreeSet<u64>,
    /// Whether the conversation's deletion was answered last, not answered, or neither.
    hidden: Option<bool>,
}

async fn write(
    caller: Caller,
    peer: String,
    ann: String,
    seed: u64,
    on: Arc<AtomicBool>,
    ledger: Arc<Mutex<Ledger>>,
) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut number = 0;
    while on.load(Ordering::Relaxed) {
        number += 1;
        let known = ledger.lock().unwrap().sent.clone();
        match random.random_range(0..10) {
            0..=6 => {
                let text = format!("{seed}/{number}");
                let body = json!({"from": peer, "to": ["ann"], "type": "txt", "body": {"msg": text}});
                let answer = caller.call("POST", "/messages/users", "", Some(body)).await;
                let mut ledger = ledger.lock().unwrap();
                match answer {
                    Some((200, answer)) => {
                        ledger.sent.push(answer["data"]["ann"].as_str().unwrap().parse().unwrap());
                        ledger.hidden = Some(false);
                    }
                    _ => {
                        ledger.unsure.push(text);
                        ledger.hidden = None;
                    }
                }
            }
            7..=8 if !known.is_empty() => {
                let id = known[random.random_range(0..known.len())];
                let path =
                    format!("/sdk/message/roaming/chat/user/ann?userId={peer}&msgIdList={id}&resource=r");
                let answer = caller.call("DELETE", &path, &ann, None).await;
                let mut ledger = ledger.lock().unwrap();
                match answer {
                    Some((200, _)) => drop(ledger.removed.insert(id)),
                    _ => drop(ledger.unsure_removals.insert(id)),
                }
            }
            _ => {
                let deletion = json!({"channel": peer, "type": "chat", "delete_roam": false});
                let answer =
                    caller.call("DELETE", "/user/ann/user_channel?resource=r", &ann, Some(deletion)).await;
                let done = matches!(answer, Some((200, _)));
                let mut ledger = ledger.lock().unwrap();
                ledger.hidden = done.then_some(!ledger.sent.is_empty() || !ledger.unsure.is_empty());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_answered_survives_kills() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("crash.db").display());
    let database = new_postgres_database().await.unwrap_or(file);
    let seed: u64 = std::env::var("ROAMKIT_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_262);
    println!("ROAMKIT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    // The number of a killed node is free after three polls.
    let flags = ["--node-poll", "1", "--conversation-deletion", "self"];
    let mut server = TestServer::process(&database, &flags).await;
    let ann = server.user("ann").await;
    server.device(&ann, "away").await.leave().await;
    let peers: Vec<String> = (0..WRITERS).map(|number| format!("peer{number}")).collect();
    let mut users = Vec::new();
    for peer in &peers {
        users.push(server.user(peer).await);
    }
    let ledgers: Vec<Arc<Mutex<Ledger>>> = peers.iter().map(|_| Arc::default()).collect();
    for round in 0..ROUNDS {
        let on = Arc::new(AtomicBool::new(true));
        let writers: Vec<_> = peers
            .iter()
            .zip(&ledgers)
            .enumerate()
            .map(|(at, (peer, ledger))| {
                let seed = seed * 1000 + (round * WRITERS + at) as u64;
                let (caller, ann) = (server.caller(), ann.token.clone());
                tokio::spawn(write(caller, peer.clone(), ann, seed, on.clone(), ledger.clone()))
            })
            .collect();
        // The moment of the kill: not a wait for anything.
        tokio::time::sleep(Duration::from_millis(random.random_range(50..600))).await;
        server.kill().await;
        on.store(false, Ordering::Relaxed);
        for writer in writers {
            writer.await.unwrap();
        }
        server = TestServer::process(&database, &flags).await;
        for ((peer, user), ledger) in peers.iter().zip(&users).zip(&ledgers) {
            check(&server, &ann, user, peer, ledger).await;
        }
    }
    let sent: usize = ledgers.iter().map(|ledger| ledger.lock().unwrap().sent.len()).sum();
    assert!(sent > 20, "nothing was under way: {sent} messages");
    // The device that was away all the time catches up: what is still there, in order and each once.
    let mut away = server.device(&ann, "away").await;
    for (peer, ledger) in peers.iter().zip(&ledgers) {
        let mut there = history(&server, &ann, peer).await;
        there.reverse();
        let queued: Vec<u64> = away.drain(&user(peer)).await.iter().map(|meta| meta.id).collect();
        assert_eq!(queued, there, "{peer}");
        assert!(ledger.lock().unwrap().removed.iter().all(|id| !queued.contains(id)));
    }
}

/// A whole history, newest first.
async fn history(server: &TestServer, user: &TestUser, peer: &str) -> Vec<u64> {
    let (mut all, mut start) = (Vec::new(), json!(-1));
    loop {
        let page = server.history(user, peer, json!({"start": start})).await;
        all.extend(page.ids);
        if page.is_last {
            return all;
        }
        start = page.next.into();
    }
}

async fn check(server: &TestServer, ann: &TestUser, peer: &TestUser, name: &str, ledger: &Mutex<Ledger>) {
    let theirs = history(server, peer, "ann").await;
    let seen = history(server, ann, name).await;
    let entry: Option<Value> = server.entry(ann, name).await;
    let mut ledger = ledger.lock().unwrap();
    let ledger = &mut *ledger;
    for id in &ledger.sent {
        assert!(theirs.contains(id), "an answered message is gone: {id}");
    }
    // What was not answered is there whole or not at all; from now on it counts as whichever it is.
    let unsure: Vec<u64> = theirs.iter().filter(|id| !ledger.sent.contains(id)).copied().collect();
    assert!(unsure.len() <= ledger.unsure.len(), "messages that nobody sent");
    ledger.unsure.clear();
    ledger.sent.extend(&unsure);
    for id in &theirs {
        let here = seen.contains(id);
        if ledger.removed.contains(id) {
            assert!(!here, "an answered removal is undone: {id}");
        } else if !ledger.unsure_removals.contains(id) {
            assert!(here, "a message that nobody removed is gone: {id}");
        }
        if !here {
            ledger.removed.insert(*id);
        }
    }
    ledger.unsure_removals.clear();
    if let Some(hidden) = ledger.hidden {
        assert_eq!(entry.is_none(), hidden, "the conversation with {name}");
    }
    if let Some(newest) = entry.as_ref().filter(|entry| entry["meta"]["id"].is_string()) {
        assert_eq!(newest["meta"]["id"], seen.first().unwrap().to_string());
    }
    ledger.hidden = Some(entry.is_none()).filter(|_| !ledger.sent.is_empty());
}
