//! A running server and calls of it.

use super::device::{Device, Stream};
use super::postgres::create_postgres_database;
use super::{APP, TIMEOUT, decode_meta};
use clap::Parser as _;
use roamkit_server::{Settings, launch};
use roamkit_wire::msync::{GROUP_DOMAIN, USER_DOMAIN};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite;

/// A running server. It stops when it is dropped.
pub struct TestServer {
    pub address: String,
    app_token: String,
    http: reqwest::Client,
    shutdown: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    process: Option<Child>,
}

/// The flags of every server.
fn command_line(database: &str, flags: &[&str]) -> Vec<String> {
    let base = ["--app", APP, "--app", "other#app", "--client-id", "ID", "--client-secret", "SECRET"];
    let cheap_hashes = ["--password-memory", "8"];
    let memory = if flags.contains(&"--password-memory") { &[][..] } else { &cheap_hashes };
    let database = ["--database", database];
    base.iter().chain(memory).chain(&database).chain(flags).map(ToString::to_string).collect()
}

/// A client for calls of a server that may be killed meanwhile.
#[derive(Clone)]
pub struct RestClient {
    base: String,
    app_token: String,
    http: reqwest::Client,
}

impl RestClient {
    /// Calls the server. Returns `None` if no complete response arrives. An empty token stands for the app
    /// token.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Option<(u16, Value)> {
        let token = if token.is_empty() { &self.app_token } else { token };
        let mut request =
            self.http.request(method.parse().unwrap(), format!("{}{path}", self.base)).bearer_auth(token);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.ok()?))
    }
}

/// A registered user with a token.
#[derive(Clone, Debug)]
pub struct TestUser {
    pub name: String,
    pub token: String,
}

/// The ids of a page of history.
#[derive(Debug, PartialEq, Eq)]
pub struct HistoryPage {
    pub ids: Vec<u64>,
    pub is_last: bool,
    pub next: String,
}

impl TestServer {
    /// Starts a server on an empty database: in memory, or in the PostgreSQL server that the environment names.
    pub async fn start(flags: &[&str]) -> Self {
        let database = create_postgres_database().await;
        Self::start_on(database.as_deref().unwrap_or("sqlite::memory:"), flags).await
    }

    /// Starts a server on a database.
    pub async fn start_on(database: &str, flags: &[&str]) -> Self {
        let mut server = Self::start_without_app_token(database, flags).await;
        server.app_token = server.new_app_token(&server.url("")).await;
        server
    }

    /// Starts a server and sends no request to it.
    pub async fn start_without_app_token(database: &str, flags: &[&str]) -> Self {
        let line = command_line(database, flags);
        let line = std::iter::once("roamkit-server").chain(line.iter().map(String::as_str));
        let settings = Settings::try_parse_from(line).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (shutdown, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            launch(settings, listener, stopped).await.unwrap();
        });
        let mut server = Self::at_address(address);
        (server.shutdown, server.task) = (Some(shutdown), Some(task));
        server
    }

    /// Attaches to a server that runs elsewhere.
    pub async fn attach(address: &str) -> Self {
        let mut server = Self::at_address(address.to_owned());
        server.app_token = server.new_app_token(&server.url("")).await;
        server
    }

    fn at_address(address: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build().unwrap();
        Self { address, app_token: String::new(), http, shutdown: None, task: None, process: None }
    }

    /// Starts the server program, which can be killed.
    pub async fn start_process(database: &str, flags: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_roamkit-server"))
            .args(command_line(database, flags))
            .args(["--listen", "127.0.0.1:0"])
            .env("ROAMKIT_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(TIMEOUT * 3, lines.next_line()).await.unwrap().unwrap();
        let line = line.expect("the server prints its address");
        let mut server = Self::attach(line.strip_prefix("listening on http://").unwrap()).await;
        server.process = Some(process);
        server
    }

    /// Kills the server's process, like a crash.
    pub async fn kill(mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().await.unwrap();
    }

    /// A client that outlives the server.
    pub fn client(&self) -> RestClient {
        RestClient { base: self.url(""), app_token: self.app_token.clone(), http: self.http.clone() }
    }

    /// Requests an app token for the app at a URL.
    pub async fn new_app_token(&self, base: &str) -> String {
        let grant = json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "SECRET"});
        let answer = self.http.post(format!("{base}/token")).json(&grant).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Shuts the server down gracefully and waits until it has stopped.
    pub async fn stop(mut self) {
        drop(self.shutdown.take());
        let task = self.task.take().unwrap();
        tokio::time::timeout(TIMEOUT, task).await.unwrap().unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/demo/chat{path}", self.address)
    }

    pub fn app_token(&self) -> &str {
        &self.app_token
    }

    /// Calls the server and returns the status and the JSON of the response.
    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string().into_bytes());
        self.raw_call(method, &self.url(path), token, body).await
    }

    /// Calls any URL with any body. The response must be JSON.
    pub async fn raw_call(
        &self,
        method: &str,
        url: &str,
        token: &str,
        body: Option<Vec<u8>>,
    ) -> (u16, Value) {
        let mut request = self.http.request(method.parse().unwrap(), url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        let json =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{method} {url}: {status} {text:?}"));
        (status, json)
    }

    /// Calls the server with the app token. The call must succeed.
    pub async fn app_call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, &self.app_token, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// Calls the server with a user's token. The call must succeed.
    pub async fn user_call(&self, user: &TestUser, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, &user.token, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// Registers a user whose password is the name, and logs in.
    pub async fn create_user(&self, name: &str) -> TestUser {
        self.app_call("POST", "/users", Some(json!({"username": name, "password": name}))).await;
        self.log_in(name).await
    }

    pub async fn log_in(&self, name: &str) -> TestUser {
        let grant = json!({"grant_type": "password", "username": name, "password": name});
        let (status, answer) = self.call("POST", "/token", "", Some(grant)).await;
        assert_eq!(status, 200, "{answer}");
        TestUser { name: name.into(), token: answer["access_token"].as_str().unwrap().into() }
    }

    /// Sends a text message over REST and returns its id.
    pub async fn send(&self, from: &str, to: &str, text: &str, time: Option<u64>) -> u64 {
        self.send_body(from, to, "txt", &json!({"msg": text}), time).await
    }

    /// Sends a message of any kind over REST and returns its id. A receiver that is a number is a group.
    pub async fn send_body(&self, from: &str, to: &str, kind: &str, body: &Value, time: Option<u64>) -> u64 {
        let path = if to.parse::<u64>().is_ok() { "/messages/chatgroups" } else { "/messages/users" };
        let mut message = json!({"from": from, "to": [to], "type": kind, "body": body});
        if let Some(time) = time {
            message["msg_timestamp"] = time.into();
        }
        let answer = self.app_call("POST", path, Some(message)).await;
        answer["data"][to].as_str().unwrap().parse().unwrap()
    }

    /// Creates a group or chat room and returns its id. `kind` is `chatgroups` or `chatrooms`.
    pub async fn create_group(&self, kind: &str, owner: &str, members: &[&str]) -> String {
        let group = json!({"groupname": "g", "desc": "d", "public": true, "maxusers": 300, "owner": owner,
                           "members": members});
        let answer = self.app_call("POST", &format!("/{kind}"), Some(group)).await;
        answer["data"]["groupid"].as_str().unwrap().to_owned()
    }

    /// Reads a page of history. `fields` override fields of the request.
    pub async fn read_history(&self, user: &TestUser, peer: &str, fields: Value) -> HistoryPage {
        let domain = if peer.parse::<u64>().is_ok() { GROUP_DOMAIN } else { USER_DOMAIN };
        let mut request = json!({"queue": format!("{peer}@{domain}"), "start": -1, "end": -1, "pull_number": 50,
            "is_positive": false, "msgType": "", "startTime": null, "endTime": null, "userId": null});
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let path = format!("/users/{}/messageroaming", user.name);
        let answer = self.user_call(user, "POST", &path, Some(request)).await;
        let data = &answer["data"];
        HistoryPage {
            ids: data["msgs"].as_array().unwrap().iter().map(|msg| decode_meta(&msg["msg"]).id).collect(),
            is_last: data["is_last"].as_bool().unwrap(),
            next: data["next_key"].as_str().unwrap().to_owned(),
        }
    }

    /// Reads the whole history, newest first.
    pub async fn read_all_ids(&self, user: &TestUser, peer: &str) -> Vec<u64> {
        let (mut ids, mut start) = (Vec::new(), json!(-1));
        loop {
            let page = self.read_history(user, peer, json!({"start": start})).await;
            ids.extend(page.ids);
            if page.is_last {
                return ids;
            }
            start = page.next.into();
        }
    }

    /// The ids of the newest 50 messages, newest first.
    pub async fn newest_ids(&self, user: &TestUser, peer: &str) -> Vec<u64> {
        self.read_history(user, peer, json!({})).await.ids
    }

    /// The conversation list by cursor. `query` is appended to the query.
    pub async fn list_conversations(&self, user: &TestUser, query: &str) -> Vec<Value> {
        let path = format!("/sdk/user/{}/user_channels/list?limit=50&need_mark=true{query}", user.name);
        let answer = self.user_call(user, "GET", &path, None).await;
        answer["data"]["channel_infos"].as_array().unwrap().clone()
    }

    /// The peers in the conversation list by cursor.
    pub async fn list_peers(&self, user: &TestUser, query: &str) -> Vec<String> {
        let list = self.list_conversations(user, query).await;
        list.iter().map(|entry| entry["session_to"].as_str().unwrap().to_owned()).collect()
    }

    /// The list entry of the conversation with a peer.
    pub async fn find_conversation(&self, user: &TestUser, peer: &str) -> Option<Value> {
        let list = self.list_conversations(user, "&needEmptySession=true").await;
        list.into_iter().find(|entry| entry["session_to"] == peer)
    }

    /// Opens a socket and does not log in.
    pub async fn open_socket(&self) -> Device {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        self.open_socket_over(Box::new(stream)).await.unwrap()
    }

    /// Opens a socket over a stream and does not log in. Returns the error if the server refuses it.
    pub async fn open_socket_over(&self, stream: Box<dyn Stream>) -> tungstenite::Result<Device> {
        Device::open(&self.address, stream).await
    }

    /// Opens a socket and logs in as a user's device.
    pub async fn connect_device(&self, user: &TestUser, resource: &str) -> Device {
        let mut device = self.open_socket().await;
        let answer = device.provision(&user.name, &user.token, resource).await;
        assert_eq!(answer.status.unwrap().error_code, 0);
        device
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}
