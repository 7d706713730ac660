//! Registration, tokens, passwords, and the end of sessions.

use super::support::*;
use prost::Message as _;
use roamkit_wire::meta::Namespace;
use roamkit_wire::msync::*;
use roamkit_wire::prost;
use serde_json::json;

#[tokio::test]
async fn users_are_registered_one_by_one_or_together() {
    let server = TestServer::start(&[]).await;
    let answer = server
        .app_call(
            "POST",
            "/users",
            Some(json!([{"username": "Ann", "password": "x"}, {"username": "b", "password": "y"}])),
        )
        .await;
    assert_eq!(answer["entities"][0]["username"], "ann");
    server.app_call("POST", "/users", Some(json!({"username": "c", "password": "z"}))).await;
    let (status, answer) = server
        .call("POST", "/users", server.app_token(), Some(json!({"username": "ANN", "password": "x"})))
        .await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("duplicate_unique_property_exists")));
    // One invalid user fails the whole call.
    let both = json!([{"username": "new", "password": "x"}, {"username": "c", "password": "z"}]);
    assert_eq!(server.call("POST", "/users", server.app_token(), Some(both)).await.0, 400);
    assert_eq!(server.call("GET", "/users/new", server.app_token(), None).await.0, 404);
    assert_eq!(server.app_call("GET", "/users/C", None).await["entities"][0]["username"], "c");
}

#[tokio::test]
async fn registration_without_a_token_must_be_open() {
    let closed = TestServer::start(&[]).await;
    let user = json!({"username": "u", "password": "p"});
    assert_eq!(closed.call("POST", "/users", "", Some(user.clone())).await.0, 401);
    let mallory = closed.create_user("mallory").await;
    assert_eq!(closed.call("POST", "/users", &mallory.token, Some(user.clone())).await.0, 403);
    let open = TestServer::start(&["--open-registration"]).await;
    assert_eq!(open.call("POST", "/users", "", Some(user)).await.0, 200);
}

#[tokio::test]
async fn logins_tell_what_was_wrong() {
    let server = TestServer::start(&[]).await;
    server.create_user("ann").await;
    let grant = |user: &str, password: &str| json!({"grant_type": "password", "username": user, "password": password, "timestamp": 1});
    let (status, answer) = server.call("POST", "/token", "", Some(grant("ann", "no"))).await;
    assert_eq!((status, answer["error_description"].as_str()), (400, Some("invalid password")));
    let (status, answer) = server.call("POST", "/token", "", Some(grant("nobody", "no"))).await;
    assert_eq!((status, answer["error_description"].as_str()), (404, Some("user not found")));
    let (status, answer) = server.call("POST", "/token", "", Some(grant("ANN", "ann"))).await;
    assert_eq!((status, answer["user"]["username"].as_str()), (200, Some("ann")));
    assert_eq!(answer["expires_in"], 5_184_000);
    let wrong = json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "no"});
    assert_eq!(server.call("POST", "/token", "", Some(wrong)).await.0, 401);
}

#[tokio::test]
async fn tokens_expire() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let answer = server.user_call(&ann, "GET", "/sdk/users/ann/token/expires", None).await;
    assert!(answer["expire_timestamp"].as_u64().unwrap() > 1_795_000_000_000);

    let grant = json!({"grant_type": "password", "username": "ann", "password": "ann", "ttl": 1});
    let (_, answer) = server.call("POST", "/token", "", Some(grant)).await;
    assert_eq!(answer["expires_in"], 1);
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let refused = tokio::time::timeout(TIMEOUT, async {
        loop {
            let (status, answer) = server.call("GET", "/users/ann/user_channels", &token, None).await;
            if status == 401 {
                return answer;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    });
    let refused = refused.await.unwrap();
    assert_eq!(refused["error_description"], "Unable to authenticate due to expired access token");
    let answer = server.open_socket().await.provision("ann", &token, "r").await.status.unwrap();
    assert_eq!((answer.error_code, answer.reason.as_str()), (1, "Sorry, token expired"));

    let (status, answer) = server.call("GET", "/users/ann/user_channels", "made-up", None).await;
    assert_eq!((status, answer["error_description"].as_str()), (401, Some("Unable to authenticate (OAuth)")));
}

#[tokio::test]
async fn apps_are_separate() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let other = |path: &str| format!("http://{}/other/app{path}", server.address);
    assert_eq!(server.raw_call("GET", &other("/users/ann/user_channels"), &ann.token, None).await.0, 401);
    let grant =
        json!({"grant_type": "password", "username": "ann", "password": "ann"}).to_string().into_bytes();
    assert_eq!(server.raw_call("POST", &other("/token"), "", Some(grant)).await.0, 404);
    let unknown = format!("http://{}/no/app/token", server.address);
    let (status, answer) = server.raw_call("POST", &unknown, "", Some(b"{}".to_vec())).await;
    assert_eq!((status, answer["error"].as_str()), (404, Some("organization_application_not_found")));
}

/// The operation in the last frame, which ended the session.
fn kick_operation(frames: &[MSync]) -> StatisticsOperation {
    let last = CommSyncDl::decode(frames.last().unwrap().payload.as_slice()).unwrap();
    assert!(last.queue.is_some());
    assert_eq!(last.metas[0].ns, Namespace::Statistic as i32);
    StatisticsBody::decode(last.metas[0].payload.as_slice()).unwrap().operation()
}

#[tokio::test]
async fn devices_learn_why_their_session_ended() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let device = server.connect_device(&ann, "r1").await;
    server.app_call("GET", "/users/ann/disconnect", None).await;
    assert_eq!(kick_operation(&device.wait_closed().await), StatisticsOperation::UserKickedByOtherDevice);

    let device = server.connect_device(&ann, "r1").await;
    server.app_call("PUT", "/users/ann/password", Some(json!({"newpassword": "new"}))).await;
    assert_eq!(kick_operation(&device.wait_closed().await), StatisticsOperation::UserKickedByChangePassword);
    assert_eq!(server.call("GET", "/users/ann/user_channels", &ann.token, None).await.0, 401);

    server.app_call("PUT", "/users/ann/password", Some(json!({"newpassword": "ann"}))).await;
    let ann = server.log_in("ann").await;
    let device = server.connect_device(&ann, "r1").await;
    server.app_call("DELETE", "/users/ann", None).await;
    assert_eq!(kick_operation(&device.wait_closed().await), StatisticsOperation::UserRemoved);
    assert_eq!(server.call("GET", "/users/ann/user_channels", &ann.token, None).await.0, 401);
    let answer = server.open_socket().await.provision("ann", &ann.token, "r1").await.status.unwrap();
    assert_eq!(answer.reason, "Sorry, user not found");
}

#[tokio::test]
async fn users_change_their_own_password_with_the_old_one() {
    let server = TestServer::start(&[]).await;
    let ann = server.create_user("ann").await;
    let change = |old: &str| Some(json!({"newpassword": "new", "oldpassword": old}));
    assert_eq!(server.call("PUT", "/users/ann/password", &ann.token, change("wrong")).await.0, 400);
    assert_eq!(server.call("PUT", "/users/ann/password", &ann.token, change("ann")).await.0, 200);
}

#[tokio::test]
async fn a_new_user_with_the_name_of_a_removed_one_sees_no_old_messages() {
    let server = TestServer::start(&[]).await;
    let (ann, _) = (server.create_user("ann").await, server.create_user("bob").await);
    let old = server.send("bob", "ann", "old", None).await;
    server.app_call("DELETE", "/users/bob", None).await;
    assert_eq!(server.newest_ids(&ann, "bob").await, [old]);
    let bob = server.create_user("bob").await;
    assert_eq!(server.newest_ids(&bob, "ann").await, Vec::<u64>::new());
    let new = server.send("ann", "bob", "new", None).await;
    assert_eq!(server.newest_ids(&bob, "ann").await, [new]);
    assert_eq!(server.newest_ids(&ann, "bob").await, [new, old]);
}
