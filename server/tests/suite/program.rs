//! The program as a process: command line, configuration file, logs, metrics address, shutdown by a signal.

use super::support::*;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_roamkit-server");
const BASE: [&str; 9] = [
    "--listen=127.0.0.1:0",
    "--database=sqlite::memory:",
    "--app=demo#chat",
    "--client-id=ID",
    "--client-secret=SECRET",
    "--password-memory=8",
    "--open-registration",
    "--max-devices=3",
    "--queue-days=3",
];

/// The program, without the settings of this environment.
pub fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ROAMKIT_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// Runs a command until it exits.
pub async fn output(command: &mut Command) -> Output {
    timeout(6 * TIMEOUT, command.output()).await.unwrap().unwrap()
}

struct Running {
    child: Child,
    address: String,
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    async fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = timeout(TIMEOUT, out.next_line()).await.unwrap().unwrap();
        let address = line.expect("a line").strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address, log }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().unwrap().to_string();
        assert!(
            std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success()
        );
    }

    /// Waits for a JSON log line that matches.
    async fn find_log_line(&mut self, matches: impl Fn(&Value) -> bool) -> Value {
        let find = async {
            loop {
                let line = self.log.next_line().await.unwrap().expect("another log line");
                let line: Value = serde_json::from_str(&line).unwrap();
                if matches(&line) {
                    return line;
                }
            }
        };
        timeout(TIMEOUT, find).await.unwrap()
    }

    async fn exit_code(&mut self) -> i32 {
        timeout(TIMEOUT, self.child.wait()).await.unwrap().unwrap().code().unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> reqwest::Response {
        let url = format!("http://{}/demo/chat{path}", self.address);
        let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
        client.post(url).header("X-Request-Id", "from-the-proxy.1").json(&body).send().await.unwrap()
    }
}

async fn refusal(command: &mut Command) -> String {
    let output = output(command).await;
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).unwrap()
}

fn write(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn flags_precede_the_environment_which_precedes_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let config = write(
        dir.path(),
        "server.toml",
        "listen = \"127.0.0.1:0\"\ndatabase = \"sqlite::memory:\"\napp = [\"demo#chat\", \"b#c\"]\n\
         client-id = \"file\"\nclient-secret = \"file\"\npassword-memory = 8\nopen-registration = true\n\
         token-ttl = 7\nlist-window-days = 3\n",
    );
    let token = |id: &str, secret: &str| json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
    // All values come from the file.
    let running = Running::start(program().env("ROAMKIT_CONFIG", &config)).await;
    let answer = running.post("/token", token("file", "file")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["expires_in"], 7);
    let user = json!({"username": "u", "password": "p"});
    assert_eq!(running.post("/users", user.clone()).await.status(), 200);
    // The environment precedes the file, and flags precede both. Lists are not merged.
    let mut command = program();
    command.args(["--config", &config, "--client-id=flag", "--app=demo#chat", "--open-registration=false"]);
    command.env("ROAMKIT_CLIENT_ID", "env").env("ROAMKIT_TOKEN_TTL", "9");
    let running = Running::start(&mut command).await;
    let answer = running.post("/token", token("flag", "file")).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap()["expires_in"], 9);
    assert_eq!(running.post("/users", user).await.status(), 401);
    assert_eq!(running.post("/../../b/c/token", token("flag", "file")).await.status(), 404);
}

#[tokio::test]
async fn secrets_can_be_in_separate_files() {
    let dir = tempfile::tempdir().unwrap();
    let secret = write(dir.path(), "secret", "from a file\n");
    let database = write(dir.path(), "database", "sqlite::memory:\n");
    let grant = |secret: &str| json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": secret});
    let mut command = program();
    command.args([
        "--listen=127.0.0.1:0",
        "--app=demo#chat",
        "--client-id=ID",
        "--client-secret-file",
        &secret,
    ]);
    command.env("ROAMKIT_DATABASE_FILE", &database).current_dir(dir.path());
    let running = Running::start(&mut command).await;
    assert_eq!(running.post("/token", grant("from a file")).await.status(), 200);
    assert!(!dir.path().join("roamkit.db").exists());
    drop(running);

    let running = Running::start(command.env("ROAMKIT_CLIENT_SECRET", "variable")).await;
    assert_eq!(running.post("/token", grant("variable")).await.status(), 200);
    let error = refusal(program().args(["--client-secret-file", "/no/such/file"])).await;
    assert!(error.contains("/no/such/file"), "{error}");
}

#[tokio::test]
async fn errors_in_the_configuration_file_name_the_file() {
    let dir = tempfile::tempdir().unwrap();
    for (text, expected) in [
        ("max-device = 3", "unknown key \"max-device\""),
        ("config = \"other\"", "unknown key \"config\""),
        ("node = 5000", "'5000' for '--node"),
        ("node = [[1]]", "node must be"),
        ("[limits]\nnode = 1", "unknown key \"limits\""),
        ("node = 1\nclient-secret = s3cret", "line 2"),
    ] {
        let config = write(dir.path(), "bad.toml", text);
        let error = refusal(program().args(BASE).args(["--config", &config])).await;
        assert!(error.contains(expected) && error.contains("bad.toml"), "{text}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
    let error = refusal(program().args(BASE).args(["--config", "/no/such.toml"])).await;
    assert!(error.contains("/no/such.toml"), "{error}");
    // Required flags are still required.
    let error = refusal(program().args(["--app=a#b"])).await;
    assert!(error.contains("--client-id") && error.contains("--client-secret"), "{error}");
}

#[tokio::test]
async fn log_lines_of_a_request_have_its_id_and_no_secret() {
    let mut command = program();
    command.args(BASE).arg("--log-format=json").env("ROAMKIT_LOG", "debug");
    let mut running = Running::start(&mut command).await;
    let user = json!({"username": "u", "password": "pass-word"});
    running.post("/users", user).await;
    let grant = json!({"grant_type": "password", "username": "u", "password": "pass-word"});
    let answer = running.post("/token?secret=unseen", grant).await;
    assert_eq!(answer.headers()["x-request-id"], "from-the-proxy.1");
    let answer: Value = answer.json().await.unwrap();
    let token = answer["access_token"].as_str().unwrap().to_owned();

    // An invalid request id is replaced.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/demo/chat/users/u/messageroaming", running.address);
    let call = client.post(url).bearer_auth(&token).header("X-Request-Id", "a b").body("{\"words\": 1}");
    let answer = timeout(TIMEOUT, call.send()).await.unwrap().unwrap();
    let generated = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(generated.len(), 32);

    running.signal("TERM");
    let mut lines = Vec::new();
    let read = async {
        while let Some(line) = running.log.next_line().await.unwrap() {
            for secret in ["pass-word", token.as_str(), "SECRET", "unseen", "words"] {
                assert!(!line.contains(secret), "{line}");
            }
            lines.push(serde_json::from_str::<Value>(&line).unwrap());
        }
    };
    timeout(TIMEOUT, read).await.unwrap();
    let finished: Vec<&Value> = lines.iter().filter(|line| line["message"] == "finished").collect();
    assert_eq!(finished.len(), 3);
    let (login, history) = (finished[1], finished[2]);
    assert_eq!(login["span"]["request_id"], "from-the-proxy.1");
    assert_eq!(login["span"]["route"], "/{org}/{app}/token");
    assert_eq!((&login["span"]["method"], &login["status"]), (&json!("POST"), &json!(200)));
    assert!(login["ms"].is_u64());
    assert_eq!(history["span"]["request_id"], generated.as_str());
    assert_eq!(history["status"], 400);
    // The user is known from the token and from the login.
    assert!(login["span"]["user"].is_i64(), "{login}");
    assert_eq!(history["span"]["user"], login["span"]["user"]);
    // Log lines of database queries have the request id, too.
    let is_query =
        |line: &&Value| line["target"] == "sqlx::query" && line["span"]["request_id"] == generated.as_str();
    assert!(lines.iter().any(|line| is_query(&line)));
}

#[tokio::test]
async fn metrics_can_have_a_separate_address() {
    let mut command = program();
    command.args(BASE).args(["--metrics-listen=127.0.0.1:0", "--log-format=json"]);
    let mut running = Running::start(&mut command).await;
    let line =
        running.find_log_line(|line| line["message"].as_str().unwrap().starts_with("metrics on ")).await;
    let url = line["message"].as_str().unwrap().strip_prefix("metrics on ").unwrap().to_owned();
    let client = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
    let get = async |url: String| client.get(url).send().await.unwrap();
    assert!(get(url.clone()).await.text().await.unwrap().ends_with("# EOF\n"));
    assert_eq!(get(url.replace("/metrics", "/health")).await.status(), 200);
    assert_eq!(get(url.replace("/metrics", "/demo/chat/users/u")).await.status(), 404);
    assert_eq!(get(format!("http://{}/metrics", running.address)).await.status(), 404);
}

#[tokio::test]
async fn a_running_request_completes_during_shutdown() {
    let mut running = Running::start(program().args(BASE).arg("--shutdown-timeout=60")).await;
    let mut stream = TcpStream::connect(&running.address).await.unwrap();
    let body = json!({"username": "late", "password": "p"}).to_string();
    let head = format!(
        "POST /demo/chat/users HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server requests the body, so the request is running.
    let mut interim = [0; 25];
    timeout(TIMEOUT, stream.read_exact(&mut interim)).await.unwrap().unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");

    running.signal("TERM");
    // The server refuses new connections, so it is shutting down.
    let refuses = async { while TcpStream::connect(&running.address).await.is_ok() {} };
    timeout(TIMEOUT, refuses).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(TIMEOUT, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["entities"][0]["username"], "late");
    assert_eq!(running.exit_code().await, 0);
}

#[tokio::test]
async fn a_signal_right_after_the_start_stops_the_program() {
    for _ in 0..10 {
        let mut running = Running::start(program().args(BASE)).await;
        running.signal("TERM");
        assert_eq!(running.exit_code().await, 0);
    }
}

#[tokio::test]
async fn sockets_are_closed_with_a_reason_at_shutdown() {
    use futures_util::StreamExt as _;
    use tokio_tungstenite::tungstenite::Message;
    let mut running = Running::start(program().args(BASE)).await;
    running.post("/users", json!({"username": "u", "password": "p"})).await;
    let grant = json!({"grant_type": "password", "username": "u", "password": "p"});
    let answer: Value = running.post("/token", grant).await.json().await.unwrap();
    let mut device = Device::connect(&running.address).await;
    device.provision("u", answer["access_token"].as_str().unwrap(), "r").await;
    running.signal("TERM");
    let close = async {
        loop {
            match device.socket.next().await.expect("a last frame") {
                Ok(Message::Close(frame)) => return frame.expect("a reason"),
                Ok(_) => {}
                Err(cause) => panic!("{cause}"),
            }
        }
    };
    let frame = timeout(TIMEOUT, close).await.unwrap();
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1001, "server stops"));
    assert_eq!(running.exit_code().await, 0);
}
