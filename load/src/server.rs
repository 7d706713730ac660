//! The server under load: its process, its databases, and calls of it.

use crate::Options;
use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// The app of all users.
pub(crate) const APP: &str = "load#app";
/// The timeout of every operation.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The server program, and a folder for its data.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    postgres: Option<String>,
    folder: TempDir,
}

impl Program {
    pub(crate) fn new(options: &Options) -> Result<Self> {
        Ok(Self {
            path: options.server.clone(),
            postgres: options.postgres.clone(),
            folder: tempfile::tempdir()?,
        })
    }

    /// The database engine, for the report.
    pub(crate) fn engine(&self) -> &'static str {
        match &self.postgres {
            Some(_) => "PostgreSQL, one node",
            None => "SQLite in a file",
        }
    }

    /// Creates an empty database and returns its URL.
    pub(crate) async fn create_database(&self, name: &str) -> Result<String> {
        let Some(postgres) = &self.postgres else {
            return Ok(format!("sqlite:{}", self.folder.path().join(format!("{name}.db")).display()));
        };
        let status = Command::new("psql")
            .args([&format!("{postgres}/postgres"), "--quiet", "--command"])
            .arg(format!("CREATE DATABASE load_{name}"))
            .status();
        if !status.await.context("cannot run psql, which creates the databases")?.success() {
            bail!("could not create the database {name}");
        }
        Ok(format!("{postgres}/load_{name}"))
    }

    /// The path of a file beside the data.
    pub(crate) fn file_path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Imports a file of users, groups and messages into a database.
    pub(crate) async fn import(&self, database: &str, file: &Path) -> Result<()> {
        let status = Command::new(&self.path)
            .args(["import", "--app", APP, "--password-memory", "8", "--database", database])
            .arg(file)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .status()
            .await?;
        if status.success() { Ok(()) } else { bail!("the import failed") }
    }

    /// Starts the server on a database, without rate limits.
    pub(crate) async fn start(&self, database: &str, flags: &[&str]) -> Result<Server> {
        let mut process = Command::new(&self.path)
            .args(["--app", APP, "--client-id", "ID", "--client-secret", "SECRET", "--database", database])
            .args(["--listen", "127.0.0.1:0", "--rate-user", "0", "--rate-address", "0"])
            .args(["--max-connections-address", "0", "--max-sockets-address", "0"])
            .kill_on_drop(true)
            .args(flags)
            .env("ROAMKIT_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("no output")?).lines();
        let line = tokio::time::timeout(TIMEOUT, lines.next_line()).await??;
        let line = line.context("the server did not start")?;
        let address =
            line.strip_prefix("listening on http://").context("the server printed no address")?.to_owned();
        let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        let mut server = Server { process, address, http, app_token: String::new() };
        let grant = json!({"grant_type": "client_credentials", "client_id": "ID", "client_secret": "SECRET"});
        server.app_token =
            string_field(&server.call("POST", "/token", "", Some(&grant)).await?, "access_token")?;
        Ok(server)
    }
}

/// A running server. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    pub(crate) address: String,
    http: reqwest::Client,
    pub(crate) app_token: String,
}

impl Server {
    /// Calls the server. The call must succeed.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        let url = format!("http://{}/load/app{path}", self.address);
        let mut request = self.http.request(method.parse()?, url);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{method} {path}: {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{method} {path}"))
    }

    /// Posts a request and returns the size of the response, which is not parsed.
    pub(crate) async fn fetch(&self, path: &str, token: &str, body: &Value) -> Result<usize> {
        let url = format!("http://{}/load/app{path}", self.address);
        let request = self.http.post(url).bearer_auth(token).header("Content-Type", "application/json");
        let answer = request.body(body.to_string()).send().await?.error_for_status()?;
        Ok(answer.bytes().await?.len())
    }

    pub(crate) async fn register(&self, names: &[String]) -> Result<()> {
        for chunk in names.chunks(60) {
            let users: Vec<Value> =
                chunk.iter().map(|name| json!({"username": name, "password": "pw"})).collect();
            self.call("POST", "/users", &self.app_token, Some(&users.into())).await?;
        }
        Ok(())
    }

    pub(crate) async fn log_in(&self, name: &str) -> Result<String> {
        let grant = json!({"grant_type": "password", "username": name, "password": "pw"});
        string_field(&self.call("POST", "/token", "", Some(&grant)).await?, "access_token")
    }

    /// The resident memory of the server's process, in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        let id = self.process.id().context("the server has exited")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
        let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib * 1024)
    }
}

fn string_field(answer: &Value, field: &str) -> Result<String> {
    Ok(answer[field].as_str().with_context(|| format!("no {field} in {answer}"))?.to_owned())
}
