//! Secrets are in no log, at any log level.

use super::process::{Program, command};
use super::support::*;
use serde_json::json;
use std::fmt::Write as _;

/// The forms in which a log could contain a secret: as text, and its beginning in hexadecimal or as a list of
/// bytes.
fn forms(secret: &str) -> Vec<String> {
    let part = &secret.as_bytes()[..secret.len().min(8)];
    let hex = part.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let list: Vec<String> = part.iter().map(ToString::to_string).collect();
    vec![secret.to_owned(), hex.to_uppercase(), hex, list.join(", ")]
}

#[tokio::test]
async fn a_trace_log_contains_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}/databasecanary.db", dir.path().display());
    let program = Program::start("SECRET", &["--database", &database]);
    let server = TestServer::attach(&program.address).await;
    let app_token = server.app_token().to_owned();

    let user = json!({"username": "ann", "password": "passwordcanary"});
    server.app_call("POST", "/users", Some(user)).await;
    server.create_user("bob").await;
    let log_in = async |password: &str| {
        let grant = json!({"grant_type": "password", "username": "ann", "password": password});
        server.call("POST", "/token", "", Some(grant)).await
    };
    assert_eq!(log_in("wrongcanary").await.0, 400);
    let (status, answer) = log_in("passwordcanary").await;
    assert_eq!(status, 200);
    let token = answer["access_token"].as_str().unwrap().to_owned();
    let ann = TestUser { name: "ann".into(), token: token.clone() };
    // Errors about wrong types and truncated bodies could quote the body.
    for body in
        [&br#"{"grant_type": "password", "username": ["typecanary"]}"#[..], br#"{"password": "cutcanary"#]
    {
        assert_eq!(server.raw_call("POST", &server.url("/token"), "", Some(body.to_vec())).await.0, 400);
    }
    let guess =
        json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "guesscanary"});
    assert_eq!(server.call("POST", "/token", "", Some(guess)).await.0, 401);
    assert_eq!(server.call("GET", "/users/ann", "tokencanary", None).await.0, 401);

    let mut device = server.connect_device(&ann, "web").await;
    device.send_text(&user_jid("bob"), "textcanary").await;
    let refused = server.open_socket().await.provision("ann", "socketcanary", "web2").await;
    assert_ne!(refused.status.unwrap().error_code, 0);
    server.send("bob", "ann", "textcanary by REST", None).await;
    assert_eq!(device.receive_new().await.len(), 1);
    assert_eq!(server.newest_ids(&ann, "bob").await.len(), 2);
    let change = json!({"newpassword": "newcanary", "oldpassword": "passwordcanary"});
    server.user_call(&ann, "PUT", "/users/ann/password", Some(change)).await;
    device.wait_closed().await;

    let log = program.kill();
    for word in ["TRACE", "roamkit_server", "/{org}/{app}/token", "sqlx"] {
        assert!(log.contains(word), "{word} is missing in a log of {} bytes", log.len());
    }
    let secrets = [
        "passwordcanary",
        "wrongcanary",
        "newcanary",
        "typecanary",
        "cutcanary",
        "guesscanary",
        "tokencanary",
        "socketcanary",
        "textcanary",
        "databasecanary",
        &token,
        &app_token,
    ];
    for secret in secrets {
        for form in forms(secret) {
            if let Some(at) = log.find(&form) {
                let from = log[..at].rfind('\n').unwrap_or(0);
                let line: String = log[from..].chars().take(at - from + 100).collect();
                panic!("{secret} was logged as {form}: {line}");
            }
        }
    }
}

#[tokio::test]
async fn startup_errors_contain_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let missing = format!("sqlite:{}/none/databasecanary.db", dir.path().display());
    let databases = [
        "postgres://databasecanary:databasecanary@127.0.0.1:1/databasecanary",
        &missing,
        "mysql://u:canary@h/x",
    ];
    for database in databases {
        let output = command("secretcanary", &["--database", database]).output().unwrap();
        assert!(!output.status.success());
        for output in [&output.stdout, &output.stderr] {
            let output = String::from_utf8_lossy(output);
            assert!(!output.contains("canary"), "{output}");
        }
        assert!(!output.stderr.is_empty());
    }
}
