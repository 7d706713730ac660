//! A server that stops when dropped, callers and devices. Every wait is bounded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Parser as _;
use futures_util::{SinkExt as _, StreamExt as _};
use prost::Message as _;
use roamkit_server::{Settings, launch};
use roamkit_wire::body::Body;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::*;
use roamkit_wire::notice::Notice;
use roamkit_wire::prost;
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;

/// The app of all tests.
pub const APP: &str = "demo#chat";
/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// What goes between a device and a server.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A running server.
pub struct TestServer {
    pub address: String,
    app_token: String,
    http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<()>>,
    process: Option<Child>,
}

/// The command line of every server of the tests.
fn command_line(database: &str, flags: &[&str]) -> Vec<String> {
    let base = ["--app", APP, "--app", "other#app", "--client-id", "ID", "--client-secret", "SECRET"];
    let cheap = if flags.contains(&"--password-memory") { &[][..] } else { &["--password-memory", "8"] };
    let database = ["--database", database];
    base.iter().chain(cheap).chain(&database).chain(flags).map(ToString::to_string).collect()
}

/// Calls of a server that may be gone.
#[derive(Clone)]
pub struct Caller {
    base: String,
    app_token: String,
    http: reqwest::Client,
}

impl Caller {
    /// A call; `None` where no whole answer came.
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

/// A page of history, read.
#[derive(Debug, PartialEq, Eq)]
pub struct HistoryPage {
    pub ids: Vec<u64>,
    pub is_last: bool,
    pub next: String,
}

impl TestServer {
    /// Starts one on an empty database: in memory, or in the PostgreSQL that the environment names.
    pub async fn start(flags: &[&str]) -> Self {
        let database = new_postgres_database().await;
        Self::on(database.as_deref().unwrap_or("sqlite::memory:"), flags).await
    }

    /// Starts one on a database.
    pub async fn on(database: &str, flags: &[&str]) -> Self {
        let mut server = Self::bare(database, flags).await;
        server.app_token = server.new_app_token(&server.url("")).await;
        server
    }

    /// Stands for one that runs elsewhere.
    pub async fn at(address: &str) -> Self {
        let mut server = Self::of(address.to_owned());
        server.app_token = server.new_app_token(&server.url("")).await;
        server
    }

    fn of(address: String) -> Self {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Self { address, app_token: String::new(), http, stop: None, task: None, process: None }
    }

    /// Starts one that was not called yet.
    pub async fn bare(database: &str, flags: &[&str]) -> Self {
        let line = command_line(database, flags);
        let line = std::iter::once("roamkit-server").chain(line.iter().map(String::as_str));
        let settings = Settings::try_parse_from(line).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            launch(settings, listener, stopped).await.unwrap();
        });
        let mut server = Self::of(address);
        (server.stop, server.task) = (Some(stop), Some(task));
        server
    }

    /// Starts the program itself, which can be killed.
    pub async fn process(database: &str, flags: &[&str]) -> Self {
        let mut process = tokio::process::Command::new(env!("CARGO_BIN_EXE_roamkit-server"))
            .args(command_line(database, flags))
            .args(["--listen", "127.0.0.1:0"])
            .env("ROAMKIT_LOG", "warn")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(PATIENCE * 3, lines.next_line()).await.unwrap().unwrap();
        let line = line.expect("the server says where it listens");
        let mut server = Self::at(line.strip_prefix("listening on http://").unwrap()).await;
        server.process = Some(process);
        server
    }

    /// Kills its process, as a crash would.
    pub async fn kill(mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().await.unwrap();
    }

    /// The ways in of its process, for as long as the server lives.
    pub fn caller(&self) -> Caller {
        Caller { base: self.url(""), app_token: self.app_token.clone(), http: self.http.clone() }
    }

    /// An app token of the app at a URL.
    pub async fn new_app_token(&self, base: &str) -> String {
        let grant = json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "SECRET"});
        let answer = self.http.post(format!("{base}/token")).json(&grant).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Stops it, politely, and waits until it is gone.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let task = self.task.take().unwrap();
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/demo/chat{path}", self.address)
    }

    pub fn app_token(&self) -> &str {
        &self.app_token
    }

    /// A call; status and JSON answer.
    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string().into_bytes());
        self.raw(method, &self.url(path), token, body).await
    }

    /// A call with any bytes; the answer must be JSON.
    pub async fn raw(&self, method: &str, url: &str, token: &str, body: Option<Vec<u8>>) -> (u16, Value) {
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

    /// A call of the app's that must succeed.
    pub async fn app(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, &self.app_token, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// A call of a user's that must succeed.
    pub async fn user_call(&self, user: &TestUser, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.call(method, path, &user.token, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// Registers a user, whose password is the name, and logs in.
    pub async fn user(&self, name: &str) -> TestUser {
        self.app("POST", "/users", Some(json!({"username": name, "password": name}))).await;
        self.log_in(name).await
    }

    pub async fn log_in(&self, name: &str) -> TestUser {
        let grant = json!({"grant_type": "password", "username": name, "password": name});
        let (status, answer) = self.call("POST", "/token", "", Some(grant)).await;
        assert_eq!(status, 200, "{answer}");
        TestUser { name: name.into(), token: answer["access_token"].as_str().unwrap().into() }
    }

    /// Sends a text by REST; its id.
    pub async fn send(&self, from: &str, to: &str, text: &str, time: Option<u64>) -> u64 {
        self.send_body(from, to, "txt", &json!({"msg": text}), time).await
    }

    /// Sends any kind by REST; its id. Receivers that are numbers are groups.
    pub async fn send_body(&self, from: &str, to: &str, kind: &str, body: &Value, time: Option<u64>) -> u64 {
        let path = if to.parse::<u64>().is_ok() { "/messages/chatgroups" } else { "/messages/users" };
        let mut message = json!({"from": from, "to": [to], "type": kind, "body": body});
        if let Some(time) = time {
            message["msg_timestamp"] = time.into();
        }
        let answer = self.app("POST", path, Some(message)).await;
        answer["data"][to].as_str().unwrap().parse().unwrap()
    }

    /// Makes a group; its id.
    pub async fn group(&self, kind: &str, owner: &str, members: &[&str]) -> String {
        let group = json!({"groupname": "g", "desc": "d", "public": true, "maxusers": 300, "owner": owner,
                           "members": members});
        let answer = self.app("POST", &format!("/{kind}"), Some(group)).await;
        answer["data"]["groupid"].as_str().unwrap().to_owned()
    }

    /// A page of history, with more fields of the request.
    pub async fn history(&self, user: &TestUser, peer: &str, more: Value) -> HistoryPage {
        let domain = if peer.parse::<u64>().is_ok() { GROUP_DOMAIN } else { USER_DOMAIN };
        let mut request = json!({"queue": format!("{peer}@{domain}"), "start": -1, "end": -1, "pull_number": 50,
            "is_positive": false, "msgType": "", "startTime": null, "endTime": null, "userId": null});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let path = format!("/users/{}/messageroaming", user.name);
        let answer = self.user_call(user, "POST", &path, Some(request)).await;
        let data = &answer["data"];
        HistoryPage {
            ids: data["msgs"].as_array().unwrap().iter().map(|msg| decode(&msg["msg"]).id).collect(),
            is_last: data["is_last"].as_bool().unwrap(),
            next: data["next_key"].as_str().unwrap().to_owned(),
        }
    }

    /// The newest 50 of history, newest first.
    pub async fn newest(&self, user: &TestUser, peer: &str) -> Vec<u64> {
        self.history(user, peer, json!({})).await.ids
    }

    /// The entries of the list by cursor, with more of the query.
    pub async fn list(&self, user: &TestUser, query: &str) -> Vec<Value> {
        let path = format!("/sdk/user/{}/user_channels/list?limit=50&need_mark=true{query}", user.name);
        let answer = self.user_call(user, "GET", &path, None).await;
        answer["data"]["channel_infos"].as_array().unwrap().clone()
    }

    /// The peers of the list by cursor.
    pub async fn peers(&self, user: &TestUser, query: &str) -> Vec<String> {
        let list = self.list(user, query).await;
        list.iter().map(|entry| entry["session_to"].as_str().unwrap().to_owned()).collect()
    }

    /// One conversation's entry.
    pub async fn entry(&self, user: &TestUser, peer: &str) -> Option<Value> {
        self.list(user, "&needEmptySession=true").await.into_iter().find(|entry| entry["session_to"] == peer)
    }

    /// A device that is not let in yet.
    pub async fn socket(&self) -> Device {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        self.socket_over(Box::new(stream)).await.unwrap()
    }

    /// A device that is not let in yet, or what it was told instead of a socket.
    pub async fn socket_over(&self, stream: Box<dyn Stream>) -> tungstenite::Result<Device> {
        let url = format!("ws://{}/websocket", self.address);
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await?;
        Ok(Device { socket, backlog: VecDeque::new(), jid: Jid::default() })
    }

    /// A device that is online.
    pub async fn device(&self, user: &TestUser, resource: &str) -> Device {
        let mut device = self.socket().await;
        let answer = device.provision(&user.name, &user.token, resource).await;
        assert_eq!(answer.status.unwrap().error_code, 0);
        device
    }
}

/// Where there is a PostgreSQL to test on, an empty database in it.
pub async fn new_postgres_database() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    // Two at a time would copy the same template, which PostgreSQL refuses.
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let postgres = std::env::var("ROAMKIT_TEST_POSTGRES").ok()?;
    let name = format!("suite_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut conn = sqlx::PgConnection::connect(&format!("{postgres}/postgres")).await.unwrap();
    let _one = ONE.lock().await;
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut conn).await.unwrap();
    Some(format!("{postgres}/{name}"))
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

/// Whether an answer has the form of the service's errors.
pub fn is_error_form(answer: &Value) -> bool {
    ["error", "exception", "error_description"].iter().all(|key| answer[key].is_string())
        && answer["timestamp"].is_u64()
        && answer["duration"].is_u64()
}

/// Reads one message of a history answer.
pub fn decode(base64: &Value) -> Meta {
    Meta::decode(STANDARD.decode(base64.as_str().unwrap()).unwrap().as_slice()).unwrap()
}

/// The body of a message.
pub fn body_of(meta: &Meta) -> MessageBody {
    MessageBody::decode(meta.payload.as_slice()).unwrap()
}

/// The text of a message.
pub fn text_of(meta: &Meta) -> String {
    body_of(meta).contents[0].text.clone()
}

/// The notice in an envelope.
pub fn notice_of(meta: &Meta) -> Notice {
    assert_eq!(meta.ns, Namespace::Notify as i32);
    Notice::decode(&meta.payload).unwrap()
}

/// A device's end of a socket.
pub struct Device {
    pub socket: WebSocketStream<Box<dyn Stream>>,
    backlog: VecDeque<MSync>,
    pub jid: Jid,
}

impl Device {
    /// One that is not let in yet.
    pub async fn connect(address: &str) -> Self {
        let url = format!("ws://{address}/websocket");
        let stream: Box<dyn Stream> = Box::new(TcpStream::connect(address).await.unwrap());
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
        Self { socket, backlog: VecDeque::new(), jid: Jid::default() }
    }

    /// Sends a frame; `false` where the socket is gone.
    pub async fn send(&mut self, command: Command, payload: Vec<u8>) -> bool {
        let frame = MSync { command: command as i32, payload, ..MSync::default() };
        self.send_bytes(frame.encode_to_vec()).await
    }

    pub async fn send_bytes(&mut self, bytes: Vec<u8>) -> bool {
        self.socket.send(tungstenite::Message::Binary(bytes.into())).await.is_ok()
    }

    /// The next frame from the wire; `None` where the server closed.
    async fn read(&mut self) -> Option<MSync> {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame in time");
            match next {
                Some(Ok(tungstenite::Message::Binary(bytes))) => return Some(MSync::decode(bytes).unwrap()),
                Some(Ok(tungstenite::Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame of a command; others wait.
    pub async fn receive(&mut self, command: Command) -> MSync {
        if let Some(at) = self.backlog.iter().position(|frame| frame.command == command as i32) {
            return self.backlog.remove(at).unwrap();
        }
        loop {
            let frame = self.read().await.expect("an open socket");
            if frame.command == command as i32 {
                return frame;
            }
            self.backlog.push_back(frame);
        }
    }

    /// Says goodbye; its place is free then.
    pub async fn leave(mut self) {
        self.send(Command::Logout, Vec::new()).await;
        self.closed().await;
    }

    /// Waits until the server closes.
    pub async fn closed(mut self) -> Vec<MSync> {
        let mut frames: Vec<MSync> = self.backlog.drain(..).collect();
        while let Some(frame) = self.read().await {
            frames.push(frame);
        }
        frames
    }

    pub async fn provision(&mut self, user: &str, token: &str, resource: &str) -> Provision {
        self.jid = Jid::device(APP, user, resource);
        let provision = Provision {
            os_type: 16,
            version: "test".into(),
            resource: resource.into(),
            auth_token: json!({"token": format!("$t${token}")}).to_string(),
            action_version: "v5.2".into(),
            ..Provision::default()
        };
        let frame = MSync {
            guid: Some(self.jid.clone()),
            auth: format!("$t${token}"),
            command: Command::Provision as i32,
            payload: provision.encode_to_vec(),
            ..MSync::default()
        };
        self.send_bytes(frame.encode_to_vec()).await;
        Provision::decode(self.receive(Command::Provision).await.payload.as_slice()).unwrap()
    }

    /// The queues with something in them.
    pub async fn unread(&mut self) -> Vec<(String, u32)> {
        self.send(Command::Unread, Vec::new()).await;
        let answer = self.receive(Command::Unread).await;
        let answer = CommUnreadDl::decode(answer.payload.as_slice()).unwrap();
        assert!(answer.timestamp > 0);
        answer.unread.into_iter().map(|entry| (entry.queue.unwrap().name, entry.n)).collect()
    }

    /// Asks for a queue's next batch.
    pub async fn sync(&mut self, queue: &Jid, key: Option<u64>) -> CommSyncDl {
        let wish = CommSyncUl { queue: Some(queue.clone()), key, ..CommSyncUl::default() };
        self.send(Command::Sync, wish.encode_to_vec()).await;
        CommSyncDl::decode(self.receive(Command::Sync).await.payload.as_slice()).unwrap()
    }

    /// Everything that waits in a queue, acknowledged.
    pub async fn drain(&mut self, queue: &Jid) -> Vec<Meta> {
        let (mut metas, mut key) = (Vec::new(), None);
        loop {
            let batch = self.sync(queue, key).await;
            assert_eq!(batch.queue.as_ref().unwrap().name, queue.name);
            if batch.metas.is_empty() {
                assert!(batch.is_last);
                return metas;
            }
            metas.extend(batch.metas);
            key = batch.next_key;
        }
    }

    /// Waits to be told of news in a queue.
    pub async fn told(&mut self) -> Jid {
        let notice = self.receive(Command::Notice).await;
        CommNotice::decode(notice.payload.as_slice()).unwrap().queue.unwrap()
    }

    /// Waits to be told of a queue, then drains it.
    pub async fn news(&mut self) -> Vec<Meta> {
        let queue = self.told().await;
        self.drain(&queue).await
    }

    /// Waits for notices.
    pub async fn notices(&mut self) -> Vec<Notice> {
        self.news().await.iter().map(notice_of).collect()
    }

    /// Sends a message body; the answer.
    pub async fn post(&mut self, to: &Jid, body: MessageBody) -> CommSyncDl {
        let meta = Meta {
            id: 77,
            to: Some(to.clone()),
            ns: Namespace::Chat as i32,
            payload: body.encode_to_vec(),
            ..Meta::default()
        };
        let wish = CommSyncUl { meta: Some(meta), ..CommSyncUl::default() };
        self.send(Command::Sync, wish.encode_to_vec()).await;
        let answer = CommSyncDl::decode(self.receive(Command::Sync).await.payload.as_slice()).unwrap();
        assert_eq!(answer.meta_id, 77);
        answer
    }

    /// Sends a text; its id.
    pub async fn say(&mut self, to: &Jid, text: &str) -> u64 {
        let kind = if to.is_group() { MessageType::GroupChat } else { MessageType::Chat };
        let answer = self.post(to, text_body(kind, text)).await;
        assert_eq!(answer.status.unwrap().error_code, 0);
        assert!(answer.timestamp > 0);
        answer.server_id
    }
}

/// A text to be sent.
pub fn text_body(kind: MessageType, text: &str) -> MessageBody {
    let body = Body::Text { msg: text.into() };
    MessageBody { r#type: kind as i32, contents: vec![body.to_content()], ..MessageBody::default() }
}

/// A user's address, and the queue of what comes from them.
pub fn user(name: &str) -> Jid {
    Jid::user(APP, name)
}

/// A group's address and queue.
pub fn group(id: &str) -> Jid {
    Jid::group(APP, id)
}
