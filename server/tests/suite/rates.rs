//! Limits of requests, frames, sockets, connections and origins.

use super::support::*;
use reqwest::StatusCode;
use roamkit_wire::msync::Command;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap()
}

/// The seconds in `Retry-After`.
fn retry_after(answer: &reqwest::Response) -> u64 {
    answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Repeats a check until it succeeds.
async fn until<F: Future<Output = bool>>(mut check: impl FnMut() -> F) {
    let start = Instant::now();
    while !check().await {
        assert!(start.elapsed() < TIMEOUT, "the check never succeeded");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_user_with_too_many_requests_gets_retry_after() {
    let server = TestServer::start(&["--rate-user", "1", "--rate-burst", "5"]).await;
    let (ann, bob) = (server.create_user("ann").await, server.create_user("bob").await);
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
    assert!(exposed.to_ascii_lowercase().contains("retry-after"), "pages cannot read Retry-After: {exposed}");
    assert_eq!(refused.headers()["access-control-allow-origin"], "*");
    let answer = refused.json().await.unwrap();
    assert!(is_error_response(&answer), "{answer}");
    assert_eq!(answer["error"], "reach_limit");
    assert_eq!(get(&bob).await.status(), StatusCode::OK, "another user is not limited");
    until(async || get(&ann).await.status() == StatusCode::OK).await;
}

#[tokio::test]
async fn requests_are_counted_by_address_and_a_forged_header_is_ignored() {
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
    assert!(is_error_response(&refused.json().await.unwrap()));
}

#[tokio::test]
async fn behind_a_proxy_only_its_own_forwarded_address_counts() {
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
    let ann = server.create_user("ann").await;
    let mut device = server.connect_device(&ann, "web").await;
    let start = Instant::now();
    for _ in 0..30 {
        assert!(device.send(Command::Unread, Vec::new()).await);
    }
    for _ in 0..30 {
        device.receive(Command::Unread).await;
    }
    assert!(start.elapsed() > Duration::from_millis(1500), "{:?}", start.elapsed());
    assert_eq!(device.unread().await, [], "the socket is still open");
}

/// Opens a socket. Returns the status and `Retry-After` if the server refuses it.
async fn refusal(server: &TestServer) -> Option<(u16, String)> {
    let stream = TcpStream::connect(&server.address).await.unwrap();
    match server.open_socket_over(Box::new(stream)).await {
        Ok(_) => None,
        Err(Error::Http(answer)) => {
            let wait = answer.headers()["retry-after"].to_str().unwrap().to_owned();
            Some((answer.status().as_u16(), wait))
        }
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_number_of_sockets_is_bounded_per_address_and_in_all() {
    for (flag, status) in [("--max-sockets-address", 429), ("--max-sockets", 503)] {
        let server = TestServer::start(&[flag, "2"]).await;
        let ann = server.create_user("ann").await;
        let one = server.connect_device(&ann, "one").await;
        let two = server.connect_device(&ann, "two").await;
        assert_eq!(refusal(&server).await, Some((status, "10".into())));
        one.log_out().await;
        until(async || refusal(&server).await.is_none()).await;
        two.log_out().await;
    }
}

/// Opens a connection and sends a request. Returns `None` if the server closes the connection.
async fn open_connection(server: &TestServer) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut bytes = [0; 16];
    let read = tokio::time::timeout(TIMEOUT, stream.read(&mut bytes)).await.unwrap();
    (read.unwrap_or(0) > 0).then_some(stream)
}

#[tokio::test]
async fn the_number_of_connections_is_bounded() {
    for flag in ["--max-connections-address", "--max-connections"] {
        let server = TestServer::start_without_app_token("sqlite::memory:", &[flag, "3"]).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(open_connection(&server).await.expect("a free slot"));
        }
        assert!(open_connection(&server).await.is_none());
        open.pop();
        until(async || open_connection(&server).await.is_some()).await;
    }
}

#[tokio::test]
async fn cross_origin_requests_can_be_restricted_to_origins() {
    let server = TestServer::start(&["--cors-origin", "https://a.example,https://b.example:8443"]).await;
    let url = format!("http://{}/health", server.address);
    for (origin, allowed) in
        [("https://a.example", true), ("https://b.example:8443", true), ("https://c.example", false)]
    {
        let answer = http().get(&url).header("Origin", origin).send().await.unwrap();
        let allowed_origin =
            answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(allowed_origin, allowed.then_some(origin));
        assert!(!answer.headers().contains_key("access-control-allow-credentials"));
    }
}
