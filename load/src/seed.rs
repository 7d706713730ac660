//! The data in the database before the measurements. It is written to a file and imported.

use crate::server::{Program, Server};
use anyhow::Result;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{BufWriter, Write as _};

/// The number of messages of a conversation in the large database.
const PER_CONVERSATION: u64 = 5_000;
/// The time of the first message, in milliseconds.
const START: i64 = 1_700_000_000_000;
/// The time between two messages of a conversation, in milliseconds.
pub(crate) const STEP: i64 = 1_000;

/// A user with a conversation partner.
#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) user: String,
    pub(crate) peer: String,
    pub(crate) token: String,
}

/// The imported conversations.
#[derive(Debug)]
pub(crate) struct SeedData {
    pub(crate) pairs: Vec<Pair>,
    /// The time of the first message of each conversation.
    pub(crate) first_time: i64,
    /// The end of the times of the messages.
    pub(crate) last_time: i64,
}

impl SeedData {
    /// Requests a token for each user.
    pub(crate) async fn log_in(mut self, server: &Server) -> Result<Self> {
        for pair in &mut self.pairs {
            pair.token = server.log_in(&pair.user).await?;
        }
        Ok(self)
    }
}

/// Imports a number of messages in direct conversations.
pub(crate) async fn create(program: &Program, database: &str, messages: u64) -> Result<SeedData> {
    let conversations = messages.div_ceil(PER_CONVERSATION).max(4);
    let each = messages / conversations;
    let path = program.file_path("seed.jsonl");
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    let name = |side: &str, at: u64| format!("{side}{at}");
    for at in 0..conversations {
        for side in ["left", "right"] {
            writeln!(file, "{}", json!({"type": "user", "username": name(side, at), "password": "pw"}))?;
        }
    }
    let mut text = String::new();
    for number in 0..each {
        for at in 0..conversations {
            text.clear();
            write!(
                text,
                "message {number} of {each}, about as long as those that people write to each other"
            )?;
            let (from, to) = if number % 2 == 0 { ("left", "right") } else { ("right", "left") };
            let line = json!({"type": "message", "from": name(from, at), "to": name(to, at),
                "time": START + number as i64 * STEP, "body": {"type": "txt", "msg": text}});
            writeln!(file, "{line}")?;
        }
    }
    file.flush()?;
    drop(file);
    program.import(database, &path).await?;
    let pairs = (0..conversations)
        .map(|at| Pair { user: name("left", at), peer: name("right", at), token: String::new() })
        .collect();
    Ok(SeedData { pairs, first_time: START, last_time: START + each as i64 * STEP })
}

/// An id with a time, see the server's `ids.rs`.
pub(crate) fn id_at(time: i64) -> i64 {
    (time - 1_262_304_000_000) << 22
}
