//! A device that does not read costs the server nothing but its queue on the disk.

use super::support::*;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_device_that_never_reads_fills_no_memory_and_is_dropped() {
    use super::process::Program;
    use prost::Message as _;
    use roamkit_wire::msync::{CommSyncUl, Command};
    use roamkit_wire::prost;
    use serde_json::json;
    use std::time::Instant;

    const WISHES: usize = 400;
    const BATCH: u64 = 256 * 1024;

    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/data.db", dir.path().display());
    let flags = ["--database", &database, "--write-timeout", "3", "--max-devices", "1"];
    let program = Program::start("SECRET", &flags);
    let server = TestServer::at(&program.address).await;
    let ann = server.user("ann").await;
    server.user("bob").await;
    let mut stuck = server.device(&ann, "stuck").await;
    // Thousands of messages, each of which it is told of.
    let text = "x".repeat(4000);
    for _ in 0..10 {
        let to = vec!["ann"; 300];
        let message = json!({"from": "bob", "to": to, "type": "txt", "body": {"msg": text}});
        server.app("POST", "/messages/users", Some(message)).await;
    }
    let before = program.memory();
    // And it asks for them, again and again: 100 MB in all, of which it reads nothing.
    let wish = CommSyncUl { queue: Some(user("bob")), key: Some(0), ..CommSyncUl::default() }.encode_to_vec();
    for _ in 0..WISHES {
        if !stuck.send(Command::Sync, wish.clone()).await {
            break;
        }
    }
    let (start, mut most) = (Instant::now(), before);
    loop {
        most = most.max(program.memory());
        let answer = server.socket().await.provision("ann", &ann.token, "other").await;
        if answer.status.unwrap().error_code == 0 {
            break;
        }
        assert!(start.elapsed() < 3 * PATIENCE, "the one that does not read still has its place");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let grown = most - before;
    assert!(grown < WISHES as u64 * BATCH / 4, "{} KiB more", grown / 1024);
    // What it did not read waits for it.
    drop(stuck);
    let mut back = loop {
        let mut device = server.socket().await;
        if device.provision("ann", &ann.token, "stuck").await.status.unwrap().error_code == 0 {
            break device;
        }
        assert!(start.elapsed() < 4 * PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(back.unread().await, [("bob".to_owned(), 3000)]);
}

#[tokio::test]
async fn a_queue_holds_only_so_much() {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/data.db", dir.path().display());
    let server = TestServer::on(&database, &[]).await;
    let ann = server.user("ann").await;
    server.user("bob").await;
    server.device(&ann, "web").await.leave().await;
    let mut sent = Vec::new();
    for _ in 0..20 {
        sent.push(server.send("bob", "ann", "x", None).await);
    }
    server.stop().await;
    // What is too much is dropped when a server starts, and once a minute.
    let server = TestServer::on(&database, &["--queue-length", "5"]).await;
    let mut device = server.device(&ann, "web").await;
    let start = std::time::Instant::now();
    while !device.unread().await.contains(&("bob".to_owned(), 5)) {
        assert!(start.elapsed() < PATIENCE);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let left: Vec<u64> = device.drain(&user("bob")).await.iter().map(|meta| meta.id).collect();
    assert_eq!(left, sent[15..], "the newest");
    assert_eq!(server.newest(&ann, "bob").await.len(), 20, "history is not a queue");
}
