//! Limits of requests, frames, sockets and connections.

use super::support::*;
use reqwest::StatusCode;
use roamkit_wire::msync::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

/// The seconds in `Retry-After`.
fn retry_after(answer: &reqwest::Response) -> u64 {
    answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Tries until it is so.
async fn until<F: Future<Output = bool>>(mut so: impl FnMut() -> F) {
    let start = Instant::now();
    while !so().await {
        assert!(start.elapsed() < PATIENCE, "it never was");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_user_who_asks_too_much_is_told_when_to_come_back() {
    let server = TestServer::start(&["--rate-user", "1", "--rate-burst", "5"]).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    let get = async |user: &TestUser| {
        let url = server.url(&format!("/users/{}/user_channels", user.name));
        http()
            .get(url)
            .bearer_auth(&user.token)
            .header("Origin", "https://page.example")
            .send()
            .await
            .unwrap()
    };
    let mut answers = Vec::new();
    for _ in 0..30 {
        answers.push(get(&ann).await);
    }
    let first = answers.iter().position(|answer| answer.status() != StatusCode::OK).expect("a refusal");
    assert!(first >= 5, "{first}");
    let refused = answers.swap_remove(first);
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(retry_after(&refused), 1);
    let exposed = refused.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.to_ascii_lowercase().contains("retry-after"), "pages may read it: {exposed}");
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");
    let answer = refused.json().await.unwrap();
    assert!(is_error_form(&answer), "{answer}");
    assert_eq!(answer["error"], "reach_limit");
    assert_eq!(get(&bob).await.status(), StatusCode::OK, "another user is not held up");
    until(async || get(&ann).await.status() == StatusCode::OK).await;
}

#[tokio::test]
async fn an_address_is_counted_and_a_forged_header_does_not_change_it() {
    let server = TestServer::start(&["--rate-address", "1", "--rate-burst", "5"]).await;
    let mut refused = None;
    for forged in 0..30 {
        let url = format!("http://{}/health", server.address);
        let answer =
            http().get(url).header("X-Forwarded-For", format!("1.1.1.{forged}")).send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a refusal");
    assert_eq!(retry_after(&refused), 1);
    assert!(is_error_form(&refused.json().await.unwrap()));
}

#[tokio::test]
async fn behind_a_proxy_its_word_counts_and_only_its_own() {
    let server = TestServer::start(&["--rate-address", "1", "--rate-burst", "5", "--trust-proxy", "1"]).await;
    let get = async |forwarded: String| {
        let url = format!("http://{}/health", server.address);
        http().get(url).header("X-Forwarded-For", forwarded).send().await.unwrap().status()
    };
    for caller in 0..30 {
        assert_eq!(get(format!("1.1.1.{caller}")).await, StatusCode::OK);
    }
    let mut last = StatusCode::OK;
    for forged in 0..30 {
        last = get(format!("2.2.2.{forged}, 3.3.3.3")).await;
        if last != StatusCode::OK {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_socket_that_sends_too_much_is_read_more_slowly() {
    let server = TestServer::start(&["--rate-frames", "10", "--rate-burst", "1"]).await;
    let ann = server.user("ann").await;
    let mut device = server.device(&ann, "web").await;
    let start = Instant::now();
    for _ in 0..30 {
        assert!(device.send(Command::Unread, Vec::new()).await);
    }
    for _ in 0..30 {
        device.receive(Command::Unread).await;
    }
    assert!(start.elapsed() > Duration::from_millis(1500), "{:?}", start.elapsed());
    assert_eq!(device.unread().await, [], "it is still there");
}

async fn refusal(server: &TestServer) -> Option<(u16, String)> {
    let stream = TcpStream::connect(&server.address).await.unwrap();
    match server.socket_over(Box::new(stream)).await {
        Ok(_) => None,
        Err(Error::Http(answer)) => {
            let wait = answer.headers()["retry-after"].to_str().unwrap().to_owned();
            Some((answer.status().as_u16(), wait))
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn sockets_are_bounded_for_an_address_and_in_all() {
    for (flag, status) in [("--max-sockets-address", 429), ("--max-sockets", 503)] {
        let server = TestServer::start(&[flag, "2"]).await;
        let ann = server.user("ann").await;
        let one = server.device(&ann, "one").await;
        let two = server.device(&ann, "two").await;
        assert_eq!(refusal(&server).await, Some((status, "10".into())));
        one.leave().await;
        until(async || refusal(&server).await.is_none()).await;
        two.leave().await;
    }
}

/// Opens a connection and is answered, or is not.
async fn connection(server: &TestServer) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut bytes = [0; 16];
    let read = tokio::time::timeout(PATIENCE, stream.read(&mut bytes)).await.unwrap();
    (read.unwrap_or(0) > 0).then_some(stream)
}

#[tokio::test]
async fn connections_are_bounded() {
    for flag in ["--max-connections-address", "--max-connections"] {
        let server = TestServer::bare("sqlite::memory:", &[flag, "3"]).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(connection(&server).await.expect("a place"));
        }
        assert!(connection(&server).await.is_none());
        open.pop();
        until(async || connection(&server).await.is_some()).await;
    }
}

#[tokio::test]
async fn origins_may_be_named() {
    let server = TestServer::start(&["--cors-origin", "https://a.example,https://b.example:8443"]).await;
    let url = format!("http://{}/health", server.address);
    for (origin, allowed) in
        [("https://a.example", true), ("https://b.example:8443", true), ("https://c.example", false)]
    {
        let answer = http().get(&url).header("Origin", origin).send().await.unwrap();
        let told = answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(told, allowed.then_some(origin));
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
    }
}
