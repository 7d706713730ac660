//! Taking what the server keeps to another one, or to it from elsewhere: a JSON object a line.
//!
//! Both ways stream: a page or a batch is in memory, whatever the size of the whole.

mod export;
mod import;
mod line;

use crate::ids::Ids;
use crate::settings::{Secret, app_key};
use crate::store::Store;
use crate::{StartError, password};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use roamkit_wire::names::AppKey;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The node in whose name ids are made here: the last, since servers count from 0.
const NODE: u16 = 1023;

/// Passwords of one batch that wait for their hash, at most.
const MOST_WAITING: usize = 1 << 16;

/// Where the data is.
#[derive(Clone, Debug, Args)]
pub struct Data {
    /// A TOML file with settings, as the server takes it.
    #[arg(long, env = "ROAMKIT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the data is, as the server is told.
    #[arg(long, env = "ROAMKIT_DATABASE", default_value = "sqlite:roamkit.db", hide_env_values = true)]
    pub database: Secret,
    /// A file that holds the database's URL.
    #[arg(long, env = "ROAMKIT_DATABASE_FILE", value_name = "FILE")]
    pub database_file: Option<PathBuf>,
}

/// `roamkit-server import FILE`
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// Where the data is.
    #[command(flatten)]
    pub data: Data,
    /// The app, `org#app`, of lines that name none.
    #[arg(long = "app", env = "ROAMKIT_APP", value_delimiter = ',', value_parser = app_key)]
    pub apps: Vec<AppKey>,
    /// Memory of the password hash, KiB.
    #[arg(long, env = "ROAMKIT_PASSWORD_MEMORY", default_value_t = 19_456, value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub password_memory: u32,
    /// What to import: an object a line.
    pub file: PathBuf,
}

/// `roamkit-server export [FILE]`
#[derive(Clone, Debug, Args)]
pub struct Export {
    /// Where the data is.
    #[command(flatten)]
    pub data: Data,
    /// Only this app; may be repeated. Without: all that there are.
    #[arg(long = "app", env = "ROAMKIT_APP", value_delimiter = ',', value_parser = app_key)]
    pub apps: Vec<AppKey>,
    /// Where to; without it to stdout.
    pub file: Option<PathBuf>,
}

/// Why an import or export did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The database does not open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// It does not answer.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A file.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// A line that does not say what it should. What was before the batch it is in was taken.
    #[error("line {0}: {1}")]
    Line(u64, String),
}

type Result<T> = std::result::Result<T, TransferError>;

/// How many of each were taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Groups and chat rooms.
    pub groups: u64,
    /// Messages.
    pub messages: u64,
    /// Views, and lists of removed messages.
    pub views: u64,
    /// Lines whose thing was there before.
    pub known: u64,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { users, groups, messages, views, known } = self;
        write!(f, "{users} users, {groups} groups, {messages} messages, {views} views")?;
        if *known > 0 { write!(f, "; {known} lines were there before") } else { Ok(()) }
    }
}

impl Import {
    /// Does it.
    pub async fn run(&self) -> Result<Counts> {
        let ids = Arc::new(Ids::new(NODE));
        let store = Store::open(&self.data.database.0, 4, ids.clone()).await?;
        let passwords = password::Passwords::new(self.password_memory, MOST_WAITING);
        let counts = import::run(&store, &ids, &passwords, self).await;
        store.close().await;
        counts
    }
}

impl Export {
    /// Does it.
    pub async fn run(&self) -> Result<Counts> {
        let store = Store::open(&self.data.database.0, 4, Arc::new(Ids::new(NODE))).await?;
        let counts = export::run(&store, self).await;
        store.close().await;
        counts
    }
}

fn file_error(path: &Path) -> impl Fn(std::io::Error) -> TransferError {
    move |cause| TransferError::File(path.display().to_string(), cause)
}

/// A bar on a terminal; elsewhere nothing.
fn progress(length: u64, unit: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let mut form = String::from("{elapsed_precise} {wide_bar} ");
    let _ = match unit {
        "bytes" => write!(form, "{{bytes}}/{{total_bytes}} {{eta}}"),
        _ => write!(form, "{{pos}}/{{len}} {unit} {{eta}}"),
    };
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&form) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
