//! Devices that do not read: their envelopes stay in the database and use no memory.

use super::support::*;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_device_that_never_reads_uses_no_memory_and_is_disconnected() {
    use super::process::Program;
    use prost::Message as _;
    use roamkit_wire::msync::{CommSyncUl, Command};
    use roamkit_wire::prost;
    use serde_json::json;
    use std::time::Instant;

    const REQUESTS: usize = 400;
    const BATCH: u64 = 256 * 1024;

    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/data.db", dir.path().display());
    let flags = ["--database", &database, "--write-timeout", "3", "--max-devices", "1"];
    let program = Program::start("SECRET", &flags);
    let server = TestServer::attach(&program.address).await;
    let ann = server.create_user("ann").await;
    server.create_user("bob").await;
    let mut stuck = server.connect_device(&ann, "stuck").await;
    // 3,000 messages, each with a notice for the device.
    let text = "x".repeat(4000);
    for _ in 0..10 {
        let to = vec!["ann"; 300];
        let message = json!({"from": "bob", "to": to, "type": "txt", "body": {"msg": text}});
        server.app_call("POST", "/messages/users", Some(message)).await;
    }
    let before = program.memory();
    // The device requests 100 MB in all and reads nothing.
    let request =
        CommSyncUl { queue: Some(user_jid("bob")), key: Some(0), ..CommSyncUl::default() }.encode_to_vec();
    for _ in 0..REQUESTS {
        if !stuck.send(Command::Sync, request.clone()).await {
            break;
        }
    }
    let (start, mut peak) = (Instant::now(), before);
    loop {
        peak = peak.max(program.memory());
        let answer = server.open_socket().await.provision("ann", &ann.token, "other").await;
        if answer.status.unwrap().error_code == 0 {
            break;
        }
        assert!(start.elapsed() < 3 * TIMEOUT, "the device that does not read is still connected");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let growth = peak - before;
    assert!(growth < REQUESTS as u64 * BATCH / 4, "{} KiB more", growth / 1024);
    // The envelopes that it did not read are still queued.
    drop(stuck);
    let mut back = loop {
        let mut device = server.open_socket().await;
        if device.provision("ann", &ann.token, "stuck").await.status.unwrap().error_code == 0 {
            break device;
        }
        assert!(start.elapsed() < 4 * TIMEOUT);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    assert_eq!(back.unread().await, [("bob".to_owned(), 3000)]);
}

#[tokio::test]
async fn the_length_of_a_queue_is_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/data.db", dir.path().display());
    let server = TestServer::start_on(&database, &[]).await;
    let ann = server.create_user("ann").await;
    server.create_user("bob").await;
    server.connect_device(&ann, "web").await.log_out().await;
    let mut sent = Vec::new();
    for _ in 0..20 {
        sent.push(server.send("bob", "ann", "x", None).await);
    }
    server.stop().await;
    // The server drops surplus envelopes at its start and then once a minute.
    let server = TestServer::start_on(&database, &["--queue-length", "5"]).await;
    let mut device = server.connect_device(&ann, "web").await;
    let start = std::time::Instant::now();
    while !device.unread().await.contains(&("bob".to_owned(), 5)) {
        assert!(start.elapsed() < TIMEOUT);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let left: Vec<u64> = device.drain_queue(&user_jid("bob")).await.iter().map(|meta| meta.id).collect();
    assert_eq!(left, sent[15..], "the newest are kept");
    assert_eq!(server.newest_ids(&ann, "bob").await.len(), 20, "the history is not affected");
}
