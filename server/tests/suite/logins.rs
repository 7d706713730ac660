//! Throttling of password guesses. Neither the wait nor the time reveals which users exist.

use super::support::*;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Tries to log in. Returns the status, the seconds in `Retry-After` and the response.
async fn attempt(server: &TestServer, name: &str, password: &str) -> (u16, Option<u64>, Value) {
    let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
    let grant = json!({"grant_type": "password", "username": name, "password": password});
    let answer = http.post(server.url("/token")).json(&grant).send().await.unwrap();
    let wait = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    (answer.status().as_u16(), wait, answer.json().await.unwrap())
}

#[tokio::test]
async fn failures_make_further_attempts_wait_until_a_success() {
    let server = TestServer::start(&["--login-failures", "3"]).await;
    server.create_user("ann").await;
    server.create_user("bob").await;
    for (name, status) in [("ann", 400), ("nobody", 404)] {
        for _ in 0..3 {
            assert_eq!(attempt(&server, name, "wrong").await.0, status);
        }
        let (status, wait, answer) = attempt(&server, name, "wrong").await;
        assert_eq!((status, wait), (429, Some(1)), "{name}");
        assert!(is_error_response(&answer), "{answer}");
    }
    assert_eq!(attempt(&server, "bob", "bob").await.0, 200, "another user does not wait");
    let start = Instant::now();
    loop {
        match attempt(&server, "ann", "ann").await {
            (200, ..) => break,
            (status, wait, _) => assert_eq!((status, wait), (429, Some(1))),
        }
        assert!(start.elapsed() < TIMEOUT);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for _ in 0..3 {
        assert_eq!(attempt(&server, "ann", "wrong").await.0, 400, "the failures were reset");
    }
}

#[tokio::test]
async fn guesses_of_the_client_secret_and_of_the_old_password_are_throttled() {
    let server = TestServer::start(&["--login-failures", "3"]).await;
    let ann = server.create_user("ann").await;
    let guess = json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "x"});
    let change = json!({"newpassword": "y", "oldpassword": "x"});
    for (method, path, body, refusal) in
        [("POST", "/token", guess, 401), ("PUT", "/users/ann/password", change, 400)]
    {
        for _ in 0..3 {
            assert_eq!(server.call(method, path, &ann.token, Some(body.clone())).await.0, refusal);
        }
        assert_eq!(server.call(method, path, &ann.token, Some(body)).await.0, 429);
    }
}

#[tokio::test]
async fn parallel_guesses_get_no_more_attempts_than_sequential_ones() {
    let server = TestServer::start(&["--login-failures", "3"]).await;
    server.create_user("ann").await;
    let start = Instant::now();
    let answers = join_all((0..60).map(|_| attempt(&server, "ann", "wrong"))).await;
    let waited = start.elapsed().as_secs() as usize;
    let cores = std::thread::available_parallelism().unwrap().get();
    let guesses = answers.iter().filter(|answer| answer.0 == 400).count();
    assert!((3..3 + cores + waited).contains(&guesses), "{guesses}");
    assert!(answers.iter().all(|answer| matches!(answer.0, 400 | 429)));
}

#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    let flags = ["--login-failures", "0", "--password-memory", "32768", "--hide-users"];
    let server = TestServer::start(&flags).await;
    server.create_user("ann").await;
    let fastest_refusal = async |name: &str| {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let start = Instant::now();
            let (status, _, answer) = attempt(&server, name, "wrong").await;
            best = best.min(start.elapsed());
            // With `--hide-users` the error is the same, too.
            assert_eq!((status, &answer["error_description"]), (400, &json!("invalid password")));
        }
        best
    };
    let (known, unknown) = (fastest_refusal("ann").await, fastest_refusal("nobody").await);
    assert!(unknown * 3 > known && known * 3 > unknown, "known {known:?}, unknown {unknown:?}");
}

#[tokio::test]
async fn the_queue_of_logins_is_bounded() {
    let server = TestServer::start(&["--login-queue", "1", "--password-memory", "131072"]).await;
    server.create_user("ann").await;
    let cores = std::thread::available_parallelism().unwrap().get();
    let answers = join_all((0..4 * (cores + 1)).map(|_| attempt(&server, "ann", "ann"))).await;
    assert!(answers.iter().any(|answer| answer.0 == 200));
    let busy = answers.iter().find(|answer| answer.0 == 503).expect("a refused login");
    assert_eq!(busy.1, Some(2));
    assert!(is_error_response(&busy.2), "{}", busy.2);
    assert!(answers.iter().all(|answer| matches!(answer.0, 200 | 503)));
    assert_eq!(attempt(&server, "ann", "ann").await.0, 200, "the queue is empty again");
}

#[tokio::test]
async fn the_number_of_tokens_of_a_user_is_bounded() {
    let server = TestServer::start(&[]).await;
    let first = server.create_user("ann").await;
    let second = server.log_in("ann").await;
    for _ in 0..98 {
        server.log_in("ann").await;
    }
    server.user_call(&first, "GET", "/users/ann", None).await;
    let last = server.log_in("ann").await;
    assert_eq!(server.call("GET", "/users/ann", &first.token, None).await.0, 401);
    for user in [second, last] {
        server.user_call(&user, "GET", "/users/ann", None).await;
    }
}
