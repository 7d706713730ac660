//! The parts that import and export share.

use crate::ids::Ids;
use crate::settings::Secret;
use crate::store::database::{OpenError, Store};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The node number of a transfer. It is the last one, because servers usually count from 0.
const NODE: u16 = 1023;
const CONNECTIONS: u32 = 4;

/// The flags that name the database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// TOML configuration file of the server.
    #[arg(long, env = "ROAMKIT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database, as for the server.
    #[arg(long, env = "ROAMKIT_DATABASE", default_value = "sqlite:roamkit.db", hide_env_values = true)]
    pub database: Secret,
    /// File that contains the database URL.
    #[arg(long, env = "ROAMKIT_DATABASE_FILE", value_name = "FILE")]
    pub database_file: Option<PathBuf>,
}

impl DatabaseArgs {
    pub(super) async fn open(&self) -> std::result::Result<(Store, Arc<Ids>), OpenError> {
        let ids = Arc::new(Ids::new(NODE));
        let store = Store::open(&self.database, CONNECTIONS, ids.clone()).await?;
        Ok((store, ids))
    }
}

/// The reason why an import or export failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database does not answer.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The file cannot be read or written.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// A line is invalid. The batches before its batch were imported.
    #[error("line {0}: {1}")]
    Line(u64, String),
}

pub(super) type Result<T> = std::result::Result<T, TransferError>;

/// The numbers of transferred records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users.
    pub users: u64,
    /// Groups and chat rooms.
    pub groups: u64,
    /// Messages.
    pub messages: u64,
    /// Views of conversations, and lists of removed messages.
    pub views: u64,
    /// Lines whose data existed before the import.
    pub known: u64,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { users, groups, messages, views, known } = self;
        write!(f, "{users} users, {groups} groups, {messages} messages, {views} views")?;
        if *known > 0 { write!(f, "; {known} lines were there before") } else { Ok(()) }
    }
}

pub(super) fn file_error(path: &Path) -> impl Fn(std::io::Error) -> TransferError {
    move |cause| TransferError::File(path.display().to_string(), cause)
}

/// A progress bar on a terminal; hidden elsewhere.
pub(super) fn progress_bar(length: u64, unit: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let position = match unit {
        "bytes" => "{bytes}/{total_bytes}".to_owned(),
        _ => format!("{{pos}}/{{len}} {unit}"),
    };
    let bar = ProgressBar::new(length);
    match ProgressStyle::with_template(&format!("{{elapsed_precise}} {{wide_bar}} {position} {{eta}}")) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
