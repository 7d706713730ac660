//! Graceful shutdown: running requests complete, and idle connections are not awaited.

use super::support::*;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_running_request_completes_and_idle_connections_are_not_awaited() {
    let server = TestServer::start(&[]).await;
    server.create_user("ann").await;
    let mut idle = TcpStream::connect(&server.address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut byte = [0; 1];
    idle.read_exact(&mut byte).await.unwrap();

    let body = br#"{"grant_type":"password","username":"ann","password":"ann"}"#;
    let (first, rest) = body.split_at(20);
    let mut busy = TcpStream::connect(&server.address).await.unwrap();
    let head = format!("POST /demo/chat/token HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n", body.len());
    // The server requests the body, so it has read the head.
    busy.write_all(format!("{head}Expect: 100-continue\r\n\r\n").as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    tokio::time::timeout(TIMEOUT, busy.read_exact(&mut interim)).await.unwrap().unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    busy.write_all(first).await.unwrap();

    let address = server.address.clone();
    let start = Instant::now();
    let stopping = tokio::spawn(server.stop());
    while TcpStream::connect(&address).await.is_ok() {
        assert!(start.elapsed() < TIMEOUT, "the server still accepts connections");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    busy.write_all(rest).await.unwrap();
    let mut response = String::new();
    tokio::time::timeout(TIMEOUT, busy.read_to_string(&mut response)).await.unwrap().unwrap();
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    stopping.await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "the server waited for the idle connection: {:?}",
        start.elapsed()
    );
}
