//! Import of a file, batch by batch.
//!
//! Each batch is one transaction. It also records the number of imported lines and their digest, so a repeated
//! import of the same file continues where the last one ended, even if the file was repaired or has grown
//! since.

mod apply;
mod parse;
mod source;

use super::common::{Counts, DatabaseArgs, Result, TransferError, progress_bar};
use super::record::{Line, Record};
use crate::ids::Ids;
use crate::password::{MAX_PASSWORD_BYTES, Passwords};
use crate::settings::app_key;
use crate::store::database::Store;
use crate::store::transfer;
use apply::Importer;
use clap::Args;
use futures_util::future::join_all;
use roamkit_wire::names::AppKey;
use source::Source;
use std::path::PathBuf;

/// Largest number of lines in one transaction.
const BATCH_LINES: usize = 1000;
/// Largest size of the lines in one transaction, in bytes. The last line may exceed it.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// The number of passwords that may wait to be hashed. It exceeds the size of a batch.
const MAX_WAITING_PASSWORDS: usize = 1 << 16;

/// `roamkit-server import FILE`
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// The database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// App of the lines that name none, as `org#app`.
    #[arg(long = "app", env = "ROAMKIT_APP", value_delimiter = ',', value_parser = app_key)]
    pub apps: Vec<AppKey>,
    /// Memory of the argon2id password hash, in KiB.
    #[arg(long, env = "ROAMKIT_PASSWORD_MEMORY", default_value_t = 19_456, value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub password_memory: u32,
    /// File to import, one JSON object per line.
    pub file: PathBuf,
}

impl Import {
    /// Imports the file.
    pub async fn run(&self) -> Result<Counts> {
        let (store, ids) = self.database.open().await?;
        let passwords = Passwords::new(self.password_memory, MAX_WAITING_PASSWORDS);
        let counts = import(&store, &ids, &passwords, self).await;
        store.close().await;
        counts
    }
}

/// A parsed line.
struct NumberedRecord {
    number: u64,
    app: String,
    record: Record,
}

async fn import(store: &Store, ids: &Ids, passwords: &Passwords, options: &Import) -> Result<Counts> {
    let default_app = match options.apps.as_slice() {
        [app] => Some(app.to_string()),
        _ => None,
    };
    // The same lines are another import if they belong to another app.
    let mut source = Source::open(&options.file, default_app.clone().unwrap_or_default())?;
    let bar = progress_bar(source.size()?, "bytes");
    let imports = transfer::imports(&mut *store.acquire().await?).await?;
    source.skip_imported(&imports)?;
    let mut importer = Importer::new(ids, source.lines());
    let mut earlier = source.digest();
    loop {
        let mut batch = read_batch(&mut source, default_app.as_deref())?;
        if batch.is_empty() {
            break;
        }
        hash_passwords(passwords, &mut batch).await?;
        let mut tx = store.begin().await?;
        for NumberedRecord { number, app, record } in batch {
            importer.apply(&mut tx, &app, record).await.map_err(|error| error.at_line(number))?;
        }
        importer.update_conversations(&mut tx).await?;
        let digest = source.digest();
        transfer::record_import(&mut tx, &earlier, &digest, source.lines() as i64).await?;
        tx.commit().await?;
        earlier = digest;
        bar.set_position(source.bytes());
    }
    bar.finish_and_clear();
    Ok(importer.counts())
}

/// Reads and parses the lines of the next transaction.
fn read_batch(source: &mut Source<'_>, default_app: Option<&str>) -> Result<Vec<NumberedRecord>> {
    let (mut batch, mut line, mut bytes) = (Vec::new(), Vec::new(), 0);
    while batch.len() < BATCH_LINES && bytes < BATCH_BYTES && source.read_line(&mut line)? {
        bytes += line.len();
        let number = source.lines();
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let error = |text: String| TransferError::Line(number, text);
        let Line { app, record } = serde_json::from_slice(&line).map_err(|cause| error(cause.to_string()))?;
        let app = app.as_deref().or(default_app);
        let app = app.ok_or_else(|| error("no app in the line, and not one by --app".into()))?;
        let app = AppKey::parse(app).ok_or_else(|| error(format!("{app:?} is not of the form org#app")))?;
        batch.push(NumberedRecord { number, app: app.to_string(), record });
    }
    Ok(batch)
}

/// Hashes the passwords of a batch on all cores, before the transaction begins.
async fn hash_passwords(passwords: &Passwords, batch: &mut [NumberedRecord]) -> Result<()> {
    let hashes = batch.iter_mut().map(|line| async {
        let Record::User(user) = &mut line.record else { return Ok(()) };
        let error = |text: &str| TransferError::Line(line.number, text.to_owned());
        match (user.password.take(), &user.password_hash) {
            (Some(password), None) if (1..=MAX_PASSWORD_BYTES).contains(&password.len()) => {
                let hash = passwords.hash(password).await;
                user.password_hash = Some(hash.map_err(|_| error("the password cannot be hashed"))?);
                Ok(())
            }
            (Some(_), None) => Err(error(&format!("a password has 1 to {MAX_PASSWORD_BYTES} bytes"))),
            (None, Some(hash)) if Passwords::is_hash(hash) => Ok(()),
            (None, Some(_)) => Err(error("password_hash is not of argon2")),
            _ => Err(error("a user has either password or password_hash")),
        }
    });
    join_all(hashes).await.into_iter().collect()
}
