//! What those who run the server look at: health, metrics, and the description of the REST side.

use super::support::*;
use serde_json::json;
use std::collections::HashMap;

/// The samples of a scrape, by name and labels as they stand.
async fn scrape(server: &TestServer) -> HashMap<String, f64> {
    let url = format!("http://{}/metrics", server.address);
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
    let answer = client.get(url).send().await.unwrap();
    assert!(answer.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text().await.unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

#[tokio::test]
#[allow(clippy::float_cmp, reason = "counts are whole numbers")]
async fn metrics_count_what_happens() {
    let server = TestServer::start(&[]).await;
    let (ann, bob) = (server.user("ann").await, server.user("bob").await);
    server.device(&bob, "away").await.leave().await;
    server.send("ann", "bob", "1", None).await;
    let mut device = server.device(&bob, "here").await;
    server.send("ann", "bob", "2", None).await;
    device.receive(roamkit_wire::msync::Command::Notice).await;
    let path = "/users/ann/user_channels?made=up";
    server.user_call(&ann, "GET", path, None).await;
    server.call("GET", path, "wrong", None).await;
    let wrong = json!({"grant_type": "password", "username": "ann", "password": "no"});
    server.call("POST", "/token", "", Some(wrong)).await;
    server.call("GET", "/no/such/path", "", None).await;

    let is = scrape(&server).await;
    let route = "route=\"/{org}/{app}/users/{user}/user_channels\"";
    let requests =
        |status| is[&format!("roamkit_http_requests_total{{method=\"GET\",{route},status=\"{status}\"}}")];
    assert_eq!((requests(200), requests(401)), (1.0, 1.0));
    assert_eq!(is[&format!("roamkit_http_request_duration_seconds_count{{method=\"GET\",{route}}}")], 2.0);
    assert_eq!(
        is[&format!("roamkit_http_request_duration_seconds_bucket{{le=\"+Inf\",method=\"GET\",{route}}}")],
        2.0
    );
    assert_eq!(is["roamkit_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"}"], 1.0);
    assert_eq!((is["roamkit_sockets_open"], is["roamkit_devices_online"]), (1.0, 1.0));
    // One device is away, and has not asked for either; the other has not yet asked for the second.
    assert_eq!(is["roamkit_queue_envelopes"], 3.0);
    assert_eq!(is["roamkit_fan_out_delay_seconds_count"], 1.0);
    assert_eq!(is["roamkit_logins_total{grant=\"password\",result=\"ok\"}"], 2.0);
    assert_eq!(is["roamkit_logins_total{grant=\"password\",result=\"refused\"}"], 1.0);
    assert_eq!(is["roamkit_logins_total{grant=\"client_credentials\",result=\"ok\"}"], 1.0);
    assert_eq!(is["roamkit_logins_total{grant=\"socket\",result=\"ok\"}"], 2.0);
    assert!(is["roamkit_database_connections{pool=\"write\",state=\"idle\"}"] >= 1.0);
    #[cfg(target_os = "linux")]
    assert!(is["process_resident_memory_bytes"] > 1e6);
}
