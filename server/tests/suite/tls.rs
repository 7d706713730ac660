//! HTTPS and WSS.

use super::support::*;
use clap::Parser as _;
use rcgen::CertifiedKey;
use roamkit_server::{Server, Settings, StartError};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Writes a certificate and its key to files, and returns the certificate for the client's trust store.
fn create_certificate(dir: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(dir.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(dir.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

async fn connect(
    server: &TestServer,
    trusted: Option<CertificateDer<'static>>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(&server.address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), stream).await
}

/// Sends a request and reads the response until the connection ends.
async fn request(stream: &mut TlsStream<TcpStream>, head: &str, body: &str) -> String {
    let length = body.len();
    let text = format!(
        "{head} HTTP/1.1\r\nHost: localhost:8443\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    let text = format!("{text}\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    // The connection may end without a TLS close notification.
    let _ = tokio::time::timeout(TIMEOUT, stream.read_to_end(&mut response)).await.expect("an end");
    String::from_utf8(response).unwrap()
}

#[tokio::test]
async fn requests_and_sockets_use_tls_and_close_at_shutdown() {
    let dir = tempfile::tempdir().unwrap();
    let trusted = create_certificate(dir.path());
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let flags = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let flags: Vec<&str> =
        flags.into_iter().chain(["--open-registration", "--header-timeout", "5"]).collect();
    let server = TestServer::start_without_app_token("sqlite::memory:", &flags).await;
    let tls = async || connect(&server, Some(trusted.clone())).await.unwrap();

    let response = request(&mut tls().await, "GET /health", "").await;
    assert!(response.starts_with("HTTP/1.1 200 ") && response.ends_with(r#"{"status":"ok"}"#), "{response}");
    let response = request(&mut tls().await, "GET /easemob/server.json", "").await;
    assert!(response.contains(r#""protocol":"https""#) && response.contains("8443"), "{response}");
    let user = r#"{"username":"ann","password":"ann"}"#;
    let response = request(&mut tls().await, "POST /demo/chat/users", user).await;
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let grant = r#"{"grant_type":"password","username":"ann","password":"ann"}"#;
    let response = request(&mut tls().await, "POST /demo/chat/token", grant).await;
    let answer: serde_json::Value = serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap();
    let token = answer["access_token"].as_str().unwrap();

    let mut device = server.open_socket_over(Box::new(tls().await)).await.unwrap();
    assert_eq!(device.provision("ann", token, "web").await.status.unwrap().error_code, 0);
    assert_eq!(device.unread().await, []);

    connect(&server, None).await.expect_err("the certificate is not trusted");
    let mut plain = TcpStream::connect(&server.address).await.unwrap();
    plain.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut response = Vec::new();
    let _ = tokio::time::timeout(TIMEOUT, plain.read_to_end(&mut response)).await.expect("an end");
    assert!(!response.starts_with(b"HTTP"), "the server answers without TLS");

    let closed = tokio::spawn(device.wait_closed());
    server.stop().await;
    assert_eq!(closed.await.unwrap(), [], "the socket was closed gracefully");
}

#[tokio::test]
async fn an_unusable_certificate_prevents_the_start() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    create_certificate(one.path());
    create_certificate(other.path());
    std::fs::write(one.path().join("empty.pem"), "").unwrap();
    let (cert, key) = (one.path().join("cert.pem"), one.path().join("key.pem"));
    for (cert, key) in [
        (&cert, &other.path().join("key.pem")),
        (&cert, &one.path().join("none.pem")),
        (&one.path().join("empty.pem"), &key),
        (&key, &cert),
    ] {
        let base = ["roamkit-server", "--app", APP, "--client-id", "ID", "--client-secret", "SECRET"];
        let tls = ["--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
        let memory = ["--database", "sqlite::memory:"];
        let settings = Settings::try_parse_from(base.iter().chain(&tls).chain(&memory)).unwrap();
        let error = Server::open(settings).await.unwrap_err();
        assert!(matches!(error, StartError::Tls(_)), "{error}");
    }
}
